"""Cache-aside with catalogue generations, stale copies for an outage, and one computation for equal questions.

An entry is one key: it says of which generation it is and until when it is fresh, and stays on as a stale copy. So a
finished price list outdates every entry by counting the generation up, and finds nothing to delete.
"""

import asyncio
import logging
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from quarry.cache.store import CacheStore
from quarry.errors import StoreUnavailable
from quarry.observability import count

log = logging.getLogger(__name__)
PREFIX: Final = "quarry:"
GENERATION: Final = PREFIX + "generation"
_FORMAT: Final = 1
_LOCK_SECONDS: Final = 2
_WAIT_SECONDS: Final = 0.5
_POLL_SECONDS: Final = 0.02


class CacheState(StrEnum):
    HIT = "hit"
    MISS = "miss"
    STALE = "stale"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Computed:
    """A value to answer with; a degraded one is not worth keeping."""

    value: dict[str, Any]
    keep: bool = True


@dataclass(frozen=True, slots=True)
class Cached:
    value: dict[str, Any]
    state: CacheState


@dataclass(frozen=True, slots=True)
class _Entry:
    value: dict[str, Any]
    generation: int
    fresh_until: float


class CatalogueCache:
    """``stale_ttl`` is how long copies outlive their freshness, in seconds."""

    def __init__(self, store: CacheStore, *, stale_ttl: int, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._stale_ttl = stale_ttl
        self._now = now
        self._flights: dict[str, asyncio.Future[Cached]] = {}

    async def generation(self) -> int:
        return _number(await self._store.get(GENERATION))

    async def bump(self) -> None:
        """Outdate every entry: the catalogue has changed."""
        await self._store.increment(GENERATION)

    async def fetch(self, key: str, ttl: int, compute: Callable[[int], Awaitable[Computed]]) -> Cached:
        """The fresh entry, else what ``compute`` gives for the generation, else (stores away) the stale copy.

        Raises what ``compute`` raises when there is no copy.
        """
        running = self._flights.get(key)
        if running is not None:
            return await asyncio.shield(running)
        flight = self._flights[key] = asyncio.get_running_loop().create_future()
        try:
            cached = await self._fetch(PREFIX + key, ttl, compute)
        except BaseException as fault:
            if isinstance(fault, Exception):
                flight.set_exception(fault)
                flight.exception()  # seen by this caller; without others waiting nobody else would look
            else:
                flight.cancel()
            raise
        else:
            flight.set_result(cached)
            return cached
        finally:
            del self._flights[key]

    async def _fetch(self, key: str, ttl: int, compute: Callable[[int], Awaitable[Computed]]) -> Cached:
        generation, entry = await self._read(key)
        if entry is None or not self._fresh(entry, generation):
            cached = await self._make(key, ttl, generation, entry, compute)
        else:
            cached = Cached(entry.value, CacheState.HIT)
        count("CacheAnswers", state=cached.state)
        return cached

    async def _make(
        self, key: str, ttl: int, generation: int, stale: _Entry | None, compute: Callable[[int], Awaitable[Computed]]
    ) -> Cached:
        lock = f"{key}:lock"
        mine = await self._store.claim(lock, _LOCK_SECONDS)
        if not mine:
            other = await self._await_other(key)
            if other is not None:
                return Cached(other.value, CacheState.HIT)
        try:
            computed = await compute(generation)
        except StoreUnavailable:
            if stale is None:
                raise
            log.warning("answered with a stale copy", extra={"cache_key": key})
            return Cached(stale.value, CacheState.STALE)
        finally:
            if mine:
                await self._store.delete(lock)
        kept = computed.keep and await self._store.set(
            key, _encode(_Entry(computed.value, generation, self._now() + ttl)), ttl + self._stale_ttl
        )
        return Cached(computed.value, CacheState.MISS if kept or not computed.keep else CacheState.OFF)

    async def _await_other(self, key: str) -> _Entry | None:
        """The entry that another environment is making; null when it takes too long."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            await asyncio.sleep(_POLL_SECONDS)
            generation, entry = await self._read(key)
            if entry is not None and self._fresh(entry, generation):
                return entry
        return None

    async def _read(self, key: str) -> tuple[int, _Entry | None]:
        generation, content = await self._store.get_many([GENERATION, key])
        return _number(generation), _decode(content)

    def _fresh(self, entry: _Entry, generation: int) -> bool:
        return entry.generation == generation and self._now() < entry.fresh_until


def _number(content: bytes | None) -> int:
    return int(content) if content is not None and content.isdigit() else 0


def _encode(entry: _Entry) -> bytes:
    body = orjson.dumps(entry.value)
    head = {"format": _FORMAT, "generation": entry.generation, "until": entry.fresh_until, "sum": zlib.crc32(body)}
    return orjson.dumps(head) + b"\n" + body


def _decode(content: bytes | None) -> _Entry | None:
    """Null for what is missing, damaged or not ours."""
    if content is None:
        return None
    head, _, body = content.partition(b"\n")
    try:
        about = orjson.loads(head)
        if about["format"] != _FORMAT or about["sum"] != zlib.crc32(body):
            return None
        return _Entry(orjson.loads(body), int(about["generation"]), float(about["until"]))
    except (ValueError, TypeError, KeyError):
        return None
