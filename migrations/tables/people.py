"""What people decide, watch and estimate."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, Numeric, String, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSQUERY

from migrations.tables.common import MOMENT, MONEY, metadata

# Questions for people, one a pair of names; ``name_id`` is a name's own material (quarry.domain.materials), which need
# not exist.
reviews = Table(
    "reviews",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True, server_default=func.gen_random_uuid()),
    Column("name_id", Uuid(as_uuid=False), nullable=False, comment="the material that the name would be by itself"),
    Column("material_id", Uuid(as_uuid=False), nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text),
    Column("normalized_name", Text, nullable=False),
    Column("other_name", Text, nullable=False, comment="the material's when the question was made"),
    Column("other_unit", Text),
    Column("score", Float, nullable=False),
    Column("missing", JSONB, nullable=False, comment="details that only one name has, by kind"),
    Column("created_at", MOMENT, nullable=False, server_default=func.now()),
    Column("decision", String(10), comment="same, different; null: open"),
    Column("decided_at", MOMENT),
    Index("uq_reviews_name_id_material_id", "name_id", "material_id", unique=True),
    Index("ix_reviews_material_id", "material_id", "name_id"),
)

# Which material a name means where people have decided it.
name_links = Table(
    "name_links",
    metadata,
    Column("name_id", Uuid(as_uuid=False), primary_key=True, comment="the material that the name would be by itself"),
    Column("supplier_id", Integer, primary_key=True, autoincrement=False, comment="whose rows alone; -1: everybody's"),
    Column("material_id", Uuid(as_uuid=False), nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text),
    Column("merged", JSONB, comment="the row of the material that was merged"),
    Index("ix_name_links_material_id", "material_id"),
)

removed_materials = Table(
    "removed_materials",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True, comment="whose point the index may still have"),
    Column("removed_at", MOMENT, nullable=False, server_default=func.now()),
)

# «Tell me when this falls below 400 ₽/мешок» (quarry.repositories.postgresql.watches).
watches = Table(
    "watches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("material_id", Uuid(as_uuid=False)),
    Column("query", Text),
    Column("terms", TSQUERY, comment="all words of the query"),
    Column("key_lexemes", ARRAY(Text), comment="one of them is in every name that is meant"),
    Column("below", MONEY, nullable=False),
    Column("unit", Text, nullable=False),
    Column("base_unit", Text, comment="in which offers are compared; null: an unknown unit"),
    Column("base_factor", Numeric, comment="how many of base_unit one unit is"),
    Column("currency", String(3), nullable=False),
    Column("base_currency", String(3), nullable=False, comment="over which currencies are converted"),
    Column("is_below", Boolean, nullable=False, server_default=text("false")),
    Column("cheapest", JSONB),
    Column("fired_at", MOMENT),
    Column("fired", JSONB, comment="the cheapest offer then"),
    Column("created_at", MOMENT, nullable=False, server_default=func.now()),
    Index("ix_watches_material_id", "material_id"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("events", ARRAY(Text), nullable=False),
    Column("created_at", MOMENT, nullable=False, server_default=func.now()),
)

# Events on their way to webhooks, written in the transaction of what they say.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("webhook", Text, primary_key=True),
    Column("event_id", Uuid(as_uuid=False), primary_key=True),
    Column("body", Text, nullable=False, comment="as it is signed and sent"),
    Column("created_at", MOMENT, nullable=False, server_default=func.now()),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", MOMENT, server_default=func.now(), comment="null: delivered, or given up"),
    Column("delivered_at", MOMENT),
    Column("given_up_at", MOMENT),
    Column("last_error", Text),
    Index("ix_webhook_deliveries_next_at", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    Index("ix_webhook_deliveries_created_at", "created_at"),
)

estimates = Table(
    "estimates",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False, comment="of the file that it was last read from, else its id"),
    Column("name", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("max_suppliers", Integer),
    Column("waste_percent", Numeric, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("priced", Integer, nullable=False, server_default=text("0")),
    Column("degraded", Boolean, nullable=False, server_default=text("false")),
    Column("summary", JSONB, comment="totals and the lines to look at; null: lines are not priced yet"),
    Column("created_at", MOMENT, nullable=False, server_default=func.now()),
    Column("updated_at", MOMENT, nullable=False, server_default=func.now()),
)
Index("ix_estimates_request_id", estimates.c.request_id)
Index("ix_estimates_created_at", estimates.c.created_at, estimates.c.id)
Index("ix_estimates_open", estimates.c.updated_at, postgresql_where=text("summary IS NULL"))

estimate_lines = Table(
    "estimate_lines",
    metadata,
    Column("estimate_id", Uuid, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("name_id", Uuid, nullable=False, comment="the material that the name would be by itself"),
    Column("quantity", Numeric, nullable=False),
    Column("unit", Text),
    Column("group", Text, comment="the heading that it stands under"),
    Column("answer", JSONB, comment="as the API shows it; null: not priced yet"),
)

estimate_choices = Table(
    "estimate_choices",
    metadata,
    Column("name_id", Uuid, primary_key=True, comment="the material that the name would be by itself"),
    Column("material_id", Uuid, comment="what a person chose for it; null: nothing of the catalogue"),
    Column("name", Text, nullable=False),
    Column("decided_at", MOMENT, nullable=False, server_default=func.now()),
)
