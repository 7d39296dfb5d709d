"""Rows put aside, so that a list is read to its end before anything is done with its first row."""

import pickle
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from types import TracebackType
from typing import Any, Self

from quarry.domain.rows import PriceRow
from quarry.pricelists import FoundRow, ReadRow, ScannedRow
from quarry.pricelists.offers import OfferReader

_ROWS_AT_ONCE = 1000
# How many rows are compared with the previous list at a time; most lists have no more, and need no disk.
_ROWS_IN_MEMORY = 20_000


class RowSpool:
    """Rows in their order, as often as wanted; of many rows memory holds a thousand, and their tables' readers."""

    def __init__(self, rows: Iterable[FoundRow]) -> None:
        self._readers: dict[OfferReader, int] = {}
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._count = 0
        self._held: list[FoundRow] = []
        try:
            self._fill(iter(rows))
        except BaseException:
            self._file.close()
            raise

    def _fill(self, rows: Iterator[FoundRow]) -> None:
        held = list(islice(rows, _ROWS_IN_MEMORY))
        following = next(rows, None)
        if following is None:
            self._held, self._count = held, len(held)
            return
        source = map(self._packed, chain(_emptied(held), [following], rows))
        while block := list(islice(source, _ROWS_AT_ONCE)):
            # A million rows and their file must lie in a function's half gigabyte of disk together.
            pickle.dump(zlib.compress(pickle.dumps(block, pickle.HIGHEST_PROTOCOL), 1), self._file)
            self._count += len(block)

    def _packed(self, found: FoundRow) -> Any:
        """Of plain tuples and texts, which are pickled in a fraction of an object's time."""
        if isinstance(found, ReadRow):
            return found.row
        reader = self._readers.setdefault(found.reader, len(self._readers))
        return reader, found.number, found.cells, found.path, found.above

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[FoundRow]:
        return iter(self._held) if self._held else self._read()

    def _read(self) -> Iterator[FoundRow]:
        self._file.seek(0)
        readers = list(self._readers)
        for _ in range(0, self._count, _ROWS_AT_ONCE):
            # Our own data: written above, into a file without a name.
            for packed in pickle.loads(zlib.decompress(pickle.load(self._file))):  # noqa: S301
                yield ReadRow(packed) if isinstance(packed, PriceRow) else ScannedRow(readers[packed[0]], *packed[1:])

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _emptied(rows: list[FoundRow]) -> Iterator[FoundRow]:
    """The rows, each of which is released as it is given out."""
    rows.reverse()
    while rows:
        yield rows.pop()
