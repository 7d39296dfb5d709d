"""What every reader of a tabular format gives: sheets of numbered rows of plain cells."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol, Self, cast, runtime_checkable

from quarry.errors import BadPriceList
from quarry.pricelists.entities import unescaped
from quarry.pricelists.options import ReadOptions

# A cell is text or a number; a blank one is "". Dates are text: no price list sells by the date.
Cell = str | int | float | Decimal
ERROR_VALUES = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#Н/Д", "#ССЫЛКА!", "#ЗНАЧ!"}
)
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_INVISIBLE = " \t\r\n\u00a0\u200b\ufeff"
_MOST_DIGITS = 100  # 1e999999999, written out, would fill the memory
_MOST_EXACT = 1e15  # from here on a float no longer holds every integer
_MOST_AT_HAND, _MOST_CHARACTERS = 4_000, 1 << 20  # rows of a stream that are kept


class Unsaved(str):
    """A cell with a formula whose value was not saved: blank, and known as such."""

    __slots__ = ()


UNSAVED = Unsaved("")


class Money(float):
    """A number whose format shows which money it is."""

    __slots__ = ("currency",)

    currency: str

    def __new__(cls, amount: float, currency: str) -> Self:
        money = super().__new__(cls, amount)
        money.currency = currency
        return money

    def __str__(self) -> str:
        return f"{self!r} {self.currency}"


@dataclass(frozen=True, slots=True)
class Look:
    """How a row's first filled cell looks; ``indent`` counts blanks before a text and indents of its style alike."""

    bold: bool = False
    filled: bool = False
    indent: int = 0


PLAIN = Look()


@dataclass(slots=True)  # not frozen, as to make it so takes twice the time, for each row
class Line:
    """A sheet's row; ``number`` counts from 1 as the spreadsheet program does."""

    number: int
    cells: list[Cell]
    look: Look = PLAIN

    def cell(self, column: int) -> Cell:
        """The cell, "" behind the last one."""
        return self.cells[column] if column < len(self.cells) else ""


@runtime_checkable
class Lines(Protocol):
    """Rows that can be read several times, and from the end."""

    def __iter__(self) -> Iterator[Line]: ...

    def last(self, count: int) -> Iterable[Line]: ...


@dataclass(slots=True)
class Sheet:
    """``spans`` are the cells merged sideways: for a row's number the pairs of first and last column, from 0.

    ``levels`` are the rows' outline levels above 0; empty where rows are not grouped. ``is_strip``: these are some of a
    sheet's columns, the others are a sheet too.
    """

    name: str | None
    lines: Iterable[Line]
    spans: Mapping[int, list[tuple[int, int]]] = field(default_factory=dict)
    levels: Mapping[int, int] = field(default_factory=dict)
    is_strip: bool = False


def clean(value: str) -> str:
    """Without blanks around it, HTML's entities, the apostrophe that makes a cell text, and what no database takes.

    That is control characters and halves of surrogate pairs.
    """
    if "&" in value:
        value = unescaped(value)
    found = (value if value.isprintable() else _UNFIT.sub("", value)).strip(_INVISIBLE)
    return found if found[:1] != "'" or found.count("'") > 1 else found[1:].lstrip(_INVISIBLE)


def cleaned(cells: list[str]) -> list[Cell]:
    """Each of a row's texts cleaned; of an ordinary row, which one look at all of it recognises, only blanks go."""
    row = "".join(cells)
    ordinary = row.isprintable() and "&" not in row and "'" not in row
    return [cell.strip() for cell in cells] if ordinary else [clean(cell) for cell in cells]


def plain(value: Any) -> Cell:
    """A foreign cell value as text or number."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, Decimal):
        return value if abs(value.adjusted()) < _MOST_DIGITS else str(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, date):
        midnight = not isinstance(value, datetime) or value.time() == time()
        return value.strftime("%d.%m.%Y" if midnight else "%d.%m.%Y %H:%M")
    return "" if value is None else str(value)


def at_hand(lines: Iterable[Line]) -> Iterable[Line]:
    """The same lines: in a list where they are few, so that they can be read again, else as a stream still."""
    if not isinstance(lines, Iterator):
        return lines
    first: deque[Line] = deque()
    characters = 0
    for line in lines:
        first.append(line)
        characters += len(line.cells) + sum([len(cell) for cell in line.cells if isinstance(cell, str)])
        if len(first) > _MOST_AT_HAND or characters > _MOST_CHARACTERS:
            return _resumed(first, lines)
    return [*first]


def _resumed(first: deque[Line], lines: Iterator[Line]) -> Iterator[Line]:
    while first:
        yield first.popleft()
    yield from lines


def last_of(lines: Iterable[Line], count: int) -> Iterable[Line]:
    """The last rows; those that are read several times may give them without going through all."""
    return lines.last(count) if isinstance(lines, Lines) else deque(lines, count)


def text(cell: Cell) -> str:
    """A cell as one line of text: 7724601304.0 is the article «7724601304», 0.1 + 0.2 is «0.3»."""
    if isinstance(cell, str):
        return " ".join(cell.split())
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < _MOST_EXACT:
            return str(int(cell))
        return f"{cell:.10g}" if abs(cell) < _MOST_EXACT else repr(cell)
    if isinstance(cell, Decimal):
        return format(cell.normalize(), "f")
    return str(cell)


def is_filled(cell: Cell) -> bool:
    return cell != ""


def letter(column: int) -> str:
    """A column's letter as the spreadsheet program shows it: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_of(letters: str) -> int:
    """The column, from 0, of its letters."""
    number = 0
    for char in letters.upper()[:4]:
        number = number * 26 + ord(char) - ord("A") + 1
    return number - 1


def _fits(cells: list[Cell], longest: int) -> bool:
    """Whether no cell is too long, of a row of texts, as most are; False where that is to be seen cell by cell."""
    try:
        return len("".join(cast("list[str]", cells))) <= longest
    except TypeError:
        return False


def within_limits(lines: Iterable[Line], options: ReadOptions, rows_before: int = 0) -> Iterator[Line]:
    """The same lines. Raises BadPriceList at the first that is beyond what is taken."""
    longest, most_columns, most_rows = options.max_cell_chars, options.max_columns, options.max_rows
    for count, line in enumerate(lines, rows_before + 1):
        cells = line.cells
        if count > most_rows:
            raise BadPriceList(
                "too_many_rows",
                f"The price list has more than {options.max_rows:,} rows. Split it into several files.",
            )
        if len(cells) > most_columns:
            raise BadPriceList(
                "too_many_columns",
                f"Row {line.number} has {len(cells):,} columns; at most {options.max_columns:,} are taken. "
                "Delete the columns which are no part of the price list.",
            )
        if _fits(cells, longest):
            yield line
            continue
        for cell in cells:
            if isinstance(cell, str) and len(cell) > longest:
                raise BadPriceList(
                    "cell_too_long",
                    f"The cell {letter(cells.index(cell))}{line.number} holds {len(cell):,} characters; at most "
                    f"{longest:,} are taken. Shorten it; in a CSV file look for a missing quote mark.",
                )
        yield line
