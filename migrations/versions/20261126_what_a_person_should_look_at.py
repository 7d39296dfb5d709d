"""How many rows a list's file has, and what a person should look at in how it was read.

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
    # A version of the code that does not know them yet leaves both at their defaults.
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
