"""Rows put aside on disk, so that a list is read to its end before anything is done with its first row."""

import pickle
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import Self

from quarry.domain.rows import PriceRow

_BLOCK = 1000


class RowSpool:
    """Rows in their order, as often as wanted; memory holds a thousand of them."""

    def __init__(self, rows: Iterable[PriceRow]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._count = 0
        try:
            self._fill(rows)
        except BaseException:
            self._file.close()
            raise

    def _fill(self, rows: Iterable[PriceRow]) -> None:
        source = iter(rows)
        while block := list(islice(source, _BLOCK)):
            # A million rows and their file must lie in a function's half gigabyte of disk together.
            pickle.dump(zlib.compress(pickle.dumps(block, pickle.HIGHEST_PROTOCOL), 1), self._file)
            self._count += len(block)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[PriceRow]:
        self._file.seek(0)
        for _ in range(0, self._count, _BLOCK):
            # Written above, into a file without a name.
            yield from pickle.loads(zlib.decompress(pickle.load(self._file)))  # noqa: S301

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
