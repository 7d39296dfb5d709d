"""Whether two names mean one material. Careful: a wrong match compares prices of different goods.

The words that differ decide, not the share that agrees: «белая» and «серая» are one word of ten and two products.
Names are given as ``normalize_name`` writes them.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Indel

from quarry.domain.kept import kept
from quarry.domain.lexical import STOP_WORDS, stem
from quarry.domain.text import is_numeric, number_key_of
from quarry.knowledge import load
from quarry.knowledge.words import entries

_WORDS: Final = load("names")
_NOISE: Final = frozenset(map(stem, entries(_WORDS["noise"])))
_PIECES: Final = frozenset(entries(_WORDS["one_piece"]))
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_UNIT_OF_NUMBER: Final = re.compile(r"^[0-9][0-9.x/-]*(кг|л|мм|м|м2|м3|мм2|шт|вт|дюйм)?$")
_EQUAL: Final = 1.0
_SPELLING: Final = 0.93
_ABBREVIATED: Final = 0.95
_CUT_SHORT: Final = 0.86
_OTHER_UNIT: Final = 0.96
_SHORTEST_FUZZY: Final = 6
_SHORTEST_ABBREVIATION: Final = 5
_SAME_START: Final = 3
_LIKENESS: Final = 0.87
_SAFE_CUT: Final = 3
_LONGEST_CUT: Final = 5
# Stored words give an order and no more; an index holds at most 2.7 kB of a row.
_LONGEST_WORDS: Final = 300


@dataclass(frozen=True, slots=True)
class MatchKey:
    """Where a name is looked up: every pair of names that :func:`score` accepts has one ``key``.

    ``words`` puts the likest names of a key next to each other. Both are stored with the materials: what changes them
    needs a migration that works them out anew.
    """

    key: str
    words: str


def match_key(name: str) -> MatchKey | None:
    """None for a name without words, which nothing can be matched to."""
    numbers, words = _said(name)
    if not words:
        return None
    starts = sorted(word if len(word) < _SHORTEST_ABBREVIATION else f"{word[:_SAME_START]}…" for word in words)
    digest = hashlib.blake2b("|".join((numbers, *starts)).encode(), digest_size=8).hexdigest()
    return MatchKey(digest, " ".join(sorted(words))[:_LONGEST_WORDS])


def score(name: str, unit: str | None, other_name: str, other_unit: str | None) -> float:
    """How sure it is that the names mean one material, 0 to 1.

    It is 0 for other grades, sizes or amounts, and where a word stands against another or stands alone. From 0.9 the
    same words stand in both, in any order and form; below, one of them is cut so short that a person should look.
    """
    (numbers, ours), (other_numbers, theirs) = _said(name), _said(other_name)
    if numbers != other_numbers or not ours or len(ours) != len(theirs):
        return 0.0
    weakest = _weakest_pair(ours, theirs)
    return weakest * (_EQUAL if _units_agree(unit, other_unit) else _OTHER_UNIT)


@kept(16_384)
def _said(name: str) -> tuple[str, tuple[str, ...]]:
    """The number key, and the stems of the words that say which thing it is, with the letters of codes (``ct17``)."""
    tokens = name.split()
    found: dict[str, None] = {}
    for token in tokens:
        # A single letter may be a paint's base or a type: «база А» is not «база С».
        if (token in STOP_WORDS and len(token) > 1) or _UNIT_OF_NUMBER.match(token):
            continue
        for word in _LETTERS.findall(token) if is_numeric(token) else (token,):
            root = stem(word)
            if root not in _NOISE:
                found[root] = None
    return number_key_of(tokens), tuple(found)


def _weakest_pair(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """How alike the worst pair of words is when each word has its partner; 0 when one has none."""
    shared = set(ours).intersection(theirs)
    right = [word for word in theirs if word not in shared]
    weakest = _EQUAL
    for word in ours:
        if word in shared:
            continue
        strength, partner = max((_likeness(word, other), other) for other in right)
        if not strength:
            return 0.0
        weakest = min(weakest, strength)
        right.remove(partner)
    return weakest


def _likeness(one: str, other: str) -> float:
    """How well one stem stands for the other: a slip of the pen, or an abbreviation."""
    short, long = sorted((one, other), key=len)
    if short[:_SAME_START] != long[:_SAME_START]:
        return 0.0
    cut = len(long) - len(short)
    if len(short) >= _SHORTEST_ABBREVIATION and long.startswith(short) and cut <= _LONGEST_CUT:
        return _ABBREVIATED if cut <= _SAFE_CUT else _CUT_SHORT
    if len(short) >= _SHORTEST_FUZZY and Indel.normalized_similarity(short, long) >= _LIKENESS:
        return _SPELLING
    return 0.0


def _units_agree(one: str | None, other: str | None) -> bool:
    """A unit that is not known agrees; a bag is a piece."""
    if not one or not other:
        return True
    first, second = one.casefold().strip(" ."), other.casefold().strip(" .")
    return first == second or (first in _PIECES and second in _PIECES)
