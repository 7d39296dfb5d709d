"""Which of a supplier's price lists are issues of one: by the files' names, or by what is in them."""

import re
from pathlib import PurePath
from typing import Final

from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries

# Dates, numbers and what file systems and people add to a copy or a new issue.
_WORDS_OF_ISSUE: Final = [word for table in load("files").values() for word in entries(table)]
_ISSUE: Final = re.compile(rf"^{Notation().one_of(_WORDS_OF_ISSUE)}$")
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
