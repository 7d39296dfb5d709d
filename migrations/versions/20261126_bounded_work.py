"""What keeps work apart from the catalogue's size: words by frequency, materials by name, finished hours of batches.

Revision: a4d81f6c2e90, after e84a0c5d7b19
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "a4d81f6c2e90"
down_revision = "e84a0c5d7b19"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_search_terms_count", "search_terms", ["count"])
    op.create_index("ix_materials_name_id", "materials", ["name", "id"])
    op.create_index("ix_materials_use_category_name_id", "materials", ["use_category", "name", "id"])
    op.create_index(
        "ix_materials_updated_at",
        "materials",
        ["updated_at"],
        postgresql_using="brin",
        postgresql_with={"pages_per_range": "16", "autosummarize": "on"},
    )
    op.create_index("ix_pricelists_status_created_at_request_id", "pricelists", ["status", "created_at", "request_id"])
    op.create_table(
        "index_watermarks",
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column(
            "complete_until",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="what was last changed before that is in the index",
        ),
    )
    op.create_table(
        "batch_hours",
        sa.Column("hour", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("batches", JSONB, nullable=False, comment="how many of the hour's batches have each status"),
        sa.Column("records", JSONB, nullable=False, comment="how many of their records have each status"),
        sa.Column("finished", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False, comment="all their durations together"),
    )


def downgrade() -> None:
    op.drop_table("batch_hours")
    op.drop_table("index_watermarks")
    op.drop_index("ix_pricelists_status_created_at_request_id", "pricelists")
    op.drop_index("ix_materials_updated_at", "materials")
    op.drop_index("ix_materials_use_category_name_id", "materials")
    op.drop_index("ix_materials_name_id", "materials")
    op.drop_index("ix_search_terms_count", "search_terms")
