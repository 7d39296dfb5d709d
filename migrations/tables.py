"""The tables, as Alembic compares them with a database.

The specification's columns have their specified names; money is numeric(14,4) and times are timestamptz.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    REAL,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSQUERY, TSVECTOR
from sqlalchemy.types import UserDefinedType

from quarry.domain.money import MONEY_DIGITS, MONEY_PLACES


class _TransactionId(UserDefinedType[int]):
    """PostgreSQL's ``xid8``, which SQLAlchemy does not know."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

MONEY = Numeric(MONEY_DIGITS, MONEY_PLACES)
MOMENT = DateTime(timezone=True)

# As PostgreSQL prints it, since Alembic compares the texts: word forms of the name and category, then every token
# unchanged, with ``ё`` written as ``е`` on both sides of a comparison.
_SEARCH_VECTOR = """
setweight(to_tsvector('russian'::regconfig, translate((name)::text, 'ёЁ'::text, 'еЕ'::text)), 'A'::"char")
|| setweight(to_tsvector('simple'::regconfig, ((COALESCE(normalized_name, ''::text) || ' '::text)
|| (COALESCE(sku, ''::character varying))::text)), 'B'::"char")
|| setweight(to_tsvector('russian'::regconfig,
translate((COALESCE(use_category, ''::character varying))::text, 'ёЁ'::text, 'еЕ'::text)), 'C'::"char")
"""

# ``id`` is the UUID version 5 of ``normalized_name`` (quarry.domain.materials), so the primary key keeps that unique
# too; an index over the name itself would refuse names above 2.7 kB. No index covers ``indexed_at`` or ``updated_at``:
# with free space in each page, an update of them does not touch the expensive GIN indexes (heap-only tuples).
materials = Table(
    "materials",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("use_category", String(200)),
    Column("unit", String(50)),
    Column("description", Text),
    Column("embedding", ARRAY(REAL)),
    Column("created_at", MOMENT, nullable=False, server_default=func.now()),
    Column("updated_at", MOMENT, nullable=False, server_default=func.now()),
    Column("sku", String(200)),
    Column("normalized_name", Text, nullable=False),
    Column("number_key", Text, nullable=False, server_default=""),
    Column("base_unit", String(50)),
    Column("search_vector", TSVECTOR, Computed(_SEARCH_VECTOR, persisted=True)),
    Column("indexed_at", MOMENT, comment="null: Qdrant does not hold the material as it stands here"),
    Column("indexed_model", Text, comment="the embedding model whose vector Qdrant holds"),
    Column("embedding_model", Text),
    Column("embedding_key", Text),
    Column("origin_pricelist_id", Integer, comment="the price list that first named the material"),
    Column("match_key", Text(collation="C"), comment="no longer written"),
    Column("match_words", Text(collation="C"), comment="no longer written"),
    Column(
        "match_version",
        SmallInteger,
        nullable=False,
        server_default="0",
        comment="by which rules its keys were made and its likes were looked for (MATCH_VERSION)",
    ),
    Index("ix_materials_name_trgm", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
    Index("ix_materials_search_vector", "search_vector", postgresql_using="gin"),
    Index("ix_materials_match_version", "match_version"),
    Index("ix_materials_name_id", "name", "id"),
    Index("ix_materials_use_category_name_id", "use_category", "name", "id"),
    # The one kind of index that an update in place may touch.
    Index(
        "ix_materials_updated_at",
        "updated_at",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": True},
    ),
    postgresql_with={"fillfactor": "50"},
)

# Where a material is looked up for a row that may mean it (quarry.domain.matching): a few keys each.
material_keys = Table(
    "material_keys",
    metadata,
    Column("key", BigInteger, autoincrement=False),
    Column("place", BigInteger, comment="equal for names with the same numbers"),
    Column("material_id", Uuid(as_uuid=False)),
    Column("origin_pricelist_id", Integer, comment="as the material's"),
    PrimaryKeyConstraint("key", "place", "material_id", postgresql_include=["origin_pricelist_id"]),
    Index("ix_material_keys_material_id", "material_id"),
)

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

# A supplier's offers with their history: the current one of an ``offer_key`` has no ``superseded_at``. ``pricelistid``
# is the last list with the offer, ``first_pricelistid`` the one that set its price, ``previous_pricelistid`` the one
# before the last. An ended offer names the list that ended it and the offer that replaced it, if any.
# No index covers ``pricelistid``: with the free room in each page an offer moves on to the next list without a new
# entry in any index (heap-only tuples).
raw_products = Table(
    "raw_products",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("supplier_id", Integer),
    Column("pricelistid", Integer),
    Column("name", String(500), nullable=False),
    Column("unit_price", MONEY),
    Column("is_processed", Boolean, nullable=False, server_default=text("false")),
    Column("sku", String(200)),
    Column("category", String(200)),
    Column("unit", String(50)),
    Column("currency", String(3), nullable=False, server_default="RUB"),
    Column("vat", String(10), nullable=False, server_default="unknown"),
    Column("price_per_base_unit", MONEY),
    Column("base_unit", String(50)),
    Column("comparable", JSONB, comment="unit and price, the main one first; null: that is all there is"),
    Column("material_id", Uuid(as_uuid=False)),
    Column("match_type", String(10)),
    Column("similarity_score", Float),
    Column("row_number", Integer),
    Column("sheet", Text),
    Column("prices", JSONB),
    Column("stock", MONEY),
    Column("in_stock", Boolean),
    Column("valid_from", MOMENT, nullable=False, server_default=func.now()),
    Column("superseded_at", MOMENT),
    Column("superseded_by", Integer),
    Column("superseded_pricelistid", Integer),
    Column("first_pricelistid", Integer),
    Column("previous_pricelistid", Integer),
    Column("offer_key", Text, nullable=False),
    Column("content_hash", Text, nullable=False, server_default=""),
    Column(
        "record_sequence", Integer, comment="the record in pricelistid's batch that tells all of the offer; or null"
    ),
    Column("name_id", Uuid(as_uuid=False), comment="the material that its name would be by itself, if not its own"),
    Index("ix_raw_products_name_id", "name_id", postgresql_where=text("material_id IS NULL")),
    Index(
        "uq_raw_products_current_offer",
        "supplier_id",
        "offer_key",
        unique=True,
        postgresql_where=text("superseded_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    ),
    Index("ix_raw_products_material_id", "material_id", "valid_from"),
    Index("ix_raw_products_first_pricelistid", "first_pricelistid"),
    Index(
        "ix_raw_products_superseded_pricelistid",
        "superseded_pricelistid",
        postgresql_where=text("superseded_pricelistid IS NOT NULL"),
    ),
    postgresql_with={"fillfactor": "50"},
)
Index(
    "ix_raw_products_sku",
    func.lower(raw_products.c.sku),
    raw_products.c.supplier_id,
    postgresql_where=text("superseded_at IS NULL AND sku IS NOT NULL"),
)
# Articles without the signs between their parts, by their beginnings.
Index(
    "ix_raw_products_article",
    text("translate(lower(sku), ' -_./', '') text_pattern_ops"),
    _table=raw_products,
    postgresql_where=text("superseded_at IS NULL AND sku IS NOT NULL"),
)

categories = Table(
    "categories",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("description", Text),
)

suppliers = Table(
    "suppliers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True, comment="of names that differ in case and blanks alone"),
)

exchange_rates = Table(
    "exchange_rates",
    metadata,
    Column("base_currency", String(3), primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("date", Date, primary_key=True),
    Column("rate", Numeric, nullable=False, comment="how much of base_currency one of currency is worth"),
    Column("source", Text, nullable=False),
)

units = Table(
    "units",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("name", String(50), nullable=False, unique=True),
    Column("symbol", String(10)),
    Column("code", String(20), nullable=False, unique=True),
    Column("synonyms", ARRAY(Text), nullable=False, server_default="{}"),
    Column("dimension", String(20), nullable=False),
    Column("factor", Numeric, comment="how many of the dimension's base unit one of these is"),
)

# The header of a batch, which was sent as a price list or as rows.
pricelists = Table(
    "pricelists",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("request_id", Text, nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("supplier_id", Integer),
    Column("file_name", Text),
    Column("object_key", Text),
    Column("object_version", Text),
    Column("content_hash", Text),
    Column("same_as", Text),
    Column("status", String(30), nullable=False),
    Column("total", Integer),
    Column("chunks", Integer),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("issues", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("counts", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("changes", JSONB),
    Column("revision", BigInteger, nullable=False),
    Column("created_at", MOMENT, nullable=False, server_default=func.now()),
    Column("updated_at", MOMENT, nullable=False, server_default=func.now()),
    Column("finished_at", MOMENT),
    Column("uploaded_at", MOMENT, comment="orders a supplier's lists; null: created_at does"),
    Column("waiting", JSONB, comment="why the batch stands still: reason, since, attempts"),
    Column("rows_seen", Integer),
    Column(
        "attention",
        JSONB,
        nullable=False,
        server_default=text("'[]'::jsonb"),
        comment="what may be lost or wrong in the reading: code, message, sheet, count",
    ),
    Column("uploaded_by", String(256), comment="the caller, as the gateway or S3 names who it was"),
    Index("ix_pricelists_created_at", "created_at", "request_id"),
    Index("ix_pricelists_supplier_id", "supplier_id", "id"),
    Index("ix_pricelists_status_created_at_request_id", "status", "created_at", "request_id"),
)

# What lists changed (quarry.repositories.postgresql.price_changes). A first list is all new, which hides the few prices
# that changed: these have indexes of their own.
price_changes = Table(
    "price_changes",
    metadata,
    Column("pricelist_id", Integer, primary_key=True, autoincrement=False, comment="the list that changed it"),
    Column(
        "offer_id",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="the offer that it brought, else the one that it ended",
    ),
    Column("old_offer_id", Integer, comment="the offer that it ended"),
    Column("supplier_id", Integer),
    Column("at", MOMENT, nullable=False, comment="when the list ended first"),
    Column("kind", String(20), nullable=False),
    Column("percent", Numeric),
    Column("category", String(200)),
    Index("ix_price_changes_at", "at", "pricelist_id", "offer_id"),
    Index("ix_price_changes_supplier_id", "supplier_id", "at", "pricelist_id", "offer_id"),
    Index("ix_price_changes_changed", "at", "pricelist_id", "offer_id", postgresql_where=text("kind <> 'new'")),
    Index(
        "ix_price_changes_category",
        "category",
        "at",
        "pricelist_id",
        "offer_id",
        postgresql_where=text("kind <> 'new'"),
    ),
)

# How offers were before a list moved them on, for its undo; parallel arrays, a row for each chunk
# (quarry.repositories.postgresql.earlier_offers).
earlier_offers = Table(
    "earlier_offers",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("pricelist_id", Integer, nullable=False, comment="the list that moved them on"),
    Column("at", MOMENT, nullable=False, server_default=func.now()),
    Column("offers", ARRAY(Integer), nullable=False),
    Column("lists", ARRAY(Integer), nullable=False, comment="the list that had each before"),
    Column("previous", ARRAY(Integer), nullable=False),
    Column("rows", ARRAY(Integer), nullable=False),
    Column("sheets", ARRAY(Text), nullable=False),
    Column("places", ARRAY(Integer), nullable=False, comment="record_sequence of each"),
    Column("details", JSON, comment="the whole of those of which more was changed than their place"),
    Column("relinked", ARRAY(Integer), nullable=False, comment="those of them whose material was changed"),
    Index("ix_earlier_offers_pricelist_id", "pricelist_id"),
    Index("ix_earlier_offers_at", "at"),
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

processing_results = Table(
    "processing_results",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("material_id", Text, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("chunk", Integer, nullable=False),
    Column("occurrence", Integer, nullable=False, server_default="0"),
    Column("row", JSONB, nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text),
    Column("sku", Text),
    Column("status", String(20), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("retry_count", Integer, nullable=False, server_default="0"),
    Column("catalogue_id", Uuid(as_uuid=False)),
    Column("match_type", String(10)),
    Column("similarity_score", Float),
    Column("normalized_unit", Text),
    Column("coefficient", Numeric),
    Column("error_code", Text),
    Column("error", Text),
    Column("has_issues", Boolean, nullable=False, server_default=text("false")),
    Column("digest", Uuid(as_uuid=False), comment="equal for rows that are read as the same"),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Index("ix_processing_results_sequence", "request_id", "sequence"),
    Index("ix_processing_results_status", "request_id", "status"),
    Index("ix_processing_results_chunk", "request_id", "chunk"),
)

# Rows of a batch, first to last, that repeat consecutive records of another one
# (quarry.repositories.postgresql.repeated_rows).
repeated_rows = Table(
    "repeated_rows",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("source", Text, nullable=False, comment="the batch whose records the rows repeat"),
    Column("source_shift", Integer, nullable=False, comment="from a row's sequence to its record's"),
    Column("number_shift", Integer, nullable=False, comment="from a row's sequence to its number"),
    Column("chunk_rows", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("created_at", MOMENT, nullable=False, server_default=func.now()),
    Index("ix_repeated_rows_source", "source"),
)

# Synonyms of words in a query; users can add their own.
synonyms = Table(
    "synonyms",
    metadata,
    Column("term", Text, primary_key=True),
    Column("replacement", Text, nullable=False),
)

# The vocabulary: the words of the materials' names with their frequency, to which typos are corrected.
search_terms = Table(
    "search_terms",
    metadata,
    Column("term", Text, primary_key=True),
    Column("count", Integer, nullable=False, server_default="0"),
    Column(
        "changed_by",
        _TransactionId,
        nullable=False,
        server_default=text("pg_current_xact_id()"),
        comment="the transaction that last changed the count: readers ask for what is new",
    ),
    Index("search_terms_changed_by_idx", "changed_by"),
    Index("ix_search_terms_count", "count"),
)

# Up to where each model's index is known to be in step: what was last changed before that need not be looked at.
# How far the vector index is rebuilt from PostgreSQL (quarry.services.rebuilding).
rebuilding = Table(
    "rebuilding",
    metadata,
    Column("collection", Text, primary_key=True),
    Column("started_at", MOMENT, nullable=False),
    Column("after", Uuid(as_uuid=False), comment="the last material that is done, in the order of ids"),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False),
    Column("finished_at", MOMENT),
)

index_watermarks = Table(
    "index_watermarks",
    metadata,
    Column("model", Text, primary_key=True),
    Column("complete_until", MOMENT, nullable=False, comment="what was last changed before that is in the index"),
)

# Figures over the batches of an hour, once all of them have ended (quarry.repositories.postgresql.batch_hours).
batch_hours = Table(
    "batch_hours",
    metadata,
    Column("hour", MOMENT, primary_key=True),
    Column("batches", JSONB, nullable=False, comment="how many of the hour's batches have each status"),
    Column("records", JSONB, nullable=False, comment="how many of their records have each status"),
    Column("finished", Integer, nullable=False),
    Column("seconds", Float, nullable=False, comment="all their durations together"),
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
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
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
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
