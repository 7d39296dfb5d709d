"""The catalogue's words as the vector index knows them, for when PostgreSQL is unavailable or not used."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from quarry.adapters.qdrant.filters import all_of, in_range
from quarry.domain.text import tokens
from quarry.domain.vocabulary import Terms
from quarry.repositories.material_vectors import MaterialVectors

_NAMES_IN_PAGE: Final = 1000
# The words of so many names are nearly all there are, and are read in about a second.
_MOST_NAMES: Final = 10_000


class IndexWords:
    def __init__(self, vectors: MaterialVectors, collection: str) -> None:
        self._vectors = vectors
        self._collection = collection
        self._counted: set[str] = set()

    async def vocabulary(self, since: str | None = None, least: int = 0) -> Terms:
        """``since`` is a moment of the index; of what has changed after it the words that were unknown count."""
        filters = all_of(in_range("updated_at", gte=since)) if since else None
        counts: Counter[str] = Counter()
        read, offset, until = 0, None, since or ""
        while read < _MOST_NAMES:
            points, offset = await self._vectors.scroll(
                self._collection, filters, _NAMES_IN_PAGE, offset, with_payload=["material"]
            )
            for point in points:
                material = point.payload["material"]
                counts.update(set(tokens(material["name"])))
                until = max(until, material["updated_at"] or "")
            read += len(points)
            if offset is None:
                break
        new = {word: count for word, count in counts.items() if word not in self._counted}
        self._counted.update(new)
        return Terms(new if since else dict(counts), until or None)

    async def counts_of(self, words: Sequence[str]) -> Mapping[str, int]:
        """Nothing more than what the vocabulary has."""
        return {}

    async def synonyms(self) -> dict[str, str]:
        """None: they are kept in PostgreSQL alone."""
        return {}
