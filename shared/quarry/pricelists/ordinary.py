"""Rows that most lists are of: a name in words and an amount under each price, whatever is around them.

They are taken many at a time. What is recognised here, the other modules would take for goods as well, row by row, and
find nothing to remark on; whatever else a row may be is left to them.
"""

import re
from collections.abc import Iterable
from typing import Final

from quarry.pricelists.categories import is_no_goods
from quarry.pricelists.grid import Line, text
from quarry.pricelists.layout import Layout
from quarry.pricelists.seen import NO_UNIT

# One amount that needs no thought: no thousands, and cents at the most.
_AMOUNT: Final = re.compile(r"\d{1,12}(?:[.,]\d{1,2})?")
_MOST: Final = 1e12


class OrdinaryRows:
    """Knows the ordinary rows of a table; of one whose rows take more than themselves to be read there are none."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._prices = [column.index for column in layout.prices]
        self._needed = max((layout.name, layout.unit or 0, *self._prices))
        by_neighbours = layout.variants or layout.sizes or layout.joins or layout.fills_category
        titled_by_numbers = any(_AMOUNT.fullmatch(column.label) for column in layout.prices)
        self.there_are = bool(self._prices) and not by_neighbours and not titled_by_numbers

    def leading(self, lines: Iterable[Line]) -> int:
        """How many rows there are before the first that is not ordinary."""
        count, name, unit, prices, needed = 0, self._layout.name, self._layout.unit, self._prices, self._needed
        for line in lines:
            cells = line.cells
            if len(cells) <= needed:
                break
            named = cells[name]
            # A row of numbers may be the one that counts the columns.
            if not isinstance(named, str) or not (named[:1].isalpha() or _has_words(named)):
                break
            if (unit is None or cells[unit] in NO_UNIT) and self._may_be_none(line):
                break
            for column in prices:
                cell = cells[column]
                if not (_AMOUNT.fullmatch(cell) if isinstance(cell, str) else 0 <= cell < _MOST):
                    return count
            count += 1
        return count

    def _may_be_none(self, line: Line) -> bool:
        if self._layout.unit is not None and line.cells[self._layout.unit] != "":
            return True
        cells = line.cells[self._layout.start : self._layout.stop]
        return is_no_goods(text(next(cell for cell in cells if cell != "")))


def _has_words(name: str) -> bool:
    return name != "" and not name.strip().isdigit()
