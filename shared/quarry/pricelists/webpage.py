"""Tables of web pages, which many programs write under the name of a workbook: all of them, one below the other."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from quarry.errors import BadPriceList
from quarry.pricelists.encodings import encoding_of
from quarry.pricelists.grid import Cell, Line, Sheet, clean
from quarry.pricelists.spans import Carried, Spans

_PART: Final = 1 << 18
_TAG = re.compile(r"<(/?)([A-Za-z][\w:.-]{0,30}+)([^<>]{0,4000}+)>")
_CHARSET = re.compile(rb"charset\s{0,4}=\s{0,4}[\"']?([\w-]{3,20})", re.IGNORECASE)
_SPAN = re.compile(r"\b(col|row)span\s{0,4}=\s{0,4}[\"']?\s{0,4}(\d{1,5})", re.IGNORECASE)
_HIDDEN: Final = {name: re.compile(rf"</{name}", re.IGNORECASE) for name in ("style", "script", "xml", "title")}
_BLOCKS: Final = frozenset({"br", "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "body", "center", "hr"})
_LONGEST_TAG: Final = 5_000
_LONGEST_CELL: Final = 100_000
_MOST_COLUMNS, _MOST_ROWS_DOWN = 1_000, 65_535
_DEEPEST: Final = 50
_Token = tuple[str, bool, str]  # a tag's name, whether it closes, its attributes; of a text "", False, the text


def sheet(stream: BinaryIO) -> Sheet:
    """The page's tables as one sheet; rows count as the spreadsheet program numbers them, texts beside tables too."""
    spans = Spans()
    return Sheet(None, _Lines(stream, spans), spans)


class _Lines:
    """The rows, which can be read several times."""

    def __init__(self, stream: BinaryIO, spans: Spans) -> None:
        self._stream = stream
        self._spans = spans

    def __iter__(self) -> Iterator[Line]:
        page = _Page(self._spans)
        for token in _tokens(_texts(self._stream)):
            if (line := page.take(*token)) is not None:
                yield line
        if (line := page.end()) is not None:
            yield line


def _texts(stream: BinaryIO) -> Iterator[str]:
    encoding = _encoding(stream)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    while part := stream.read(_PART):
        yield decoder.decode(part)
    yield decoder.decode(b"", final=True)


def _encoding(stream: BinaryIO) -> str:
    """What the bytes say; where they leave it open, what the page says of itself."""
    found = encoding_of(stream)
    said = _CHARSET.search(stream.read(4096))
    stream.seek(0)
    if found.startswith("utf") or said is None:
        return found
    try:
        named = codecs.lookup(said[1].decode("ascii")).name
    except LookupError:
        return found
    return found if named == "utf-8" else named


def _tokens(texts: Iterator[str]) -> Iterator[_Token]:
    """The tags and the texts between them; without comments, scripts and styles."""
    rest, hidden = "", ""
    for part in texts:
        rest += part
        place = 0
        while place < len(rest):
            if hidden:
                place, hidden = _behind(rest, place, hidden)
                if hidden:
                    break
                continue
            start = rest.find("<", place)
            if start < 0:
                yield "", False, rest[place:]
                place = len(rest)
            elif start > place:
                yield "", False, rest[place:start]
                place = start
            elif rest.startswith("<!--", place):
                hidden = "!--"
                place += 4
            elif tag := _TAG.match(rest, place):
                name = tag[2].casefold()
                hidden = name if name in _HIDDEN and not tag[1] and not tag[3].endswith("/") else ""
                yield name, bool(tag[1]), tag[3]
                place = tag.end()
            elif len(rest) - place < _LONGEST_TAG and ">" not in rest[place:]:
                break  # its end comes with the next part
            else:
                end = rest.find(">", place, place + _LONGEST_TAG)
                if rest.startswith(("<!", "<?"), place) and end > 0:
                    place = end + 1
                else:
                    yield "", False, "<"
                    place += 1
        rest = rest[place:]


def _behind(rest: str, place: int, hidden: str) -> tuple[int, str]:
    """Behind the end of what is hidden; its last letters stay where it does not end here, as they may begin the end."""
    if hidden == "!--":
        end = rest.find("-->", place)
        return (end + 3, "") if end >= 0 else (max(place, len(rest) - 2), hidden)
    found = _HIDDEN[hidden].search(rest, place)
    return (found.start(), "") if found else (max(place, len(rest) - len(hidden) - 2), hidden)


class _Page:
    """Puts texts into cells, cells into rows."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self._carried = Carried(spans)
        self._number = 0
        self._tables = 0
        self._row: list[tuple[int, int, int, Cell]] | None = None
        self._cell: list[str] | None = None
        self._length = 0
        self._span = 1, 1
        self._beside: list[str] = []

    def take(self, name: str, closes: bool, content: str) -> Line | None:
        if not name:
            self._text(content)
            return None
        if name == "table":
            line = self.end()
            self._tables = max(self._tables - 1, 0) if closes else min(self._tables + 1, _DEEPEST)
            if not self._tables:
                self._carried = Carried(self._spans)
            return line
        if name == "tr":
            line = self.end()
            self._row = None if closes else []
            return line
        if name in {"td", "th"}:
            self._end_cell()
            if not closes:
                self._begin_cell(content)
            return None
        if name in _BLOCKS:
            if self._cell is not None:
                self._text("\n")
            elif not self._tables:
                return self.end()
        return None

    def end(self) -> Line | None:
        """The row, or the text beside tables, that ends here; None where there is none."""
        self._end_cell()
        if self._row is not None:
            cells, self._row = self._row, None
            self._number += 1
            return Line(self._number, self._carried.row(self._number, cells))
        text, self._beside = clean(" ".join("".join(self._beside).split())), []
        if not text:
            return None
        self._number += 1
        return Line(self._number, [text])

    def _text(self, text: str) -> None:
        if self._cell is not None:
            if self._length < _LONGEST_CELL:
                self._cell.append(text if text == "\n" else " ".join(f"|{text}|".split())[1:-1])
                self._length += len(text)
        elif not self._tables and len(self._beside) < _MOST_COLUMNS:
            self._beside.append(text[:_LONGEST_CELL])

    def _begin_cell(self, attributes: str) -> None:
        content = {kind.casefold(): int(count) for kind, count in _SPAN.findall(attributes)}
        self._span = max(content.get("col", 1), 1), max(content.get("row", 1), 1)
        self._cell, self._length = [], 0
        if self._row is None:
            self._row = []

    def _end_cell(self) -> None:
        if self._cell is None or self._row is None:
            self._cell = None
            return
        column = self._row[-1][0] + self._row[-1][1] + 1 if self._row else 0
        while self._carried.covered(column, self._number + 1):
            column += 1
        across, down = min(self._span[0], _MOST_COLUMNS), min(self._span[1], _MOST_ROWS_DOWN)
        if column >= _MOST_COLUMNS:
            raise BadPriceList(
                "too_many_columns",
                f"Row {self._number + 1} of the page has more than {_MOST_COLUMNS:,} cells. "
                "Open it in the spreadsheet program, delete what is not part of the price list, and save it as XLSX.",
            )
        self._row.append((column, across - 1, down - 1, clean("".join(self._cell))))
        self._cell = None
