"""The columns of a table, and what the values in them show where the header is silent."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from statistics import mean, median

from quarry.domain.reading import Role
from quarry.domain.units import Dimension, parse_unit
from quarry.pricelists.currencies import money_alone
from quarry.pricelists.detection import Header
from quarry.pricelists.grid import Cell, Line, text
from quarry.pricelists.prices import parse_price

MOSTLY = 0.7
SIZE = re.compile(
    r"(?:[dø⌀]\s*+)?\d[\d.,]*+(?:\s*+[xх×*]\s*+\d[\d.,]*+)*+\s*+(?:(?:мм|см|мкм|м|mm)\.?)?", re.IGNORECASE
)
CODE = re.compile(r"(?=\D{0,19}\d)[\w./\\-]{2,20}")
_SIZED = re.compile(r"[dø⌀]?\s?\d[\d.,xх×*/-]*+(?:\s?[^\W\d_]{1,3})?", re.IGNORECASE)
_PACKED = re.compile(r"\d[\d.,]*+\s?([^\W\d_]{1,6}\.?)")
_WITH_DIGITS = re.compile(r"\A\D*+\d.*+", re.DOTALL)
_NUMBER = re.compile(r"[-+]?\d[\d\s\u00a0]*+(?:[.,]\d+)?%?")
NUMBERING = re.compile(r"\d{1,5}(?:\.\d{1,3})*\.?")
_LETTERS = re.compile(r"[^\W\d_]")
_LONG_WORD = re.compile(r"[^\W\d_]{3,}")
_LONGEST_UNIT = 24
_MANY_TWICE = 0.25
_CARRIED, _ALIKE = 0.3, 0.95  # of the rows have no price of their own, and of those leave the same group blank
_GROUPING = (Role.CATEGORY, Role.NAME, Role.MODEL, Role.SIZE, Role.BRAND)
_SOME_TWICE = 0.05  # of the rows: fewer are a slip of the supplier's


class Profile:
    """What the values under one column are like. Shares are of the filled ones."""

    def __init__(self, values: Sequence[Cell], rows: int) -> None:
        self.values = values
        self.texts = [text(value) for value in values]
        self.filled = len(values) / rows if rows else 0.0

    def share(self, test: re.Pattern[str]) -> float:
        return self._of(bool(test.fullmatch(value)) for value in self.texts)

    @cached_property
    def letters(self) -> float:
        """How many letters a value has on average: goods have many, articles few."""
        return mean(len(_LETTERS.findall(value)) for value in self.texts) if self.texts else 0.0

    @cached_property
    def worded(self) -> float:
        return self._of(bool(_LONG_WORD.search(value)) for value in self.texts)

    @cached_property
    def numbers(self) -> float:
        return self._of(not isinstance(value, str) or bool(_NUMBER.fullmatch(value)) for value in self.values)

    @cached_property
    def distinct(self) -> float:
        return len(set(self.texts)) / len(self.texts) if self.texts else 0.0

    @cached_property
    def counting(self) -> bool:
        """Whether the values count the rows: 1, 2, 3, perhaps 1.1, 1.2."""
        numbers = [value for value in self.texts if NUMBERING.fullmatch(value)]
        steps = [later == before + 1 for before, later in pairwise(map(_last_number, numbers))]
        return len(numbers) * 2 > len(self.texts) and bool(steps) and sum(steps) >= MOSTLY * len(steps)

    @cached_property
    def codes(self) -> bool:
        return len(self.texts) > 1 and not self.counting and self.share(CODE) >= MOSTLY

    @cached_property
    def units(self) -> float:
        known = (len(value) <= _LONGEST_UNIT and parse_unit(value) is not None for value in self.texts)
        return self._of(known)

    @cached_property
    def money(self) -> float:
        """The share of values that are amounts above zero."""
        return self._of(bool(parse_price(value).amount) for value in self.values)

    @cached_property
    def middle(self) -> float:
        """The median of the amounts."""
        amounts = [float(amount) for value in self.values if (amount := parse_price(value).amount)]
        return median(amounts) if amounts else 0.0

    def _of(self, matches: Iterable[bool]) -> float:
        return sum(matches) / len(self.texts) if self.texts else 0.0


class Columns:
    """The header's columns within bounds, and the values under them."""

    def __init__(self, header: Header, sample: Sequence[Line], start: int, stop: int) -> None:
        self.header = header
        self.labels = header.labels
        width = max([stop, *[len(line.cells) for line in sample]]) if stop == len(header.labels) else stop
        self.start, self.stop = start, width
        labelled = range(start, min(width, len(self.labels)))
        self.roles: dict[int, Role | None] = {column: header.role(column) for column in labelled}
        given = {column: role for column, role in header.given if start <= column < width}
        self.given = {column for column, role in given.items() if role}
        self._unused = {column for column, role in given.items() if role is None} | set(header.unused)
        self.roles |= {column: role for column, role in given.items() if role}
        for column in self._unused:
            self.roles.pop(column, None)
        self.sample = [line.cells for line in sample]
        self._profiles: dict[int, Profile] = {}
        self.roles |= {column: Role.CURRENCY for column in self.unknown() if self._names_money(column)}
        self.roles |= {column: Role.UNIT for column in self.of(Role.PRICE) if self._are_units(column)}
        self.roles |= {column: None for column in self.of(Role.PRICE) if self._are_codes(column)}
        self.roles |= {column: Role.SIZE for column in self.of(Role.UNIT) if self._are_sizes(column)}
        self.roles |= {column: Role.PACK for column in self.unlabelled() if self._are_packages(column)}

    @property
    def usable(self) -> list[int]:
        """All but those that a person wants unused."""
        return [column for column in range(self.start, self.stop) if column not in self._unused]

    def of(self, *roles: Role) -> list[int]:
        """The columns of these roles; those first that a person named."""
        found = sorted(column for column, role in self.roles.items() if role in roles)
        return sorted(found, key=lambda column: column not in self.given) if self.given else found

    def first(self, *roles: Role) -> int | None:
        return next(iter(self.of(*roles)), None)

    def label(self, column: int) -> str:
        return self.labels[column] if column < len(self.labels) else ""

    def values(self, column: int) -> list[Cell]:
        return [cells[column] for cells in self.sample if column < len(cells) and cells[column] != ""]

    def profile(self, column: int) -> Profile:
        if column not in self._profiles:
            self._profiles[column] = Profile(self.values(column), len(self.sample))
        return self._profiles[column]

    def _names_money(self, column: int) -> bool:
        """Whether a column under a title that is not known holds names of currencies and nothing else."""
        values = self.values(column)
        return bool(values) and all(isinstance(value, str) and money_alone(value) for value in values)

    def _are_units(self, column: int) -> bool:
        """Whether units are under a price's title («Розничная» over «Цена» and «Ед.»)."""
        values = self.profile(column)
        return column not in self.given and len(values.texts) > 1 and values.units >= MOSTLY and not values.money

    def _are_codes(self, column: int) -> bool:
        """Whether codes with letters are under a title over several columns that speaks of prices."""
        values = self.profile(column)
        return column not in self.given and values.codes and not values.money and values.numbers == 0

    def _are_sizes(self, column: int) -> bool:
        """Whether sizes are under a title that may be a unit's («Ölçü»), the more so where units stand elsewhere."""
        values = self.profile(column)
        if column in self.given or len(values.texts) < 2 or values.units:  # noqa: PLR2004 - one may be a slip
            return False
        beside = any(self.profile(other).units >= MOSTLY for other in self.of(Role.UNIT) if other != column)
        return values.share(_WITH_DIGITS if beside else _SIZED) >= MOSTLY

    def _are_packages(self, column: int) -> bool:
        """Whether amounts of a weight or a volume stand under no title («25 кг», «2,5 л»)."""
        values = self.values(column)
        return len(values) > 1 and all(isinstance(value, str) and _is_package(value) for value in values)

    def unlabelled(self) -> list[int]:
        return [column for column in self.usable if not self.label(column)]

    def unknown(self) -> list[int]:
        """Columns whose header says nothing known, or nothing."""
        return [column for column in self.usable if self.roles.get(column) is None]

    def texts(self, column: int) -> list[str]:
        """The column's value of each row, blank ones too."""
        return [text(cells[column]) if column < len(cells) else "" for cells in self.sample]


def _is_package(value: str) -> bool:
    packed = _PACKED.fullmatch(value)
    unit = parse_unit(packed[1]) if packed else None
    return unit is not None and unit.dimension in {Dimension.MASS, Dimension.VOLUME}


def speaks_for_itself(columns: Columns, column: int) -> bool:
    """Whether the values carry their unit («25 кг»)."""
    values = columns.values(column)
    return any(isinstance(value, str) and _LETTERS.search(value) for value in values)


def stands_once(columns: Columns, column: int) -> bool:
    """Whether a category is in the first of its rows only: blanks below, and no value twice in a row."""
    values = columns.texts(column)
    filled = [value for value in values if value]
    again = any(one == other for one, other in pairwise(filled))
    return bool(filled) and values[0] != "" and not again and len(filled) <= MOSTLY * len(values)


def repeats(columns: Columns, name: int) -> bool:
    """Whether one name stands for several goods, again or with blanks below it."""
    names = columns.texts(name)
    if len(names) <= 2 and "" not in names:  # noqa: PLR2004 - a pair may be chance
        return False
    again = Counter(names)
    doubled = sum(again[name] > 1 for name in names) >= max(2, _MANY_TWICE * len(names))
    return doubled or len(set(names) - {""}) <= MOSTLY * len(names)


def carried(columns: Columns, priced: Sequence[int]) -> tuple[int, ...]:
    """The price columns, where prices stand once for several goods: blank in the rows that leave a group blank too."""
    texts = [columns.texts(column) for column in priced]
    unpriced = [not any(row) for row in zip(*texts, strict=True)]
    if not unpriced or unpriced[0] or sum(unpriced) < _CARRIED * len(unpriced):
        return ()
    for column in set(columns.of(*_GROUPING)) - set(priced):
        alike = (bool(value) != blank for value, blank in zip(columns.texts(column), unpriced, strict=True))
        if sum(alike) >= _ALIKE * len(unpriced):
            return tuple(priced)
    return ()


def said_once(columns: Columns, name: int, among: Sequence[int]) -> tuple[int, ...]:
    """Those of the columns that are blank in the rows that leave the name blank, and in no others."""
    unnamed = [not value for value in columns.texts(name)]
    if not unnamed or unnamed[0] or sum(unnamed) < _CARRIED * len(unnamed):
        return ()
    return tuple(column for column in among if [not value for value in columns.texts(column)] == unnamed)


def told_apart(columns: Columns, name: int, by: Sequence[int]) -> float:
    """Of the rows whose name another row has too the share that these columns distinguish."""
    rows = list(zip(columns.texts(name), *(columns.texts(column) for column in by), strict=True))
    names = Counter(row[0] for row in rows)
    again = [row for row in rows if names[row[0]] > 1]
    if len(again) < max(2, _SOME_TWICE * len(rows)):
        return 0.0
    whole = Counter(again)
    return sum(whole[row] == 1 for row in again) / len(again)


def _last_number(numbering: str) -> int:
    last = numbering.rstrip(".").rpartition(".")[2]
    return int(last) if last.isdecimal() else -1
