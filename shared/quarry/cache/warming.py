"""Popular queries: counted as they come, and searched again before anybody waits for them.

What somebody searched for is shown to others once several people have asked for it. Who asked is not kept: each query
has a HyperLogLog that counts its callers, for a week.
"""

import logging
import uuid
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Any, Final

from quarry.cache.catalogue_cache import PREFIX
from quarry.cache.store import CacheStore, Command
from quarry.errors import QuarryError

log = logging.getLogger(__name__)
_KEY: Final = PREFIX + "popular"
_ASKERS: Final = PREFIX + "askers:"
_ASKED_SECONDS: Final = 7 * 24 * 3600
_LONGEST_QUERY: Final = 100
_SHARED_FROM_ASKERS: Final = 3  # a query that fewer people have sent may be private
_MOST_QUERIES: Final = 10_000
_KEPT_SECONDS: Final = 30 * 24 * 3600


class PopularQueries:
    def __init__(self, store: CacheStore) -> None:
        self._store = store

    def noting(self, query: str, asker: str | None = None) -> list[Command]:
        """The commands that count a query, and its asker; they go to Redis with another one.

        Where no caller is known each request counts as one of its own.
        """
        # Queries that differ only in case and blanks count as one.
        words = " ".join(query.lower().split())
        if not words or len(words) > _LONGEST_QUERY:
            return []
        askers = _askers(words)
        return [
            ("ZINCRBY", _KEY, 1, words),
            ("PFADD", askers, asker or uuid.uuid4().hex),
            ("EXPIRE", askers, _ASKED_SECONDS),
        ]

    async def top(self, limit: int) -> list[tuple[str, int]]:
        return await self._store.top(_KEY, limit)

    async def shared(self, limit: int) -> list[tuple[str, int]]:
        """The most popular queries that may be shown to others: those that several callers have sent lately."""
        # The cheap test comes first: most queries were sent too rarely to need the second one.
        popular = [(query, times) for query, times in await self.top(limit) if times >= _SHARED_FROM_ASKERS]
        if not popular:
            return []
        askers = await self._store.together(*(("PFCOUNT", _askers(query)) for query, _ in popular)) or []
        return [one for one, known in zip(popular, askers, strict=False) if (known or 0) >= _SHARED_FROM_ASKERS]

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
        await self._store.together(
            ("ZREMRANGEBYRANK", _KEY, 0, -_MOST_QUERIES - 1), ("EXPIRE", _KEY, _KEPT_SECONDS, "NX")
        )


def _askers(words: str) -> str:
    return _ASKERS + blake2b(words.encode(errors="replace"), digest_size=12).hexdigest()
