"""Rows below a table's header that are headers too: of another table, or no goods all the same."""

from collections.abc import Sequence
from itertools import takewhile

from quarry.domain.reading import Role
from quarry.pricelists.arrangement import borne_out, layouts
from quarry.pricelists.detection import Header, names_goods_and_more, weak_header
from quarry.pricelists.grid import Cell, Line, is_filled, text
from quarry.pricelists.headers import role_of


def of_another_table(lines: Sequence[Line], here: int, priced: set[int]) -> Header | None:
    """Unknown titles over rows with amounts in other columns than ``priced``, which are those of the table above."""
    header = weak_header(lines, here)
    rows = list(takewhile(lambda line: sum(map(is_filled, line.cells)) > 1, lines[here + 1 :]))
    if not header or not borne_out(header, rows):
        return None
    own = {column.index for layout in layouts(header, rows) for column in layout.prices}
    return header if own - priced else None


def is_another_header(line: Line, header: Header) -> bool:
    """Whether a row is the header of another table, of other columns: all it says are titles."""
    labels = [text(cell) for cell in line.cells if isinstance(cell, str)]
    if len(labels) < len(line.cells) or sum(map(bool, labels)) < 2:  # noqa: PLR2004 - goods and a price
        return False
    known = [role_of(label) for label in labels if label]
    return None not in known and Role.PRICE in known and not header.is_again(line) and names_goods_and_more(labels)


def rows_again(header: Header, titled: Sequence[list[Cell]], lines: Sequence[Line], above: Line | None) -> int:
    """How many rows the header in force has that is repeated in ``lines``, at the head of a page; 0 where none is.

    ``titled`` are the cells of its rows, ``above`` is the last row that was filled.
    """
    if header.is_again(lines[0]):
        return 1
    if header.leads and above is not None and sum(map(is_filled, above.cells)) == 1:
        return 0  # another crossed table of the same sizes: what stands above it says of what
    return len(titled) if titled and [line.cells for line in lines[: len(titled)]] == [*titled] else 0


def is_numbering(line: Line) -> bool:
    """The row «1 2 3 4» below a header."""
    first = line.cells[0]
    if first not in {"", "1", 1}:
        return False
    values = [text(cell) for cell in line.cells if cell != ""]
    if values[:2] != ["1", "2"]:
        return False
    return len(values) > 2 and values == [str(number) for number in range(1, len(values) + 1)]  # noqa: PLR2004 - by chance
