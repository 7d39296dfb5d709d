"""Tables that fit the terminal, however narrow it is."""

from collections.abc import Mapping
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

_RULE = 40
_LONG_WORD = 24
_FRAME = 3


def show(target: Console, table: Table) -> None:
    """The table, or where its words do not fit into the terminal its rows as blocks of «title: value»."""
    if sum(map(_needed, table.columns)) + 1 <= target.width:
        target.print(table)
        return
    if table.title:
        target.print(table.title)
    titles = [str(column.header) for column in table.columns]
    for cells in zip(*(column.cells for column in table.columns), strict=True):
        target.print(Text("─" * min(target.width, _RULE), style="dim"))
        _show_block(target, dict(zip(titles, cells, strict=True)))


def _needed(column: Column) -> int:
    """How wide it must be, so that no word but a long one is broken; with its frame. It will be so wide at least."""
    column.overflow = "fold"
    texts = [cell.plain if isinstance(cell, Text) else Text.from_markup(str(cell)).plain for cell in column.cells]
    if column.no_wrap:
        longest = max((cell_len(line) for text in texts for line in text.split("\n")), default=0)
    else:
        longest = min(max((cell_len(word) for text in texts for word in text.split()), default=0), _LONG_WORD)
    title = max(map(cell_len, str(column.header).split()), default=0)
    column.min_width = max(longest, title)
    return column.min_width + _FRAME


def _show_block(target: Console, cells: Mapping[str, Any]) -> None:
    lists = {title: cell.split("\n") for title, cell in cells.items() if isinstance(cell, str) and "\n" in cell}
    for title, cell in cells.items():
        if title not in lists and cell:
            shown = cell if isinstance(cell, Text) else Text.from_markup(str(cell))
            target.print(Text.assemble((f"{title}: ", "bold"), shown))
    # Cells of several lines belong together line by line.
    for together in zip(*lists.values(), strict=False):
        target.print(f"  {', '.join(filter(None, together))}")
