"""Candidates of a search, each read once for the state that its point is in.

A query gives ids with their points' versions and no payloads: reading 150 of those costs the engine as much as finding
them. A version rises with every change of its point, so what was read of the same version is what stands.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from quarry.adapters.interfaces import ScoredPoint
from quarry.domain.ranking import Candidate

_REMEMBERED: Final = 16_384
# Versions are counted by each copy of a shard, and anew in a collection that is made again: no longer is one trusted.
_TRUSTED_SECONDS: Final = 60.0


class Payloads(Protocol):
    async def retrieve(self, collection_name: str, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]: ...


class Candidates:
    def __init__(self, vectors: Payloads, collection: str, now: Callable[[], float] = time.monotonic) -> None:
        self._vectors = vectors
        self._collection = collection
        self._now = now
        self._known: dict[str, tuple[int, float, Candidate]] = {}

    async def of(self, points: Sequence[ScoredPoint]) -> dict[str, Candidate]:
        """By id, in the order of the points; points of something else than materials are left out."""
        since = self._now() - _TRUSTED_SECONDS
        kept = {point.id: self._known.get(point.id) for point in points}
        found = {
            point.id: known[2]
            for point in points
            if (known := kept[point.id]) and known[0] == point.version and known[1] >= since
        }
        missing = [point for point in points if point.id not in found]
        if missing:
            found |= await self._read(missing)
        return {point.id: found[point.id] for point in points if point.id in found}

    async def _read(self, points: Sequence[ScoredPoint]) -> dict[str, Candidate]:
        read_at = self._now()
        payloads = await self._vectors.retrieve(self._collection, [point.id for point in points])
        found = {key: Candidate.of(payload) for key, payload in payloads.items() if "material" in payload}
        if len(self._known) + len(found) > _REMEMBERED:
            self._known.clear()
        for point in points:
            if point.id in found:
                self._known[point.id] = point.version, read_at, found[point.id]
        return found
