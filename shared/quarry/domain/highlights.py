"""The words of a name that a query asked for, marked in HTML."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Final

from quarry.domain.lexical import number_parts, stem
from quarry.domain.query import Term
from quarry.domain.text import is_numeric, is_unit, tokens

# A number with its unit or sizes is one piece; else a word.
_PIECE: Final = re.compile(
    r"[^\W\d_]{0,4}-?\d+(?:[.,]\d+)?(?:\s*[xх×*/-]\s*\d+(?:[.,]\d+)?)*(?:\s?(?:[кмс]?[гмл]|т|шт|к?вт|kg|mm)\b)?"
    r"|[^\W\d_]+",
    re.IGNORECASE,
)
_MARKUP: Final = re.compile("[&<>\"']")
_OPEN: Final = "<mark>"
_CLOSE: Final = "</mark>"
_SHORTEST_PART: Final = 4


class Marker:
    """Marks what one query asked for, in any number of names."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._terms = terms
        self._known: dict[str, tuple[int, int]] = {}

    def mark(self, name: str) -> str | None:
        """``name`` as HTML with ``<mark>`` around what matches; None when nothing does."""
        if not self._terms:
            return None
        # Few names need escaping, which takes as long as all the rest.
        html = escape if _MARKUP.search(name) else str
        marked: list[str] = []
        last = 0
        for found in _PIECE.finditer(name):
            piece = found[0]
            place = self._known.get(piece)
            if place is None:
                place = self._known[piece] = _within(piece, self._terms)
            at, end = place
            if at < end:
                start = found.start()
                marked += (html(name[last : start + at]), _OPEN, html(name[start + at : start + end]), _CLOSE)
                last = start + end
        return "".join([*marked, html(name[last:])]) if marked else None


def _within(piece: str, terms: Sequence[Term]) -> tuple[int, int]:
    """Which part of the piece matches: the whole, the end of a compound word, or nothing."""
    found = _canonical(piece)
    for term in terms:
        for token in found:
            if term.numeric:
                if is_numeric(token) and _numbers_meet(term.token, token):
                    return 0, len(piece)
            elif stem(token) in (term.stem, *term.alternatives):
                return 0, len(piece)
    for term in terms:
        at = piece.lower().replace("ё", "е").find(term.stem)
        if at >= 0 and not term.numeric and len(term.stem) >= _SHORTEST_PART:
            return at, len(piece)
    return 0, 0


@lru_cache(maxsize=16_384)
def _canonical(piece: str) -> tuple[str, ...]:
    return tuple(token for token in tokens(piece) if not is_unit(token))


def _numbers_meet(asked: str, written: str) -> bool:
    if asked == written:
        return True
    wanted = number_parts(asked) or (asked,)
    given = number_parts(written) or (written,)
    return wanted == given or (len(wanted) == 1 and len(given) > 1 and wanted[0] in given)
