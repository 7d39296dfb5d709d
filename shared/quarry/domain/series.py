"""Which of a supplier's files are issues of one price list."""

import re
from pathlib import PurePath
from typing import Final

_MONTHS: Final = (
    r"январ\w*|феврал\w*|март\w*|апрел\w*|ма[йя]|июн\w*|июл\w*|август\w*|сентябр\w*|октябр\w*|ноябр\w*|декабр\w*"
    r"|jan\w*|feb\w*|mar(?:ch)?|apr\w*|may|june?|july?|aug\w*|sept?\w*|oct\w*|nov\w*|dec\w*"
)
# Dates, numbers and what file systems and people add to a copy or a new issue.
_ISSUE: Final = re.compile(rf"^(?:{_MONTHS}|г|год|года|от|на|с|v|ver|rev|copy|копия|new|новый|final|фин|[qк]в?)$")
_WORDS: Final = re.compile(r"[^\W\d_]+")


def series(file_name: str | None) -> str:
    """The file's name without what tells one issue from the next; "" when nothing else is in it.

    ``Прайс кровля 01.02.2026 (1).xlsx`` and ``прайс-кровля_март 2026.xls`` are both ``прайс кровля``.
    """
    words = _WORDS.findall(PurePath(file_name or "").stem.casefold())
    return " ".join(word for word in words if not _ISSUE.match(word))
