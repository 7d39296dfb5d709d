"""Tables that lie on their side: each of the goods is a column, and what is said of them stands in the first one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from quarry.domain.reading import Role
from quarry.domain.units import parse_unit
from quarry.pricelists.cards import NAME_TITLE
from quarry.pricelists.grid import Cell, Line, Sheet, is_filled, text
from quarry.pricelists.headers import TECHNICAL, role_of
from quarry.pricelists.prices import parse_price

_LOOKED_AT: Final = 60  # rows: longer lists are no comparison of a few goods
_LEAST_ROWS, _LEAST_GOODS = 3, 2
_NAMES: Final = {Role.NAME, Role.MODEL, Role.SKU}
_MOSTLY: Final = 0.7


def upright(sheet: Sheet) -> Sheet:
    """The sheet; where its goods are columns, with a row for each. Their numbers go on from the row of the names."""
    if isinstance(sheet.lines, Iterator):
        return sheet
    lines = list(islice(sheet.lines, _LOOKED_AT + 1))
    if len(lines) > _LOOKED_AT:
        return sheet
    found: list[Line] = []
    at, any_turned = 0, False
    while at < len(lines):
        block = _block(lines, at)
        rows = _turned(block) if block else [lines[at].cells]
        for cells in rows:
            number = max(lines[at].number, found[-1].number + 1 if found else 0)
            found.append(Line(number, cells) if block else replace(lines[at], number=number))
        at, any_turned = at + max(len(block), 1), any_turned or bool(block)
    return replace(sheet, lines=found, spans={}, levels={}) if any_turned else sheet


def _block(lines: Sequence[Line], at: int) -> list[Line]:
    """The rows from that one on, where it names goods and those below say what they are like and cost."""
    top = lines[at].cells
    first = next((column for column, cell in enumerate(top) if is_filled(cell)), None)
    if first is None or role_of(text(top[first])) not in {*_NAMES, Role.DESCRIPTION, None}:
        return []
    block = [lines[at]]
    for line in lines[at + 1 :]:
        if not isinstance(line.cell(first), str) or sum(map(is_filled, line.cells)) < _LEAST_GOODS:
            break
        block.append(line)
    goods = _goods(top, first)
    if len(block) < _LEAST_ROWS or len(goods) < _LEAST_GOODS or any(role_of(text(top[column])) for column in goods):
        return []
    labels = [text(line.cell(first)) for line in block]
    labels = labels if role_of(labels[0]) in _NAMES else labels[1:]  # «Показатель»
    said = sum(map(says_what, labels))
    priced = [line for line in block if role_of(text(line.cell(first))) is Role.PRICE]
    amounts = any(all(parse_price(line.cell(column)).amount for column in goods) for line in priced)
    return block if amounts and said >= _MOSTLY * len(labels) else []


def _turned(block: Sequence[Line]) -> list[list[Cell]]:
    """The labels as a header, and the goods below it."""
    top = block[0].cells
    first = next(column for column, cell in enumerate(top) if is_filled(cell))
    titles, *goods = [[line.cell(column) for line in block] for column in (first, *_goods(top, first))]
    named = role_of(text(titles[0])) in _NAMES
    return [titles if named else [NAME_TITLE, *titles[1:]], *goods]


def _goods(top: Sequence[Cell], first: int) -> list[int]:
    """The columns of goods: those that are named by a text."""
    return [column for column in range(first + 1, len(top)) if isinstance(top[column], str) and top[column] != ""]


def says_what(label: str) -> bool:
    """Whether a row's first cell is the name of an attribute («Мощность, кВт»)."""
    unit = label.rpartition(",")[2].strip() if "," in label else ""
    return role_of(label) is not None or TECHNICAL.search(label) is not None or parse_unit(unit) is not None
