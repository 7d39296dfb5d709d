"""The rows of titles above a crossed table: which rows may be of them, and what stands above each column."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from quarry.pricelists.grid import Line, text
from quarry.pricelists.headers import LONGEST_HEADER
from quarry.pricelists.price_blocks import amount_in
from quarry.pricelists.variants import is_lead_title


def may_begin(line: Line) -> bool:
    """Whether a row has titles: a text first, and more than one, or one that may be above columns of prices."""
    filled = [cell for cell in line.cells if cell != ""]
    if not filled or not isinstance(filled[0], str) or any(len(text(cell)) > LONGEST_HEADER for cell in filled):
        return False
    return len(filled) > 1 or line.cells[0] == ""


def is_of_titles(line: Line) -> bool:
    """Whether the upper row has titles alone, or sizes beside a title that says of what they are."""
    filled = [text(cell) for cell in line.cells if cell != ""]
    return is_lead_title(filled[0]) or not any(map(amount_in, line.cells))


def may_end(line: Line, above: Line) -> bool:
    """Whether a lower row is of the header: titles alone, or sizes beside titles, none of which is below another."""
    pairs = [(cell, upper) for cell, upper in zip_longest(line.cells, above.cells, fillvalue="") if cell != ""]
    own = [(cell, upper) for cell, upper in pairs if cell != upper]
    if not own or any(len(text(cell)) > LONGEST_HEADER for cell, _ in own):
        return False
    titles = [(text(cell), upper) for cell, upper in own if not amount_in(cell)]
    return len(titles) == len(own) or all(upper == "" and is_lead_title(title) for title, upper in titles)


def stacked(rows: Sequence[Line], spans: Mapping[int, list[tuple[int, int]]], width: int) -> list[tuple[str, ...]]:
    """For each column its titles, the upper first; wide ones are above each of their columns."""
    levels = []
    for at, line in enumerate(rows):
        labels = [text(cell) for cell in line.cells] + [""] * (width - len(line.cells))
        if at + 1 < len(rows):
            _widen(labels, spans.get(line.number, ()), [text(cell) for cell in rows[at + 1].cells])
        levels.append(labels)
    return [_apart([labels[column] for labels in levels]) for column in range(width)]


def _widen(labels: list[str], spans: Sequence[tuple[int, int]], below: Sequence[str]) -> None:
    """Carry titles over the columns that they are above: merged with them, or blank ones that have lower titles."""
    wide = {column: first for first, last in spans for column in range(first, last + 1)}
    own = list(labels)
    for column in range(1, len(labels)):
        if own[column]:
            continue
        if column in wide:
            labels[column] = labels[wide[column]]
        elif column < len(below) and below[column] and own[column - 1] != below[column - 1]:
            labels[column] = labels[column - 1]


def _apart(labels: Sequence[str]) -> tuple[str, ...]:
    """The titles of one column, those that are merged downwards once."""
    found: list[str] = []
    for label in labels:
        if label and (not found or found[-1] != label):
            found.append(label)
    return tuple(found)
