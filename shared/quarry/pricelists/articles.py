"""Which articles were seen, by their hashes: articles may be long."""

from collections.abc import Iterable, Iterator
from typing import Final

_MOST: Final = 100_000
_HALF: Final = 1 << 32


class Articles:
    """Remembers of each article its first row and what its prices were. Beyond the first 100,000 none are added.

    Two articles with one hash, which is all but impossible, would be taken for one.
    """

    def __init__(self) -> None:
        # Row and prices as one number: a pair would take twice the room.
        self._first: dict[int, int] = {}

    def repeated(self, rows: Iterable[tuple[int, str, int]]) -> Iterator[tuple[int, str, int]]:
        """Of rows with their articles and the hashes of their prices those whose article has other prices before.

        Gives the row, the article, and the row where the article is first.
        """
        first = self._first
        for row, article, prices in rows:
            key, known = hash(article), prices % _HALF
            stood = first.get(key)
            if stood is None:
                if len(first) < _MOST:
                    first[key] = row * _HALF + known
            elif stood % _HALF != known:
                yield row, article, stood // _HALF
