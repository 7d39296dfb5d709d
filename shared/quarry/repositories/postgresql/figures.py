"""Figures of the catalogue for those who run it."""

from dataclasses import dataclass

from quarry.adapters.interfaces import IRelationalDatabase

# The schema that this code is written for: the newest revision in migrations/versions.
SCHEMA_REVISION = "e84a0c5d7b19"

_REVISION = "SELECT version_num FROM alembic_version"
_COUNTS = """
SELECT (SELECT count(*) FROM materials) AS materials,
    (SELECT count(*) FROM raw_products WHERE superseded_at IS NULL) AS offers,
    (SELECT count(*) FROM materials WHERE indexed_at IS NULL) AS unindexed
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """Materials, offers in force, and materials that the vector store does not hold as they stand."""

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
