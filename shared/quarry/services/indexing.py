"""Keeps Qdrant's ``materials`` in step with PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from quarry.adapters.interfaces import Embedder, IRelationalDatabase
from quarry.repositories.documents import DocumentReader, Stored
from quarry.repositories.embeddings import EmbeddingStore
from quarry.repositories.material_points import MaterialIndex, MaterialPoints

_BLOCK: Final = 1000

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


class IndexingService:
    """Indexes materials; every call may be repeated. Raises StoreUnavailable when a store is away."""

    def __init__(
        self,
        relational: IRelationalDatabase,
        vectors: MaterialIndex,
        embedder: Embedder,
        collection: str,
    ) -> None:
        self._relational = relational
        self._documents = DocumentReader(relational)
        embeddings = EmbeddingStore(relational)
        self._points = MaterialPoints(vectors, embedder, collection, embeddings, newest_by="updated_at")

    async def index(self, material_ids: Sequence[str]) -> int:
        """Bring these materials' points in step; returns how many are: those without a vector yet are not."""
        indexed = 0
        for start in range(0, len(material_ids), _BLOCK):
            stored = await self._documents.read(material_ids[start : start + _BLOCK])
            written = await self._points.write(stored)
            await self._mark(written)
            indexed += len(written)
        return indexed

    async def index_pending(self, limit: int) -> int:
        """Index at most ``limit`` materials that are not in step; returns how many are now."""
        params = {"model": self._points.model, "limit": limit}
        rows = await self._relational.execute_query(_PENDING, params)
        return await self.index([str(row["id"]) for row in rows])

    async def _mark(self, stored: Sequence[Stored]) -> None:
        if not stored:
            return
        params = {
            "model": self._points.model,
            "ids": [item.id for item in stored],
            "moments": [item.updated_at for item in stored],
        }
        await self._relational.execute_command(_MARK, params)
