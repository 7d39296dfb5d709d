"""Whether two names mean one material. Careful: a wrong match compares prices of different goods.

The words that differ decide, not the share that agrees: «белая» and «серая» are one word of ten and two products.
"""

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import Indel

from quarry.domain.kept import kept
from quarry.domain.lexical import STOP_WORDS, stem
from quarry.domain.text import is_numeric, number_key, tokens

# Words that say how a thing is packed, sold or made, never which thing it is.
_NOISE_WORDS: Final = """
мешок мешки мешках шт штука штук уп упак упаковка упаковке пачка пач ведро банка бухта лист рулон коробка кор
поддон под паллета гост ту сорт марка марки цвет цвета арт артикул новинка акция размер размером россия рф
производство пр фасовка вес толщина диаметр мм см кг мл
"""
_NOISE: Final = frozenset(map(stem, _NOISE_WORDS.split()))
_PIECE_WORDS: Final = """
шт штука штук pcs мешок меш уп упак упаковка пач пачка ведро банка рулон рул лист компл комплект бухта кор
"""
_PIECES: Final = frozenset(_PIECE_WORDS.split())
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_UNIT_OF_NUMBER: Final = re.compile(r"^[0-9][0-9.x/-]*(кг|л|мм|м|м2|м3|мм2|шт|вт|дюйм)?$")
_EQUAL: Final = 1.0
_SPELLING: Final = 0.93
_ABBREVIATED: Final = 0.95
_CUT_SHORT: Final = 0.86
_OTHER_UNIT: Final = 0.96
_ONE_SIDED: Final = 0.75
_CONTRADICTED: Final = 0.5
_SHORTEST_FUZZY: Final = 6
_SHORTEST_ABBREVIATION: Final = 5
_SAME_START: Final = 3
_LIKENESS: Final = 0.87
_SAFE_CUT: Final = 3
_LONGEST_CUT: Final = 5


def score(name: str, unit: str | None, other_name: str, other_unit: str | None) -> float:
    """How sure it is that the names mean one material, 0 to 1; other grades, sizes or amounts give 0.

    From 0.9 the same words stand in both, in any order and form; between 0.82 and that, one of them is cut so short
    that a person should look; below, a word stands against another or stands alone.
    """
    if number_key(name) != number_key(other_name):
        return 0.0
    ours, theirs = _words(name), _words(other_name)
    if not ours or not theirs:
        return 0.0
    strengths, left, right = _align(ours, theirs)
    share = len(strengths) * 2 / (len(ours) + len(theirs))
    if left and right:
        return _CONTRADICTED * share
    if left or right:
        return _ONE_SIDED * share
    return min(strengths) * (_EQUAL if _units_agree(unit, other_unit) else _OTHER_UNIT)


@kept(16_384)
def _words(name: str) -> tuple[str, ...]:
    """Stems of the words that say which thing it is, with the letters of codes (``ct`` of ``ct17``)."""
    found: dict[str, None] = {}
    for token in tokens(name):
        # A single letter may be a paint's base or a type: «база А» is not «база С».
        if (token in STOP_WORDS and len(token) > 1) or _UNIT_OF_NUMBER.match(token):
            continue
        for word in _LETTERS.findall(token) if is_numeric(token) else (token,):
            root = stem(word)
            if root not in _NOISE:
                found[root] = None
    return tuple(found)


def _align(ours: Sequence[str], theirs: Sequence[str]) -> tuple[list[float], list[str], list[str]]:
    """Strengths of the pairs found, and the words of each side that found none."""
    right = [word for word in theirs if word not in ours]
    strengths = [_EQUAL] * (len(theirs) - len(right))
    left = []
    for word in ours:
        if word in theirs:
            continue
        strength, partner = max(((_likeness(word, other), other) for other in right), default=(0.0, ""))
        if strength:
            strengths.append(strength)
            right.remove(partner)
        else:
            left.append(word)
    return strengths, left, right


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
