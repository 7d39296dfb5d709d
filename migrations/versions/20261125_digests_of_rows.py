"""Digests of rows: a row that a supplier repeats unchanged is not read again.

Revision: c7e21f5a90b4, after 8e42c1a7d05f
"""

import sqlalchemy as sa
from alembic import op

revision = "c7e21f5a90b4"
down_revision = "8e42c1a7d05f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without defaults the tables are not rewritten: each supplier's next list is read in full once.
    op.add_column(
        "processing_results",
        sa.Column("digest", sa.Uuid(as_uuid=False), nullable=True, comment="equal for rows that are read as the same"),
    )
    op.add_column(
        "raw_products",
        sa.Column(
            "record_sequence",
            sa.Integer(),
            nullable=True,
            comment="the record in pricelistid's batch that tells all of the offer; or null",
        ),
    )


def downgrade() -> None:
    op.drop_column("raw_products", "record_sequence")
    op.drop_column("processing_results", "digest")
