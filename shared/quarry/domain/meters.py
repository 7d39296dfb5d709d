"""How well one term of a query is met by a name: which of its words or numbers is nearest, and where it stands."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from rapidfuzz.distance.Indel import normalized_similarity

from quarry.domain.excerpts import HEAD_SIGN, SERVED, Numbering, Numbers, Places, Wording, places_of
from quarry.domain.lexical import is_half, number_parts, number_sides
from quarry.domain.query import Term

# How well a term is met, and how near to the head of the name.
Met = tuple[float, float]
_Nearest = Callable[[Places], tuple[float, int]]
_FUZZY: Final = 0.84
_SHORTEST_FUZZY: Final = 5
_SHORTEST_TAIL: Final = 4
# «Плиткорез» is no «плитка»: so much more than a word's ending is another word.
_SECOND_HALF: Final = 4
_FIRST_HALF: Final = 0.45
_SECOND: Final = 0.9
_HEAD_STEP: Final = 0.06
_LOWEST_HEAD: Final = 0.72
_IN_CATEGORY: Final = 0.55
_IN_OFFER: Final = 0.9
SERVED_HEAD: Final = 0.5
_NOT_THE_NOUN: Final = 0.12
_OTHER_FORM: Final = 0.95
_SYNONYM: Final = 0.92
_LATER: Final = 0.05
_OPEN: Final = 0.9
_PIECES: Final = "шт"
_COUNT_FOR_SIZE: Final = 0.3
_SIDE_FOR_SIZE: Final = 0.3
# «М600» is not a side of 600 mm.
_GRADE: Final = re.compile(r"м\d{3,}")
# Sections of rolled steel are known by a number and a letter: «40у» is not a side of 40 mm.
_SECTION: Final = re.compile(r"\d{1,2}[упбшк]\d?")
_LENGTH: Final = re.compile(r"[\d.]++м")
_LENGTH_FOR_SECTION: Final = 0.85  # «швеллер 12» is «12П 12 м» rather than «10П 12 м»
_GRAMS: Final = 4
_FEWEST_GRAMS: Final = 50
_SHORTEST_CUT: Final = 3
_LONGEST_OF_CUT: Final = 6
_VOWELS: Final = frozenset("аеиоуыэюяй")


def number_meter(term: Term) -> Callable[[Numbering], Met]:
    """A number met as it was asked for, without its unit or grade, in its parts, or within another size."""
    token, parts = term.token, number_parts(term.token) or (term.token,)
    sides = number_sides(token) if "x" in token else parts
    same = _scaled(token)
    counted = token.endswith(_PIECES)

    def quality(numbers: Numbers) -> float:
        if not same.isdisjoint(numbers.whole):
            return 1.0
        if not numbers.parts.issuperset(parts):
            return 0.0
        found = [number for number in numbers.whole if (number_parts(number) or (number,)) == parts]
        if not found and _SECTION.fullmatch(token):
            return _SIDE_FOR_SIZE
        if not found or sides != parts:
            return 0.0 if _GRADE.fullmatch(token) else _in_size(sides, numbers)
        if counted or all(number.endswith(_PIECES) for number in found):
            return _COUNT_FOR_SIZE
        return _with_other_letters(token, parts, found, numbers)

    def best(numbering: Numbering) -> Met:
        found = quality(numbering.own)
        if found < _IN_OFFER and numbering.called:
            found = max(found, *(_IN_OFFER * quality(other) for other in numbering.called))
        return found, 1.0

    return best


def _with_other_letters(token: str, parts: Sequence[str], found: Sequence[str], numbers: Numbers) -> float:
    """The same number beside other letters: М20 is no Д20."""
    if all(map(_LENGTH.fullmatch, found)) and any(map(_SECTION.fullmatch, numbers.whole)):
        return _LENGTH_FOR_SECTION
    return 0.3 if token[0].isalpha() and parts[0] not in numbers.whole else 0.95


def _scaled(token: str) -> frozenset[str]:
    """A number without a unit may be grams or millilitres, which names have as kilograms and litres."""
    if token.isdigit() and len(token) <= _GRAMS and int(token) >= _FEWEST_GRAMS:
        part = f"{int(token) / 1000:.6g}"
        return frozenset({token, f"{part}кг", f"{part}л", f"{token}мм"})
    return frozenset({token, f"{token}мм"} if token.replace(".", "").isdigit() else {token})


def _in_size(parts: Sequence[str], numbers: Numbers) -> float:
    """Within a size of several: best as its beginning."""
    best = 0.0
    for number in numbers.whole:
        have = number_sides(number)
        if len(have) > 1 and have[: len(parts)] == tuple(parts):
            best = max(best, 0.93)
        elif all(have.count(part) >= parts.count(part) for part in parts):
            best = max(best, 0.85)
    if not best and len(set(parts)) < len(parts):
        return _SIDE_FOR_SIZE  # «50 м» is not «50х50»
    return best or (0.8 if len(parts) > 1 else 0.6)


def word_meter(term: Term) -> Callable[[Wording], Met]:
    """A word met by the nearest word of the name, of a supplier's name for it, or of the category."""
    nearest_root = _nearest([root for root in (term.stem, *term.alternatives) if root], term.prefix)
    whole = [[_nearest([root]) for root in synonym] for synonym in term.synonyms]
    written = HEAD_SIGN + term.token
    genitive = _genitives(term.token)

    def word(places: Places) -> tuple[float, int]:
        best = nearest_root(places)
        for rank, synonym in enumerate(whole):
            if best[0] >= 1:
                break
            quality, place = _together(synonym, places)
            best = max(best, (quality * (_SYNONYM - _LATER * rank), place), key=_better)
        return best

    # Candidates have few categories among them.
    by_category: dict[str, float] = {"": 0.0}

    def best(wording: Wording) -> Met:
        quality, place = word(wording.own)
        if quality < _IN_OFFER and wording.called:
            # Of names that meet it alike the one counts where it stands further ahead.
            found, ahead = max((_IN_OFFER * found, -at) for found, at in map(word, wording.called))
            if found > quality:
                quality, place = found, -ahead
        in_category = by_category.get(wording.category)
        if in_category is None:
            in_category = by_category[wording.category] = _IN_CATEGORY * word(places_of(wording.category))[0]
        if in_category > quality:
            return in_category, _LOWEST_HEAD
        if place >= SERVED:
            return quality, SERVED_HEAD
        head = 1.0 if place == 0 else max(_LOWEST_HEAD, _SECOND - _HEAD_STEP * (place - 1))
        if term.heads and place:
            head -= _NOT_THE_NOUN
        if place == 0 and term.heads and not term.begun and written not in wording.own:
            head = SERVED_HEAD if genitive and not genitive.isdisjoint(wording.own) else _OTHER_FORM
        # The category's own words say what the thing is, wherever its name begins.
        return quality, min(1.0, head + 0.1) if in_category and place else head

    return best


def _genitives(noun: str) -> frozenset[str]:
    """«Гусак смесителя» is not a mixer: the forms in which a masculine noun belongs to the one before it."""
    if noun.endswith("ь"):
        return frozenset({HEAD_SIGN + noun[:-1] + "я"})
    return frozenset({HEAD_SIGN + noun + "а"}) if noun and noun[-1] not in _VOWELS else frozenset()


def _together(words: Sequence[_Nearest], places: Places) -> tuple[float, int]:
    """The worst met of several words, all of which must be, and where the first of them stands."""
    met = []
    for nearest in words:
        met.append(nearest(places))
        if not met[-1][0]:
            return 0.0, 0
    return min(quality for quality, _ in met), min(place for _, place in met)


def _better(met: tuple[float, int]) -> tuple[float, int]:
    return met[0], -met[1]


def _nearest(roots: Sequence[str], prefix: str = "") -> _Nearest:
    """Finds among words with their places the one nearest to one of ``roots``: its quality and place."""
    near = dict.fromkeys(roots, 1.0)
    # Few words resemble a root: the others are compared once, and later skipped as one set.
    seen = set(roots)

    def nearest(places: Places) -> tuple[float, int]:
        if not seen.issuperset(places):
            for word in places.keys() - seen:
                if prefix and word.startswith(prefix):
                    near[word] = _OPEN
                    continue
                for root in roots:
                    quality = _likeness(root, word)
                    if quality > near.get(word, 0.0):
                        near[word] = quality
            seen.update(places)
        if near.keys().isdisjoint(places):
            return 0.0, 0
        return max(((near[word], at) for word, at in places.items() if word in near), key=_better)

    return nearest


def _cut(root: str, other: str) -> float:
    """«Смес. для кухни», «кух.»: a word that ends before its time; of three letters it ends in a consonant."""
    if len(other) >= _SHORTEST_TAIL:
        return 0.8 if len(other) < len(root) - 1 and not is_half(root, len(other)) else 0.0
    return _IN_CATEGORY if len(root) <= _LONGEST_OF_CUT and other[-1] not in _VOWELS else 0.0


def _likeness(root: str, other: str) -> float:
    if root in other and len(root) >= _SHORTEST_TAIL:
        if other.endswith(root):
            return 0.92
        if not other.startswith(root):
            return 0.6
        return 0.8 if len(other) - len(root) < _SECOND_HALF else _FIRST_HALF
    if root.startswith(other) and len(other) >= _SHORTEST_CUT:
        return _cut(root, other)
    if len(root) >= _SHORTEST_FUZZY and len(other) >= _SHORTEST_FUZZY:
        return 0.85 * normalized_similarity(root, other, score_cutoff=_FUZZY)
    return 0.0
