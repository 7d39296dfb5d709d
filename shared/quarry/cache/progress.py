"""What was last shown of a batch's progress: an answer that cannot see all of its rows shows no fewer settled ones."""

from collections.abc import Mapping
from typing import Final

import orjson

from quarry.cache.catalogue_cache import PREFIX
from quarry.cache.store import CacheStore
from quarry.domain.batches import settled
from quarry.domain.progress import Progress
from quarry.domain.records import RowStatus

_KEY: Final = PREFIX + "progress:"
_TTL_SECONDS: Final = 3600
_BATCHES_REMEMBERED: Final = 1000


class ShownProgress:
    """Known to all environments through the cache, and to this one also while the cache is unavailable."""

    def __init__(self, store: CacheStore) -> None:
        self._store = store
        self._here: dict[str, Mapping[str, int]] = {}
        self._kept: dict[str, Mapping[str, int]] = {}

    async def no_less_than_shown(self, progress: Progress) -> Progress:
        """The progress, or what was shown of it before where a degraded answer knows less."""
        request_id = progress.batch.request_id
        if progress.degraded:
            # A cache that was unavailable for a while may know less than this environment.
            copies = (await self._cached(request_id), self._here.get(request_id, {}))
            last = Progress.of(progress.batch, max(copies, key=settled), source=progress.source, degraded=True)
            # Of another total, the list was opened anew: what was shown then is of other rows.
            if last.total == progress.total and last.settled > progress.settled:
                return last
        await self._keep(request_id, progress.counts)
        return progress

    async def forget(self, request_id: str) -> None:
        """Rows are tried again: fewer are settled from now on."""
        self._here.pop(request_id, None)
        self._kept.pop(request_id, None)
        await self._store.delete(_KEY + request_id)

    async def _cached(self, request_id: str) -> Mapping[str, int]:
        content = await self._store.get(_KEY + request_id)
        try:
            counts = orjson.loads(content) if content else {}
            return {str(status): int(counts[status]) for status in RowStatus} if counts else {}
        except (ValueError, TypeError, KeyError):
            return {}

    async def _keep(self, request_id: str, counts: Mapping[str, int]) -> None:
        # Dropped all at once: the cache still has them, and it happens too rarely to keep an order.
        if len(self._here) >= _BATCHES_REMEMBERED:
            self._here.clear()
            self._kept.clear()
        self._here[request_id] = counts
        # A person who looks every second writes only what has changed.
        if self._kept.get(request_id) != counts and await self._store.set(
            _KEY + request_id, orjson.dumps(counts), _TTL_SECONDS
        ):
            self._kept[request_id] = counts
