"""Whether offered goods are what somebody asks for: names compared where the two sides are no equals.

An offer may say more than was asked for: a maker, a model, a package. It may leave out what goods of its kind are
anyway. It must not say another thing in the place of one that was asked for.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from quarry.domain.names.agreement import partner_of, same_number, scaled, without_sorts
from quarry.domain.names.asked import Said, said
from quarry.domain.names.numbers import BORES, Number
from quarry.domain.names.product import ProductName
from quarry.domain.names.terms import Weight

# How well what else is known of the offer, its category or another name of it, says a word: 0 to 1.
Met = Callable[[str], float]
# What it costs that an offer is silent about a detail.
_SILENT_WORD: Final = {
    Weight.NOISE: 0.0,
    Weight.GENERAL: 1.0,
    Weight.DESCRIPTOR: 0.3,
    Weight.COLOUR: 0.8,
    Weight.DETAIL: 1.0,
}
_SILENT_NUMBER: Final = 1.0
_SILENT_GRADE: Final = 0.2
_SILENT_SIDE: Final = 0.4
_SILENT_PURPOSE: Final = 1.0
_SILENT_VALUE: Final = 0.6
_SILENT_NOUN: Final = 0.2
_SPECIAL: Final = 0.5
_INSTEAD: Final = 0.7
_MET: Final = 0.5
_NOUN_MET: Final = 0.85
_SHORTEST_NOUN: Final = 4
_PLANE: Final = 2
_SAYING: Final = frozenset({Weight.DETAIL, Weight.DESCRIPTOR, Weight.TELLING})
_HELD: Final = frozenset({"mass", "liquid", "area", "cubic", "pieces", "angle"})
_ANY_THING: Final = "device"
_FITTING: Final = "fitting"


@dataclass(frozen=True, slots=True)
class Fit:
    """``conflict``: what the offer says otherwise, which makes it other goods. ``silent``: what it does not say.

    ``cost`` is the more, the more of what was asked for is not said. ``near``: the same kind of goods at least.
    """

    cost: float = 0.0
    silent: tuple[str, ...] = ()
    conflict: str | None = None
    near: bool = True


def fit(asked: str, offered: str, sold: str | None, met: Met = lambda _: 0.0) -> Fit:
    # Whatever unit a line counts in: «труба 3 м» by the metre asks for pipes of that length all the same.
    wanted, given = said(asked, None), said(offered, sold)
    cost = 0.0
    silent: list[str] = []
    for part in (_noun, _makers, _values, _numbers, _words):
        found = part(wanted, given, met)
        if found.conflict:
            return found
        cost += found.cost
        silent += found.silent
    return Fit(cost, tuple(silent))


def _noun(wanted: Said, given: Said, met: Met) -> Fit:
    """The noun must be the offer's own, not one that it serves or belongs to: «гусак смесителя»."""
    mine, theirs = wanted.product.goods, given.product.goods
    if mine and theirs and mine.code != theirs.code:
        return Fit(conflict=f"{theirs.code} instead of {mine.code}", near=False)
    head = wanted.facts.head
    other = given.facts.head
    # «автомат», «автоматический выключатель»
    both = head in given.facts.words and other in wanted.facts.words
    if head is None or head == other or head in given.words.meant or both:
        return Fit()
    alike = bool(mine and theirs and mine.code != _ANY_THING)
    if head in given.facts.words:
        return (
            Fit() if alike or _is_written_so(wanted, given) else Fit(conflict="what belongs to the goods", near=False)
        )
    if _is_called_so(head, wanted, given, alike=alike) or (met(head) >= _NOUN_MET and not alike):
        return Fit()
    # «ПФ-115 белая»: who says the type need not say «эмаль».
    typed = theirs is None and any(one.code for one in wanted.product.amounts)
    return Fit(_SILENT_NOUN) if typed else Fit(conflict="other goods", near=False)


def _is_written_so(wanted: Said, given: Said) -> bool:
    """In the same form: in another one it belongs to the noun before it."""
    at = wanted.product.head
    return at is not None and any(one.word == wanted.product.words[at].word for one in given.product.words)


def _is_called_so(head: str, wanted: Said, given: Said, *, alike: bool) -> bool:
    """By an abbreviation, or as «керамзитовый гравий»."""
    found = given.facts.words
    if any(partner_of(head, [word], wanted.facts, given.facts)[0] for word in found):
        return True
    return alike and len(head) >= _SHORTEST_NOUN and any(word.startswith(head) or word.endswith(head) for word in found)


def _makers(wanted: Said, given: Said, _met: Met) -> Fit:
    mine, theirs = wanted.facts, given.facts
    if mine.makers and not mine.makers & theirs.makers:
        return Fit(conflict="another maker")
    if mine.sides and theirs.sides and mine.sides != theirs.sides:
        return Fit(conflict="another side")
    return Fit(_SILENT_SIDE if mine.sides and not theirs.sides else 0.0)


def _values(wanted: Said, given: Said, _met: Met) -> Fit:
    for group, values in wanted.values.items():
        others = given.values.get(group)
        if others and values.isdisjoint(others):
            return Fit(conflict="the opposite")
    return Fit()


def _words(wanted: Said, given: Said, met: Met) -> Fit:
    asked, offered = wanted.facts.words, given.facts.words
    left, more = _unpaired(wanted, given)
    otherwise = _says_otherwise(more, wanted, given)
    if otherwise:
        return Fit(conflict=otherwise)
    ignored = {*wanted.words.usual, *wanted.letters, wanted.facts.head}
    silent = [word for word in left if word not in ignored and asked[word] is not Weight.NOISE and met(word) < _MET]
    missing = next((why for word in silent if (why := _must_be_said(word, wanted, given))), None)
    if missing:
        return Fit(conflict=missing)
    special = [
        word
        for word in more
        if word in given.words.asked_for or (offered[word] is Weight.TELLING and word not in given.words.kind)
    ]
    instead = [
        word for word in more if offered[word] in _SAYING and word in given.words.plain and word not in given.words.kind
    ]
    silences = [cost for word in silent if (cost := _silence(word, wanted))]
    cost = _SPECIAL * len(special) + sum(silences) + _INSTEAD * min(len(silences), len(instead))
    return Fit(cost, tuple(silent))


def _unpaired(wanted: Said, given: Said) -> tuple[list[str], list[str]]:
    """Words that only one of them says, in whatever form."""
    asked, offered = wanted.facts.words, given.facts.words
    left = [word for word in asked if word not in offered and word not in given.words.meant]
    more = [word for word in offered if word not in asked]
    for word in list(left):
        other, _ = partner_of(word, more, wanted.facts, given.facts)
        if other:
            left.remove(word)
            more.remove(other)
    return left, more


def _must_be_said(word: str, wanted: Said, given: Said) -> str | None:
    weight = wanted.facts.words[word]
    if weight in {Weight.NAMED, Weight.TELLING} or word in wanted.words.codes:
        return f"not «{word}»"
    if weight is Weight.COLOUR and Weight.COLOUR in given.facts.words.values():
        return "another colour"
    return None


def _silence(word: str, wanted: Said) -> float:
    if word in wanted.words.empty:
        return 0.0
    if word in wanted.words.served:
        return _SILENT_PURPOSE
    return max(_SILENT_WORD[wanted.facts.words[word]], _SILENT_VALUE if word in wanted.words.told else 0.0)


def _says_otherwise(more: Sequence[str], wanted: Said, given: Said) -> str | None:
    """What nobody asked for, and would have to; of a grade that both have another letter: «С-25», «С-25-Ф»."""
    unasked = next((word for word in more if word in given.words.instead), None)
    if unasked:
        return f"«{unasked}»"
    grades = {f"{value:f}" for one in wanted.product.amounts if one.code for value in one.values}
    numbers = {number for number, _ in wanted.suffixes}
    for number, letter in given.suffixes:
        if letter in more and number in grades and number not in numbers:
            return f"type «{letter}»"
    return None


def _numbers(wanted: Said, given: Said, _met: Met) -> Fit:
    remarks, others = wanted.facts.remarks, given.facts.remarks
    for kind in remarks.keys() & others.keys() - {"-pieces"}:
        if remarks[kind].isdisjoint(others[kind]):
            return Fit(conflict=kind[1:])
    if _is_other_grade(wanted, given):
        return Fit(conflict="another grade")
    if _is_reducer(wanted, given):
        return Fit(conflict="another size")
    left, more = _unmatched(wanted, given)
    kinds = {kind for kind, _ in more}
    for kind, value in left:
        if kind in kinds or (kind not in _HELD and "" in kinds):
            return Fit(conflict=f"not {value:g}")
    grades = {float(value) for one in wanted.product.amounts if one.code or one.mark == "sort" for value in one.values}
    cost = sum(_SILENT_GRADE if value in grades else _SILENT_NUMBER for _, value in left.elements())
    return Fit(cost, tuple(f"{value:g}" for _, value in left.elements()))


def _unmatched(wanted: Said, given: Said) -> tuple[Counter[Number], Counter[Number]]:
    mine, theirs = wanted.facts, given.facts
    ours, others = without_sorts(mine.numbers, theirs.numbers), theirs.numbers
    if any("/" in one.signs for one in wanted.product.amounts):
        others = without_sorts(others, mine.numbers)  # «4/4» is a sort, «4 мм» is none
    left, more, common = ours - others, others - ours, ours.keys() & others.keys()
    _pair(left, more)
    _bores(left, more)
    if scaled(list(left.elements()), list(more.elements())):
        return Counter(), more  # a bath of 170х70 is 1700 by 700 mm
    if not _ranges(given.product):
        for low, high in _ranges(wanted.product):
            _within(low, high, left, more)
    plainly = {float(value) for one in given.product.amounts if not one.code for value in one.values}
    for one in [one for one in left if one in common and one[1] in plainly]:
        del left[one]  # a number twice: «PN20 20», «PN (20) 20х3,4»
    return left, more


def _pair(left: Counter[Number], more: Counter[Number]) -> None:
    for mine in list(left):
        for theirs in list(more):
            if left[mine] and more[theirs] and same_number(mine, theirs):
                times = min(left[mine], more[theirs])
                left[mine] -= times
                more[theirs] -= times
    for numbers in (left, more):
        for one in [one for one, times in numbers.items() if not times]:
            del numbers[one]


def _bores(left: Counter[Number], more: Counter[Number]) -> None:
    """A valve of 20 is one of 3/4", and none of 1/2"."""
    inches = [one for one in more if one[0] == "inch"]
    for kind, value in list(left):
        inch = BORES.get(int(value)) if not kind and value.is_integer() else None
        if inch is None or not inches:
            continue
        same = ("inch", float(inch))
        if same in more:
            del left[kind, value]
            del more[same]
        else:
            more["", 0.0] += 1  # a size of the same sort, and another one


def _is_other_grade(wanted: Said, given: Said) -> bool:
    theirs = given.grades
    return any(code in theirs and theirs[code].isdisjoint(values) for code, values in wanted.grades.items())


def _ranges(product: ProductName) -> list[tuple[float, float]]:
    """«4-5 мм», «на 5-7 человек»."""
    return [
        (float(one.values[0]), float(one.values[1]))
        for one in product.amounts
        if one.signs == "-" and one.code is None and one.values[0] < one.values[1]
    ]


def _within(low: float, high: float, left: Counter[Number], more: Counter[Number]) -> None:
    """Any size between will do."""
    found = [one for one in more if low <= one[1] <= high]
    ends = [one for one in left if one[1] in {low, high}]
    if found or len(ends) < _PLANE:
        for one in ends:
            del left[one]
        for one in found:
            del more[one]


def _is_reducer(wanted: Said, given: Said) -> bool:
    """A fitting of one size is no «тройник 20х25х20»."""
    goods = wanted.product.goods
    if goods is None or goods.code != _FITTING or any(len(one.values) > 1 for one in wanted.product.amounts):
        return False
    asked = {value for one in wanted.product.amounts for value in one.values}
    return any(
        len(set(one.values)) > 1 and "x" in one.signs and not asked.issuperset(one.values)
        for one in given.product.amounts
    )
