"""What the words mean that only one of two names has."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final, NamedTuple

from quarry.domain.names.agreed import Agreement, Rest
from quarry.domain.names.colours import colour_kind, is_coded, other_colours
from quarry.domain.names.implied import is_implied, may_be_implied, tables_of
from quarry.domain.names.partners import without_partners
from quarry.domain.names.terms import UNKNOWN, Weight, axes_of, is_known
from quarry.domain.names.worded import Wording

_SHORT_NAME: Final = 3
_NAMES: Final = frozenset({Weight.NAMED, Weight.PROPER, Weight.MODEL})
_SAID: Final = UNKNOWN | {Weight.DESCRIPTOR, Weight.ACCESSORY, Weight.CUT}
_PERHAPS: Final = UNKNOWN | {Weight.CUT}
# A word that no file knows says the less, the more else agrees: each number is a point, a maker two, a name one.
_POINTS: Final = 3
_AMONG: Final = ("", " among some", " among many")
_KINDS: Final = (
    "named", "proper", "model", "letter", "name among some", "accessory", "noun", "detail", "detail among few",
    "detail among some", "name among many", "cut", "letters", "detail among many", "noun of names",
    "noun of a name",
)  # fmt: skip
# What only one of the names says, where the other says nothing in its place.
_UNANSWERED: Final = {
    kind: f"{kind} alone"
    for kind in (
        "noun",
        "detail among few",
        "detail among some",
        "detail among many",
        "name among some",
        "name among many",
    )
}
_ALIEN: Final = frozenset({Weight.DETAIL, Weight.NAMED, Weight.PROPER, Weight.MODEL, Weight.ACCESSORY, Weight.CUT})
_NAMED_BY_CODE: Final = 3  # a maker and a name: with a number besides, «Ceresit CX 5» says what it is
_OF_CODE: Final = 2
_IDENTIFIED: Final = 5
_SURE: Final = 4
_NOTHING: Final = frozenset[str]()
_DESCRIBING: Final = frozenset({Weight.GENERAL, Weight.DESCRIPTOR})
_DISTINCT: Final = frozenset({Weight.PURPOSE, Weight.ACCESSORY, Weight.TELLING, Weight.COLOUR})


class _Compared(NamedTuple):
    contradiction: str | None
    missing: Mapping[str, int]
    shared: int
    points: int
    named: int
    rest: Rest


def compare_words(one: Wording, other: Wording, found: Agreement) -> str | None:
    said = _compared(one, other, found.points, found.shared, found.heard, named="maker" in found.missing, ral=found.ral)
    found.missing.update(said.missing)
    found.shared, found.points, found.named, found.rest = said.shared, said.points, said.named, said.rest
    return said.contradiction


@lru_cache(maxsize=65_536)
def _compared(
    one: Wording, other: Wording, points: int, shared: int, heard: str | None, *, named: bool, ral: bool
) -> _Compared:
    found = Agreement(points=points, shared=shared, heard=heard, ral=ral)
    contradiction = _contradiction(one, other, found, named=named)
    return _Compared(contradiction, dict(found.missing), found.shared, found.points, found.named, found.rest)


def _contradiction(one: Wording, other: Wording, found: Agreement, *, named: bool) -> str | None:
    left, right = without_partners(one, other, found)
    if not found.shared:
        return "words"
    shared_names = max(_names_but(one, left), _names_but(other, right), key=len)
    found.named = len(shared_names)
    found.points += found.named
    if not (left or right or named):
        return None
    if (
        any(len(word) > 1 for word in shared_names)
        and found.points > _NAMED_BY_CODE
        and (one.makers & other.makers or found.heard)
    ):
        found.points += _OF_CODE
    _forget_implied(left, right, one, other, found)
    if not left and not right:
        return None
    ours, theirs = [(word, one.words[word]) for word in left], [(word, other.words[word]) for word in right]
    opposed = _opposed(ours, theirs, one, other, found)
    if opposed is None:
        found.rest = _rest(ours, theirs, one, other)
        _alone(ours, theirs, one, other, found)
    return opposed


def _rest(
    mine: Sequence[tuple[str, Weight]], others: Sequence[tuple[str, Weight]], one: Wording, other: Wording
) -> Rest:
    ours, theirs = _sorts(mine, one, other), _sorts(others, one, other)
    return Rest(
        max(ours.total(), theirs.total()),
        abs(ours[Weight.TELLING] - theirs[Weight.TELLING]),
        abs(ours[Weight.NAMED] - theirs[Weight.NAMED]),
        min(ours[Weight.DETAIL], theirs[Weight.DETAIL]),
    )


def _sorts(words: Sequence[tuple[str, Weight]], one: Wording, other: Wording) -> Counter[Weight]:
    """How many words of each sort, without what only describes: names that are no letters, known words."""
    sorts: Counter[Weight] = Counter()
    for word, weight in words:
        if weight in _NAMES:
            sorts[Weight.NAMED if len(word) > _SHORT_NAME else Weight.CODE] += 1
        elif weight is Weight.DETAIL:
            sorts[weight if is_known(word) and word not in {one.head, other.head} else Weight.CUT] += 1
        elif weight not in _DESCRIBING:
            sorts[Weight.TELLING if weight is Weight.TELLING else Weight.CUT] += 1
    return sorts


def _names_but(said: Wording, missing: Sequence[str]) -> list[str]:
    return [word for word, weight in said.words.items() if weight in _NAMES and word not in missing]


def _forget_implied(mine: list[str], others: list[str], one: Wording, other: Wording, found: Agreement) -> None:
    """Take away what a name need not say. One that says something else instead is not silent."""
    ours, theirs = _implied(mine, one, other), _implied(others, other, one)
    if not (ours or theirs):
        return
    idle = {Weight.GENERAL, Weight.COLOUR} if is_coded(one, other, ral=found.ral) else {Weight.GENERAL}
    left, right = (
        {word for word in words if facts.words[word] not in idle} for words, facts in ((mine, one), (others, other))
    )
    named = {one.words[word] for word in left} & _NAMES and {other.words[word] for word in right} & _NAMES
    for words, implied, rest, answered, facts in (
        (mine, ours, right, theirs, one),
        (others, theirs, left, ours, other),
    ):
        gone = {
            word
            for word in implied
            if not (rest if facts.words[word] in _DISTINCT else rest - answered)
            and not (facts.words[word] in _NAMES and named)
        }
        if gone:
            words[:] = [word for word in words if word not in gone]
            found.missing["general"] += len(gone)


def _implied(words: Sequence[str], speaking: Wording, silent: Wording) -> AbstractSet[str]:
    if not words:
        return _NOTHING
    perhaps = [word for word in words if may_be_implied(word)]
    if not perhaps:
        return _NOTHING
    tables = tables_of(silent)
    return {word for word in perhaps if is_implied(word, tables) and not _is_denied(word, speaking.words[word], silent)}


def _is_denied(word: str, weight: Weight, silent: Wording) -> bool:
    axes = axes_of(word)
    return any(
        (weight is Weight.COLOUR and other is weight) or not axes.isdisjoint(axes_of(term))
        for term, other in silent.words.items()
        if term != word
    )


def _opposed(
    mine: Sequence[tuple[str, Weight]],
    others: Sequence[tuple[str, Weight]],
    one: Wording,
    other: Wording,
    found: Agreement,
) -> str | None:
    """What the words that have no partner make of each other."""
    ours, theirs = {weight for _, weight in mine}, {weight for _, weight in others}
    if Weight.TELLING in ours | theirs and (found.points < _POINTS or Weight.TELLING in ours & theirs):
        return "telling word"
    if Weight.COLOUR in ours | theirs and other_colours(mine, others, one, other, found):
        return "colour"
    if _other_nouns(mine, others, one, other) and found.points < _SURE:
        return "noun"
    return _both_say(ours, theirs) or ("word" if mine and others and _axes(mine) & _axes(others) else None)


def _other_nouns(
    mine: Sequence[tuple[str, Weight]], others: Sequence[tuple[str, Weight]], one: Wording, other: Wording
) -> bool:
    return one.head != other.head and (one.head, Weight.DETAIL) in mine and (other.head, Weight.DETAIL) in others


def _both_say(ours: AbstractSet[Weight], theirs: AbstractSet[Weight]) -> str | None:
    """What tells goods apart, is said by both, and has no partner."""
    if _NAMES & ours and _NAMES & theirs:
        return "name"
    return next((weight.value for weight in (Weight.PURPOSE, Weight.ACCESSORY) if weight in ours & theirs), None)


def _axes(words: Sequence[tuple[str, Weight]]) -> set[int]:
    return {axis for word, _ in words for axis in axes_of(word)}


def _alone(
    mine: Sequence[tuple[str, Weight]],
    others: Sequence[tuple[str, Weight]],
    one: Wording,
    other: Wording,
    found: Agreement,
) -> None:
    """Count the words that only one of the names has: what is unknown once for each name, and then as further ones."""
    if _other_nouns(mine, others, one, other):
        found.missing["other noun"] = 1
        mine = [(word, weight) for word, weight in mine if word != one.head]
        others = [(word, weight) for word, weight in others if word != other.head]
    answered = _doubtful(mine) and _doubtful(others)
    _count_unknown(mine, one, other, found, answered=answered, rivalled=_has_unknown(others))
    _count_unknown(others, other, one, found, answered=answered, rivalled=_has_unknown(mine))
    for _, weight in (*mine, *others):
        if weight is Weight.PURPOSE:
            found.missing[weight.value] = 1  # in how many words is all the same
        elif weight is not Weight.COLOUR and weight not in _ALIEN:
            found.missing[weight.value] += 1
    contrast = _contrast(mine, others, one, other, found, answered=answered)
    if contrast:
        found.missing[contrast] += 1
    if any(weight is Weight.COLOUR for _, weight in (*mine, *others)):
        found.missing[colour_kind(mine, others, one, other, found)] += 1


def _count_unknown(
    words: Sequence[tuple[str, Weight]],
    speaking: Wording,
    silent: Wording,
    found: Agreement,
    *,
    answered: bool,
    rivalled: bool,
) -> None:
    unknown = [
        _KINDS.index(_kind(word, weight, speaking, silent, found, answered=answered, rivalled=rivalled))
        for word, weight in words
        if weight in _ALIEN
    ]
    if unknown:
        kind = _KINDS[min(unknown)]
        found.missing[kind if answered else _UNANSWERED.get(kind, kind)] += 1
    if len(unknown) > 1:
        found.missing["further" if answered else "further alone"] += len(unknown) - 1


def _contrast(
    mine: Sequence[tuple[str, Weight]],
    others: Sequence[tuple[str, Weight]],
    one: Wording,
    other: Wording,
    found: Agreement,
    *,
    answered: bool,
) -> str | None:
    """What it adds that both names say something in the place of what the other says."""
    ours, theirs = (
        {weight for word, weight in some if not _is_noun_of_name(word, speaking, silent, found)}
        for some, speaking, silent in ((mine, one, other), (others, other, one))
    )
    nouns = {dict(mine).get(one.head or ""), dict(others).get(other.head or "")}
    if (Weight.DETAIL in nouns and nouns.isdisjoint({None, Weight.GENERAL})) or (_PERHAPS & ours and _PERHAPS & theirs):
        return "contrast among many" if found.points >= _IDENTIFIED else "contrast"
    if (_PERHAPS & ours and _SAID & theirs) or (_SAID & ours and _PERHAPS & theirs):
        return "contrast with known"
    return "contrast of known" if answered else None


def _doubtful(words: Sequence[tuple[str, Weight]]) -> bool:
    """Whether one of the words may stand in the place of another."""
    return any(weight in _SAID or weight is Weight.MODEL for _, weight in words)


def _has_unknown(words: Sequence[tuple[str, Weight]]) -> bool:
    return any(weight in _ALIEN for _, weight in words)


def _kind(
    word: str,
    weight: Weight,
    speaking: Wording,
    silent: Wording,
    found: Agreement,
    *,
    answered: bool,
    rivalled: bool,
) -> str:
    """Of a word that no file knows. ``rivalled``: the other name has such a word too."""
    among = _AMONG[min(found.points // _POINTS, 2)]
    if weight in _NAMES:
        if len(word) <= _SHORT_NAME:
            return "letters" if len(word) > 1 and among and not answered else "letter"
        return f"name{among}" if among else weight.value
    if weight is not Weight.DETAIL:
        return weight.value
    if not rivalled and _is_noun_of_name(word, speaking, silent, found):
        return "noun of a name"
    return _detail(word, speaking, silent, found, among, answered=answered)


def _detail(word: str, speaking: Wording, silent: Wording, found: Agreement, among: str, *, answered: bool) -> str:
    if word in {speaking.head, silent.head}:
        return "noun of names" if not answered and found.named and found.points >= _POINTS else "noun"
    if not among:
        return "detail among few" if found.points and not axes_of(word) else "detail"
    return f"detail{among}"


def _is_noun_of_name(word: str, speaking: Wording, silent: Wording, found: Agreement) -> bool:
    """«Hammerite гладкая» needs not say that it is an enamel."""
    return word == speaking.head and silent.head is None and bool(found.named or speaking.makers & silent.makers)
