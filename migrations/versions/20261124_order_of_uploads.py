"""When a price list was uploaded: the order in which a supplier's lists replace each other.

Revision: 5b1d7c40e9a6, after 3c9b0b1f5a2e
"""

import sqlalchemy as sa
from alembic import op

revision = "5b1d7c40e9a6"
down_revision = "3c9b0b1f5a2e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a default the table is not rewritten: existing lists keep the order in which they were created.
    op.add_column(
        "pricelists",
        sa.Column(
            "uploaded_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="orders a supplier's lists; null: created_at does",
        ),
    )


def downgrade() -> None:
    op.drop_column("pricelists", "uploaded_at")
