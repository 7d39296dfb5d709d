"""The rows of a workbook's sheet, as the spreadsheet engine gives them and the eye sees them."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import python_calamine as calamine

from quarry.errors import BadPriceList
from quarry.pricelists.formulas import Formulas
from quarry.pricelists.grid import PLAIN, UNSAVED, Cell, Line, Look, plain
from quarry.pricelists.looks import Seen

_BLANKS = {" ", "\u00a0"}


def damaged() -> BadPriceList:
    return BadPriceList(
        "damaged_file",
        "The workbook is damaged or was not uploaded completely. Open it in the spreadsheet program, save it again and "
        "send it anew.",
    )


def encrypted() -> BadPriceList:
    return BadPriceList(
        "encrypted_file",
        "The workbook is protected by a password. Save it without one (File, Info, Protect) and send it again.",
    )


def foreign(call: Any, *arguments: Any) -> Any:
    """Call the spreadsheet engine; whatever it raises, a panic of its own included, means an unfit file."""
    try:
        return call(*arguments)
    except calamine.PasswordError as error:
        raise encrypted() from error
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a Rust panic is no Exception
        raise damaged() from error


class SheetLines:
    """A sheet's rows, which can be read several times; the engine keeps them compactly."""

    def __init__(self, found: Any, filled: dict[int, list[tuple[int, int]]], seen: Seen) -> None:
        self._found = found
        self._filled = filled
        self._seen = seen
        self._formulas: Formulas | None = None

    def __iter__(self) -> Iterator[Line]:
        lines = _lines(self._found, self._filled, self._seen.looks)
        seen = self._seen
        shown = seen.padded or seen.unsaved or seen.money or seen.hidden.rows or seen.hidden.columns
        return _as_seen(lines, seen, self.formulas()) if shown else lines

    def formulas(self) -> Formulas:
        """The formulas without saved values, with what they are made of."""
        if self._formulas is None:
            unsaved = self._seen.unsaved.items()
            formulas = Formulas({(row, column): text for row, cells in unsaved for column, text in cells.items()})
            rows = {row for row, _ in formulas.wanted}
            for line in _lines(self._found, self._filled, {}) if rows else ():
                if line.number in rows:
                    formulas.note(line.number, line.cells)
            self._formulas = formulas
        return self._formulas

    def last(self, count: int) -> Iterable[Line]:
        """With their values alone: a row in the middle of a merge lacks what is above it."""
        rows = deque(enumerate(foreign(self._found.iter_rows), 1), count)
        return [Line(number, [plain(value) for value in row]) for number, row in rows]


def _as_seen(lines: Iterator[Line], seen: Seen, formulas: Formulas) -> Iterator[Line]:
    """With numbers as they are shown («0017», «12 €»), unsaved formulas known as such, nothing of what is hidden."""
    hidden = seen.hidden
    for line in lines:
        cells = line.cells
        if line.number in hidden.rows:
            yield Line(line.number, [])
            continue
        for column in hidden.columns:
            if column < len(cells):
                cells[column] = ""
        for column, digits in seen.padded.get(line.number, {}).items():
            cell = cells[column] if column < len(cells) else ""
            if not isinstance(cell, str) and cell >= 0 and cell == int(cell):
                cells[column] = f"{int(cell):0{digits}d}"
        for column in seen.unsaved.get(line.number, ()):
            cells += [""] * (column + 1 - len(cells))
            if cells[column] == "":
                value = formulas.value((line.number, column))
                cells[column] = UNSAVED if value is None else float(value)
        if seen.money:
            seen.money.show(line.number, cells)
        yield line


def _lines(found: Any, filled: dict[int, list[tuple[int, int]]], shown: Mapping[int, Look]) -> Iterator[Line]:
    """The rows from the sheet's first; a cell merged downwards is in each of its rows.

    ``filled``: by the top row of such a merge its column and last row.
    """
    merged: dict[int, tuple[int, Cell]] = {}
    margin: list[Cell] = [""] * (found.start[1] if found.start else 0)
    for index, row in enumerate(foreign(found.iter_rows)):
        cells: list[Cell] = [*margin, *[plain(value) for value in row]]
        look = shown.get(index + 1, PLAIN)
        if not look.indent and (blanks := _blanks_before(row)):
            look = replace(look, indent=blanks)
        merged = {left: found for left, found in merged.items() if found[0] >= index}
        for left, (_, value) in merged.items():
            if left < len(cells) and cells[left] == "":
                cells[left] = value
        for left, bottom in filled.get(index, ()):
            if left < len(cells):
                merged[left] = bottom, cells[left]
        while cells and cells[-1] == "":
            cells.pop()
        yield Line(index + 1, cells, look)


def _blanks_before(row: Sequence[Any]) -> int:
    """How far a row's first text is moved to the right by blanks."""
    first = next((value for value in row if value != ""), "")
    if not isinstance(first, str) or first[:1] not in _BLANKS:
        return 0
    blanks = len(first) - len(first.lstrip(" \u00a0"))
    return blanks if blanks > 1 else 0
