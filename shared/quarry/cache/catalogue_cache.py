"""Cache-aside with stale copies for an outage, and one computation for equal questions.

An entry is one key: the answer's JSON, compressed as it is sent, and before it what it was made of and until when it
is fresh. It stays on as a stale copy. Nothing is deleted when the catalogue changes:
:mod:`quarry.cache.change_log` knows which entries that concerns, and counting the generation up outdates them all.
"""

import asyncio
import logging
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

import orjson

from quarry.cache.change_log import Changes, Depends
from quarry.cache.packed import Packed
from quarry.cache.store import CacheStore, Command
from quarry.errors import StoreUnavailable
from quarry.observability import count

log = logging.getLogger(__name__)
PREFIX: Final = "quarry:"
GENERATION: Final = PREFIX + "generation"
_FORMAT_VERSION: Final = 3
_SUM_BYTES: Final = 8  # bytes of the checksum
# How long others wait for an environment that died while it held the lock.
_LOCK_SECONDS: Final = 2
# Longer than most answers take to make; after it a second computation costs less than the wait.
_WAIT_SECONDS: Final = 0.5
_POLL_SECONDS: Final = 0.02


class CacheState(StrEnum):
    HIT = "hit"
    MISS = "miss"
    STALE = "stale"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Computed:
    """A value to answer with; a degraded one is not worth keeping. ``beside`` is written with the entry."""

    value: dict[str, Any]
    keep: bool = True
    depends: Depends = field(default_factory=Depends)
    beside: Sequence[Command] = ()


@dataclass(frozen=True, slots=True)
class Cached:
    """``packed`` is the value's JSON, which ends with ``rest``; ``mock``: no store has answered."""

    packed: Packed
    state: CacheState
    mock: bool = False
    rest: bytes = b"}"

    @property
    def body(self) -> bytes:
        return self.packed.plain(self.rest)

    @property
    def value(self) -> dict[str, Any]:
        decoded: dict[str, Any] = orjson.loads(self.body)
        return decoded


@dataclass(frozen=True, slots=True)
class _Entry:
    """``seen``: up to where the changes were known when its making began."""

    packed: Packed
    generation: int
    seen: int
    fresh_until: float
    depends: Depends


Compute = Callable[[int], Awaitable[Computed]]


class CatalogueCache:
    """``stale_ttl`` is how long copies outlive their freshness, in seconds."""

    def __init__(self, store: CacheStore, *, stale_ttl: int, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._stale_ttl = stale_ttl
        self._now = now
        self._changes = Changes()
        self._flights: dict[str, asyncio.Future[Cached]] = {}
        # The generation as it was last read; it differs after every entry was outdated.
        self.last_generation = 0

    async def generation(self) -> int:
        return _number(await self._store.get(GENERATION))

    async def changed(self) -> int:
        """A number that differs whenever the catalogue has changed."""
        generation, _ = await self._read(GENERATION)
        return self._changes.seen + generation

    async def invalidate(self) -> None:
        """Outdate every entry."""
        await self._store.increment(GENERATION)

    async def fetch(self, key: str, ttl: int, compute: Compute, *, beside: Sequence[Command] = ()) -> Cached:
        """The entry while it holds, else what ``compute`` gives, else (stores unavailable) the stale copy.

        ``compute`` is given a number that is another one whenever the catalogue has changed. ``beside`` goes with the
        question to Redis. Raises what ``compute`` raises when there is no copy.
        """
        # Its entry is not in Redis yet, and the same answer would be made twice.
        while (running := self._flights.get(key)) is not None:
            await self._store.together(*beside)
            beside = ()
            # Waited for, not awaited: a caller who gives up must not cancel what others wait for.
            await asyncio.wait([running])
            if not running.cancelled():
                return running.result()
        flight = self._flights[key] = asyncio.get_running_loop().create_future()
        try:
            cached = await self._fetch(PREFIX + key, ttl, compute, beside)
        except BaseException as error:
            if isinstance(error, Exception):
                flight.set_exception(error)
                flight.exception()  # seen by this caller; without others waiting nobody else would look
            else:
                flight.cancel()
            raise
        else:
            flight.set_result(cached)
            return cached
        finally:
            del self._flights[key]

    async def _fetch(self, key: str, ttl: int, compute: Compute, beside: Sequence[Command]) -> Cached:
        generation, entry = await self._read(key, beside)
        if entry is None or not self._holds(key, entry, generation):
            cached = await self._make(key, ttl, generation, entry, compute)
        else:
            cached = Cached(entry.packed, CacheState.HIT)
        count("CacheAnswers", state=cached.state)
        return cached

    async def _make(self, key: str, ttl: int, generation: int, stale: _Entry | None, compute: Compute) -> Cached:
        # What changes while the answer is made has a higher number, and outdates it.
        lock, seen = f"{key}:lock", self._changes.seen
        mine = await self._store.claim(lock, _LOCK_SECONDS)
        if not mine:
            other = await self._await_other(key)
            if other is not None:
                return Cached(other.packed, CacheState.HIT)
        unlock: list[Command] = [("DEL", lock)] if mine else []
        try:
            computed = await compute(seen + generation)
        except BaseException as error:
            await self._store.together(*unlock)
            if stale is None or not isinstance(error, StoreUnavailable):  # a stale copy must not hide a bug
                raise
            log.warning("answered with a stale copy", extra={"cache_key": key})
            return Cached(stale.packed, CacheState.STALE)
        packed = Packed.of(orjson.dumps(computed.value))
        keep: list[Command] = []
        if computed.keep:
            entry = _Entry(packed, generation, seen, self._now() + ttl, computed.depends)
            keep = [("SET", key, _encode(entry), "EX", ttl + self._stale_ttl)]
        done = await self._store.together(*keep, *computed.beside, *unlock)
        refused = done is None or (computed.keep and not done[0])
        return Cached(packed, CacheState.OFF if refused else CacheState.MISS)

    async def _await_other(self, key: str) -> _Entry | None:
        """The entry that another environment is making; None when it takes too long."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            await asyncio.sleep(_POLL_SECONDS)
            generation, entry = await self._read(key)
            if entry is not None and self._holds(key, entry, generation):
                return entry
        return None

    async def _read(self, key: str, beside: Sequence[Command] = ()) -> tuple[int, _Entry | None]:
        changes = self._changes.command()
        answers = await self._store.together(("GET", GENERATION), ("GET", key), changes, *beside)
        if answers is None:
            return 0, None
        generation, content, changed = answers[:3]
        self.last_generation = _number(generation)
        entry = _decode(content)
        try:
            self._changes.read(changed)
        except (ValueError, TypeError, AttributeError):  # refused, foreign or damaged: nothing counts as fresh
            entry = replace(entry, fresh_until=0.0) if entry else None
        return _number(generation), entry

    def _holds(self, key: str, entry: _Entry, generation: int) -> bool:
        return (
            entry.generation == generation
            and self._now() < entry.fresh_until
            and self._changes.leave(key, entry.seen, entry.depends)
        )


def _number(content: object) -> int:
    return int(content) if isinstance(content, bytes) and content.isdigit() else 0


def _encode(entry: _Entry) -> bytes:
    depends = entry.depends
    head = {
        "format": _FORMAT_VERSION,
        "generation": entry.generation,
        "seen": entry.seen,
        "until": entry.fresh_until,
        "depends": [depends.ids, depends.terms, depends.least, depends.everything],
        "size": entry.packed.size,
        "checksum": entry.packed.checksum,
    }
    content = orjson.dumps(head) + b"\n" + entry.packed.blocks
    return b"%08x" % zlib.crc32(content) + content


def _decode(stored: object) -> _Entry | None:
    """None for what is missing, damaged or not ours."""
    if not isinstance(stored, bytes):
        return None
    content = stored[_SUM_BYTES:]
    if stored[:_SUM_BYTES] != b"%08x" % zlib.crc32(content):
        return None
    head, _, blocks = content.partition(b"\n")
    try:
        about = orjson.loads(head)
        if about["format"] != _FORMAT_VERSION:
            return None
        depends = Depends(*about["depends"])
        packed = Packed(blocks, int(about["size"]), int(about["checksum"]))
        return _Entry(packed, int(about["generation"]), int(about["seen"]), float(about["until"]), depends)
    except (ValueError, TypeError, KeyError):
        return None
