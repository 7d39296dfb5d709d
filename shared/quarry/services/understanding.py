"""The catalogue's words at hand: queries are understood in process, without a store on the way."""

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Protocol

from quarry.domain.query import Understood
from quarry.domain.understanding import understand
from quarry.domain.vocabulary import Vocabulary
from quarry.errors import StoreUnavailable

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
    """Keeps the vocabulary of a catalogue generation; while PostgreSQL is away the last one serves on."""

    def __init__(self, words: Words | None, now: Callable[[], float] = time.monotonic) -> None:
        self._words = words
        self._now = now
        self._generation: int | None = None
        self._read_again_at = 0.0
        self._use(Vocabulary({}))

    async def vocabulary(self, generation: int) -> Vocabulary:
        now = self._now()
        if self._words is None or (generation == self._generation and now < self._read_again_at):
            return self._vocabulary
        try:
            self._use(Vocabulary(await self._words.vocabulary(), await self._words.synonyms()))
            self._read_again_at = now + _REFRESH_SECONDS
        except StoreUnavailable as away:
            log.warning("queries are understood by the last vocabulary", extra={"reason": str(away)})
            self._read_again_at = now + _RETRY_SECONDS
        self._generation = generation
        return self._vocabulary

    async def understand(self, query: str, generation: int) -> tuple[Understood, Vocabulary]:
        vocabulary = await self.vocabulary(generation)
        return self._understand(query), vocabulary

    def _use(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._understand = lru_cache(_REMEMBERED)(lambda query: understand(query, vocabulary))
