"""How offers were before a list moved them on, so that the list can be taken back.

Lists that were imported before this cannot.

Revision: 3e8a60d1b5f7, after c07e4b9d25f1
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "3e8a60d1b5f7"
down_revision = "c07e4b9d25f1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "earlier_offers",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("pricelist_id", sa.Integer, nullable=False, comment="the list that moved them on"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("offers", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.Column("lists", postgresql.ARRAY(sa.Integer), nullable=False, comment="the list that had each before"),
        sa.Column("previous", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.Column("rows", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.Column("sheets", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("places", postgresql.ARRAY(sa.Integer), nullable=False, comment="record_sequence of each"),
        sa.Column("details", sa.JSON, comment="the whole of those of which more was changed than their place"),
        sa.Column(
            "relinked",
            postgresql.ARRAY(sa.Integer),
            nullable=False,
            comment="those of them whose material was changed",
        ),
    )
    op.create_index("ix_earlier_offers_pricelist_id", "earlier_offers", ["pricelist_id"])
    op.create_index("ix_earlier_offers_at", "earlier_offers", ["at"])


def downgrade() -> None:
    op.drop_table("earlier_offers")
