"""Popular queries: counted as they come, and searched again before anybody waits for them."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from quarry.cache.catalogue_cache import PREFIX
from quarry.cache.store import CacheStore, Command
from quarry.errors import QuarryError

log = logging.getLogger(__name__)
_KEY: Final = PREFIX + "popular"
_LONGEST: Final = 100
_SHARED_FROM: Final = 3  # what fewer asked for may be somebody's own business
_MOST: Final = 10_000
_KEPT_SECONDS: Final = 30 * 24 * 3600


class PopularQueries:
    def __init__(self, store: CacheStore) -> None:
        self._store = store

    def noting(self, query: str) -> list[Command]:
        """The command that counts a person's query; it goes to Redis with another command."""
        words = " ".join(query.lower().split())
        return [("ZINCRBY", _KEY, 1, words)] if words and len(words) <= _LONGEST else []

    async def top(self, limit: int) -> list[tuple[str, int]]:
        return await self._store.top(_KEY, limit)

    async def shared(self, limit: int) -> list[tuple[str, int]]:
        """Of the most popular ones those that may be shown to others."""
        return [(query, count) for query, count in await self.top(limit) if count >= _SHARED_FROM]

    async def warm(self, limit: int, search: Callable[[str], Awaitable[Any]]) -> int:
        """Search the most popular queries again; returns how many were answered."""
        warmed = 0
        for query, _ in await self.top(limit):
            try:
                await search(query)
            except QuarryError as error:
                log.warning("warming stopped", extra={"reason": str(error), "warmed": warmed})
                break
            warmed += 1
        await self._bound()
        return warmed

    async def _bound(self) -> None:
        """The rarest queries are dropped where there are too many, and all are counted anew after some time."""
        await self._store.together(("ZREMRANGEBYRANK", _KEY, 0, -_MOST - 1), ("EXPIRE", _KEY, _KEPT_SECONDS, "NX"))
