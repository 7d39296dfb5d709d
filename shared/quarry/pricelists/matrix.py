"""A price for each size of each row: a matrix, whose title alone says that its numbers are prices."""

import re
from collections.abc import Sequence
from itertools import takewhile

from quarry.domain.reading import Role
from quarry.domain.units import parse_unit
from quarry.knowledge import load
from quarry.knowledge.words import Notation
from quarry.pricelists.detection import Header
from quarry.pricelists.grid import Cell, Line, text
from quarry.pricelists.headers import LONGEST_HEADER, role_of
from quarry.pricelists.prices import parse_price

_PRICE = Notation().compiled(load("prices")["in_title"])
_ROWS = 10
_SIZE = re.compile(r"(?:[dmдмø⌀][nуy]?\s?)?\d[\d.,xх×*]*(?:\s*(?:мм|см|м|mm|cm|m))?", re.IGNORECASE)


def matrix_at(lines: Sequence[Line], index: int) -> Header | None:
    """The matrix whose header begins at ``lines[index]``, below «Доска обрезная, цена руб/м3»; None when none does."""
    title = _title(lines, index) if index < len(lines) else None
    if not title:
        return None
    labels = [text(cell) for cell in lines[index].cells]
    if any(map(_PRICE.search, labels)):
        return None  # its columns say themselves which of them are prices
    if not labels or not (role_of(labels[0]) in {Role.SIZE, Role.MODEL, Role.NAME} or _above_sizes(labels)):
        return None
    depth = 1
    sizes = _sizes(lines[index + 1]) if index + 1 < len(lines) else {}
    if sizes:
        unit = parse_unit(next((label for label in labels[1:] if label), "").rpartition(",")[2])
        added = f" {unit.symbol}" if unit else ""
        labels = [labels[0], *[""] * (max(sizes))]
        for column, size in sizes.items():
            labels[column] = size if not _SIZE.fullmatch(size) or size[-1].isalpha() else f"{size}{added}"
        depth = 2
    priced = _priced(labels, lines[index + depth : index + depth + _ROWS])
    if len(priced) < 2:  # noqa: PLR2004 - a matrix has columns to choose from
        return None
    variants = tuple(labels[column] for column in priced)
    for column in priced:
        labels[column] = f"{title}: {labels[column]}"
    first, last = lines[index].number, lines[index + depth - 1].number
    return Header(first, last, tuple(labels), (), depth, subject_of(title), variants)


def _above_sizes(labels: Sequence[str]) -> bool:
    """Whether a row's first label stands beside sizes alone («Section | 2.4m | 3.0m»)."""
    beside = [label for label in labels[1:] if label]
    return bool(labels[0]) and len(beside) > 1 and all(map(_SIZE.fullmatch, beside))


def subject_of(title: str) -> str | None:
    """«Доска обрезная» of «Доска обрезная, цена руб/м3»."""
    price = _PRICE.search(title)
    return (title[: price.start()].rstrip(" ,.;:(–-") if price else title) or None


def _title(lines: Sequence[Line], index: int) -> str | None:
    """The lone text right above, when it speaks of a price."""
    above = next((line for line in reversed(lines[max(index - 2, 0) : index]) if any(line.cells)), None)
    filled = [text(cell) for cell in above.cells if cell != ""] if above else []
    return filled[0] if len(filled) == 1 and role_of(filled[0]) is Role.PRICE else None


def _sizes(line: Line) -> dict[int, str]:
    """The cells of a row that holds nothing but sizes, from its second column on."""
    filled = {column: text(cell) for column, cell in enumerate(line.cells) if cell != ""}
    return filled if len(filled) > 1 and 0 not in filled and all(map(_SIZE.fullmatch, filled.values())) else {}


def _priced(labels: Sequence[str], goods: Sequence[Line]) -> list[int]:
    """The columns of numbers: those under sizes, else those under unknown labels."""
    table = takewhile(lambda line: not line.cells or text(line.cells[0]) != labels[0], goods)
    goods = [line for line in table if sum(cell != "" for cell in line.cells) > 1]
    short = [column for column in range(1, len(labels)) if 0 < len(labels[column]) <= LONGEST_HEADER]
    numbers = [column for column in short if _holds_prices(goods, column)]
    sized = [column for column in numbers if any(map(str.isdigit, labels[column]))]
    return sized if len(sized) > 1 else [column for column in numbers if role_of(labels[column]) is None]


def _holds_prices(goods: Sequence[Line], column: int) -> bool:
    cells: list[Cell] = [line.cells[column] for line in goods if column < len(line.cells) and line.cells[column] != ""]
    prices = [parse_price(cell) for cell in cells]
    return bool(prices) and not any(price.fault for price in prices)
