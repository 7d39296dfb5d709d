"""Which of a supplier's price lists are issues of one: by the files' names, or by what is in them."""

import re
from pathlib import PurePath
from typing import Final

_MONTHS: Final = (
    r"январ\w*|феврал\w*|март\w*|апрел\w*|ма[йя]|июн\w*|июл\w*|август\w*|сентябр\w*|октябр\w*|ноябр\w*|декабр\w*"
    r"|jan\w*|feb\w*|mar(?:ch)?|apr\w*|may|june?|july?|aug\w*|sept?\w*|oct\w*|nov\w*|dec\w*"
)
# Dates, numbers and what file systems and people add to a copy or a new issue.
_ISSUE: Final = re.compile(rf"^(?:{_MONTHS}|г|год|года|от|на|с|v|ver|rev|copy|копия|new|новый|final|фин|[qк]в?)$")
_SHARED_PART: Final = 0.2
_WORDS: Final = re.compile(r"[^\W\d_]+")


def series(file_name: str | None) -> str:
    """The file's name without what tells one issue from the next; "" when nothing else is in it.

    ``Прайс кровля 01.02.2026 (1).xlsx`` and ``прайс-кровля_март 2026.xls`` are both ``прайс кровля``.
    """
    words = _WORDS.findall(PurePath(file_name or "").stem.casefold())
    return " ".join(word for word in words if not _ISSUE.match(word))


def same_series(one: str | None, other: str | None) -> bool:
    return bool(series(one)) and series(one) == series(other)


def same_assortment(theirs: int, shared: int) -> bool:
    """Whether a list that names ``shared`` of an older list's ``theirs`` materials offers the same goods.

    The older one's size counts: five goods of fifty are an offer of the week, and not the end of the other forty-five.
    """
    return shared > 0 and shared >= _SHARED_PART * theirs
