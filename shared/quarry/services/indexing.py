"""Keeps Qdrant's ``materials`` in step with PostgreSQL.

A point is a material: its payload is the document of :mod:`quarry.repositories.documents`, its dense vector (named
after the embedding model) that of its name, its sparse vector ``lexical`` its words, articles and, faintly, category.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from quarry.adapters.interfaces import Embedder, IRelationalDatabase, Point, SparseVector, Vector
from quarry.cache.embeddings import content_hash
from quarry.domain.lexical import lexical_vector
from quarry.errors import StoreError, StoreUnavailable
from quarry.repositories.documents import DocumentReader, Stored
from quarry.repositories.embeddings import EmbeddingStore

log = logging.getLogger(__name__)
LEXICAL: Final = "lexical"
_CATEGORY_WEIGHT: Final = 0.3
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


class MaterialIndex(Protocol):
    """What indexing asks of the vector store."""

    async def upsert(self, collection_name: str, vectors: Sequence[Point]) -> None: ...

    async def overwrite_payloads(self, collection_name: str, payloads: Mapping[str, Mapping[str, Any]]) -> None: ...


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
        self._vectors = vectors
        self._embedder = embedder
        self._collection = collection
        self._documents = DocumentReader(relational)
        self._embeddings = EmbeddingStore(relational)

    async def index(self, material_ids: Sequence[str]) -> None:
        """Bring these materials' points in step."""
        for start in range(0, len(material_ids), _BLOCK):
            await self._index(await self._documents.read(material_ids[start : start + _BLOCK]))

    async def index_pending(self, limit: int) -> int:
        """Index at most ``limit`` materials that are not in step; returns how many were taken."""
        params = {"model": self._embedder.model, "limit": limit}
        rows = await self._relational.execute_query(_PENDING, params)
        await self.index([str(row["id"]) for row in rows])
        return len(rows)

    async def _index(self, stored: Sequence[Stored]) -> None:
        # A vector belongs to the name, which is the material's identity: only what a new model has not seen needs one.
        new = [item for item in stored if item.indexed_model != self._embedder.model]
        known = [item for item in stored if item.indexed_model == self._embedder.model]
        if known and not await self._refreshed(known):
            new, known = [*new, *known], []
        vectors = await self._vectors_of(new) if new else {}
        if new:
            await self._vectors.upsert(self._collection, [self._point(item, vectors.get(item.id)) for item in new])
        await self._mark([*known, *(item for item in new if item.id in vectors)])

    async def _refreshed(self, known: Sequence[Stored]) -> bool:
        """Whether the points took their new payloads; false when the index has lost some of them."""
        try:
            await self._vectors.overwrite_payloads(self._collection, {item.id: item.document for item in known})
        except StoreError as fault:
            log.warning("points are written anew", extra={"reason": str(fault), "rows": len(known)})
            return False
        return True

    async def _vectors_of(self, stored: Sequence[Stored]) -> Mapping[str, Vector]:
        """Vectors by material. Empty while the provider is away: the points are found by their words meanwhile."""
        keys = {item.id: content_hash(self._embedder.model, item.name) for item in stored}
        kept = await self._embeddings.read(list(keys)) if self._embedder.stored else {}
        missing = {keys[item.id]: item.name for item in stored if keys[item.id] not in kept}
        try:
            made = dict(zip(missing, await self._embedder.embed(list(missing.values())), strict=True))
        except (StoreUnavailable, StoreError) as fault:
            log.warning("materials are indexed without meaning", extra={"reason": str(fault), "rows": len(missing)})
            made = {}
        vectors = {**kept, **made}
        if self._embedder.stored and made:
            fresh = {item.id: (keys[item.id], vectors[keys[item.id]]) for item in stored if keys[item.id] in made}
            await self._embeddings.write(self._embedder.model, fresh)
        return {item.id: vectors[keys[item.id]] for item in stored if keys[item.id] in vectors}

    def _point(self, item: Stored, vector: Vector | None) -> Point:
        dense = {} if vector is None else {self._embedder.model: vector}
        return Point(item.id, item.document, dense, {LEXICAL: _lexical(item)})

    async def _mark(self, stored: Sequence[Stored]) -> None:
        if not stored:
            return
        params = {
            "model": self._embedder.model,
            "ids": [item.id for item in stored],
            "moments": [item.updated_at for item in stored],
        }
        await self._relational.execute_command(_MARK, params)


def _lexical(item: Stored) -> SparseVector:
    indices, values = lexical_vector(" ".join((item.name, *item.document["skus"])))
    weights = dict(zip(indices, values, strict=True))
    for index, value in zip(*lexical_vector(item.document["category"] or ""), strict=True):
        weights.setdefault(index, value * _CATEGORY_WEIGHT)
    return SparseVector(list(weights), list(weights.values()))
