"""Watches of prices, webhooks, and the events that are on their way to them.

Revision: b7d20f4c91e6, after 5c1e8d07f3ab
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b7d20f4c91e6"
down_revision = "5c1e8d07f3ab"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "watches",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("material_id", sa.Uuid()),
        sa.Column("query", sa.Text()),
        sa.Column("terms", postgresql.TSQUERY(), comment="all words of the query"),
        sa.Column("key_lexemes", postgresql.ARRAY(sa.Text()), comment="one of them is in every name that is meant"),
        sa.Column("below", sa.Numeric(14, 4), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("base_unit", sa.Text(), comment="in which offers are compared; null: an unknown unit"),
        sa.Column("base_factor", sa.Numeric(), comment="how many of base_unit one unit is"),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("base_currency", sa.String(3), nullable=False, comment="over which currencies are converted"),
        sa.Column("is_below", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("cheapest", postgresql.JSONB()),
        sa.Column("fired_at", moment),
        sa.Column("fired", postgresql.JSONB(), comment="the cheapest offer then"),
        sa.Column("created_at", moment, nullable=False, server_default=sa.func.now()),
    )
    op.create_index("ix_watches_material_id", "watches", ["material_id"])
    op.create_table(
        "webhooks",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", moment, nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("webhook", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="as it is signed and sent"),
        sa.Column("created_at", moment, nullable=False, server_default=sa.func.now()),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("next_at", moment, server_default=sa.func.now(), comment="null: delivered, or given up"),
        sa.Column("delivered_at", moment),
        sa.Column("given_up_at", moment),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("webhook", "event_id", name="pk_webhook_deliveries"),
    )
    op.create_index(
        "ix_webhook_deliveries_next_at",
        "webhook_deliveries",
        ["next_at"],
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index("ix_webhook_deliveries_created_at", "webhook_deliveries", ["created_at"])


def downgrade() -> None:
    for table in ("webhook_deliveries", "webhooks", "watches"):
        op.drop_table(table)
