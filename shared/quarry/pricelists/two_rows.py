"""Names that two rows say: the goods' own row, and a row of one text above or below it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from quarry.pricelists.categories import is_title, without_dash
from quarry.pricelists.grid import Line, is_filled, text
from quarry.pricelists.layout import Layout
from quarry.pricelists.prices import parse_price
from quarry.pricelists.variants import is_condition

_LEAST: Final = 3  # goods, and texts beside them: fewer are chance
_MOST: Final = 0.6
_SAMPLE: Final = 60  # rows that may end amidst goods
_REMARK: Final = re.compile(r"\([^()]*+\)")  # «Серия «Нева» (скрытый монтаж)» is of no work
_Mark = tuple[str, str]  # kind and text of a row


class Sayer(StrEnum):
    """What says the rest of a name. Of ABOVE the text is a heading too, of BELOW it is nothing else."""

    ABOVE = "above"
    BELOW = "below"


def said_in_two(layout: Layout, lines: Sequence[Line], above: Sequence[Line] = ()) -> Sayer | None:
    """Where the texts stand without which the names of a table's goods say too little.

    ``above`` are the rows above the header: the last of them may be a title as those of the sections below are.
    """
    marks = [*_marks(layout, lines)]
    if _alternate(marks):
        return Sayer.BELOW
    last = [line for line in above if any(map(is_filled, line.cells))][-1:]
    titles = [mark for mark in _marks(layout, last) if is_title(mark[1])]
    return Sayer.ABOVE if not layout.categories and _lean_on_headings([*titles, *marks]) else None


def leans_on_titles(layout: Layout, lines: Sequence[Line]) -> bool:
    """Whether goods of several tables below each other have the same names, so that the tables' titles end them."""
    return not layout.categories and _lean_on_headings([*_marks(layout, lines)])


def goes_on(layout: Layout, line: Line, below: Line) -> Line | None:
    """A row of goods with the text below it at the end of its name; None where the row below is something else."""
    marks = [*_marks(layout, (line, below))]
    if [kind for kind, _ in marks] != ["goods", "text"]:
        return None
    cells = list(line.cells)
    cells[layout.name] = f"{marks[0][1]} {marks[1][1]}"
    return replace(line, cells=cells)


def _marks(layout: Layout, lines: Sequence[Line]) -> Iterator[_Mark]:
    for line in lines:
        filled = [column for column, cell in enumerate(line.cells) if is_filled(cell)]
        name = text(line.cell(layout.name))
        if filled == [layout.name] and isinstance(line.cell(layout.name), str):
            yield "text", name
        elif len(filled) == 1 and filled[0] < layout.name and isinstance(line.cell(filled[0]), str):
            yield "heading", text(line.cell(filled[0]))
        elif name and any(parse_price(line.cell(price.index)).amount for price in layout.prices):
            yield "goods", name
        elif filled:
            yield "other", ""
        else:
            yield "blank", ""


def _alternate(marks: Sequence[_Mark]) -> bool:
    """Whether each of the goods is followed by a text, the last too: headings stand before goods, and of several."""
    kinds = [kind for kind, _ in marks]
    goods = [at for at, kind in enumerate(kinds[:-1]) if kind == "goods"]
    if len(goods) < _LEAST or not all(kinds[at + 1] == "text" for at in goods):
        return False
    begins = kinds.index("goods") == 0
    headed = any(kinds[at + 2 : at + 4] == ["text", "goods"] for at in goods)
    return (begins or headed) and (kinds[-1] != "goods" or len(kinds) >= _SAMPLE)


def _lean_on_headings(marks: Sequence[_Mark]) -> bool:
    """Whether most goods under headings have a name that goes on with them, or that goods under others have too."""
    under: list[_Mark] = []
    heading = ""
    for kind, goods_text in marks:
        if kind in {"text", "heading"}:
            heading = goods_text
        elif kind == "goods" and heading:
            under.append((heading, goods_text))
    headings = defaultdict(set)
    for above, name in under:
        headings[name].add(above)
    leaning = sum(without_dash(name)[:1].islower() or len(headings[name]) > 1 for _, name in under)
    several = len({above for above, _ in under})
    if several < 2 or any(is_condition(_REMARK.sub("", above)) for above, _ in under):  # noqa: PLR2004 - a list of one group
        return False
    return leaning >= (_MOST if several >= _LEAST else 1) * max(len(under), _LEAST)
