"""Search, from the cache down to the answer without hits: cache, vector, SQL, stale copy, mock."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Final

import orjson

from quarry.adapters.interfaces import Embedder, Vector
from quarry.cache.catalogue_cache import Cached, CacheState, CatalogueCache, Computed
from quarry.cache.change_log import Depends, tag
from quarry.cache.packed import Packed
from quarry.cache.sessions import Session, Sessions
from quarry.cache.store import Command
from quarry.cache.warming import PopularQueries
from quarry.domain.highlights import Marker
from quarry.domain.keyboard_layout import other_layout
from quarry.domain.query import ParsedQuery, SearchRequest, Source
from quarry.domain.ranking import weighted
from quarry.domain.showing import Showing, suppliers_of
from quarry.domain.suggesting import continued
from quarry.errors import AllDatabasesUnavailableError, InvalidRequest, StoreError, StoreUnavailable
from quarry.repositories.materials import HybridMaterialsRepository, MaterialQuery, SearchResult
from quarry.services.pages import Cursors
from quarry.services.search_answers import (
    Answer,
    Document,
    Documents,
    answer_head,
    dependencies_of,
    empty_answer,
    facets_of,
    hit_of,
    hits_of,
)
from quarry.services.trade import TradeReader
from quarry.services.understanding import QueryReader, sparse_query

log = logging.getLogger(__name__)
# A store reads all hits before a page, so pages end here.
_FARTHEST_HIT: Final = 10_000
_NOTHING: Final = ParsedQuery("", ())
_CURSORS: Final = Cursors("search", search=str, offset=int, session=str | None)


@dataclass(frozen=True, slots=True)
class SearchPolicy:
    """``ttl`` in seconds; ``mock``: answer without hits instead of 503 when every store is unavailable."""

    ttl: int
    mock: bool


@dataclass(frozen=True, slots=True)
class _Page:
    limit: int
    offset: int
    session: str | None


class SearchService:
    def __init__(
        self,
        materials: HybridMaterialsRepository,
        embedder: Embedder,
        reader: QueryReader,
        cache: CatalogueCache,
        sessions: Sessions,
        popular: PopularQueries,
        policy: SearchPolicy,
        trade: TradeReader,
    ) -> None:
        self._materials = materials
        self._embedder = embedder
        self._reader = reader
        self._cache = cache
        self._sessions = sessions
        self._popular = popular
        self._policy = policy
        self._trade = trade

    async def search(
        self, request: SearchRequest, limit: int = 20, cursor: str | None = None, asker: str | None = None
    ) -> Cached:
        """One page of the answer as the API shows it. Raises InvalidRequest for a cursor of another search."""
        started = perf_counter()
        page = _page(request, limit, cursor)
        # Counted in the same round trip as the cache's answer: after the response the environment may be frozen.
        counting = self._popular.noting(request.query, asker) if cursor is None else []
        try:
            cached = await self._answer(request, page, counting)
        except AllDatabasesUnavailableError:
            if not self._policy.mock:
                raise
            cached = Cached(Packed.of(orjson.dumps(empty_answer(request))), CacheState.OFF, mock=True)
        if cached.state is CacheState.STALE:
            said = orjson.dumps({**cached.value, "source": Source.STALE, "degraded": True})
            cached = replace(cached, packed=Packed.of(said))
        # The time is the one thing that no two answers share: it is put in without reading the rest.
        took = round((perf_counter() - started) * 1000, 1)
        return replace(cached, rest=b',"took_ms":%b}' % repr(took).encode())

    async def warm(self, limit: int) -> int:
        """Search the most popular queries again, so that nobody waits for them; returns how many."""

        async def search(query: str) -> Cached:
            request = SearchRequest(query)
            return await self._answer(request, _page(request, 20, None))

        return await self._popular.warm(limit, search)

    async def rehearse(self, query: str = "Цемент М500 Д0, мешок 50 кг") -> Answer:
        """Run one search past the cache, so that no caller's search is the first."""
        request = SearchRequest(query)
        changed = await self._cache.generation()
        return (await self._begin(request, _page(request, 1, None), changed, await self._trade.showing())).value

    async def suggest(self, prefix: str, limit: int) -> list[dict[str, Any]]:
        """How the query may go on: as some name does, then popular queries of others."""
        typed = prefix.lower().replace("ё", "е").lstrip()
        if not typed.strip():
            return []
        popular = {query: count for query, count in await self._popular.shared(200) if query.startswith(typed)}
        completed = dict(await self._completions(typed, limit) or await self._completions(other_layout(typed), limit))
        found = {**popular, **completed}
        # Completions of the word come before queries of others.
        most = sorted(found, key=lambda text: (text in popular and text not in completed, -found[text]))[:limit]
        return [{"text": text, "count": found[text]} for text in most]

    async def _completions(self, typed: str, limit: int) -> list[tuple[str, int]]:
        """One word is completed by the catalogue's words, several by names that contain them together."""
        before, _, last = typed.rpartition(" ")
        if not last:
            return []
        changed = await self._cache.changed()
        if not before.strip():
            return (await self._reader.vocabulary(changed)).completions(last, limit)
        parsed, vocabulary = await self._reader.understand(typed, changed)
        query = MaterialQuery(SearchRequest(typed), parsed, (), sparse_query(parsed), vocabulary.count)
        try:
            found = await self._materials.search_materials(query)
        except AllDatabasesUnavailableError:
            return []
        said, _ = await self._reader.understand(before, changed)
        words = continued(last, said.terms, [item.candidate for item in found.ranked])
        return [(f"{before} {word}", count) for word, count in words[:limit]]

    async def _answer(self, request: SearchRequest, page: _Page, beside: Sequence[Command] = ()) -> Cached:
        async def compute(changed: int) -> Computed:
            return await self._page_of(request, page, changed)

        space = f"{self._materials.collection}:{self._embedder.model}"
        key = f"search:{space}:{request.fingerprint}:{page.session or ''}:{page.offset}:{page.limit}"
        return await self._cache.fetch(key, self._policy.ttl, compute, beside=beside)

    async def _page_of(self, request: SearchRequest, page: _Page, changed: int) -> Computed:
        if page.session:
            session = await self._sessions.find(page.session)
            if session:
                return await self._continue(request, page, session, changed)
        showing = await self._trade.showing()
        if not request.query.strip():
            return await self._browse(request, page, showing)
        return await self._begin(request, page, changed, showing)

    async def _begin(self, request: SearchRequest, page: _Page, changed: int, showing: Showing) -> Computed:
        parsed, vocabulary = await self._reader.understand(request.query, changed, request.as_written)
        if not parsed.terms:
            nothing = SearchResult((), Source.VECTOR)
            return Computed(answer_head(request, parsed, nothing, {name: [] for name in request.facets}))
        found = await self._materials.search_materials(
            MaterialQuery(
                request=_everywhere(request, showing),
                parsed=parsed,
                vector=await self._embed(parsed.text),
                sparse=sparse_query(parsed),
                document_frequency=vocabulary.count,
                rates=showing.rates,
            )
        )
        shown = found.ranked[page.offset : page.offset + page.limit]
        documents, facets = await self._materials.documents_of(shown), facets_of(request.facets, found.ranked)
        showing = await self._named(documents, facets)
        head = answer_head(request, parsed, found, showing.facets(facets))
        ranking = [(item.candidate.id, item.score, item.exact) for item in found.ranked]
        session, keep = None, []
        # A ranking is worth a place in Redis only where another page follows.
        if len(ranking) > page.offset + page.limit:
            session, command = self._sessions.begin(Session(head, ranking))
            keep = [command]
        answer = {
            **head,
            "hits": hits_of(documents, shown, Marker(parsed.terms), showing),
            "next_cursor": _next(request, page, len(ranking), session),
        }
        depends = dependencies_of(request, found, shown, weighted(parsed.terms, vocabulary.count), full=bool(keep))
        return Computed(answer, showing.complete and not found.degraded, depends, keep)

    async def _continue(self, request: SearchRequest, page: _Page, session: Session, changed: int) -> Computed:
        """A later page of a ranking that is kept; materials that were removed meanwhile are left out."""
        parsed, _ = await self._reader.understand(request.query, changed, request.as_written)
        wanted = session.ranking[page.offset : page.offset + page.limit]
        documents = await self._materials.documents([key for key, _, _ in wanted])
        marker, showing = Marker(parsed.terms), await self._named(documents)
        hits = [
            hit_of(documents[key], score, marker, showing, exact=exact)
            for key, score, exact in wanted
            if key in documents
        ]
        following = _next(request, page, len(session.ranking), page.session)
        depends = Depends([tag(key) for key, _, _ in wanted], everything=False)
        answer = {**session.head, "hits": hits, "next_cursor": following}
        return Computed(answer, showing.complete and not answer["degraded"], depends)

    async def _browse(self, request: SearchRequest, page: _Page, showing: Showing) -> Computed:
        everywhere = _everywhere(request, showing)
        found = await self._materials.browse(everywhere, page.limit, page.offset, showing.rates)
        counted = await self._materials.facets(everywhere) if request.facets and found.source is Source.SQL else {}
        facets = counted or facets_of(request.facets, found.ranked)
        documents = await self._materials.documents_of(found.ranked)
        named = await self._named(documents, facets)
        answer = {
            **answer_head(request, _NOTHING, found, named.facets(facets)),
            "hits": hits_of(documents, found.ranked, Marker(()), named),
            "next_cursor": _next(request, page, min(found.total, _FARTHEST_HIT), None),
        }
        depends = Depends([tag(item.candidate.id) for item in found.ranked])
        return Computed(answer, named.complete and not found.degraded, depends)

    async def _named(self, documents: Documents, facets: Mapping[str, Sequence[Document]] | None = None) -> Showing:
        """With the names of the suppliers that the answer shows."""
        counted = {one["value"] for one in (facets or {}).get("supplier_id", ())}
        return await self._trade.showing(counted | suppliers_of(*documents.values()))

    async def _embed(self, text: str) -> Vector:
        """The query's vector; empty while the provider is unavailable, when words alone are searched for."""
        try:
            return (await self._embedder.embed([text]))[0]
        except (StoreUnavailable, StoreError) as error:
            log.warning("the query has no vector", extra={"reason": str(error)})
            return ()


def _everywhere(request: SearchRequest, showing: Showing) -> SearchRequest:
    """With limits of prices in every currency whose rate is known."""
    if request.filters.price is None:
        return request
    return replace(request, filters=replace(request.filters, price=showing.everywhere(request.filters.price)))


def _page(request: SearchRequest, limit: int, cursor: str | None) -> _Page:
    if cursor is None:
        return _Page(limit, 0, None)
    place = _CURSORS.read(cursor)
    if place["search"] != request.fingerprint or not 0 <= place["offset"] <= _FARTHEST_HIT:
        raise InvalidRequest(
            "This cursor belongs to another search: send the search that it came from, or leave it out.",
            [("/cursor", "does not belong to this search")],
        )
    return _Page(limit, place["offset"], place["session"])


def _next(request: SearchRequest, page: _Page, available: int, session: str | None) -> str | None:
    following = page.offset + page.limit
    if following >= available:
        return None
    return _CURSORS.write(search=request.fingerprint, offset=following, session=session)
