"""The catalogue's words at hand: queries are understood in process, without a store on the way."""

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Protocol

from quarry.domain.query import Understood
from quarry.domain.understanding import understand
from quarry.domain.vocabulary import Vocabulary
from quarry.errors import StoreError, StoreUnavailable

log = logging.getLogger(__name__)
# Users extend the synonyms without an import: they are read again after so long.
_REFRESH_SECONDS: Final = 300.0
_RETRY_SECONDS: Final = 5.0
_REMEMBERED: Final = 2048


class Words(Protocol):
    """The reference data that queries are understood by."""

    async def synonyms(self) -> dict[str, str]: ...

    async def vocabulary(self) -> dict[str, int]: ...


class QueryReader:
    """Keeps the vocabulary of a catalogue generation. ``sources`` come best first.

    The others are for an environment that starts without the best; what was once read serves on in an outage.
    """

    def __init__(self, *sources: Words, now: Callable[[], float] = time.monotonic) -> None:
        self._sources = sources
        self._now = now
        self._generation: int | None = None
        self._read_again_at = 0.0
        self._has_words = False
        self._use(Vocabulary({}))

    async def vocabulary(self, generation: int) -> Vocabulary:
        if generation != self._generation or self._now() >= self._read_again_at:
            complete = await self._read()
            self._read_again_at = self._now() + (_REFRESH_SECONDS if complete else _RETRY_SECONDS)
            self._generation = generation
        return self._vocabulary

    async def _read(self) -> bool:
        """Whether the best source gave the words."""
        for place, source in enumerate(self._sources):
            if place and self._has_words:
                break
            try:
                self._use(Vocabulary(await source.vocabulary(), await source.synonyms()))
            except (StoreUnavailable, StoreError) as away:
                log.warning("the catalogue's words could not be read", extra={"reason": str(away)})
                continue
            self._has_words = True
            return place == 0
        return False

    async def understand(self, query: str, generation: int) -> tuple[Understood, Vocabulary]:
        vocabulary = await self.vocabulary(generation)
        return self._understand(query), vocabulary

    def _use(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._understand = lru_cache(_REMEMBERED)(lambda query: understand(query, vocabulary))
