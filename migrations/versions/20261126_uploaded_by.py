"""A batch says who uploaded it.

Revision: 5b7d20e9c3a6, after b7d20f4c91e6
"""

import sqlalchemy as sa
from alembic import op

revision = "5b7d20e9c3a6"
down_revision = "b7d20f4c91e6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "the caller, as the gateway or S3 names who it was"
    op.add_column("pricelists", sa.Column("uploaded_by", sa.String(256), comment=comment))


def downgrade() -> None:
    op.drop_column("pricelists", "uploaded_by")
