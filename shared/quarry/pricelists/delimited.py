"""CSV and its like: one pass over the file, whatever the delimiter and however its quotes are broken."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from statistics import median
from typing import BinaryIO

from quarry.errors import BadPriceList
from quarry.pricelists.encodings import encoding_of
from quarry.pricelists.grid import Line, Sheet, clean, cleaned
from quarry.pricelists.headers import role_of

_DELIMITERS = ";\t,|"
_SAMPLE_LINES = 80
_LONGEST_LINE = 4_000_000
_LONGEST_JOINED = 200_000
_MOST_JOINED = 40  # lines of one quoted cell; beyond, the quote is a stray one
_JOINED = re.compile(r"[;\t|]")  # a label with another delimiter within is several
_QUOTES = re.compile('"+')
_SEP = re.compile(r"sep=(.)\s*", re.IGNORECASE)
_BETWEEN_CELLS = re.compile(r"(?<!\d),(?!\s)|,(?![\d\s])")  # no comma of «12,50» or «белая, 10 л»


def sheet(stream: BinaryIO) -> Sheet:
    """The file as a sheet without a name; rows count as the spreadsheet program numbers them after opening it."""
    encoding = encoding_of(stream)
    sample = _sample(stream, encoding)
    delimiter, declared = _delimiter(sample)
    width = _usual_width(sample[declared:], delimiter)
    return Sheet(None, _lines(stream, encoding, delimiter, width, skip_first=declared))


def _sample(stream: BinaryIO, encoding: str) -> list[str]:
    stream.seek(0)
    lines, length = [], 0
    for line in _physical(stream, encoding):
        lines.append(line)
        length += len(line)
        if len(lines) == _SAMPLE_LINES or length > _LONGEST_LINE:
            break
    stream.seek(0)
    return lines


def _delimiter(sample: list[str]) -> tuple[str, bool]:
    """The delimiter, and whether the first line («sep=;») says so."""
    declared = _SEP.fullmatch(sample[0].strip()) if sample else None
    if declared:
        return declared[1], True
    return max(_DELIMITERS, key=lambda delimiter: _fits(sample, delimiter)), False


def _usual_width(sample: list[str], delimiter: str) -> int:
    widths = [line.count(delimiter) + 1 for line in sample if line.strip()]
    return int(median(widths)) if widths else 1


def _fits(sample: list[str], delimiter: str) -> tuple[int, int, float]:
    """How well a delimiter explains a sample: known headers in one row, then rows of one width, then that width."""
    if delimiter == "," and not any(map(_BETWEEN_CELLS.search, sample)):
        return 0, 0, 0.0
    rows = list(_records(iter(sample), delimiter, _usual_width(sample, delimiter)))
    widths = [len(row) for row in rows if any(row)]
    if not widths or max(widths) == 1:
        return 0, 0, 0.0
    whole = [row for row in rows if not any(cell.count('"') % 2 for cell in row)]  # no quoted cell is torn in two
    known = max((sum(map(_is_known, row)) for row in whole), default=0)
    usual = median(widths)
    return known if known > 1 else 0, sum(width == usual for width in widths if width > 1), usual


def _is_known(label: str) -> bool:
    return _JOINED.search(label) is None and role_of(clean(label)) is not None


def _physical(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """The lines of the file. Raises BadPriceList for one that has no end."""
    reader = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline=None)
    try:
        while line := reader.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                raise BadPriceList(
                    "line_too_long",
                    f"A line has more than {_LONGEST_LINE:,} characters: this is no table of rows. Save the price list "
                    "as CSV or XLSX from the spreadsheet program.",
                )
            yield line
    finally:
        if not stream.closed:  # the caller may have closed it before this generator is collected
            reader.detach()


def _lines(stream: BinaryIO, encoding: str, delimiter: str, width: int, *, skip_first: bool) -> Iterator[Line]:
    stream.seek(0)
    for number, row in enumerate(_records(_physical(stream, encoding), delimiter, width), 1):
        if not (skip_first and number == 1):
            yield Line(number, cleaned(row))


def _records(lines: Iterator[str], delimiter: str, width: int) -> Iterator[list[str]]:
    """Logical rows. A quoted cell may go over lines; a quote that opens none (an inch, a typing error) is a character.

    It opens none when it is never closed, or when the line without it already has all the columns.
    """
    pending: deque[str] = deque()
    while True:
        line = pending.popleft() if pending else next(lines, None)
        if line is None:
            return
        line = line.rstrip("\n")
        if '"' not in line:
            yield line.split(delimiter)
            continue
        if line.count(delimiter) + 1 == width and _strays(line, delimiter):
            yield line.split(delimiter)
            continue
        taken, joined = [line], len(line)
        opened = _opens(line, delimiter)
        while opened and joined < _LONGEST_JOINED and len(taken) <= _MOST_JOINED:
            following = pending.popleft() if pending else next(lines, None)
            if following is None:
                break
            taken.append(following.rstrip("\n"))
            joined += len(following) + 1
            opened = _opens(following, delimiter, opened=True, first=False)
        if opened:
            pending.extendleft(reversed(taken[1:]))
            yield line.split(delimiter)
            continue
        yield from _unquoted("\n".join(taken), delimiter)


def _opens(line: str, delimiter: str, *, opened: bool = False, first: bool = True) -> bool:
    """Whether a quoted cell is open behind the line, which was ``opened`` before it or not.

    Quotes side by side are pairs, which change nothing. The last odd number of them decides: it opens a cell where
    one begins, and else closes one.
    """
    odd = None
    for quotes in _QUOTES.finditer(line):
        if (quotes.end() - quotes.start()) % 2:
            odd = quotes.start()
    return opened if odd is None else _begins_cell(line, odd, delimiter, first=first)


def _begins_cell(line: str, place: int, delimiter: str, *, first: bool) -> bool:
    while place and line[place - 1] == " ":
        place -= 1
    return line[place - 1] == delimiter if place else first


def _strays(line: str, delimiter: str) -> bool:
    """Whether the line's last quote opens a cell and delimiters follow it."""
    last = line.rindex('"')
    return delimiter in line[last:] and _begins_cell(line, last, delimiter, first=True)


def _unquoted(joined: str, delimiter: str) -> list[list[str]]:
    """The rows of lines with quotes; as they are where the quotes make no sense."""
    try:
        return list(csv.reader(joined.splitlines(keepends=True), delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        return [line.split(delimiter) for line in joined.splitlines()]
