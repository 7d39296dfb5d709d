"""Materials for many names at once, and all their offers: from the index, and from PostgreSQL where that is there."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from quarry.domain.excerpts import Candidate, candidate_of
from quarry.domain.query import SearchType
from quarry.domain.ranking import Ranked, rank
from quarry.errors import StoreError, StoreUnavailable
from quarry.repositories.material_vectors import MaterialVectors
from quarry.repositories.materials import CANDIDATES, HybridMaterialsRepository, MaterialQuery
from quarry.repositories.postgresql.documents import DocumentReader
from quarry.repositories.postgresql.waiting_offers import WaitingOffers
from quarry.repositories.qdrant.material_points import EXCERPT

log = logging.getLogger(__name__)
_QUERIES_AT_ONCE: Final = 25
_MOST_WAITING: Final = 5000
Offers = Mapping[str, Sequence[Mapping[str, Any]]]


class MaterialFinder:
    """Without ``documents`` and ``waiting`` (Qdrant-only mode) there are the few offers that the index has."""

    def __init__(
        self,
        vectors: MaterialVectors,
        materials: HybridMaterialsRepository,
        documents: DocumentReader | None,
        waiting: WaitingOffers | None,
    ) -> None:
        self._vectors = vectors
        self._materials = materials
        self._documents = documents
        self._waiting = waiting

    async def find(self, queries: Sequence[MaterialQuery]) -> tuple[list[list[Ranked]], bool]:
        """For each query its candidates, the likest first, and whether a store or the vectors were unavailable."""
        found: list[list[Ranked]] = []
        degraded = not all(len(query.vector) for query in queries)
        for start in range(0, len(queries), _QUERIES_AT_ONCE):
            part = queries[start : start + _QUERIES_AT_ONCE]
            try:
                found += await self._by_vector(part)
            except (StoreUnavailable, StoreError) as error:
                log.warning("vector search failed", extra={"reason": str(error)})
                found += [await self._by_sql(query) for query in part]
                degraded = True
        return found, degraded

    async def _by_vector(self, queries: Sequence[MaterialQuery]) -> list[list[Ranked]]:
        asked = [(query.vector, query.sparse) for query in queries]
        points = await self._vectors.search_many(self._materials.collection, asked, CANDIDATES, with_payload=[EXCERPT])
        known = {point.id: candidate_of(point.payload.get(EXCERPT)) for some in points for point in some}
        others = [key for key, candidate in known.items() if candidate is None]
        if others:
            # Of points that another version of the code wrote.
            documents = await self._vectors.retrieve(self._materials.collection, others)
            known |= {key: Candidate.of(document) for key, document in documents.items() if "material" in document}
        return [
            rank(query.parsed, [one for point in some if (one := known[point.id])], query.document_frequency)
            for query, some in zip(queries, points, strict=True)
        ]

    async def _by_sql(self, query: MaterialQuery) -> list[Ranked]:
        request = replace(query.request, search_type=SearchType.SQL)
        return list((await self._materials.search_materials(replace(query, request=request))).ranked)

    async def offers(self, material_ids: Sequence[str]) -> tuple[Offers, bool]:
        """Each material's offers, and whether those are the few that the index has."""
        if self._documents is not None:
            try:
                return await self._documents.offers(material_ids), False
            except StoreUnavailable as error:
                log.warning("offers are the index's", extra={"reason": str(error)})
        documents = await self._materials.documents(material_ids)
        return {key: document["offers"] for key, document in documents.items()}, True

    async def waiting(self) -> Offers:
        """Offers whose material nobody has decided yet, by the one that their name would be."""
        if self._waiting is None:
            return {}
        try:
            return await self._waiting.read(_MOST_WAITING)
        except StoreUnavailable as error:
            log.warning("offers that wait for a decision are left out", extra={"reason": str(error)})
            return {}

    async def names(self, material_ids: Sequence[str]) -> dict[str, str]:
        """Of those that are there."""
        documents = await self._materials.documents(material_ids)
        return {key: document["material"]["name"] for key, document in documents.items()}
