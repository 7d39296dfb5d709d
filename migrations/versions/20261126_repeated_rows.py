"""Rows that repeat rows of a list before, as runs; an offer that moves on to the next list leaves its indexes alone.

Revision: 7be1935fc204, after 2f6d0c9b71ae
"""

import sqlalchemy as sa
from alembic import op

revision = "7be1935fc204"
down_revision = "2f6d0c9b71ae"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "repeated_rows",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False, comment="the batch whose records the rows repeat"),
        sa.Column("source_shift", sa.Integer(), nullable=False, comment="from a row's sequence to its record's"),
        sa.Column("number_shift", sa.Integer(), nullable=False, comment="from a row's sequence to its number"),
        sa.Column("chunk_rows", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("request_id", "first", name="pk_repeated_rows"),
    )
    op.create_index("ix_repeated_rows_source", "repeated_rows", ["source"])
    # Only pages that are written from now on have the room: no rewriting while the service runs.
    op.execute("ALTER TABLE raw_products SET (fillfactor = 50)")
    op.drop_index("ix_raw_products_pricelistid", "raw_products")


def downgrade() -> None:
    op.create_index("ix_raw_products_pricelistid", "raw_products", ["pricelistid"])
    op.execute("ALTER TABLE raw_products RESET (fillfactor)")
    op.drop_table("repeated_rows")
