"""Materials, their offers and prices."""

from sqlalchemy import (
    JSON,
    REAL,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    Float,
    Index,
    Integer,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from migrations.tables.common import MOMENT, MONEY, metadata

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

categories = Table(
    "categories",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("description", Text),
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
