"""The container of XLS files, checked before the spreadsheet engine follows its chains of sectors.

A damaged chain that runs in a circle would make the engine allocate until the process is killed, one that leads out of
the file would make it panic. Layout: [MS-CFB].
"""

import struct
from collections.abc import Iterator
from itertools import takewhile
from typing import BinaryIO

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512
_LAST_REAL_SECTOR = 0xFFFFFFFA
_DIRECTORY_ENTRY = 128
_STREAM = 2
_MINI = 64
BOOKS = {"Workbook", "Book"}
_MOST_BOOKS = 4  # for the new and the old version; each is read whole


class Circular(ValueError):
    """A chain of sectors comes back to where it was."""


class Container:
    """The sector tables of an OLE file. Raises ValueError or struct.error when they are not even readable."""

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0)
        self._stream = stream
        header = stream.read(_HEADER)
        shift, mini_shift = struct.unpack_from("<HH", header, 30)
        if shift not in {9, 12} or mini_shift != 6:  # noqa: PLR2004 - the only ones there are
            raise ValueError("sector size")
        self._size = 1 << shift
        directory, _, self._cutoff, mini, _, more = struct.unpack_from("<6I", header, 48)
        self._fat = self._table(self._fat_sectors(header, more))
        self._mini_fat = self._table(chain(mini, self._fat))
        self._directory = b"".join(self._sector(sector) for sector in chain(directory, self._fat))
        if len(self._directory) % _DIRECTORY_ENTRY:
            raise ValueError("the directory is cut off")

    def names(self) -> set[str]:
        """What the streams and storages are called."""
        entries = range(0, len(self._directory) - _DIRECTORY_ENTRY + 1, _DIRECTORY_ENTRY)
        return {_name(self._directory[at : at + _DIRECTORY_ENTRY]) for at in entries}

    def workbook(self) -> bytes:
        """The records of the workbook. Every stream's chain is followed; Circular when one has no end."""
        found = minis = b""
        books = 0
        ended: dict[bool, bytearray] = {True: bytearray(len(self._mini_fat)), False: bytearray(len(self._fat))}
        for position in range(0, len(self._directory) - _DIRECTORY_ENTRY + 1, _DIRECTORY_ENTRY):
            entry = self._directory[position : position + _DIRECTORY_ENTRY]
            start, size = struct.unpack_from("<2I", entry, 116)
            if position == 0:
                minis = b"".join(self._sector(sector) for sector in chain(start, self._fat))
                continue
            if entry[66] != _STREAM:
                continue
            small = size < self._cutoff
            table = self._mini_fat if small else self._fat
            name = _name(entry)
            if not size:
                continue
            if name not in BOOKS:
                _follow(start, table, ended[small])
                continue
            books += 1
            if books > _MOST_BOOKS:
                raise ValueError("too many workbooks in one")
            sectors = list(chain(start, table))
            parts = (
                minis[sector * _MINI : (sector + 1) * _MINI] if small else self._sector(sector) for sector in sectors
            )
            found = max(found, b"".join(parts)[:size], key=len)
        if not found:
            raise ValueError("no workbook")
        return found

    def _sector(self, number: int) -> bytes:
        """Raises ValueError for a sector beyond the file's end; the last one may be short."""
        self._stream.seek((number + 1) * self._size)
        part = self._stream.read(self._size)
        if not part:
            raise ValueError("the file is cut off")
        return part

    def _fat_sectors(self, header: bytes, more: int) -> Iterator[int]:
        """The sectors of the allocation table: 109 in the header, the rest in a chain of its own."""
        yield from struct.unpack_from("<109I", header, 76)
        seen: set[int] = set()
        while more < _LAST_REAL_SECTOR:
            if more in seen:
                raise Circular
            seen.add(more)
            *sectors, more = _integers(self._sector(more))
            yield from sectors

    def _table(self, sectors: Iterator[int]) -> tuple[int, ...]:
        parts = (self._sector(sector) for sector in sectors if sector < _LAST_REAL_SECTOR)
        return _integers(b"".join(parts))


def _name(entry: bytes) -> str:
    return entry[:64].decode("utf-16-le", errors="replace").partition("\0")[0]


def stream_names(stream: BinaryIO) -> set[str]:
    """What a container holds; nothing of one that is broken."""
    try:
        return Container(stream).names()
    except (ValueError, struct.error):
        return set()


def chain(start: int, table: tuple[int, ...]) -> Iterator[int]:
    """The sectors from ``start`` on; a number beyond the table ends it, as the engine sees it too."""
    steps = 0
    while start < len(table):
        yield start
        start = table[start]
        steps += 1
        if steps > len(table):
            raise Circular


def _follow(start: int, table: tuple[int, ...], ended: bytearray) -> None:
    """Follow a chain to its end, or to a sector from where one was followed before, and mark its own as such."""
    passed = list(takewhile(lambda sector: not ended[sector], chain(start, table)))
    for sector in passed:
        ended[sector] = 1


def _integers(part: bytes) -> tuple[int, ...]:
    count = len(part) // 4
    return struct.unpack_from(f"<{count}I", part)
