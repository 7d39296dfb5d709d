"""The columns of packages: in which unit their amounts are."""

import re

from quarry.domain.reading import Role
from quarry.domain.units import Dimension, parse_unit
from quarry.knowledge import load
from quarry.knowledge.words import entries
from quarry.pricelists.columns import Columns, speaks_for_itself
from quarry.pricelists.headers import unit_at_end, unit_of_header
from quarry.pricelists.layout import PackColumn

_WORDS = load("columns")
_IN_PIECES = frozenset(entries(_WORDS["packed_in_pieces"]))
_PACKED_IN = "|".join(map(re.escape, (*entries(_WORDS["packed_in"]), *entries(_WORDS["packed_in_pieces"]))))
_PACK_UNIT = re.compile(rf"(?:^|[\s,(])({_PACKED_IN})(?=$|[\s/).,]|в )")


def packs(columns: Columns) -> tuple[PackColumn, ...]:
    """The columns of packages, and of weights."""
    packages = (_package(columns, column) for column in columns.of(Role.PACK))
    return (*packages, *(_weight(columns, column) for column in columns.of(Role.WEIGHT)))


def _package(columns: Columns, column: int) -> PackColumn:
    label = columns.label(column)
    found = _PACK_UNIT.search(label.casefold())
    if found is None:
        unit = None if speaks_for_itself(columns, column) else "шт"
    else:
        unit = "шт" if found[1] in _IN_PIECES else found[1]
    return PackColumn(column, label, unit, certain=True)


def _weight(columns: Columns, column: int) -> PackColumn:
    label = columns.label(column)
    unit = unit_of_header(label) or unit_at_end(label)
    return PackColumn(column, label, unit.symbol if unit else "кг", certain=False)


def has_unit(columns: Columns, column: int) -> bool:
    """Whether a package has its unit, in the cell or in the header («Фасовка, л»)."""
    unit = unit_at_end(columns.label(column))
    found = _PACK_UNIT.search(columns.label(column).casefold())
    unit = unit or (parse_unit(found[1]) if found else None)  # «Тара кг/меш»
    return speaks_for_itself(columns, column) or (unit is not None and unit.dimension is not Dimension.PIECES)
