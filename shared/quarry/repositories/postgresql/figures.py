"""Figures of the catalogue for those who run it."""

import uuid
from dataclasses import dataclass

from quarry.adapters.interfaces import IRelationalDatabase

# The schema that this code is written for: the newest revision in migrations/versions.
SCHEMA_REVISION = "6d2f91c8e04b"

_REVISION = "SELECT version_num FROM alembic_version"
# Counting takes longer the more rows there are: beyond this many PostgreSQL's own estimate is used.
_COUNTED = 100_000
_COUNTS = f"""
WITH counted AS (
    SELECT (SELECT count(*) FROM (SELECT FROM materials LIMIT {_COUNTED}) AS m) AS materials,
        (SELECT count(*) FROM (SELECT FROM raw_products WHERE superseded_at IS NULL LIMIT {_COUNTED}) AS o) AS offers
), estimated AS (
    SELECT (SELECT reltuples FROM pg_class WHERE oid = 'materials'::regclass) AS materials,
        (SELECT reltuples FROM pg_class WHERE oid = 'uq_raw_products_current_offer'::regclass) AS offers
)
SELECT CASE WHEN c.materials < {_COUNTED} THEN c.materials ELSE greatest(c.materials, e.materials::bigint) END
        AS materials,
    CASE WHEN c.offers < {_COUNTED} THEN c.offers ELSE greatest(c.offers, e.offers::bigint) END AS offers,
    (SELECT count(*) FROM (
        SELECT FROM materials WHERE indexed_at IS NULL
        AND updated_at >= coalesce((SELECT min(complete_until) FROM index_watermarks), '-infinity') LIMIT {_COUNTED}
    ) AS u) AS unindexed
FROM counted c, estimated e
"""  # noqa: S608
# Looks at a few materials from a random id on, and takes one of them that is indexed.
_SOME_NAME = """
SELECT name FROM (
    (SELECT name, indexed_at, 0 AS turn FROM materials WHERE id >= CAST(:at AS uuid) ORDER BY id LIMIT 50)
    UNION ALL
    (SELECT name, indexed_at, 1 FROM materials ORDER BY id LIMIT 50)
) AS found WHERE indexed_at IS NOT NULL ORDER BY turn LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """Materials, current offers, and materials that the vector store does not hold as they are.

    Beyond a hundred thousand the first two are estimates, and the last is not counted on.
    """

    materials: int
    offers: int
    unindexed: int


class FigureRepository:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def revision(self) -> str | None:
        """The schema's revision. Raises StoreError when the database was never migrated."""
        rows = await self._db.execute_query(_REVISION)
        return str(rows[0]["version_num"]) if rows else None

    async def counts(self) -> Counts:
        return Counts(**(await self._db.execute_query(_COUNTS))[0])

    async def some_name(self) -> str | None:
        """The name of some material that the vector store holds."""
        rows = await self._db.execute_query(_SOME_NAME, {"at": str(uuid.uuid4())})
        return str(rows[0]["name"]) if rows else None
