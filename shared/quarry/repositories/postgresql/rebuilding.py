"""How far the vector index is rebuilt: materials are taken in the order of their ids, and a row says where that is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from quarry.adapters.interfaces import IRelationalDatabase

_START: Final = """
INSERT INTO rebuilding AS r (collection, started_at, total) VALUES (:collection, now(), :total)
ON CONFLICT (collection) DO UPDATE
SET started_at = excluded.started_at, total = excluded.total, after = NULL, done = 0, finished_at = NULL
RETURNING started_at, CAST(after AS text) AS after, done, total, finished_at
"""
_STATE: Final = """
SELECT started_at, CAST(after AS text) AS after, done, total, finished_at FROM rebuilding WHERE collection = :collection
"""
_NEXT: Final = """
SELECT CAST(id AS text) AS id FROM materials
WHERE id > coalesce(CAST(:after AS uuid), '00000000-0000-0000-0000-000000000000') ORDER BY id LIMIT :limit
"""
# Of two workers that write the same block at once only one counts it.
_ADVANCE: Final = """
UPDATE rebuilding
SET after = coalesce(CAST(:last AS uuid), after), done = done + :number,
    finished_at = CASE WHEN CAST(:last AS uuid) IS NULL THEN now() END
WHERE collection = :collection AND started_at = CAST(:started_at AS timestamptz)
  AND after IS NOT DISTINCT FROM CAST(:after AS uuid)
"""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """``done`` of ``total`` materials; those that are added meanwhile are indexed as always."""

    started_at: datetime
    after: str | None
    done: int
    total: int
    finished_at: datetime | None


class RebuildingRepository:
    def __init__(self, db: IRelationalDatabase, collection: str) -> None:
        self._db = db
        self._collection = collection

    async def start(self, total: int) -> Rebuilt:
        """From the first material, also where another rebuilding is under way."""
        return (await self._read(_START, total=total))[0]

    async def state(self) -> Rebuilt | None:
        """Of the latest rebuilding; None before the first."""
        found = await self._read(_STATE)
        return found[0] if found else None

    async def next_ids(self, state: Rebuilt, limit: int) -> list[str]:
        rows = await self._db.execute_query(_NEXT, {"after": state.after, "limit": limit})
        return [row["id"] for row in rows]

    async def advance(self, state: Rebuilt, ids: list[str]) -> None:
        """These are done; without any the rebuilding is finished."""
        await self._db.execute_command(
            _ADVANCE,
            {
                "collection": self._collection,
                "started_at": state.started_at,
                "after": state.after,
                "last": ids[-1] if ids else None,
                "number": len(ids),
            },
        )

    async def _read(self, statement: str, **values: Any) -> list[Rebuilt]:
        rows = await self._db.execute_query(statement, {"collection": self._collection, **values})
        return [Rebuilt(**row) for row in rows]
