"""Cells that go over several columns or rows, in formats that say so at the cell."""

from collections.abc import Iterable
from typing import Final

from quarry.pricelists.grid import Cell

_MOST: Final = 100_000  # rows whose spans are kept: needed where a header may be


class Spans(dict[int, list[tuple[int, int]]]):
    """For a row's number its cells merged sideways; filled while the rows are read."""

    def note(self, row: int, first: int, last: int) -> None:
        if len(self) < _MOST or row in self:
            found = self.setdefault(row, [])
            if (first, last) not in found[-_NEAR:]:
                found.append((first, last))


_NEAR: Final = 100


class Carried:
    """Puts the cells of rows in their columns; one merged downwards is in each of its rows."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self._down: dict[int, tuple[int, Cell]] = {}  # by column the last row and the value

    def row(self, number: int, cells: Iterable[tuple[int, int, int, Cell]]) -> list[Cell]:
        """``cells``: column, how many more it covers to the right and below, and value."""
        found: list[Cell] = []
        self._down = {column: cell for column, cell in self._down.items() if cell[0] >= number}
        for column, across, down, value in cells:
            found += [""] * (column + 1 - len(found))
            found[column] = value
            if across:
                self._spans.note(number, column, column + across)
            if down:
                self._down[column] = number + down, value
        for column, (_, value) in self._down.items():
            found += [""] * (column + 1 - len(found))
            if found[column] == "":
                found[column] = value
        while found and found[-1] == "":
            found.pop()
        return found

    def covered(self, column: int, number: int) -> bool:
        """Whether a cell of a row above covers that place."""
        return column in self._down and self._down[column][0] >= number
