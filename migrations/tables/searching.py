"""What search knows of words, and how far the vector index has come."""

from sqlalchemy import Column, Index, Integer, Table, Text, Uuid, text

from migrations.tables.common import MOMENT, TransactionId, metadata

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
        TransactionId,
        nullable=False,
        server_default=text("pg_current_xact_id()"),
        comment="the transaction that last changed the count: readers ask for what is new",
    ),
    Index("search_terms_changed_by_idx", "changed_by"),
    Index("ix_search_terms_count", "count"),
)

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

# Up to where each model's index is known to be in step: what was last changed before that need not be looked at.
index_watermarks = Table(
    "index_watermarks",
    metadata,
    Column("model", Text, primary_key=True),
    Column("complete_until", MOMENT, nullable=False, comment="what was last changed before that is in the index"),
)
