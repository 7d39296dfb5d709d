"""A price for each size of each row: a matrix, whose title alone says that its numbers are prices."""

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile

from quarry.domain.reading import Role
from quarry.domain.units import parse_unit
from quarry.knowledge import load
from quarry.knowledge.words import Notation
from quarry.pricelists.categories import is_seller
from quarry.pricelists.detection import Header
from quarry.pricelists.grid import Line, text
from quarry.pricelists.headers import LONGEST_HEADER, role_of
from quarry.pricelists.price_columns import may_be_price
from quarry.pricelists.prices import parse_price

IN_TITLE = Notation().compiled(load("prices")["in_title"])
_MONEY = Notation().compiled(load("prices")["ends_subject"])
_ROWS = 10
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SIZE = re.compile(r"(?:[dmдмø⌀][nуy]?\s?)?\d[\d.,xх×*]*(?:\s*(?:мм|см|м|mm|cm|m))?", re.IGNORECASE)
_COUNTED = re.compile(rf"{_SIZE.pattern}|\d[\d.,xх×*]*\s?[^\W\d_]{{1,5}}\.?", re.IGNORECASE)  # «3 ж»


def matrix_at(lines: Sequence[Line], index: int) -> Header | None:
    """The matrix whose header begins at ``lines[index]``; None when none does.

    Its title («Доска обрезная, цена руб/м3») or the label over its sizes says that they are above prices, or nothing
    else can be meant: there is a size above each column of amounts.
    """
    if index >= len(lines):
        return None
    labels = [text(cell) for cell in lines[index].cells]
    first = next((column for column, label in enumerate(labels) if label), 0)
    above = title_above(lines, index)
    sizes = _sizes(labels, lines[index + 1], first, loose=above is not None) if index + 1 < len(lines) else {}
    over = _over(labels, sizes)
    others = [label for column, label in enumerate(labels) if column not in sizes]
    if not labels or any(map(IN_TITLE.search, others)) or any(role_of(label) is Role.PRICE for label in others):
        return None  # its columns say themselves which of them are prices
    title = _without_unit(over) if IN_TITLE.search(over) else above
    if over and IN_TITLE.search(over) and not _are_numbers(lines[index + 1], sizes):
        return None  # «Цена, руб. | от 10 т | от 20 т»
    leads = role_of(labels[first]) in {Role.SIZE, Role.MODEL, Role.NAME}
    if title:
        if not (leads or _above_sizes(labels[first:])):
            return None
    elif not (role_of(over) is Role.SIZE if sizes else _above_sizes(labels[first:], with_units=True)):
        return None
    return _matrix(lines, index, title, labels, sizes)


def _matrix(
    lines: Sequence[Line], index: int, title: str | None, labels: list[str], sizes: Mapping[int, str]
) -> Header | None:
    depth = 1
    if sizes:
        unit = parse_unit(_over(labels, sizes).rpartition(",")[2])
        added = f" {unit.symbol}" if unit else ""
        labels += [""] * (max(sizes) + 1 - len(labels))
        for column, size in sizes.items():
            labels[column] = size if not _SIZE.fullmatch(size) or size[-1].isalpha() else f"{size}{added}"
        depth = 2
    priced = _priced(labels, lines[index + depth : index + depth + _ROWS], sizes)
    if len(priced) < 2 - bool(sizes):  # a matrix has columns to choose from, unless a row of its own says of which
        return None
    variants = tuple(labels[column] for column in priced)
    for column in priced if title else ():
        labels[column] = f"{title}: {labels[column]}"
    first, last = lines[index].number, lines[index + depth - 1].number
    subject = subject_of(title) if title else None
    return Header(first, last, tuple(labels), (), depth, subject, variants, priced=tuple(priced))


def _above_sizes(labels: Sequence[str], *, with_units: bool = False) -> bool:
    """Whether a row's first label stands beside sizes alone («Section | 2.4m | 3.0m»)."""
    beside = [label for label in labels[1:] if label]
    measured = all(label[-1].isalpha() for label in beside) or not with_units
    called = bool(labels[0]) and not _SIZE.fullmatch(labels[0])
    return called and len(beside) > 1 and measured and all(map(_SIZE.fullmatch, beside))


def subject_of(title: str) -> str | None:
    """«Доска обрезная» of «Доска обрезная, цена руб/м3»; None of «Розница, руб. с НДС»."""
    price = _MONEY.search(title)
    subject = title[: price.start()].rstrip(" ,.;:(–-") if price else title
    return None if not subject or role_of(subject) is Role.PRICE or is_seller(subject) else subject


def title_above(lines: Sequence[Line], index: int) -> str | None:
    """The lone text right above, when it speaks of a price."""
    above = next((line for line in reversed(lines[max(index - 2, 0) : index]) if any(line.cells)), None)
    filled = [text(cell) for cell in above.cells if cell != ""] if above else []
    speaks = len(filled) == 1 and (role_of(filled[0]) is Role.PRICE or IN_TITLE.search(filled[0]))
    return filled[0] if speaks else None


def _sizes(labels: Sequence[str], line: Line, first: int, *, loose: bool) -> dict[int, str]:
    """The cells of a row that holds nothing but sizes, beside labels that are merged downwards.

    ``loose``: what stands above speaks of prices, so that numbers of anything («3 ж») will do.
    """
    filled = {column: text(cell) for column, cell in enumerate(line.cells) if cell != ""}
    own = {column: size for column, size in filled.items() if column >= len(labels) or labels[column] != size}
    form = _COUNTED if loose and len(own) < len(filled) else _SIZE
    enough = len(own) > 1 or (form is _COUNTED and bool(own))
    return own if enough and min(own) > first and all(map(form.fullmatch, own.values())) else {}


def _over(labels: Sequence[str], sizes: Mapping[int, str]) -> str:
    """The label over the first of the sizes."""
    first = min(sizes, default=0)
    return labels[first] if sizes and first < len(labels) else ""


def _without_unit(label: str) -> str:
    """«Цена, руб., при толщине» of a label that ends in the unit of the sizes."""
    before, _, unit = label.rpartition(",")
    return before if before and parse_unit(unit) else label


def _are_numbers(line: Line, sizes: Mapping[int, str]) -> bool:
    """Whether sizes are bare numbers, and no years."""
    years = all(_YEAR.fullmatch(size) for size in sizes.values())
    return not years and all(not isinstance(line.cells[column], str) for column in sizes)


def _priced(labels: Sequence[str], goods: Sequence[Line], sizes: Mapping[int, str]) -> list[int]:
    """The columns of numbers: those under sizes of a row of their own, else under any, else under unknown labels."""
    first = next((column for column, label in enumerate(labels) if label), 0)
    table = takewhile(lambda line: len(line.cells) <= first or text(line.cells[first]) != labels[first], goods)
    goods = [line for line in table if sum(cell != "" for cell in line.cells) > 1]
    short = [column for column in range(first + 1, len(labels)) if 0 < len(labels[column]) <= LONGEST_HEADER]
    numbers = [column for column in short if _holds_prices(goods, column)]
    if sizes:
        return [column for column in numbers if column in sizes]
    sized = [column for column in numbers if _SIZE.fullmatch(labels[column])]
    if len(sized) > 1:
        return sized
    others = [column for column in numbers if role_of(labels[column]) is None and may_be_price(labels[column])]
    return others or [column for column in numbers if _DIGIT.search(labels[column])]


def _holds_prices(goods: Sequence[Line], column: int) -> bool:
    prices = [parse_price(cell) for line in goods if (cell := line.cell(column)) != ""]
    return bool(prices) and not any(price.fault for price in prices)
