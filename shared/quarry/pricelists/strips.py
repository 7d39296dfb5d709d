"""Tables that flow on in the columns beside them: each strip of columns has headers in rows of its own."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice
from typing import Final

from quarry.domain.reading import Role
from quarry.pricelists.detection import names_goods_and_more
from quarry.pricelists.grid import Line, Sheet, last_of, text
from quarry.pricelists.headers import LONGEST_HEADER, role_of

_LOOKED_AT: Final = 110  # rows
_Run = tuple[int, int]


class _Strip:
    """A sheet's rows with the cells of some columns alone, which keep their places."""

    def __init__(self, sheet: Sheet, start: int, stop: int | None) -> None:
        self._sheet = sheet
        self._start = start
        self._stop = stop

    def __iter__(self) -> Iterator[Line]:
        return map(self._cut, self._sheet.lines)

    def last(self, count: int) -> Iterable[Line]:
        return map(self._cut, last_of(self._sheet.lines, count))

    def _cut(self, line: Line) -> Line:
        cells = [*[""] * self._start, *line.cells[self._start : self._stop]]
        while cells and cells[-1] == "":
            cells.pop()
        return replace(line, cells=cells)


def strips_of(sheet: Sheet) -> list[Sheet]:
    """The sheet; where headers beside one another begin in different rows each strip as a sheet of its own."""
    if isinstance(sheet.lines, Iterator):
        return [sheet]
    lines = list(islice(sheet.lines, _LOOKED_AT))
    runs = [(line, found) for line in lines if (found := list(_headers(line)))]
    starts = _starts([run for _, found in runs for run in found])
    if len(starts) < 2 or not any(_beside_goods(line, found, starts) for line, found in runs):  # noqa: PLR2004
        return [sheet]
    bounds = zip([0, *starts[1:]], [*starts[1:], None], strict=True)
    return [replace(sheet, lines=_Strip(sheet, start, stop), is_strip=True) for start, stop in bounds]


def _headers(line: Line) -> Iterator[_Run]:
    """The runs of filled cells that are headers with a price."""
    if sum(isinstance(cell, str) and cell != "" for cell in line.cells) < 2:  # noqa: PLR2004 - goods and a price
        return
    for filled, run in groupby(range(len(line.cells)), lambda column: line.cells[column] != ""):
        columns = list(run)
        labels = [line.cells[column] for column in columns]
        texts = [text(label) for label in labels if isinstance(label, str) and not label.isdigit()]
        if not filled or len(texts) < max(len(labels), 2) or any(len(label) > LONGEST_HEADER for label in texts):
            continue
        if any(role_of(label) is Role.PRICE for label in texts) and names_goods_and_more(texts):
            yield columns[0], columns[-1]


def _starts(runs: Sequence[_Run]) -> list[int]:
    """Where the strips begin; none where headers overlap otherwise."""
    strips: list[_Run] = []
    for first, last in sorted(set(runs)):
        if not strips or first > strips[-1][1]:
            strips.append((first, last))
        elif first != strips[-1][0]:
            return []
        else:
            strips[-1] = first, max(last, strips[-1][1])
    return [first for first, _ in strips]


def _beside_goods(line: Line, headers: Sequence[_Run], starts: Sequence[int]) -> bool:
    """Whether another strip has a number in the row of a header: then it is no header of both."""
    mine = {first for first, _ in headers}
    bounds = zip(starts, [*starts[1:], None], strict=True)
    others = [line.cells[start:stop] for start, stop in bounds if start not in mine]
    return any(not isinstance(cell, str) or cell[:1].isdigit() for cells in others for cell in cells if cell != "")
