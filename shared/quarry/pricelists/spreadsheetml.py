"""SpreadsheetML, the XML tables of Excel 2003: each sheet is read from its own part of the file, row by row."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from io import RawIOBase
from typing import Any, BinaryIO, Final
from xml.parsers import expat

from quarry.domain.rows import RowIssue
from quarry.errors import BadPriceList
from quarry.pricelists.bounds import LONGEST_SHEET, shortened
from quarry.pricelists.grid import Cell, Line, Sheet, clean, plain
from quarry.pricelists.markup import Watched, forbid_entities, local, records
from quarry.pricelists.spans import Carried, Spans
from quarry.pricelists.workbook import sheet_hidden
from quarry.pricelists.workbook_rows import damaged

_MOST_WITHIN: Final = 100_000  # elements of a row
_MOST_SHEETS: Final = 1_000
_FARTHEST: Final = 16_384


@dataclass(slots=True)
class _Place:
    """A sheet's part of the file, from its start tag to behind its end tag."""

    name: str
    start: int
    end: int = 0
    hidden: bool = False


@dataclass(slots=True)
class _Places:
    """Where the sheets lie; ``prologue``: what is before the first, with the root's start tag."""

    found: list[_Place] = field(default_factory=list)
    prologue: bytes = b""
    root_ends: int = 0


def sheets(stream: BinaryIO) -> Iterator[Sheet | RowIssue]:
    places = _Finder(stream).places()
    stream.seek(0)
    root = stream.read(places.root_ends)
    for place in places.found:
        if place.hidden:
            yield sheet_hidden(place.name)
            continue
        spans = Spans()
        yield Sheet(place.name, _Lines(stream, root, place, spans), spans)


class _Finder:
    """Finds the sheets in one pass, keeping nothing of them."""

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0)
        self._source = Watched(stream)
        self._places = _Places()
        self._depth = 0
        self._visible: list[str] | None = None
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        forbid_entities(self._parser)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def places(self) -> _Places:
        try:
            while part := self._source.read():
                self._parser.Parse(part, False)
            self._parser.Parse(b"", True)
        except (expat.ExpatError, LookupError) as error:
            raise damaged() from error
        return self._places

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._source.silent = 0
        self._depth += 1
        if self._depth == 2 and not self._places.root_ends:  # noqa: PLR2004 - the first within the root
            self._places.root_ends = self._parser.CurrentByteIndex
        if self._depth == 2 and _bare(tag) == "Worksheet":  # noqa: PLR2004
            name = next((value for key, value in attributes.items() if _bare(key) == "Name"), "")
            self._places.found.append(_Place(shortened(clean(name), LONGEST_SHEET), self._parser.CurrentByteIndex))
            if len(self._places.found) > _MOST_SHEETS:
                raise BadPriceList("too_many_cells", f"The workbook has more than {_MOST_SHEETS:,} sheets. Split it.")
        self._visible = [] if _bare(tag) == "Visible" else None

    def _text(self, text: str) -> None:
        if self._visible is not None and len(self._visible) < _MOST_SHEETS:
            self._visible.append(text[:20])

    def _end(self, tag: str) -> None:
        self._source.silent = 0
        if self._visible is not None and self._places.found:
            self._places.found[-1].hidden = "".join(self._visible).strip() in {"SheetHidden", "SheetVeryHidden"}
        self._visible = None
        if self._depth == 2 and _bare(tag) == "Worksheet":  # noqa: PLR2004
            self._places.found[-1].end = self._parser.CurrentByteIndex
        self._depth -= 1


def _bare(tag: str) -> str:
    return tag.rpartition(":")[2]


class _Lines:
    """A sheet's rows, which can be read several times."""

    def __init__(self, stream: BinaryIO, root: bytes, place: _Place, spans: Spans) -> None:
        self._stream = stream
        self._root = root
        self._place = place
        self._spans = spans

    def __iter__(self) -> Iterator[Line]:
        part = _Part(self._stream, self._root, self._place)
        carried, number = Carried(self._spans), 0
        with suppress(_Ended):
            for row in records(part, {"Row": _MOST_WITHIN}):  # type: ignore[arg-type]
                number = _attribute(row, "Index") or number + 1
                yield Line(number, carried.row(number, _cells(row)))


class _Ended(Exception):
    """The sheet's part has been read."""


class _Part(RawIOBase):
    """The root's start tag and a sheet's part of the file. Then it raises _Ended: the parser misses the root's end."""

    def __init__(self, stream: BinaryIO, root: bytes, place: _Place) -> None:
        self._stream = stream
        self._root = root
        self._place = place
        self._at = 0

    def seek(self, _: int, whence: int = 0, /) -> int:
        self._at = 0
        return 0

    def read(self, size: int = -1, /) -> bytes:
        if self._at == 0:
            self._at = self._place.start
            if self._root:
                return self._root
        if self._at >= self._place.end:
            raise _Ended
        self._stream.seek(self._at)
        part = self._stream.read(min(size, self._place.end - self._at) if size > 0 else self._place.end - self._at)
        self._at += len(part)
        return part


def _cells(row: Any) -> Iterator[tuple[int, int, int, Cell]]:
    """Column, how many it goes on to the right and down, and value."""
    column = 0
    for cell in row:
        if cell.tag != "Cell":
            continue
        index = _attribute(cell, "Index")
        column = index - 1 if index else column
        across = _attribute(cell, "MergeAcross")
        if column + across > _FARTHEST:
            raise BadPriceList(
                "too_many_columns", f"A row reaches beyond column {_FARTHEST:,}. Delete the stray cells to the right."
            )
        yield column, across, _attribute(cell, "MergeDown"), _value(cell)
        column += across + 1


def _attribute(element: Any, name: str) -> int:
    for key, value in element.attrib.items():
        if local(key) == name:
            return int(value) if value.isascii() and value.isdigit() and len(value) < 8 else 0  # noqa: PLR2004
    return 0


def _value(cell: Any) -> Cell:
    data = next((child for child in cell if child.tag == "Data"), None)
    if data is None:
        return ""
    text = "".join(data.itertext())
    kind = next((value for key, value in data.attrib.items() if local(key) == "Type"), "")
    if kind == "Number":
        return _number(text)
    if kind == "Boolean":
        return plain(text.strip() == "1")
    if kind == "DateTime":
        return _date(text)
    return clean(text)


def _number(text: str) -> Cell:
    try:
        found = float(text)
    except ValueError:
        return clean(text)
    return int(found) if found.is_integer() and abs(found) < 1e15 else found  # noqa: PLR2004 - exact up to there


def _date(text: str) -> Cell:
    try:
        return plain(datetime.fromisoformat(text.strip()))
    except ValueError:
        return clean(text)
