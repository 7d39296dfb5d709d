"""The catalogue's words at hand: queries are understood in process, without a store on the way."""

import logging
import time
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Final, Protocol

from quarry.domain.query import ParsedQuery
from quarry.domain.understanding import understand
from quarry.domain.vocabulary import Terms, Vocabulary
from quarry.errors import StoreError, StoreUnavailable

log = logging.getLogger(__name__)
# Users extend the synonyms without an import: they are read again after so long.
_REFRESH_SECONDS: Final = 300.0
_RETRY_SECONDS: Final = 5.0
_REMEMBERED: Final = 2048


class Words(Protocol):
    """The reference data that queries are understood by."""

    async def synonyms(self) -> dict[str, str]: ...

    async def vocabulary(self, since: str | None = None) -> Terms:
        """All words, or those whose counts have changed since an earlier answer's ``until``."""


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
        terms = await source.vocabulary(None if first else self._until)
        if first or synonyms != self._synonyms:
            counts = terms.counts if first else {**self._vocabulary.terms, **terms.counts}
            self._use(Vocabulary(counts, synonyms))
        elif self._vocabulary.learn(terms.counts):
            self._understand.cache_clear()
        self._read_from, self._until, self._synonyms = source, terms.until, synonyms

    async def understand(self, query: str, changed: Hashable) -> tuple[ParsedQuery, Vocabulary]:
        vocabulary = await self.vocabulary(changed)
        return self._understand(query), vocabulary

    def _use(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._understand = lru_cache(_REMEMBERED)(lambda query: understand(query, vocabulary))
