"""The key and the words by which candidates for a name were looked up, until material_keys.

Revision: 8e42c1a7d05f, after 8e4b6f2d91c3
"""

import sqlalchemy as sa
from alembic import op

revision = "8e42c1a7d05f"
down_revision = "8e4b6f2d91c3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "materials",
        sa.Column(
            "match_key",
            sa.Text(collation="C"),
            nullable=True,
            comment="one for all names that may mean one material; null: no words",
        ),
    )
    op.add_column(
        "materials",
        sa.Column(
            "match_words", sa.Text(collation="C"), nullable=True, comment="the order of the names within match_key"
        ),
    )
    op.create_index("ix_materials_match_key", "materials", ["match_key", "match_words"], unique=False)
    op.drop_index("ix_materials_number_key", table_name="materials")


def downgrade() -> None:
    op.create_index("ix_materials_number_key", "materials", ["number_key", "origin_pricelist_id"], unique=False)
    op.drop_index("ix_materials_match_key", table_name="materials")
    op.drop_column("materials", "match_words")
    op.drop_column("materials", "match_key")
