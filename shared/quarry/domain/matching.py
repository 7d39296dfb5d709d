"""Whether two names mean one material. Careful: a wrong match compares prices of different goods.

Two readings are compared fact by fact. What tells goods apart and is other in both is a contradiction, and never a
match; what only one of them says makes the answer less sure, each kind by its weight. The weights are fitted on
labelled pairs (`python -m benchmarks.fit_pairs`), so that a score is about the share of such pairs that are one
material.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from quarry.domain.kept import kept
from quarry.domain.lexical import STOP_WORDS, stem
from quarry.domain.names.agreement import compare
from quarry.domain.names.facts import facts_of
from quarry.domain.text import is_numeric, number_key_of
from quarry.knowledge import load
from quarry.knowledge.words import entries

# Log odds of one material where nothing is missing, and what each missing detail takes from them.
BIAS: Final = 5.0
WEIGHTS: Final[Mapping[str, float]] = {
    "general": 0.2,
    "descriptor": 0.35,
    "abbreviation": 0.3,
    "spelling": 0.8,
    "detail": 3.0,
    "named": 3.4,
    "number": 3.0,
    "count": 3.0,
    "maker": 3.0,
    "side": 3.0,
    "colour": 3.0,
    "shade": 0.8,
    "unit": 0.8,
}
_WORDS: Final = load("names")
_NOISE: Final = frozenset(map(stem, entries(_WORDS["noise"])))
_PIECES: Final = frozenset(entries(_WORDS["one_piece"]))
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_UNIT_OF_NUMBER: Final = re.compile(r"^[0-9][0-9.x/-]*(кг|л|мм|м|м2|м3|мм2|шт|вт|дюйм)?$")
_SHORTEST_ABBREVIATION: Final = 5
_SAME_START: Final = 3
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
    """How sure it is that the names, as they are written, mean one material, 0 to 1; 0 for a contradiction."""
    missing = difference(name, unit, other_name, other_unit)
    return 0.0 if missing is None else chance(missing)


def difference(name: str, unit: str | None, other_name: str, other_unit: str | None) -> Mapping[str, int] | None:
    """How many details of each kind only one of the names says; None where they contradict each other."""
    found = compare(facts_of(name, unit), facts_of(other_name, other_unit))
    if found.contradiction:
        return None
    if not _units_agree(unit, other_unit):
        found.missing["unit"] += 1
    return found.missing


def chance(missing: Mapping[str, int]) -> float:
    """That two names are one material which differ in so many details of each kind."""
    return 1 / (1 + math.exp(sum(WEIGHTS[kind] * times for kind, times in missing.items()) - BIAS))


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


def _units_agree(one: str | None, other: str | None) -> bool:
    """A unit that is not known agrees; a bag is a piece."""
    if not one or not other:
        return True
    first, second = one.casefold().strip(" ."), other.casefold().strip(" .")
    return first == second or (first in _PIECES and second in _PIECES)
