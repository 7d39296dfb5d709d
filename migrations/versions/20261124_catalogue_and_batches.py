"""Catalogue and batches

Revision: 7d7f0daf315e, the first
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "7d7f0daf315e"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "categories",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("name", name=op.f("uq_categories_name")),
    )
    op.create_table(
        "materials",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("use_category", sa.String(length=200), nullable=True),
        sa.Column("unit", sa.String(length=50), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("embedding", postgresql.ARRAY(sa.REAL()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sku", sa.String(length=200), nullable=True),
        sa.Column("normalized_name", sa.Text(), nullable=False),
        sa.Column("number_key", sa.Text(), server_default="", nullable=False),
        sa.Column("base_unit", sa.String(length=50), nullable=True),
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed(
                "\nsetweight(to_tsvector('russian'::regconfig, translate((name)::text, 'ёЁ'::text, 'еЕ'::text)), 'A'::\"char\")\n|| setweight(to_tsvector('simple'::regconfig, ((COALESCE(normalized_name, ''::text) || ' '::text)\n|| (COALESCE(sku, ''::character varying))::text)), 'B'::\"char\")\n|| setweight(to_tsvector('russian'::regconfig,\ntranslate((COALESCE(use_category, ''::character varying))::text, 'ёЁ'::text, 'еЕ'::text)), 'C'::\"char\")\n",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column(
            "indexed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="null: Qdrant does not hold the material as it stands here",
        ),
        sa.Column("indexed_model", sa.Text(), nullable=True, comment="the embedding model whose vector Qdrant holds"),
        sa.Column("embedding_model", sa.Text(), nullable=True),
        sa.Column("embedding_key", sa.Text(), nullable=True),
        sa.Column(
            "origin_pricelist_id", sa.Integer(), nullable=True, comment="the price list that first named the material"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_materials")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index(
        "ix_materials_name_trgm",
        "materials",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_index("ix_materials_number_key", "materials", ["number_key", "origin_pricelist_id"], unique=False)
    op.create_index("ix_materials_search_vector", "materials", ["search_vector"], unique=False, postgresql_using="gin")
    op.create_table(
        "pricelists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("object_key", sa.Text(), nullable=True),
        sa.Column("object_version", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("same_as", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("chunks", sa.Integer(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column(
            "issues", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column(
            "counts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricelists")),
        sa.UniqueConstraint("request_id", name=op.f("uq_pricelists_request_id")),
    )
    op.create_index("ix_pricelists_created_at", "pricelists", ["created_at", "request_id"], unique=False)
    op.create_index("ix_pricelists_supplier_id", "pricelists", ["supplier_id", "id"], unique=False)
    op.create_table(
        "processing_results",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("material_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("row", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("retry_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("catalogue_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("match_type", sa.String(length=10), nullable=True),
        sa.Column("similarity_score", sa.Float(), nullable=True),
        sa.Column("normalized_unit", sa.Text(), nullable=True),
        sa.Column("coefficient", sa.Numeric(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("has_issues", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "material_id", name=op.f("pk_processing_results")),
    )
    op.create_index("ix_processing_results_chunk", "processing_results", ["request_id", "chunk"], unique=False)
    op.create_index("ix_processing_results_sequence", "processing_results", ["request_id", "sequence"], unique=False)
    op.create_index("ix_processing_results_status", "processing_results", ["request_id", "status"], unique=False)
    op.create_table(
        "raw_products",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        sa.Column("pricelistid", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("is_processed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sku", sa.String(length=200), nullable=True),
        sa.Column("category", sa.String(length=200), nullable=True),
        sa.Column("unit", sa.String(length=50), nullable=True),
        sa.Column("currency", sa.String(length=3), server_default="RUB", nullable=False),
        sa.Column("vat", sa.String(length=10), server_default="unknown", nullable=False),
        sa.Column("price_per_base_unit", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("base_unit", sa.String(length=50), nullable=True),
        sa.Column("material_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("match_type", sa.String(length=10), nullable=True),
        sa.Column("similarity_score", sa.Float(), nullable=True),
        sa.Column("row_number", sa.Integer(), nullable=True),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("prices", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("stock", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("in_stock", sa.Boolean(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("superseded_pricelistid", sa.Integer(), nullable=True),
        sa.Column("first_pricelistid", sa.Integer(), nullable=True),
        sa.Column("previous_pricelistid", sa.Integer(), nullable=True),
        sa.Column("offer_key", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_products")),
    )
    op.create_index("ix_raw_products_first_pricelistid", "raw_products", ["first_pricelistid"], unique=False)
    op.create_index("ix_raw_products_material_id", "raw_products", ["material_id", "valid_from"], unique=False)
    op.create_index("ix_raw_products_pricelistid", "raw_products", ["pricelistid"], unique=False)
    op.create_index(
        "ix_raw_products_sku",
        "raw_products",
        [sa.literal_column("lower(sku)"), "supplier_id"],
        unique=False,
        postgresql_where=sa.text("superseded_at IS NULL AND sku IS NOT NULL"),
    )
    op.create_index(
        "ix_raw_products_superseded_pricelistid",
        "raw_products",
        ["superseded_pricelistid"],
        unique=False,
        postgresql_where=sa.text("superseded_pricelistid IS NOT NULL"),
    )
    op.create_index(
        "uq_raw_products_current_offer",
        "raw_products",
        ["supplier_id", "offer_key"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "search_terms",
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("term", name=op.f("pk_search_terms")),
    )
    op.create_table(
        "synonyms",
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("replacement", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("term", name=op.f("pk_synonyms")),
    )
    op.create_table(
        "units",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("symbol", sa.String(length=10), nullable=True),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("synonyms", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("dimension", sa.String(length=20), nullable=False),
        sa.Column(
            "factor", sa.Numeric(), nullable=True, comment="how many of the dimension's base unit one of these is"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("code", name=op.f("uq_units_code")),
        sa.UniqueConstraint("name", name=op.f("uq_units_name")),
    )


def downgrade() -> None:
    # The extension is kept: it may have been installed before.
    for table in (
        "units",
        "synonyms",
        "search_terms",
        "raw_products",
        "processing_results",
        "pricelists",
        "materials",
        "categories",
    ):
        op.drop_table(table)
