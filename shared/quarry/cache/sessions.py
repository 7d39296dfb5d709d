"""Result sessions: what a cursor points into, so that pages stay in step while the catalogue changes."""

import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from quarry.cache.catalogue_cache import PREFIX
from quarry.cache.store import CacheStore, Command

_KEY: Final = PREFIX + "session:"


@dataclass(frozen=True, slots=True)
class Session:
    """``head`` is the answer without its hits; ``ranking`` are ids, best first, with scores and whether exact."""

    head: dict[str, Any]
    ranking: Sequence[tuple[str, float, bool]]


class Sessions:
    def __init__(self, store: CacheStore, ttl: int) -> None:
        self._store = store
        self._ttl = ttl

    def begin(self, session: Session) -> tuple[str, Command]:
        """The new session's key, and the command that stores it. If it is not stored, the session counts as expired."""
        # Never the query's own key: two people who page through one query each keep their ranking.
        key = uuid.uuid4().hex
        content = zlib.compress(orjson.dumps([session.head, session.ranking]), 1)
        return key, ("SET", _KEY + key, content, "EX", self._ttl)

    async def find(self, key: str) -> Session | None:
        """None when it ended, or Redis is unavailable: then the search is made again."""
        content = await self._store.get(_KEY + key)
        if content is None:
            return None
        try:
            head, ranking = orjson.loads(zlib.decompress(content))
            return Session(dict(head), [(str(key), float(score), bool(exact)) for key, score, exact in ranking])
        except (zlib.error, ValueError, TypeError):
            return None
