"""Embeddings that were paid for, kept in PostgreSQL beside the material by content hash."""

from collections.abc import Collection, Mapping
from typing import Final

from quarry.adapters.interfaces import IRelationalDatabase, Vector

_READ: Final = "SELECT embedding_key, embedding FROM materials WHERE embedding_key = ANY(CAST(:keys AS text[]))"
_WRITE: Final = """
UPDATE materials SET embedding = CAST(:embedding AS real[]), embedding_model = :model, embedding_key = :key
WHERE id = CAST(:id AS uuid)
"""


class EmbeddingStore:
    def __init__(self, relational: IRelationalDatabase) -> None:
        self._relational = relational

    async def read(self, keys: Collection[str]) -> dict[str, Vector]:
        """Kept embeddings by content hash."""
        rows = await self._relational.execute_query(_READ, {"keys": list(keys)})
        return {row["embedding_key"]: row["embedding"] for row in rows if row["embedding"]}

    async def write(self, model: str, embeddings: Mapping[str, tuple[str, Vector]]) -> None:
        """Keep pairs of content hash and embedding by material."""
        for material_id, (key, vector) in embeddings.items():
            params = {"id": material_id, "model": model, "key": key, "embedding": list(vector)}
            await self._relational.execute_command(_WRITE, params)
