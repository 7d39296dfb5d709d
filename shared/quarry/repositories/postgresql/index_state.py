"""Which materials the vector index does not hold as PostgreSQL does."""

from collections.abc import Sequence
from typing import Final

from quarry.adapters.interfaces import IRelationalDatabase
from quarry.repositories.documents import Stored

_PENDING: Final = """
SELECT id FROM materials
WHERE indexed_at IS NULL OR indexed_model IS DISTINCT FROM :model
LIMIT :limit
"""
# A material that changed while it was being indexed stays pending.
_MARK: Final = """
UPDATE materials SET indexed_at = now(), indexed_model = :model
FROM unnest(CAST(:ids AS uuid[]), CAST(:moments AS timestamptz[])) AS read(id, updated_at)
WHERE materials.id = read.id AND materials.updated_at = read.updated_at
"""


class IndexState:
    def __init__(self, relational: IRelationalDatabase) -> None:
        self._relational = relational

    async def pending(self, model: str, limit: int) -> list[str]:
        """Ids of at most ``limit`` materials that are not in step with the vectors of ``model``."""
        rows = await self._relational.execute_query(_PENDING, {"model": model, "limit": limit})
        return [str(row["id"]) for row in rows]

    async def mark(self, model: str, stored: Sequence[Stored]) -> None:
        """These are indexed now, as they were read."""
        if stored:
            params = {
                "model": model,
                "ids": [item.id for item in stored],
                "moments": [item.updated_at for item in stored],
            }
            await self._relational.execute_command(_MARK, params)
