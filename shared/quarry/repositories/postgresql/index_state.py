"""Which materials the vector index does not hold as PostgreSQL does."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from quarry.adapters.interfaces import IRelationalDatabase
from quarry.repositories.documents import Stored

_WATERMARK: Final = "SELECT complete_until FROM index_watermarks WHERE model = :model"
# By the small index over updated_at, whatever the catalogue's size: what lies below the watermark is in step.
_PENDING: Final = """
SELECT id FROM materials
WHERE updated_at >= coalesce(CAST(:since AS timestamptz), '-infinity')
AND (indexed_at IS NULL OR indexed_model IS DISTINCT FROM :model)
LIMIT :limit
"""
# The watermark follows in steps, so that an end of a list seldom writes it.
_BEHIND: Final = timedelta(minutes=70)
# An hour back, which no transaction lasts: what one that still runs has changed is above the watermark.
_COMPLETE: Final = """
INSERT INTO index_watermarks AS w (model, complete_until) VALUES (:model, now() - interval '1 hour')
ON CONFLICT (model) DO UPDATE SET complete_until = excluded.complete_until
WHERE w.complete_until < excluded.complete_until
"""
# A material that changed while it was being indexed stays pending. By the ids alone, or a small table is read whole.
_MARK: Final = """
UPDATE materials SET indexed_at = now(), indexed_model = :model
FROM unnest(CAST(:ids AS uuid[]), CAST(:moments AS timestamptz[])) AS read(id, updated_at)
WHERE materials.id = ANY(CAST(:ids AS uuid[])) AND materials.id = read.id AND materials.updated_at = read.updated_at
"""


class IndexState:
    def __init__(self, relational: IRelationalDatabase) -> None:
        self._relational = relational

    async def pending(self, model: str, limit: int) -> list[str]:
        """Ids of at most ``limit`` materials that are not in step with the vectors of ``model``."""
        known = await self._relational.execute_query(_WATERMARK, {"model": model})
        since = known[0]["complete_until"] if known else None
        rows = await self._relational.execute_query(_PENDING, {"model": model, "since": since, "limit": limit})
        if not rows and (since is None or since < datetime.now(UTC) - _BEHIND):
            await self._relational.execute_command(_COMPLETE, {"model": model})
        return [str(row["id"]) for row in rows]

    async def mark(self, model: str, stored: Sequence[Stored]) -> None:
        """Note that these materials are indexed in the state in which they were read."""
        if stored:
            params = {
                "model": model,
                "ids": [item.id for item in stored],
                "moments": [item.updated_at for item in stored],
            }
            await self._relational.execute_command(_MARK, params)
