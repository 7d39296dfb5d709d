"""Goods that are said over several rows: the name and the price merged downwards, an attribute in each of the rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from quarry.domain.reading import Role
from quarry.pricelists.detection import Header
from quarry.pricelists.grid import Cell, Line, text
from quarry.pricelists.layout import Layout
from quarry.pricelists.turned import says_what

_FEW: Final = 3
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Spread:
    """``same`` are the columns that all rows of one of the goods repeat; ``attribute`` names what is said beside it."""

    same: tuple[int, ...]
    attribute: int

    @property
    def said(self) -> tuple[int, ...]:
        """The columns of the attributes' names and values, which are no columns of the goods."""
        return tuple(column for column in (self.attribute, self.attribute + 1) if column not in self.same)

    def header(self, header: Header) -> Header:
        return replace(header, unused=(*header.unused, *self.said))

    def layout(self, layout: Layout) -> Layout:
        return replace(layout, details=(*layout.details, self.attribute))

    def key(self, line: Line) -> list[Cell]:
        return [line.cell(column) for column in self.same]

    def once(self, goods: Sequence[Line]) -> list[Line]:
        return [self.joined(list(rows)) for _, rows in groupby(goods, key=self.key)]

    def joined(self, rows: Sequence[Line]) -> Line:
        """All rows of one of the goods as one, with «Вес, кг: 12; Объём, л: 50» where the attributes' names are."""
        cells = [*rows[0].cells, *[""] * (self.attribute + 1 - len(rows[0].cells))]
        said = (filter(None, (text(line.cell(column)) for column in self.said)) for line in rows)
        cells[self.attribute] = "; ".join(": ".join(parts) for parts in said)
        return replace(rows[0], cells=cells)


def spread_of(header: Header, goods: Sequence[Line]) -> Spread | None:
    """How goods are spread over rows; None where each row is goods of its own."""
    roles = header.roles
    called = next((role for role in (Role.NAME, Role.MODEL, None) if role in roles), Role.NAME)
    if called not in roles or Role.PRICE not in roles:
        return None
    name = roles.index(called)
    same = tuple(at for at, role in enumerate(roles) if at == name or role in {Role.NAME, Role.PRICE, Role.SKU})
    groups = [list(rows) for _, rows in groupby(goods, key=lambda line: [line.cell(column) for column in same])]
    if len(groups) < _FEW or len(groups) > _HALF * len(goods):
        return None
    others = (column for column in range(max(len(line.cells) for line in goods)) if column not in same)
    found = next((column for column in others if _are_attributes(groups, column)), None)
    return Spread(same, found) if found is not None else None


def _are_attributes(groups: Sequence[Sequence[Line]], column: int) -> bool:
    """Whether a column names the same attributes for most of the goods, each of them once («Вес, кг», «Объём, л»)."""
    named = [[text(line.cell(column)) for line in rows] for rows in groups]
    usual = max(named, key=named.count)
    if len(usual) < 2 or len(set(usual)) < len(usual) or "" in usual:  # noqa: PLR2004 - an attribute beside another
        return False
    return named.count(usual) >= _HALF * len(named) and sum(map(says_what, usual)) >= _HALF * len(usual)
