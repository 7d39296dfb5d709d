"""Batches, their rows, and figures over them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from migrations.tables.common import MOMENT, metadata

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
