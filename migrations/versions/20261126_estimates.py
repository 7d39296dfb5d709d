"""Estimates, their lines, and the materials that people chose for names of lines.

Revision: 5b0e7c4d92f6, after 5b7d20e9c3a6
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "5b0e7c4d92f6"
down_revision = "5b7d20e9c3a6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "estimates",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "request_id", sa.Uuid(), nullable=False, comment="of the file that it was last read from, else its id"
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("max_suppliers", sa.Integer()),
        sa.Column("waste_percent", sa.Numeric(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("priced", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("degraded", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("summary", JSONB(), comment="totals and the lines to look at; null: lines are not priced yet"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_index("ix_estimates_request_id", "estimates", ["request_id"])
    op.create_index("ix_estimates_created_at", "estimates", ["created_at", "id"])
    op.create_index("ix_estimates_open", "estimates", ["updated_at"], postgresql_where=sa.text("summary IS NULL"))
    op.create_table(
        "estimate_lines",
        sa.Column("estimate_id", sa.Uuid(), primary_key=True),
        sa.Column("line", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_id", sa.Uuid(), nullable=False, comment="the material that the name would be by itself"),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("unit", sa.Text()),
        sa.Column("group", sa.Text(), comment="the heading that it stands under"),
        sa.Column("answer", JSONB(), comment="as the API shows it; null: not priced yet"),
    )
    op.create_table(
        "estimate_choices",
        sa.Column("name_id", sa.Uuid(), primary_key=True, comment="the material that the name would be by itself"),
        sa.Column("material_id", sa.Uuid(), comment="what a person chose for it; null: nothing of the catalogue"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )


def downgrade() -> None:
    for table in ("estimate_choices", "estimate_lines", "estimates"):
        op.drop_table(table)
