"""Suppliers' names, and exchange rates.

Revision: 9b3e6a1f84d7, after d17f3b6ca928
"""

import sqlalchemy as sa
from alembic import op

revision = "9b3e6a1f84d7"
down_revision = "d17f3b6ca928"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "suppliers",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False, comment="of names that differ in case and blanks alone"),
        sa.PrimaryKeyConstraint("id", name="pk_suppliers"),
        sa.UniqueConstraint("name_key", name="uq_suppliers_name_key"),
    )
    op.create_table(
        "exchange_rates",
        sa.Column("base_currency", sa.String(3), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("rate", sa.Numeric, nullable=False, comment="how much of base_currency one of currency is worth"),
        sa.Column("source", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("base_currency", "currency", "date", name="pk_exchange_rates"),
    )


def downgrade() -> None:
    op.drop_table("exchange_rates")
    op.drop_table("suppliers")
