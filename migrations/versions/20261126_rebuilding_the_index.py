"""How far the vector index is rebuilt from PostgreSQL.

Revision: c07e4b9d25f1, after b7c3e91d5a20
"""

import sqlalchemy as sa
from alembic import op

revision = "c07e4b9d25f1"
down_revision = "b7c3e91d5a20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "rebuilding",
        sa.Column("collection", sa.Text, primary_key=True),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("after", sa.Uuid, comment="the last material that is done, in the order of ids"),
        sa.Column("done", sa.Integer, nullable=False, server_default="0"),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("finished_at", moment),
    )


def downgrade() -> None:
    op.drop_table("rebuilding")
