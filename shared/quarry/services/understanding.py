"""The catalogue's words at hand: queries are understood in process, without a store on the way."""

import logging
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Final, Protocol

from quarry.adapters.interfaces import SparseVector
from quarry.domain.excerpts import article_key
from quarry.domain.lexical import index_of, lexical_query, lexical_vector
from quarry.domain.query import ParsedQuery
from quarry.domain.text import tokens
from quarry.domain.understanding import understand
from quarry.domain.vocabulary import Terms, Vocabulary
from quarry.errors import StoreError, StoreUnavailable

log = logging.getLogger(__name__)
# Users extend the synonyms without an import: they are read again after so long.
_REFRESH_SECONDS: Final = 300.0
_RETRY_SECONDS: Final = 5.0
_QUERIES_REMEMBERED: Final = 2048
# What a buyer did not type counts less than what he typed.
_EXPANSION_WEIGHT: Final = 0.7


class Words(Protocol):
    """The reference data that queries are understood by."""

    async def synonyms(self) -> dict[str, str]: ...

    async def vocabulary(self, since: str | None = None, least: int = 0) -> Terms:
        """The most frequent words, or those whose counts have changed since an earlier answer's ``until``.

        Of the latter those that ``least`` materials have.
        """

    async def counts_of(self, words: Sequence[str]) -> Mapping[str, int]:
        """How many materials have each of these words; unused words are left out."""


class QueryReader:
    """Keeps the vocabulary, and reads what is new when the catalogue has changed. ``sources`` come best first.

    The others are for an environment that starts without the best; what was once read serves on in an outage.
    """

    def __init__(self, *sources: Words, now: Callable[[], float] = time.monotonic) -> None:
        self._sources = sources
        self._now = now
        self._changed: Hashable = None
        self._read_again_at = 0.0
        self._read_from: Words | None = None
        self._until: str | None = None
        self._least = 0
        self._looked_up: set[str] = set()
        self._synonyms: Mapping[str, str] = {}
        self._use(Vocabulary({}))

    async def vocabulary(self, changed: Hashable) -> Vocabulary:
        """``changed`` is another value whenever the catalogue may have other words."""
        due = self._now() >= self._read_again_at
        if due or changed != self._changed:
            complete = await self._read(whole=due)
            if due or not complete:
                self._read_again_at = self._now() + (_REFRESH_SECONDS if complete else _RETRY_SECONDS)
            self._changed = changed
        return self._vocabulary

    async def _read(self, *, whole: bool) -> bool:
        """Whether the best source gave the words. ``whole``: with what does not change by imports."""
        for place, source in enumerate(self._sources):
            # Words of a better source stay in use: a lesser source does not replace them.
            if place and self._read_from not in {None, source}:
                break
            try:
                await self._read_of(source, whole=whole)
            except (StoreUnavailable, StoreError) as error:
                log.warning("the catalogue's words could not be read", extra={"reason": str(error)})
                continue
            return place == 0
        return False

    async def _read_of(self, source: Words, *, whole: bool) -> None:
        first = source is not self._read_from
        if not (first or whole or self._until):
            return
        synonyms = await source.synonyms() if first or whole else self._synonyms
        terms = await source.vocabulary() if first else await source.vocabulary(self._until, self._least)
        if first or synonyms != self._synonyms:
            counts = terms.counts if first else {**self._vocabulary.terms, **terms.counts}
            self._use(Vocabulary(counts, synonyms))
        elif self._vocabulary.learn(terms.counts):
            self._understand.cache_clear()
        self._read_from, self._until, self._synonyms = source, terms.until, synonyms
        self._least = terms.least
        self._looked_up.clear()

    async def understand(
        self, query: str, changed: Hashable, as_written: Sequence[str] = ()
    ) -> tuple[ParsedQuery, Vocabulary]:
        vocabulary = await self.vocabulary(changed)
        if self._least:
            await self._look_up(query)
        return self._understand(query, tuple(as_written)), vocabulary

    async def _look_up(self, query: str) -> None:
        """Learn the query's rare words: without them they would be taken for slips of frequent ones."""
        assert self._read_from is not None
        words = [token for token in tokens(query) if not self._vocabulary.holds(token)]
        new = [word for word in words if word not in self._looked_up]
        if not new:
            return
        try:
            found = await self._read_from.counts_of(new)
        except (StoreUnavailable, StoreError) as error:
            log.warning("rare words could not be looked up", extra={"reason": str(error)})
            return
        if len(self._looked_up) >= _QUERIES_REMEMBERED:
            self._looked_up.clear()
        self._looked_up.update(new)
        if self._vocabulary.learn(found):
            self._understand.cache_clear()

    def _use(self, vocabulary: Vocabulary) -> None:
        # The cached readings are dropped, since they were made with the previous words.
        self._vocabulary = vocabulary
        self._understand = lru_cache(_QUERIES_REMEMBERED)(
            lambda query, as_written: understand(query, vocabulary, as_written)
        )


def sparse_query(parsed: ParsedQuery, others: Sequence[str] = ()) -> SparseVector:
    """The query's words as the lexical index knows them; ``others`` are words to look for beside them."""
    indices, values = lexical_query(parsed.text)
    weights = dict(zip(indices, values, strict=True))
    for index, value in zip(*lexical_vector(" ".join([*parsed.expansions, *others])), strict=True):
        weights.setdefault(index, value * _EXPANSION_WEIGHT)
    if parsed.article:
        # A name may hold the article in one piece: «53 01407» is 5301407.
        weights.setdefault(index_of(article_key(parsed.article)), 1.0)
    return SparseVector(list(weights), list(weights.values()))
