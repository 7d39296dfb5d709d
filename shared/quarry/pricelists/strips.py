"""Tables that flow on in the columns beside them: each strip of columns has headers in rows of its own."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice, pairwise
from typing import Final

from quarry.domain.reading import Role
from quarry.pricelists.column_kinds import is_group
from quarry.pricelists.crosstab import crosstab_at
from quarry.pricelists.detection import HEADER_WITHIN, names_goods_and_more
from quarry.pricelists.grid import Line, Sheet, is_filled, last_of, text
from quarry.pricelists.headers import LONGEST_HEADER, role_of
from quarry.pricelists.prices import parse_price
from quarry.pricelists.variants import is_lead_title, is_sized

_LOOKED_AT: Final = 110  # rows
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_MOSTLY: Final = 0.7
_NARROWEST: Final = 3  # columns: what is measured, and two sizes
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
    if crossed := _crossed(sheet, lines):
        return _parted(sheet, crossed)
    if grouped := _grouped(lines):
        return _parted(sheet, grouped)
    runs = [(line, found) for line in lines if (found := list(_headers(line)))]
    starts = _starts([run for _, found in runs for run in found])
    if len(starts) < 2 or not any(_beside_goods(line, found, starts) for line, found in runs):  # noqa: PLR2004
        return [sheet]
    return _parted(sheet, starts)


def _parted(sheet: Sheet, starts: Sequence[int]) -> list[Sheet]:
    bounds = zip([0, *starts[1:]], [*starts[1:], None], strict=True)
    return [replace(sheet, lines=_Strip(sheet, start, stop), is_strip=True) for start, stop in bounds]


def _crossed(sheet: Sheet, lines: Sequence[Line]) -> list[int]:
    """Where crossed tables side by side begin: with what is measured, and prices of several sizes behind it."""
    for at, line in enumerate(lines[:HEADER_WITHIN]):
        titles = [text(cell) if isinstance(cell, str) else "" for cell in line.cells]
        starts = [column for column, title in enumerate(titles) if is_lead_title(title) and not is_sized(title)]
        if len(starts) < 2 or any(after - before < _NARROWEST for before, after in pairwise(starts)):  # noqa: PLR2004
            continue
        strips = [strip.lines for strip in _parted(replace(sheet, lines=lines[at : at + _LOOKED_AT]), starts)]
        if all(crosstab_at(list(strip), 0, sheet.spans) for strip in strips):
            return starts
    return []


def _grouped(lines: Sequence[Line]) -> list[int]:
    """Where tables begin whose titles are groups («Кирпич | шт | руб» beside «Блоки | шт | руб»).

    All else in their titles is the same, and below each are names and amounts.
    """
    for at, line in enumerate(lines[:HEADER_WITHIN]):
        titles = [text(cell) for cell in line.cells]
        below = [row for row in lines[at + 1 :] if any(map(is_filled, row.cells))]
        starts = [
            column for column, title in enumerate(titles) if title and is_group(title) and _names_goods(below, column)
        ]
        if len(starts) < 2 or any(map(is_filled, line.cells[: starts[0]])):  # noqa: PLR2004 - side by side
            continue
        bounds = list(zip(starts, [*starts[1:], max(len(row.cells) for row in below)], strict=True))
        tails = {tuple(filter(None, titles[start + 1 : stop])) for start, stop in bounds}
        if len(tails) == 1 and all(_has_amounts(below, start, stop) for start, stop in bounds):
            return starts
    return []


def _names_goods(lines: Sequence[Line], column: int) -> bool:
    """Whether a column has texts in words, no two alike."""
    values = [text(cell) for line in lines if is_filled(cell := line.cell(column))]
    worded = sum(bool(_WORD.search(value)) for value in values)
    return len(values) > 1 and worded >= _MOSTLY * len(values) and len(set(values)) >= _MOSTLY * len(values)


def _has_amounts(lines: Sequence[Line], start: int, stop: int) -> bool:
    """Whether most texts in the first of some columns have an amount in another one."""
    goods = [line for line in lines if is_filled(line.cell(start))]
    columns = range(start + 1, stop)
    return any(
        sum(bool(parse_price(line.cell(column)).amount) for line in goods) >= _MOSTLY * len(goods) for column in columns
    )


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
