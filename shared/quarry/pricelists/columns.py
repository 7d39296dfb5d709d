"""The columns of a table, and what the values in them tell where the header is silent."""

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import mean

from quarry.domain.reading import Role
from quarry.pricelists.detection import Header
from quarry.pricelists.grid import Cell, Line, text
from quarry.pricelists.headers import role_of

MOSTLY = 0.7
_CODE = re.compile(r"(?=\D{0,19}\d)[\w./\\-]{2,20}")
_LETTERS = re.compile(r"[^\W\d_]")


class Columns:
    """The header's columns within bounds, and the values under them."""

    def __init__(self, header: Header, sample: Sequence[Line], start: int, stop: int) -> None:
        self.header = header
        self.labels = header.labels
        width = max([stop, *[len(line.cells) for line in sample]]) if stop == len(header.labels) else stop
        self.start, self.stop = start, width
        self.roles = {column: role_of(self.labels[column]) for column in range(start, min(width, len(self.labels)))}
        self.sample = [line.cells for line in sample]

    def of(self, *roles: Role) -> list[int]:
        return [column for column, role in self.roles.items() if role in roles]

    def first(self, *roles: Role) -> int | None:
        return next(iter(self.of(*roles)), None)

    def values(self, column: int) -> list[Cell]:
        return [cells[column] for cells in self.sample if column < len(cells) and cells[column] != ""]

    def unlabelled(self) -> list[int]:
        return [
            column for column in range(self.start, self.stop) if column >= len(self.labels) or not self.labels[column]
        ]

    def unknown(self) -> list[int]:
        """Columns whose header says nothing known, or nothing."""
        return [column for column in range(self.start, self.stop) if self.roles.get(column) is None]

    def share(self, column: int, test: re.Pattern[str]) -> float:
        values = [text(value) for value in self.values(column)]
        return sum(bool(test.fullmatch(value)) for value in values) / len(values) if values else 0.0

    def letters(self, column: int) -> float:
        """How many letters a value has on average: goods have many, articles few."""
        values = [text(value) for value in self.values(column)]
        return mean(len(_LETTERS.findall(value)) for value in values) if values else 0.0


def is_code(columns: Columns, column: int) -> bool:
    values = [text(value) for value in columns.values(column)]
    counting = values[: len(values)] == [str(number) for number in range(1, len(values) + 1)]
    return not counting and len(values) > 1 and columns.share(column, _CODE) >= MOSTLY


def speaks_for_itself(columns: Columns, column: int) -> bool:
    """Whether the values carry their unit («25 кг»)."""
    values = columns.values(column)
    return any(isinstance(value, str) and _LETTERS.search(value) for value in values)


def stands_once(columns: Columns, column: int) -> bool:
    """Whether a category stands in the first of its rows only: blanks below, and no value twice in a row."""
    values = [text(cells[column]) if column < len(cells) else "" for cells in columns.sample]
    filled = [value for value in values if value]
    again = any(one == other for one, other in pairwise(filled))
    return bool(filled) and values[0] != "" and not again and len(filled) <= MOSTLY * len(values)


def repeats(columns: Columns, name: int) -> bool:
    """Whether one name stands for several sizes, again or with blanks below it: only the size tells the goods apart."""
    names = [text(cells[name]) if name < len(cells) else "" for cells in columns.sample]
    return len(names) > 2 and len(set(names) - {""}) <= MOSTLY * len(names)  # noqa: PLR2004 - a pair may be chance
