"""Whether two names mean one material. Careful: a wrong match compares prices of different goods.

Two readings are compared fact by fact. What tells goods apart and is other in both is a contradiction, and never a
match; what only one of them says makes the answer less sure, each kind by its weight. The weights are fitted on
labelled pairs (`python -m benchmarks.fit_pairs`), so that a score is about the share of such pairs that are one
material.
"""

import hashlib
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from quarry.domain.names.agreed import Agreement
from quarry.domain.names.agreement import compare, plainly_others
from quarry.domain.names.alike import is_of_one_hand
from quarry.domain.names.facts import Facts, candidate_keys, digits, facts_of
from quarry.domain.names.numbers import SPREAD
from quarry.domain.names.ratings import RATINGS
from quarry.domain.names.worded import Wording
from quarry.domain.units import counted_unit
from quarry.knowledge import load
from quarry.knowledge.words import entries

# Log odds of one material where nothing is missing, and what each missing detail takes from them.
BIAS: Final = 4.6
WEIGHTS: Final[Mapping[str, float]] = {
    "general": 0.1,
    "descriptor": 0.15,
    "descriptor of alike": 2.5,
    "abbreviation": 0.1,
    "root": 0.2,
    "spelling": 0.3,
    "heard": 1.3,
    "kin": 0.6,
    "kin alone": 2.6,
    "compound": 2.5,
    "purpose": 1.0,
    "code": 0.6,
    "detail": 2.6,
    "noun": 2.6,
    "noun alone": 2.5,
    "other noun": 3.2,
    "detail among few": 2.4,
    "detail among few alone": 1.9,
    "detail among some": 1.3,
    "detail among some alone": 1.4,
    "detail among many": 1.1,
    "detail among many alone": 0.8,
    "letter": 2.5,
    "letters": 1.7,
    "name among some": 3.0,
    "name among some alone": 2.45,
    "name among many": 2.6,
    "name among many alone": 1.8,
    "noun of a name": 0.6,
    "noun of names": 1.4,
    "further": 0.3,
    "further alone": 0.2,
    "accessory": 2.8,
    "cut": 1.6,
    "counted": 0.6,
    "contrast": 0.6,
    "contrast among many": 0.8,
    "contrast with known": 0.25,
    "contrast of known": 0.3,
    "contrast of alike": 2.4,
    "telling": 3.2,
    "telling of alike": 5.0,
    "named": 3.2,
    "model": 3.0,
    "proper": 3.2,
    "number": 2.8,
    "number among few": 1.6,
    "number among many": 0.45,
    "further number": 0.5,
    "count": 3.0,
    "maker": 3.4,
    "maker of a name": 1.0,
    "series": 2.5,
    "side": 3.1,
    "colour": 2.9,
    "tint": 1.9,
    "shade": 0.4,
    "unit": 0.75,
}


class Evidence(NamedTuple):
    """What counts where a detail is missing of names that two hands wrote: what both say, and how much is left.

    ``alike``: the share that is written alike all the same. ``numbers``, ``shared`` and
    ``names``: how many numbers, words and names both say; ``digits`` of the longest number. The others are words of
    one name alone (:class:`quarry.domain.names.agreed.Rest`).
    """

    alike: float
    numbers: float
    digits: float
    shared: float
    names: float
    words: float
    telling: float
    named: float
    known: float


# What each unit of it adds to the log odds (`python -m benchmarks.fit_evidence`).
EVIDENCE: Final = Evidence(
    alike=-2.85, numbers=0.26, digits=0.02, shared=0.32, names=0.40,
    words=-0.19, telling=-1.33, named=-0.80, known=-1.63,
)  # fmt: skip
EVIDENCE_BIAS: Final = 0.58
EVIDENCE_OF_DETAILS: Final = 0.33  # of each of the log odds of what is missing
SURE_BY_DETAILS: Final = 3.8
LEAST_DETAILS: Final = -8.0


@dataclass(frozen=True, slots=True)
class Difference:
    """``missing``: how many details of each kind only one of two names says."""

    missing: Mapping[str, int]
    evidence: Evidence


# A place is PostgreSQL's ``bigint``, whose sign says that something may explain a number: areas and volumes follow from
# sizes, and a remark may be a number of the other name.
_DIGEST_BITS: Final = 24
_NUMBER_BITS: Final = 39
_SIGN: Final = -(1 << 63)
_UNCOUNTED: Final = frozenset({"pieces"})
_UNEXPLAINING: Final = ("-pieces", "-standard", "-article", "-cores", *RATINGS)  # kinds of remarks, or how they begin
_SHORTEST_ABBREVIATION: Final = 5
_SAME_START: Final = 3
_PIECES: Final = frozenset(entries(load("names")["one_piece"]))


@dataclass(frozen=True, slots=True)
class MatchKeys:
    """Where a name is looked up: names that may mean one material share one of the ``keys``.

    ``place`` has a bit for each number of the name above a digest of all, and is negative where one may follow from
    others. It is equal for names with the same numbers: of the thousands that may share a key, these are the likest.
    """

    keys: tuple[int, ...]
    place: int


@lru_cache(maxsize=16_384)
def match_keys(name: str, unit: str | None) -> MatchKeys:
    """No keys for a name without words, which nothing can be matched to."""
    facts = facts_of(name, unit)
    numbers = repr(sorted(facts.numbers.items()))
    keys = candidate_keys(name, unit)
    # A key that hardly another name has: of thousands that share the others, it finds the one with the same words.
    whole = (_digest(f"{_words_of(facts.wording)}{numbers}"),) if keys else ()
    return MatchKeys((*whole, *map(_number, keys)), _place(facts, zlib.crc32(numbers.encode())))


@lru_cache(maxsize=16_384)
def _words_of(wording: Wording) -> str:
    starts = sorted(word if len(word) < _SHORTEST_ABBREVIATION else word[:_SAME_START] for word in wording.words)
    return f"{sorted(wording.makers)}{starts}"


def _place(facts: Facts, digest: int) -> int:
    said, derived = 0, False
    for kind, value in facts.numbers:
        if kind not in _UNCOUNTED:
            said |= _bit(value)
        derived = derived or kind in SPREAD
    place = said << _DIGEST_BITS | digest % (1 << _DIGEST_BITS)
    explains = any(not kind.startswith(_UNEXPLAINING) for kind in facts.remarks)
    return place | _SIGN if derived or explains else place


@lru_cache(maxsize=16_384)
def _bit(value: float) -> int:
    return 1 << zlib.crc32(digits(value).encode()) % _NUMBER_BITS


def may_be_one(place: int, other: int) -> bool:
    """Whether names of these places may be one material: not where each has a number that the other has not.

    Such numbers contradict each other, or are two missing details, which no person is asked about.
    """
    if place < 0 or other < 0:
        return True
    said, also = place >> _DIGEST_BITS, other >> _DIGEST_BITS
    return not (said & ~also and also & ~said)


@lru_cache(maxsize=16_384)  # hundreds of a list's names share a key
def _number(text: str) -> int:
    return _digest(text)


def _digest(text: str) -> int:
    """As PostgreSQL's ``bigint``: a text would take four times the room in each entry of the index."""
    return int.from_bytes(hashlib.blake2b(text.encode(errors="replace"), digest_size=8).digest(), signed=True)


def score(name: str, unit: str | None, other_name: str, other_unit: str | None) -> float:
    """How sure it is that the names, as they are written, mean one material, 0 to 1; 0 for a contradiction."""
    found = difference(name, unit, other_name, other_unit)
    return 0.0 if found is None else chance(found)


def difference(name: str, unit: str | None, other_name: str, other_unit: str | None) -> Difference | None:
    """What only one of the names says, and what both do; None where they contradict each other."""
    return difference_of(facts_of(name, unit), unit, facts_of(other_name, other_unit), other_unit)


def difference_of(ours: Facts, unit: str | None, theirs: Facts, other_unit: str | None) -> Difference | None:
    """The same of names that are read already."""
    if plainly_others(ours, theirs):
        return None
    found = compare(ours, theirs)
    if found.contradiction:
        return None
    if not _units_agree(unit, other_unit):
        found.missing["unit"] += 1
    return Difference(found.missing, _evidence(found))


def _evidence(found: Agreement) -> Evidence:
    return Evidence(
        alike=found.alike,
        numbers=found.numbers,
        digits=found.digits,
        shared=found.shared,
        names=found.named,
        words=found.rest.words,
        telling=found.rest.telling,
        named=found.rest.named,
        known=found.rest.known,
    )


def chance(found: Difference) -> float:
    """That two names are one material: with hardly a doubt, or of one hand, by their details, else by all they say."""
    odds = details_of(found.missing)
    if is_weighed(odds, found.evidence):
        odds = EVIDENCE_BIAS + EVIDENCE_OF_DETAILS * max(odds, LEAST_DETAILS)
        odds += sum(weight * value for weight, value in zip(EVIDENCE, found.evidence, strict=True))
    return 1 / (1 + math.exp(-odds))


def is_weighed(odds: float, evidence: Evidence) -> bool:
    """Whether a detail is missing that is not there because one hand tells its goods apart by it."""
    return odds < SURE_BY_DETAILS and not is_of_one_hand(evidence.alike)


def details_of(missing: Mapping[str, int]) -> float:
    """The log odds of one material by what only one of the names says."""
    return BIAS - sum(WEIGHTS[kind] * times for kind, times in missing.items())


def _units_agree(one: str | None, other: str | None) -> bool:
    """A unit that is not known agrees; a bag is a piece."""
    if not one or not other:
        return True
    first, second = one.casefold().strip(" ."), other.casefold().strip(" .")
    if first == second or (first in _PIECES and second in _PIECES):
        return True
    known, other_known = counted_unit(one)[1], counted_unit(other)[1]
    return known is not None and other_known is not None and known.code == other_known.code  # «т», «тн»
