"""Why a batch makes no progress, as its progress reports it.

Revision: 8e4b6f2d91c3, after 5b1d7c40e9a6
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "8e4b6f2d91c3"
down_revision = "5b1d7c40e9a6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "pricelists",
        sa.Column(
            "waiting",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="why the batch stands still: reason, since, attempts",
        ),
    )


def downgrade() -> None:
    op.drop_column("pricelists", "waiting")
