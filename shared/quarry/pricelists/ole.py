"""The container of XLS files, checked before the spreadsheet engine follows its chains of sectors.

A damaged chain that runs in a circle would make the engine allocate until the process is killed. Layout: [MS-CFB].
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512
_LAST_REAL_SECTOR = 0xFFFFFFFA
_DIRECTORY_ENTRY = 128
_STREAM, _ROOT = 2, 5


class Circular(ValueError):
    """A chain of sectors comes back to where it was."""


class Container:
    """The sector tables of an OLE file. Raises ValueError or struct.error when they are not even readable."""

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0)
        self._stream = stream
        header = stream.read(_HEADER)
        self._size = 1 << struct.unpack_from("<H", header, 30)[0]
        if self._size not in {512, 4096}:
            raise ValueError("sector size")
        directory, _, _, self._cutoff, mini, _, more, _ = struct.unpack_from("<8I", header, 48)
        self._fat = self._table(self._fat_sectors(header, more))
        self._mini_fat = self._table(chain(mini, self._fat))
        self._directory = b"".join(self._sector(sector) for sector in chain(directory, self._fat))

    def check(self) -> None:
        """Follow every stream's chain to its end. Raises Circular when one has none."""
        for position in range(0, len(self._directory) - _DIRECTORY_ENTRY + 1, _DIRECTORY_ENTRY):
            kind = self._directory[position + 66]
            start, size = struct.unpack_from("<2I", self._directory, position + 116)
            if kind in {_STREAM, _ROOT}:
                small = kind == _STREAM and size < self._cutoff
                for _ in chain(start, self._mini_fat if small else self._fat):
                    pass

    def _sector(self, number: int) -> bytes:
        self._stream.seek((number + 1) * self._size)
        return self._stream.read(self._size)

    def _fat_sectors(self, header: bytes, more: int) -> Iterator[int]:
        """The sectors of the allocation table: 109 in the header, the rest in a chain of its own."""
        yield from struct.unpack_from("<109I", header, 76)
        seen: set[int] = set()
        while more < _LAST_REAL_SECTOR and (part := self._sector(more)):
            if more in seen:
                raise Circular
            seen.add(more)
            *sectors, more = _integers(part) or (more,)
            yield from sectors

    def _table(self, sectors: Iterator[int]) -> tuple[int, ...]:
        parts = (self._sector(sector) for sector in sectors if sector < _LAST_REAL_SECTOR)
        return _integers(b"".join(parts))


def chain(start: int, table: tuple[int, ...]) -> Iterator[int]:
    """The sectors from ``start`` on; a number beyond the table ends it, as the engine sees it too."""
    steps = 0
    while start < len(table):
        yield start
        start = table[start]
        steps += 1
        if steps > len(table):
            raise Circular


def _integers(part: bytes) -> tuple[int, ...]:
    count = len(part) // 4
    return struct.unpack_from(f"<{count}I", part)
