"""The number of rows in a list's file, and remarks on its reading that a person should check.

Revision: 2f6d0c9b71ae, after 8e4a2f0c71d3
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2f6d0c9b71ae"
down_revision = "8e4a2f0c71d3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Code of the previous version, which does not know them, leaves both at their defaults.
    op.add_column("pricelists", sa.Column("rows_seen", sa.Integer, nullable=True))
    op.add_column(
        "pricelists",
        sa.Column(
            "attention",
            JSONB,
            nullable=False,
            server_default=sa.text("'[]'::jsonb"),
            comment="what may be lost or wrong in the reading: code, message, sheet, count",
        ),
    )


def downgrade() -> None:
    op.drop_column("pricelists", "attention")
    op.drop_column("pricelists", "rows_seen")
