"""Embeddings that were paid for, kept in PostgreSQL beside the material, with the content hash that they belong to."""

from collections.abc import Mapping, Sequence
from typing import Final

from quarry.adapters.interfaces import IRelationalDatabase, Vector

_READ: Final = """
SELECT embedding_key, embedding FROM materials
WHERE id = ANY(CAST(:ids AS uuid[])) AND embedding_key IS NOT NULL AND embedding IS NOT NULL
"""
# Vectors travel as array literals: an array of arrays would be unnested down to its numbers.
_WRITE: Final = """
UPDATE materials SET embedding = CAST(made.vector AS real[]), embedding_model = :model, embedding_key = made.key
FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[]), CAST(:vectors AS text[])) AS made(id, key, vector)
WHERE materials.id = made.id
"""


class EmbeddingStore:
    def __init__(self, relational: IRelationalDatabase) -> None:
        self._relational = relational

    async def read(self, material_ids: Sequence[str]) -> dict[str, Vector]:
        """The materials' kept embeddings, by content hash."""
        rows = await self._relational.execute_query(_READ, {"ids": list(material_ids)})
        return {row["embedding_key"]: row["embedding"] for row in rows}

    async def write(self, model: str, embeddings: Mapping[str, tuple[str, Vector]]) -> None:
        """Keep pairs of content hash and embedding by material."""
        params = {
            "model": model,
            "ids": list(embeddings),
            "keys": [key for key, _ in embeddings.values()],
            "vectors": ["{" + ",".join(map(repr, map(float, vector))) + "}" for _, vector in embeddings.values()],
        }
        await self._relational.execute_command(_WRITE, params)
