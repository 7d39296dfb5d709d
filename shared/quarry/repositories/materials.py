"""Materials over both stores: vector search first, SQL where that finds nothing or is unavailable, or both together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from quarry.adapters.interfaces import IRelationalDatabase, ScoredPoint, SparseVector, Vector
from quarry.adapters.qdrant.filters import equals, of_materials
from quarry.domain.documents import Document
from quarry.domain.excerpts import Candidate, candidate_of
from quarry.domain.query import ParsedQuery, SearchRequest, SearchType, Sort, SortBy, Source, matches
from quarry.domain.ranking import Ranked, rank, relevant, sort_hits
from quarry.domain.rates import APART, Rates
from quarry.errors import AllDatabasesUnavailableError, StoreError, StoreUnavailable
from quarry.repositories.base import BaseRepository, HealthChecked
from quarry.repositories.material_vectors import MaterialVectors
from quarry.repositories.postgresql.documents import DocumentReader
from quarry.repositories.postgresql.material_sql import MaterialQueries
from quarry.repositories.qdrant.material_points import EXCERPT

T = TypeVar("T")
log = logging.getLogger(__name__)
CANDIDATES: Final = 150
# Cosine from which a name that shares no word with the query still means it.
_SAME_MEANING: Final = 0.5
_MOST_BY_MEANING: Final = 20
_WINDOW: Final = 1000


@dataclass(frozen=True, slots=True)
class MaterialQuery:
    """``vector`` is empty when no embedding could be had: then words alone are searched for."""

    request: SearchRequest
    parsed: ParsedQuery
    vector: Vector
    sparse: SparseVector
    document_frequency: Callable[[str], int]
    rates: Rates = APART


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Documents in order; ``total`` is exact unless ``more`` may exist."""

    ranked: Sequence[Ranked]
    source: Source
    degraded: bool = False
    total: int = 0
    more: bool = False


class HybridMaterialsRepository(BaseRepository):
    """Without a relational database (Qdrant-only mode) there is no second store; ``fallback`` false forbids it."""

    def __init__(
        self,
        vector_db: MaterialVectors,
        relational_db: IRelationalDatabase | None = None,
        cache_db: HealthChecked | None = None,
        *,
        collection: str,
        fallback: bool = True,
    ) -> None:
        super().__init__(vector_db, relational_db, cache_db)
        self._vectors = vector_db
        self._queries = MaterialQueries(relational_db) if relational_db else None
        self._documents = DocumentReader(relational_db) if relational_db else None
        self.collection = collection
        self._fallback = fallback

    async def search_materials(self, query: MaterialQuery) -> SearchResult:
        """1. vector search, 2. SQL where it finds nothing or is unavailable, 3. both together when asked for.

        Raises AllDatabasesUnavailableError when no store answers.
        """
        found = await self._search(query)
        ordered = sort_hits(
            found.ranked, query.request.sort, cheapest_first=query.parsed.cheapest_first, rates=query.rates
        )
        return replace(found, ranked=ordered, total=len(ordered), more=len(ordered) >= CANDIDATES)

    async def _search(self, query: MaterialQuery) -> SearchResult:
        match query.request.search_type:
            case SearchType.SQL | SearchType.FUZZY:
                return await self._sql_or_vector(query)
            case SearchType.HYBRID:
                return await self._both(query)
            case _:
                return await self._vector_or_sql(query)

    async def _vector_or_sql(self, query: MaterialQuery) -> SearchResult:
        try:
            ranked = await self._by_vector(query)
        except (StoreUnavailable, StoreError) as error:
            log.warning("vector search failed", extra={"reason": str(error)})
            return SearchResult(await self._second(error, lambda: self._by_sql(query)), Source.SQL, degraded=True)
        if ranked or query.request.search_type is SearchType.VECTOR or self._queries is None:
            return SearchResult(ranked, Source.VECTOR, degraded=not len(query.vector))
        try:
            # Only words were searched for; with a vector the index might have found something.
            return SearchResult(await self._by_sql(query), Source.SQL, degraded=not len(query.vector))
        except StoreUnavailable:
            return SearchResult((), Source.VECTOR, degraded=True)

    async def _sql_or_vector(self, query: MaterialQuery) -> SearchResult:
        try:
            return SearchResult(await self._by_sql(query), Source.SQL)
        except StoreUnavailable as error:
            return SearchResult(await self._second(error, lambda: self._by_vector(query)), Source.VECTOR, degraded=True)

    async def _both(self, query: MaterialQuery) -> SearchResult:
        """Both at once; the failure of one leaves the other's answer."""
        answers = await asyncio.gather(self._by_vector(query), self._by_sql(query), return_exceptions=True)
        faults = [answer for answer in answers if isinstance(answer, BaseException)]
        given = [answer for answer in answers if not isinstance(answer, BaseException)]
        for fault in faults:
            if not (self._fallback and isinstance(fault, StoreUnavailable | StoreError)):
                raise fault
        if not given:
            raise AllDatabasesUnavailableError from faults[0]
        merged = {item.candidate.id: item for ranked in reversed(given) for item in ranked}
        source = Source.HYBRID if not faults else (Source.SQL if faults[0] is answers[0] else Source.VECTOR)
        ordered = sorted(merged.values(), key=lambda item: -item.score)
        return SearchResult(ordered, source, degraded=bool(faults) or not len(query.vector))

    async def _second(self, fault: StoreUnavailable | StoreError, other: Callable[[], Awaitable[T]]) -> T:
        """The other store's answer after the first one's ``fault``; raises for both when that fails as well."""
        if not self._fallback:
            raise fault
        try:
            return await other()
        except StoreUnavailable as error:
            raise AllDatabasesUnavailableError from error

    async def _by_vector(self, query: MaterialQuery) -> list[Ranked]:
        filters = of_materials(query.request.filters)
        points, articles = await asyncio.gather(
            self._vectors.search(
                self.collection, query.vector, CANDIDATES, sparse=query.sparse, filters=filters, with_payload=[EXCERPT]
            ),
            self._with_article(query),
        )
        others = [Candidate.of(document) for document in articles.values()]
        found = await self._candidates([point for point in points if point.id not in articles])
        ranked = relevant(rank(query.parsed, [*others, *found], query.document_frequency), query.parsed.terms)
        return ranked or await self._by_meaning(query, filters)

    async def _candidates(self, points: Sequence[ScoredPoint]) -> list[Candidate]:
        """Of the points that are materials; by the document where another version of the code wrote the point."""
        found = {point.id: candidate_of(point.payload.get(EXCERPT)) for point in points}
        others = [key for key, candidate in found.items() if candidate is None]
        if others:
            payloads = await self._vectors.retrieve(self.collection, others)
            found |= {key: Candidate.of(payload) for key, payload in payloads.items() if "material" in payload}
        return [candidate for candidate in found.values() if candidate]

    async def _by_meaning(self, query: MaterialQuery, filters: Mapping[str, Any] | None) -> list[Ranked]:
        """Names that share no word with the query, but whose vectors are near enough."""
        if not len(query.vector):
            return []
        points = await self._vectors.search(self.collection, query.vector, _MOST_BY_MEANING, filters=filters)
        return [
            Ranked(Candidate.of(point.payload), round(point.score / 2, 4), 0.0)
            for point in points
            if point.score >= _SAME_MEANING and "material" in point.payload
        ]

    async def _with_article(self, query: MaterialQuery) -> dict[str, Document]:
        """Documents by id whose offers carry the query as their article."""
        article = query.parsed.article
        if article is None:
            return {}
        if self._queries is None or self._documents is None:
            return await self._indexed_with_article(article, query.request)
        try:
            ids = await self._queries.with_article(article)
            if not ids:
                return {}
            return {
                item.id: item.document
                for item in await self._documents.read(ids)
                if matches(query.request.filters, item.document)
            }
        except StoreUnavailable:
            return await self._indexed_with_article(article, query.request)

    async def _indexed_with_article(self, article: str, request: SearchRequest) -> dict[str, Document]:
        has_article = equals("skus", article.casefold())
        points, _ = await self._vectors.scroll(self.collection, of_materials(request.filters, has_article), CANDIDATES)
        return {point.id: dict(point.payload) for point in points if "material" in point.payload}

    async def _by_sql(self, query: MaterialQuery) -> list[Ranked]:
        if self._queries is None or self._documents is None:
            raise StoreUnavailable("PostgreSQL", "is not used in Qdrant-only mode")
        parsed, filters = query.parsed, query.request.filters
        if query.request.search_type is SearchType.FUZZY:
            ids = await self._queries.fuzzy_search(parsed.text, filters, CANDIDATES)
        else:
            ids = await self._queries.search(parsed, filters, CANDIDATES)
        articles = await self._with_article(query)
        stored = await self._documents.read([key for key in ids if key not in articles])
        documents = [*articles.values(), *(item.document for item in stored)]
        return relevant(rank(parsed, list(map(Candidate.of, documents)), query.document_frequency), parsed.terms)

    async def browse(self, request: SearchRequest, limit: int, offset: int, rates: Rates = APART) -> SearchResult:
        """Materials that pass the filters, without a query."""
        try:
            if self._queries is None or self._documents is None:
                return await self._browse_vectors(request, limit, offset, rates, degraded=False)
            browsed = await self._queries.browse(request.filters, request.sort, limit, offset, rates)
            stored = await self._documents.read(browsed.ids)
        except StoreUnavailable as error:
            return await self._second(error, lambda: self._browse_vectors(request, limit, offset, rates, degraded=True))
        found = [_unranked(item.document) for item in stored]
        return SearchResult(found, Source.SQL, total=browsed.total, more=browsed.more)

    async def _browse_vectors(
        self, request: SearchRequest, limit: int, offset: int, rates: Rates, *, degraded: bool
    ) -> SearchResult:
        """Within a window of a thousand materials, since the index pages by id alone."""
        points, following = await self._vectors.scroll(self.collection, of_materials(request.filters), _WINDOW)
        ranked = [_unranked(point.payload) for point in points if "material" in point.payload]
        sort = Sort(SortBy.NAME) if request.sort.by is SortBy.RELEVANCE else request.sort
        ordered = sort_hits(ranked, sort, rates=rates)
        page = ordered[offset : offset + limit]
        return SearchResult(page, Source.VECTOR, degraded=degraded, total=len(ordered), more=following is not None)

    async def facets(self, request: SearchRequest) -> dict[str, list[dict[str, Any]]]:
        """Values with counts over everything that passes the filters."""
        if self._queries is None:
            return {name: [] for name in request.facets}
        return {name: await self._queries.facet(name, request.filters) for name in request.facets}

    async def documents_of(self, ranked: Sequence[Ranked]) -> dict[str, Mapping[str, Any]]:
        """Documents by id, without those of materials that are gone meanwhile."""
        known = {item.candidate.id: item.candidate.document for item in ranked}
        read = await self.documents([key for key, document in known.items() if document is None])
        return {key: document for key, document in {**known, **read}.items() if document is not None}

    async def documents(self, material_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Documents by id, from the index, and from PostgreSQL what the index does not hold yet."""
        found: dict[str, Mapping[str, Any]] = {}
        fault: StoreUnavailable | StoreError | None = None
        if not material_ids:
            return found
        try:
            found = await self._vectors.retrieve(self.collection, material_ids)
        except (StoreUnavailable, StoreError) as error:
            fault = error
        missing = [key for key in material_ids if key not in found]
        if missing and self._documents is not None and (self._fallback or not fault):
            try:
                found = {**found, **{item.id: item.document for item in await self._documents.read(missing)}}
            except StoreUnavailable as error:
                # PostgreSQL may have what the index lacks, so it cannot be said that there is no such material.
                if fault or not found:
                    raise AllDatabasesUnavailableError from error
        elif fault:
            raise fault
        return found


def _unranked(document: Mapping[str, Any]) -> Ranked:
    return Ranked(Candidate.of(document), 0.0, 0.0)
