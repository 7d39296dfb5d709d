"""The catalogue's words as the vector index knows them, for when PostgreSQL is away or not used."""

from collections import Counter
from typing import Final

from quarry.domain.text import tokens
from quarry.repositories.materials import MaterialVectors

_PAGE: Final = 1000
# The words of so many names are nearly all there are, and are read in about a second.
_MOST_NAMES: Final = 10_000


class IndexWords:
    def __init__(self, vectors: MaterialVectors, collection: str) -> None:
        self._vectors = vectors
        self._collection = collection

    async def vocabulary(self) -> dict[str, int]:
        counts: Counter[str] = Counter()
        read, offset = 0, None
        while read < _MOST_NAMES:
            points, offset = await self._vectors.scroll(
                self._collection, None, _PAGE, offset, with_payload=["material.name"]
            )
            for point in points:
                counts.update(set(tokens(point.payload["material"]["name"])))
            read += len(points)
            if offset is None:
                break
        return dict(counts)

    async def synonyms(self) -> dict[str, str]:
        """None: they are kept in PostgreSQL alone."""
        return {}
