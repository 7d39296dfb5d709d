"""Materials as points of the vector store.

A point's payload is the document of :mod:`quarry.domain.documents` with what ranking needs of it as one text, its
dense vector (named after the embedding model) that of its name, its sparse vector ``lexical`` its words, articles and,
faintly, category.
"""

import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

from quarry.adapters.interfaces import Embedder, Point, SparseVector, Vector
from quarry.domain.excerpts import excerpt
from quarry.domain.identity import embedding_key
from quarry.domain.lexical import lexical_weights
from quarry.errors import StoreError, StoreUnavailable
from quarry.repositories.documents import Stored

log = logging.getLogger(__name__)
LEXICAL: Final = "lexical"
EXCERPT: Final = "excerpt"
_CATEGORY_WEIGHT: Final = 0.3


class MaterialIndex(Protocol):
    """What writing points asks of the vector store."""

    async def upsert(self, collection_name: str, vectors: Sequence[Point], *, newest_by: str | None = None) -> None: ...

    async def overwrite_payloads(
        self, collection_name: str, payloads: Mapping[str, Mapping[str, Any]], *, newest_by: str | None = None
    ) -> None: ...


class KeptEmbeddings(Protocol):
    """Embeddings that were paid for, by content hash."""

    async def read(self, material_ids: Sequence[str]) -> dict[str, Vector]: ...

    async def write(self, model: str, embeddings: Mapping[str, tuple[str, Vector]]) -> None: ...


class MaterialPoints:
    """Without ``embeddings`` no vector is kept beside the point itself.

    By ``newest_by``, a moment in the document, a write that comes late never covers a newer one: it was overtaken by
    another worker, or lay in a network that had gone silent.
    """

    def __init__(
        self,
        vectors: MaterialIndex,
        embedder: Embedder,
        collection: str,
        embeddings: KeptEmbeddings | None = None,
        *,
        newest_by: str | None = None,
    ) -> None:
        self._vectors = vectors
        self._embedder = embedder
        self._collection = collection
        self._embeddings = embeddings if embedder.stored else None
        self._newest_by = newest_by

    @property
    def model(self) -> str:
        return self._embedder.model

    async def write(self, stored: Sequence[Stored], *, anew: bool = False) -> list[Stored]:
        """Write the points; returns those that have this model's vector now. Raises StoreUnavailable.

        ``anew``: every point as a whole, as if the index held none, and none without its vector.
        """
        # A vector belongs to the name, which is the material's identity: only what a new model has not seen needs one.
        new = [item for item in stored if anew or item.indexed_model != self.model]
        known = [item for item in stored if not anew and item.indexed_model == self.model]
        if known and not await self._refreshed(known):
            new, known = [*new, *known], []
        vectors = await self._vectors_of(new) if new else {}
        if anew and len(vectors) < len(new):
            raise StoreUnavailable(self.model, "gives no vectors: a point would lose its own")
        if new:
            points = [self._point(item, vectors.get(item.id)) for item in new]
            await self._vectors.upsert(self._collection, points, newest_by=self._newest_by)
        return [*known, *(item for item in new if item.id in vectors)]

    async def _refreshed(self, known: Sequence[Stored]) -> bool:
        """Whether the points took their new payloads; false when the index has lost some of them."""
        try:
            payloads = {item.id: _payload(item) for item in known}
            await self._vectors.overwrite_payloads(self._collection, payloads, newest_by=self._newest_by)
        except StoreError as error:
            log.warning("points are written anew", extra={"reason": str(error), "rows": len(known)})
            return False
        return True

    async def _vectors_of(self, stored: Sequence[Stored]) -> Mapping[str, Vector]:
        """Vectors by material. Empty while the provider is unavailable: the points are found by words then."""
        keys = {item.id: embedding_key(self.model, item.name) for item in stored}
        kept = await self._embeddings.read(list(keys)) if self._embeddings else {}
        missing = {keys[item.id]: item.name for item in stored if keys[item.id] not in kept}
        try:
            made = dict(zip(missing, await self._embedder.embed(list(missing.values())), strict=True))
        except (StoreUnavailable, StoreError) as error:
            log.warning("materials are indexed without meaning", extra={"reason": str(error), "rows": len(missing)})
            made = {}
        vectors = {**kept, **made}
        if self._embeddings and made:
            fresh = {item.id: (keys[item.id], vectors[keys[item.id]]) for item in stored if keys[item.id] in made}
            await self._embeddings.write(self.model, fresh)
        return {item.id: vectors[keys[item.id]] for item in stored if keys[item.id] in vectors}

    def _point(self, item: Stored, vector: Vector | None) -> Point:
        dense = {} if vector is None else {self.model: vector}
        return Point(item.id, _payload(item), dense, {LEXICAL: _lexical(item)})


def _payload(item: Stored) -> dict[str, Any]:
    return {**item.document, EXCERPT: excerpt(item.document)}


@lru_cache(maxsize=4096)
def _of_category(category: str) -> Mapping[int, float]:
    return {index: weight * _CATEGORY_WEIGHT for index, weight in lexical_weights(category).items()}


def _lexical(item: Stored) -> SparseVector:
    own = lexical_weights(item.name, *item.document["skus"])
    weights = {**_of_category(item.document["category"] or ""), **own}
    return SparseVector(list(weights), list(weights.values()))
