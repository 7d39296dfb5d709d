"""Where two readings of names agree, contradict each other, or where only one of them speaks."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from quarry.domain.names.explained import close, forget, kinds_of, remarks_of
from quarry.domain.names.facts import Facts
from quarry.domain.names.goods import Form
from quarry.domain.names.likeness import likeness
from quarry.domain.names.numbers import Number
from quarry.domain.names.terms import Weight, axis_of

_SHORT_NAME: Final = 3
_METRE: Final = 1000
_RAL: Final = "ral"
_SHORTEST_CUT: Final = 3
_LONG: Final = 500
_NEAR: Final = 0.015
_PLANE: Final = 2
_CENTIMETRE: Final = 10
_SMALLEST_SIDE: Final = 30
_IN_CENTIMETRES: Final = frozenset({Form.PIECE, Form.VESSEL})
_SPREAD: Final = frozenset({"area", "cubic"})
_ROUNDED: Final = frozenset({"-area", "-cubic"})
_VOWELS: Final = frozenset("аеиоуыэюяaeiouy")
_ANY: Final = frozenset({Weight.DETAIL, Weight.NAMED})
_SAID: Final = _ANY | {Weight.DESCRIPTOR}
_USUAL_COLOURS: Final = frozenset({"бел", "сер"})
_COLOURED: Final = frozenset({Form.LIQUID, Form.POWDER, Form.FOAM, Form.SHEET, Form.TILE, Form.ROLL, Form.BLOCK})
_PACKED_BY_SIZE: Final = frozenset({Form.WOOL, Form.TILE, Form.SHEET, Form.ROLL, Form.MESH})


@dataclass(slots=True)
class Agreement:
    """``contradiction`` is what is other in both, or in one where the other's silence says as much.

    ``missing`` counts, by kind, what only one says, and how far words had to be stretched to meet.
    """

    contradiction: str | None = None
    missing: defaultdict[str, int] = field(default_factory=partial(defaultdict, int))
    shared: int = 0


def plainly_others(one: Facts, other: Facts) -> bool:
    """Whether each has a number that nothing can explain to the other: most names that share a word end here.

    What is left in doubt is false; :func:`compare` decides it.
    """
    if one.distinct is None or other.distinct is None:
        return False
    left = one.distinct - other.distinct
    right = other.distinct - one.distinct if left else left
    if right and ((other.remarks and _remarks(other, one, left)) or (one.remarks and _remarks(one, other, right))):
        return False
    alike = False
    for kind, value in left:
        for other_kind, other_value in right:
            if (
                kind in _SPREAD
                or other_kind in _SPREAD
                or value == other_value
                or -1 < value * _METRE - other_value < 1
                or -1 < other_value * _METRE - value < 1
            ):
                return False
            alike = alike or kind == other_kind or not kind or not other_kind
    return alike and not ({one.form, other.form} <= _IN_CENTIMETRES and scaled(left, right))


def _remarks(said: Facts, other: Facts, numbers: Iterable[Number]) -> bool:
    """Whether a number of the other name is one of the remarks that only this one makes."""
    return any(
        value in values for kind, values in said.remarks.items() if kind not in other.remarks for _, value in numbers
    )


def compare(one: Facts, other: Facts) -> Agreement:
    found = Agreement()
    found.contradiction = (
        _makers(one, other, found)
        or _sides(one, other, found)
        or _numbers(one, other, found)
        or _words(one, other, found)
    )
    return found


def _makers(one: Facts, other: Facts, found: Agreement) -> str | None:
    if one.makers and other.makers:
        found.shared += 1
        return None if one.makers & other.makers else "maker"
    if one.makers or other.makers:
        found.missing["maker"] += 1
    return None


def _sides(one: Facts, other: Facts, found: Agreement) -> str | None:
    if one.sides == other.sides:
        return None
    if one.sides and other.sides:
        return "side"
    found.missing["side"] += 1
    return None


def _numbers(one: Facts, other: Facts, found: Agreement) -> str | None:
    for kind in one.remarks.keys() & other.remarks.keys() - {"-pieces"}:
        few, many = sorted((one.remarks[kind], other.remarks[kind]), key=len)
        if not all(any(_agree(kind, a, b) for b in many) for a in few):
            return "remark"
    if _reordered(one, other):
        return "order"
    if one.distinct is not None and one.distinct == other.distinct:
        return None
    ours, theirs = without_sorts(one.numbers, other.numbers), without_sorts(other.numbers, one.numbers)
    left, right = _without(ours, theirs), _without(theirs, ours)
    if left and right:
        _pair(left, right)
    if {one.form, other.form} <= _IN_CENTIMETRES and scaled(list(left.elements()), list(right.elements())):
        return None
    common = ours.keys() & theirs.keys()
    form = one.form or other.form
    forget(left, right, common, form, remarks_of(other, one))
    forget(right, left, common, form, remarks_of(one, other))
    if left and right and (kinds_of(left) & kinds_of(right) or "" in kinds_of(left) | kinds_of(right)):
        return "number"
    for kind, _ in (*left.elements(), *right.elements()):
        if kind == "pieces" and (one.form or other.form) in _PACKED_BY_SIZE:
            continue
        found.missing["count" if kind == "pieces" else "number"] += 1
    return None


def _without(mine: Counter[Number], others: Counter[Number]) -> Counter[Number]:
    """As ``mine - others``, in a third of the time: a row is compared with ten names."""
    left: Counter[Number] = Counter()
    for number, times in mine.items():
        rest = times - others.get(number, 0)
        if rest > 0:
            left[number] = rest
    return left


def without_sorts(numbers: Counter[Number], others: Counter[Number]) -> Counter[Number]:
    """«сорт 4/4» is «4/4» where the other name does not say that it is a sort."""
    if "sort" not in kinds_of(numbers) or "sort" in kinds_of(others):
        return numbers
    plain: Counter[Number] = Counter()
    for (kind, value), times in numbers.items():
        plain["" if kind == "sort" else kind, value] += times
    return plain


def _agree(kind: str, one: float, other: float) -> bool:
    return close(one, other) if kind in _ROUNDED else one == other


def _reordered(one: Facts, other: Facts) -> bool:
    """Whether two sizes stand in one order here and in the other there: «22/400/600», «22/600/400»."""
    for ours in one.orders:
        for theirs in other.orders:
            shared, again = [size for size in ours if size in theirs], [size for size in theirs if size in ours]
            if shared != again and sorted(shared) == sorted(again):
                return True
    return False


def _pair(left: Counter[Number], right: Counter[Number]) -> None:
    """A number without a unit is that of the other side with one, in metres or in millimetres."""
    for mine in list(left):
        for theirs in list(right):
            if left[mine] and right[theirs] and same_number(mine, theirs):
                times = min(left[mine], right[theirs])
                left[mine] -= times
                right[theirs] -= times
    for numbers in (left, right):
        for one in [one for one, times in numbers.items() if not times]:
            del numbers[one]


def same_number(one: Number, other: Number) -> bool:
    (kind, value), (other_kind, other_value) = one, other
    if (kind and other_kind) or "sort" in (kind, other_kind):
        return kind == other_kind and (value == other_value or (kind in _SPREAD and close(value, other_value)))
    small, large = (value, other_value) if value <= other_value else (other_value, value)
    return small == large or (kind == other_kind and large >= _LONG and abs(small * _METRE - large) < 1)


def scaled(left: Collection[Number], right: Collection[Number]) -> bool:
    """«170х70» of a bath is 1700 by 700 mm."""
    ours, theirs = [one for one in left if not one[0]], [one for one in right if not one[0]]
    if not len(ours) == len(theirs) == _PLANE:
        return False
    small, large = sorted((sorted(ours), sorted(theirs)))
    return all(a >= _SMALLEST_SIDE and a * _CENTIMETRE == b for (_, a), (_, b) in zip(small, large, strict=True))


def _words(one: Facts, other: Facts, found: Agreement) -> str | None:
    left = [word for word in one.words if word not in other.words]
    right = [word for word in other.words if word not in one.words]
    found.shared += len(one.words) - len(left)
    if len(left) != len(right):
        _join(left, right)
        _join(right, left)
    for word in list(left):
        partner, how = partner_of(word, right, one, other)
        if partner:
            found.shared += 1
            found.missing[how] += 1
            left.remove(word)
            right.remove(partner)
    if not found.shared:
        return "words"
    ours, theirs = [(word, one.words[word]) for word in left], [(word, other.words[word]) for word in right]
    return _opposed(ours, theirs, one, other) or _alone([*ours, *theirs], one, other, found)


def _opposed(
    mine: Sequence[tuple[str, Weight]], others: Sequence[tuple[str, Weight]], one: Facts, other: Facts
) -> str | None:
    """What the words that have no partner make of each other."""
    ours, theirs = {weight for _, weight in mine}, {weight for _, weight in others}
    either = ours | theirs
    if Weight.TELLING in either:
        return "telling word"
    if Weight.COLOUR in either and all(Weight.COLOUR in facts.words.values() for facts in (one, other)):
        return "colour"
    if Weight.PURPOSE in ours and Weight.PURPOSE in theirs:
        return "purpose"
    if (_ANY & ours and _SAID & theirs) or (_SAID & ours and _ANY & theirs):
        return "word"
    return "word" if mine and others and _axes(mine) & _axes(others) else None


def _axes(words: Sequence[tuple[str, Weight]]) -> set[int]:
    return {axis for word, _ in words if (axis := axis_of(word)) is not None}


def _alone(words: Sequence[tuple[str, Weight]], one: Facts, other: Facts, found: Agreement) -> str | None:
    """Words that only one of the names has; a short code is another model."""
    for word, weight in words:
        if len(word) <= _SHORT_NAME and (weight is Weight.NAMED or (weight is Weight.DETAIL and _is_code(word))):
            return "model"
        if weight is Weight.PURPOSE:
            found.missing[weight.value] = 1  # in how many words is all the same
        elif weight is not Weight.COLOUR:
            found.missing[weight.value] += 1
    colours = {word for word, weight in words if weight is Weight.COLOUR}
    if colours:
        usual = colours <= _USUAL_COLOURS and not {one.form, other.form} & _COLOURED
        found.missing["shade" if usual or _is_coded(one, other) else "colour"] += 1
    return None


def _is_code(word: str) -> bool:
    """«СТ», «ГВ»: letters that no one can say."""
    return len(word) > 1 and _VOWELS.isdisjoint(word)


def _join(whole: list[str], parts: list[str]) -> None:
    """«AtlasDesign» is «Atlas Design»."""
    for word in list(whole):
        found = [part for part in parts if word.startswith(part) or word.endswith(part)]
        if len(found) == _PLANE and word in {"".join(found), "".join(reversed(found))}:
            whole.remove(word)
            for part in found:
                parts.remove(part)


def _is_coded(one: Facts, other: Facts) -> bool:
    """Whether a code says the colour too: «Эстима ST 06», «RAL 3005»."""
    if _RAL in one.words and _RAL in other.words:
        return True
    named = {word for word, weight in one.words.items() if weight is Weight.NAMED}
    return bool(one.makers & other.makers and named.intersection(other.words))


def partner_of(word: str, others: Iterable[str], one: Facts, other: Facts) -> tuple[str | None, str]:
    for candidate in others:
        how = likeness(word, candidate, is_cut=word in one.cut or candidate in other.cut)
        if how == "root" and not _alike(one.words[word], other.words[candidate]):
            continue
        if not how and (_stands_for(one.cut.get(word), candidate) or _stands_for(other.cut.get(candidate), word)):
            how = "abbreviation"
        if how:
            return candidate, how
    return None, ""


def _alike(one: Weight, other: Weight) -> bool:
    """Whether words of one root may mean one thing: «черный» is not «черновой»."""
    return Weight.COLOUR not in {one, other} and (one is Weight.TELLING) == (other is Weight.TELLING)


def _stands_for(written: str | None, word: str) -> bool:
    """An abbreviation stands for each word that it begins: «проф.»."""
    return written is not None and len(written) >= _SHORTEST_CUT and word.startswith(written)
