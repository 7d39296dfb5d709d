"""Keeps Qdrant's ``materials`` in step with PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from quarry.adapters.interfaces import Embedder, IRelationalDatabase
from quarry.repositories.postgresql.documents import DocumentReader
from quarry.repositories.postgresql.embeddings import EmbeddingStore
from quarry.repositories.postgresql.index_state import IndexState
from quarry.repositories.qdrant.material_points import MaterialIndex, MaterialPoints

_MATERIALS_AT_ONCE: Final = 1000


class IndexingService:
    """Indexes materials; every call may be repeated. Raises StoreUnavailable when a store is unavailable."""

    def __init__(
        self,
        relational: IRelationalDatabase,
        vectors: MaterialIndex,
        embedder: Embedder,
        collection: str,
    ) -> None:
        self._state = IndexState(relational)
        self._documents = DocumentReader(relational)
        embeddings = EmbeddingStore(relational)
        self._points = MaterialPoints(vectors, embedder, collection, embeddings, newest_by="updated_at")

    async def index(self, material_ids: Sequence[str], *, anew: bool = False) -> int:
        """Bring these materials' points in step; returns how many are: those without a vector yet are not.

        ``anew``: whatever the index is known to hold; all of them, or StoreUnavailable is raised.
        """
        indexed = 0
        for start in range(0, len(material_ids), _MATERIALS_AT_ONCE):
            stored = await self._documents.read(material_ids[start : start + _MATERIALS_AT_ONCE])
            written = await self._points.write(stored, anew=anew)
            # After the points: what is marked first and never written would be missed for ever.
            await self._state.mark(self._points.model, written)
            indexed += len(written)
        return indexed

    async def index_pending(self, limit: int) -> int:
        """Index at most ``limit`` materials that are not in step; returns how many are now."""
        return await self.index(await self._state.pending(self._points.model, limit))
