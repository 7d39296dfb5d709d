"""Which words of two names stand for each other, and what those mean that only one of them has."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from quarry.domain.names.agreed import Agreement
from quarry.domain.names.goods import Form
from quarry.domain.names.likeness import likeness
from quarry.domain.names.terms import Weight, axes_of

_SHORT_NAME: Final = 3
_RAL: Final = "ral"
_SHORTEST_CUT: Final = 3
_PLANE: Final = 2
_SAME_START: Final = 3
_NAMES: Final = frozenset({Weight.NAMED, Weight.PROPER, Weight.MODEL})
_UNKNOWN: Final = frozenset({Weight.DETAIL, Weight.NAMED, Weight.PROPER})
_SAID: Final = _UNKNOWN | {Weight.DESCRIPTOR, Weight.ACCESSORY, Weight.CUT}
_PERHAPS: Final = _UNKNOWN | {Weight.CUT}
# A word that no file knows says the less, the more else agrees: each number is a point, a maker two, a name one.
_DETAILS: Final = ("detail", "detail among some", "detail among many")
_POINTS: Final = 3
_IDENTIFIED: Final = 5
_WEAK: Final = frozenset({"heard", "compound"})
_USUAL_COLOURS: Final = frozenset({"бел", "сер"})
_COLOURED: Final = frozenset({Form.LIQUID, Form.POWDER, Form.FOAM, Form.SHEET, Form.TILE, Form.ROLL, Form.BLOCK})


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """What a name says in words: one object for all names that say the same, see :func:`wording`.

    ``head`` is the stem of the noun. ``words`` with what each weighs; ``cut`` are those that may be abbreviated, as
    they are written.
    """

    head: str | None
    makers: frozenset[str]
    words: Mapping[str, Weight]
    cut: Mapping[str, str]
    form: Form | None


@lru_cache(maxsize=16_384)
def wording(
    head: str | None,
    makers: frozenset[str],
    words: tuple[tuple[str, Weight], ...],
    cut: tuple[tuple[str, str], ...],
    form: Form | None,
) -> Wording:
    """Goods of one kind have the same words, and differ in numbers: what follows from words is remembered by them."""
    return Wording(head, makers, dict(words), dict(cut), form)


class _Compared(NamedTuple):
    contradiction: str | None
    missing: Mapping[str, int]
    shared: int
    points: int
    named: int


def compare_words(one: Wording, other: Wording, found: Agreement) -> str | None:
    said = _compared(one, other, found.points, found.shared, found.heard)
    found.missing.update(said.missing)
    found.shared, found.points, found.named = said.shared, said.points, said.named
    return said.contradiction


@lru_cache(maxsize=65_536)
def _compared(one: Wording, other: Wording, points: int, shared: int, heard: str | None) -> _Compared:
    found = Agreement(points=points, shared=shared, heard=heard)
    contradiction = _contradiction(one, other, found)
    return _Compared(contradiction, dict(found.missing), found.shared, found.points, found.named)


def _contradiction(one: Wording, other: Wording, found: Agreement) -> str | None:
    left = [word for word in one.words if word not in other.words and word != found.heard]
    right = [word for word in other.words if word not in one.words and word != found.heard]
    found.shared += len(one.words) - len(left)
    _join(left, right)
    _join(right, left)
    if left and right:
        _pair(left, right, one, other, found)
    if not found.shared:
        return "words"
    if not left and not right:
        return None
    found.named = sum(weight in _NAMES for word, weight in one.words.items() if word not in left)
    found.points += found.named
    ours, theirs = [(word, one.words[word]) for word in left], [(word, other.words[word]) for word in right]
    opposed = _opposed(ours, theirs, one, other, found)
    if opposed is None:
        _alone(ours, theirs, one, other, found)
    return opposed


def _pair(left: list[str], right: list[str], one: Wording, other: Wording, found: Agreement) -> None:
    """Take away the words that stand for each other; those that only perhaps do when all others are gone."""
    if _met(left, right, one, other, found, weak=False) and left and right:
        _met(left, right, one, other, found, weak=True)


def _met(left: list[str], right: list[str], one: Wording, other: Wording, found: Agreement, *, weak: bool) -> bool:
    """Whether some that did not meet perhaps do."""
    perhaps = False
    for word in list(left):
        partner, how, doubted = _partner(word, right, one, other, weak=weak)
        perhaps = perhaps or doubted
        if partner:
            found.shared += 1
            found.missing[how] += 1
            left.remove(word)
            right.remove(partner)
    return perhaps


def _opposed(
    mine: Sequence[tuple[str, Weight]],
    others: Sequence[tuple[str, Weight]],
    one: Wording,
    other: Wording,
    found: Agreement,
) -> str | None:
    """What the words that have no partner make of each other."""
    ours, theirs = {weight for _, weight in mine}, {weight for _, weight in others}
    identified = found.named and one.makers and found.points >= _IDENTIFIED
    if Weight.TELLING in ours | theirs and (not identified or Weight.TELLING in ours & theirs):
        return "telling word"
    if Weight.COLOUR in ours | theirs and _other_colours(mine, others, one, other):
        return "colour"
    if one.head != other.head and (one.head, Weight.DETAIL) in mine and (other.head, Weight.DETAIL) in others:
        return "noun"
    if any(weight is Weight.NAMED and len(word) <= _SHORT_NAME for word, weight in (*mine, *others)):
        return "model"
    return _both_say(ours, theirs) or ("word" if mine and others and _axes(mine) & _axes(others) else None)


def _both_say(ours: AbstractSet[Weight], theirs: AbstractSet[Weight]) -> str | None:
    """What tells goods apart, is said by both, and has no partner."""
    if _NAMES & ours and _NAMES & theirs:
        return "name"
    return next((weight.value for weight in (Weight.PURPOSE, Weight.ACCESSORY) if weight in ours & theirs), None)


def _other_colours(
    mine: Sequence[tuple[str, Weight]], others: Sequence[tuple[str, Weight]], one: Wording, other: Wording
) -> bool:
    """Both speak of a colour, or the other says an unknown word, which may be one: «белый», «оникс»."""
    if all(Weight.COLOUR in said.words.values() for said in (one, other)):
        return not (_RAL in one.words and _RAL in other.words)
    return _perhaps_colours(mine, others) and not (_is_usual(mine, others, one, other) or _is_coded(one, other))


def _perhaps_colours(mine: Sequence[tuple[str, Weight]], others: Sequence[tuple[str, Weight]]) -> bool:
    ours, theirs = {weight for _, weight in mine}, {weight for _, weight in others}
    return bool((Weight.COLOUR in ours and _UNKNOWN & theirs) or (Weight.COLOUR in theirs and _UNKNOWN & ours))


def _is_usual(
    mine: Sequence[tuple[str, Weight]], others: Sequence[tuple[str, Weight]], one: Wording, other: Wording
) -> bool:
    colours = {word for word, weight in (*mine, *others) if weight is Weight.COLOUR}
    return colours <= _USUAL_COLOURS and not {one.form, other.form} & _COLOURED


def _axes(words: Sequence[tuple[str, Weight]]) -> set[int]:
    return {axis for word, _ in words for axis in axes_of(word)}


def _alone(
    mine: Sequence[tuple[str, Weight]],
    others: Sequence[tuple[str, Weight]],
    one: Wording,
    other: Wording,
    found: Agreement,
) -> None:
    """Count the words that only one of the names has; a short code is a model."""
    words = (*mine, *others)
    for word, weight in words:
        if weight is Weight.PURPOSE:
            found.missing[weight.value] = 1  # in how many words is all the same
        elif weight is Weight.DETAIL and word in {one.head, other.head}:
            found.missing[_DETAILS[0]] += 1
        elif weight is Weight.DETAIL:
            found.missing[_DETAILS[min(found.points // _POINTS, len(_DETAILS) - 1)]] += 1
        elif weight is not Weight.COLOUR:
            found.missing[weight.value] += 1
    ours, theirs = {weight for _, weight in mine}, {weight for _, weight in others}
    nouns = {dict(mine).get(one.head or ""), dict(others).get(other.head or "")}
    if (
        (None not in nouns and Weight.DETAIL in nouns)
        or (_PERHAPS & ours and _SAID & theirs)
        or (_SAID & ours and _PERHAPS & theirs)
    ):
        found.missing["contrast"] += 1
    if any(weight is Weight.COLOUR for _, weight in words):
        usual = _is_usual(mine, others, one, other) or _is_coded(one, other)
        found.missing["shade" if usual and not _perhaps_colours(mine, others) else "colour"] += 1


def _join(whole: list[str], parts: list[str]) -> None:
    """«AtlasDesign» is «Atlas Design», «вентрешетка» is «решетка вентиляционная»."""
    if len(parts) < _PLANE:
        return
    ends = tuple(parts)
    for word in list(whole):
        if not word.endswith(ends):
            continue
        found = [part for part in parts if word.startswith(part[:_SAME_START]) or word.endswith(part)]
        for last in [part for part in found if word.endswith(part) and len(part) >= _SAME_START]:
            start = word[: -len(last)]
            first = next((part for part in found if part is not last and _begins(part, start)), None)
            if first:
                whole.remove(word)
                parts.remove(first)
                parts.remove(last)
                break


def _begins(part: str, start: str) -> bool:
    """Whether a compound's beginning is a word's: «вент», «вентиляцион»; «водо», «вод»."""
    return len(start) >= _SAME_START and (part.startswith((start, start[:-1])) or start == part)


def _is_coded(one: Wording, other: Wording) -> bool:
    """Whether a code says the colour too: «Эстима ST 06», «RAL 3005»."""
    if _RAL in one.words and _RAL in other.words:
        return True
    named = {word for word, weight in one.words.items() if weight is Weight.NAMED}
    return bool(one.makers & other.makers and named.intersection(other.words))


def partner_of(word: str, others: Iterable[str], one: Wording, other: Wording) -> str | None:
    """The word of the others that this one stands for."""
    return _partner(word, others, one, other, weak=False)[0]


def _partner(
    word: str, others: Iterable[str], one: Wording, other: Wording, *, weak: bool
) -> tuple[str | None, str, bool]:
    """The word of the others that this one stands for, how, and whether an earlier one perhaps is the same.

    ``weak``: what may only perhaps be the same, too.
    """
    perhaps = False
    for candidate in others:
        how = likeness(word, candidate, is_cut=word in one.cut or candidate in other.cut)
        if how and not _may_stand(how, one.words[word], other.words[candidate], weak=weak):
            perhaps = perhaps or how in _WEAK
            continue
        if how or _shortened(word, candidate, one, other):
            return candidate, how or "abbreviation", perhaps
    return None, "", perhaps


def _may_stand(how: str, one: Weight, other: Weight, *, weak: bool) -> bool:
    if how in _WEAK:
        return weak and not (how == "compound" and {one, other} & _NAMES)
    return how != "root" or _alike(one, other)


def _shortened(word: str, candidate: str, one: Wording, other: Wording) -> bool:
    return (word in one.cut and _stands_for(one.cut[word], candidate)) or (
        candidate in other.cut and _stands_for(other.cut[candidate], word)
    )


def _alike(one: Weight, other: Weight) -> bool:
    """Whether words of one root may mean one thing: «черный» is not «черновой»."""
    return all((one is weight) == (other is weight) for weight in (Weight.COLOUR, Weight.TELLING))


def _stands_for(written: str, word: str) -> bool:
    """An abbreviation stands for each word that it begins: «проф.»."""
    return len(written) >= _SHORTEST_CUT and word.startswith(written)
