"""Result sessions: what a cursor points into, so that pages stay in step while the catalogue changes."""

import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from quarry.cache.policy import PREFIX
from quarry.cache.store import CacheStore

_KEY: Final = PREFIX + "session:"


@dataclass(frozen=True, slots=True)
class Session:
    """``head`` is the answer without its hits; ``ranking`` are ids with scores, best first."""

    head: dict[str, Any]
    ranking: Sequence[tuple[str, float]]


class Sessions:
    def __init__(self, store: CacheStore, ttl: int) -> None:
        self._store = store
        self._ttl = ttl

    async def keep(self, session: Session) -> str | None:
        """The new session's key; null when it was not kept."""
        key = uuid.uuid4().hex
        kept = await self._store.set(
            _KEY + key, zlib.compress(orjson.dumps([session.head, session.ranking]), 1), self._ttl
        )
        return key if kept else None

    async def find(self, key: str) -> Session | None:
        """Null when it ended, or Redis is away: then the search is made again."""
        content = await self._store.get(_KEY + key)
        if content is None:
            return None
        try:
            head, ranking = orjson.loads(zlib.decompress(content))
            return Session(dict(head), [(str(key), float(score)) for key, score in ranking])
        except (zlib.error, ValueError, TypeError):
            return None
