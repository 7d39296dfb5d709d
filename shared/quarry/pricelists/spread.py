"""Goods that are said over several rows: the name and the price merged downwards, an attribute in each of the rows."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from quarry.domain.reading import Role
from quarry.pricelists.detection import Header
from quarry.pricelists.grid import Line, text
from quarry.pricelists.turned import says_what

_FEW: Final = 3
_HALF: Final = 0.5


def merged_columns(header: Header, goods: Sequence[Line]) -> tuple[int, ...]:
    """The columns that say the same in all rows of one of the goods; none where each row is goods of its own."""
    roles = header.roles
    same = tuple(column for column, role in enumerate(roles) if role in {Role.NAME, Role.PRICE, Role.SKU})
    if Role.NAME not in roles or Role.PRICE not in roles:
        return ()
    groups = [list(rows) for _, rows in groupby(goods, key=lambda line: [line.cell(column) for column in same])]
    if len(groups) < _FEW or len(groups) > _HALF * len(goods):
        return ()
    others = (column for column in range(max(len(line.cells) for line in goods)) if column not in same)
    return same if any(_are_attributes(groups, column) for column in others) else ()


def repeats(same: Sequence[int], line: Line, below: Line) -> bool:
    """Whether the row below goes on with the goods of a row."""
    return all(line.cell(column) == below.cell(column) for column in same)


def once(same: Sequence[int], goods: Sequence[Line]) -> list[Line]:
    """The first row of each of the goods."""
    return [next(rows) for _, rows in groupby(goods, key=lambda line: [line.cell(column) for column in same])]


def _are_attributes(groups: Sequence[Sequence[Line]], column: int) -> bool:
    """Whether a column names the same attributes for most of the goods, each of them once («Вес, кг», «Объём, л»)."""
    named = [[text(line.cell(column)) for line in rows] for rows in groups]
    usual = max(named, key=named.count)
    if len(usual) < 2 or len(set(usual)) < len(usual) or "" in usual:  # noqa: PLR2004 - an attribute beside another
        return False
    return named.count(usual) >= _HALF * len(named) and sum(map(says_what, usual)) >= _HALF * len(usual)
