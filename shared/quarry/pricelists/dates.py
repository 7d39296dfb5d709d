"""The date in a column's title: «Цена с 01.11.2026», «ноябрь 2026», «2026 год», «Цена до 01.10»."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries

_DAY = re.compile(r"(?<![\d.])(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?!\d|[./-]\d)")
_MONTH_YEAR = re.compile(r"(?<![\d.])(0?[1-9]|1[0-2])[./](20\d\d)(?!\d)")
_YEAR = re.compile(r"(?<!\d)(20[12]\d)(?!\d)")
_WORDS: Final = load("columns")
_MONTHS: Final = [re.compile(Notation().one_of(entries(month)), re.IGNORECASE) for month in _WORDS["month"]]
_FROM: Final = Notation().one_of(entries(_WORDS["from_day"]))
_UNTIL: Final = Notation().one_of(entries(_WORDS["until_day"]))
_TERM: Final = re.compile(
    rf"(?:(?P<from>{_FROM})|{_UNTIL})\s+(?P<day>\d{{1,2}})\.(?P<month>\d\d)(?!\d|\.\d)", re.IGNORECASE
)
_COMMON_YEAR, _HALF_A_YEAR, _YEAR_LONG = 2025, 183, 365
_AROUND = re.compile(r"[\d.\s/-]+(?:г|года?|р|року)?\.?")
_CENTURY: Final = 2000
Date = tuple[int, int, int]
NEVER: Final[Date] = (0, 0, 0)
_Term = tuple[str, bool, int]  # a title without it, whether it begins then, and the day of the year


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


def _term(label: str) -> _Term | None:
    """«Цена с 01.10» or «Цена до 01.10»."""
    found = _TERM.search(label)
    if not found:
        return None
    try:
        day = date(_COMMON_YEAR, int(found["month"]), int(found["day"])).timetuple().tm_yday
    except ValueError:
        return None
    return _without(label, found), found["from"] is not None, day


def outdated(labels: Mapping[int, str], today: Date) -> set[int]:
    """Of columns whose titles differ only in days without a year those that do not hold on ``today``.

    Where that is not known the last to begin holds. What begins within half a year from ``today`` is still to come.
    """
    terms = {column: term for column, label in labels.items() if (term := _term(label))}
    found: set[int] = set()
    for title in {title for title, _, _ in terms.values()}:
        same = {column for column, term in terms.items() if term[0] == title}
        begin = {column: terms[column][2] for column in same if terms[column][1]}
        if len(same) > 1 and begin:
            holding = _holding(begin, today)
            found |= same - {next(iter(same - begin.keys()), min(begin)) if holding is None else holding}
    return found


def _holding(begin: Mapping[int, int], today: Date) -> int | None:
    """Of columns with the days that they begin on the last that has begun; None where none has."""
    if not today[1]:
        return max(begin, key=lambda column: begin[column])
    now = date(_COMMON_YEAR, today[1], max(today[2], 1)).timetuple().tm_yday
    since = {column: (now - day) % _YEAR_LONG for column, day in begin.items()}
    begun = [column for column in since if since[column] <= _HALF_A_YEAR]
    return min(begun, key=lambda column: since[column], default=None)


def latest_in(texts: Iterable[str]) -> Date:
    """The latest day that texts name with its year: of a letterhead."""
    return max((found for text in texts if (found := dated(text)[1])[0]), default=NEVER)


def _without(label: str, date: re.Match[str]) -> str:
    return _AROUND.sub("", f"{label[: date.start()]} {label[date.end() :]}")
