"""The vector store for those who report to the cache what they have written."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quarry.adapters.interfaces import Point
from quarry.cache.change_log import ChangeLog
from quarry.domain.lexical import lexical_vector
from quarry.repositories.qdrant.material_points import LEXICAL, MaterialIndex


class NotedIndex:
    """What indexing asks of the vector store, see :class:`MaterialIndex`. Writes are noted afterwards."""

    def __init__(self, index: MaterialIndex, changes: ChangeLog) -> None:
        self._index = index
        self._changes = changes

    async def upsert(self, collection_name: str, vectors: Sequence[Point], *, newest_by: str | None = None) -> None:
        await self._index.upsert(collection_name, vectors, newest_by=newest_by)
        words = [point.sparse[LEXICAL].indices for point in vectors if LEXICAL in point.sparse]
        await self._changes.note(
            [point.id for point in vectors], [*words, *_called(point.payload for point in vectors)]
        )

    async def overwrite_payloads(
        self, collection_name: str, payloads: Mapping[str, Mapping[str, Any]], *, newest_by: str | None = None
    ) -> None:
        await self._index.overwrite_payloads(collection_name, payloads, newest_by=newest_by)
        await self._changes.note(payloads, _called(iter(payloads.values())))


def _called(documents: Iterator[Mapping[str, Any]]) -> list[Sequence[int]]:
    """The words of what suppliers call the materials otherwise, by which they may be found from now on."""
    return [
        lexical_vector(offer["name"])[0]
        for document in documents
        for offer in document["offers"]
        if offer["name"] != document["material"]["name"]
    ]
