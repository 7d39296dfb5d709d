"""The date in a column's title: «Цена с 01.11.2026», «ноябрь 2026», «2026 год»."""

import re
from typing import Final

from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries

_DAY = re.compile(r"(?<![\d.])(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?!\d|[./-]\d)")
_MONTH_YEAR = re.compile(r"(?<![\d.])(0?[1-9]|1[0-2])[./](20\d\d)(?!\d)")
_YEAR = re.compile(r"(?<!\d)(20[12]\d)(?!\d)")
_MONTHS: Final = [re.compile(Notation().one_of(entries(month)), re.IGNORECASE) for month in load("columns")["month"]]
_AROUND = re.compile(r"[\d.\s/-]+(?:г|года?|р|року)?\.?")
_CENTURY: Final = 2000
Date = tuple[int, int, int]
NEVER: Final[Date] = (0, 0, 0)


def dated(label: str) -> tuple[str, Date]:
    """A title without its date, and the date; a month alone is of the year 0."""
    if day := _DAY.search(label):
        century = _CENTURY if len(day[3]) == 2 else 0  # noqa: PLR2004 - «26»
        return _without(label, day), (century + int(day[3]), int(day[2]), int(day[1]))
    if numbered := _MONTH_YEAR.search(label):
        return _without(label, numbered), (int(numbered[2]), int(numbered[1]), 0)
    year = None if label.isdigit() else _YEAR.search(label)  # «2020» alone is a size
    for number, pattern in enumerate(_MONTHS, 1):
        if named := pattern.search(label):
            rest = label.replace(named[0], " ")
            return _AROUND.sub("", rest), (int(year[1]) if year else 0, number, 0)
    return (_without(label, year), (int(year[1]), 0, 0)) if year else (label, NEVER)


def _without(label: str, date: re.Match[str]) -> str:
    return _AROUND.sub("", f"{label[: date.start()]} {label[date.end() :]}")
