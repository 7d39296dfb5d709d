"""Where two readings of names agree, contradict each other, or where only one of them speaks."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from quarry.domain.names.agreed import Agreement
from quarry.domain.names.alike import weigh_alike
from quarry.domain.names.articles import ARTICLE
from quarry.domain.names.explained import close, forget, kinds_of, remarks_of
from quarry.domain.names.facts import Facts
from quarry.domain.names.goods import Form
from quarry.domain.names.implied import (
    IMPLIED_NUMBERS,
    implied_numbers,
    implied_sides,
    sizes_implied,
    tables_of,
)
from quarry.domain.names.likeness import sounds_like
from quarry.domain.names.numbers import CENTIMETRES, COUNTED, SPREAD, Number
from quarry.domain.names.ratings import RATINGS
from quarry.domain.names.remarked import (
    begun_article,
    other_articles,
    other_begun_article,
    remarked_otherwise,
    unrolled,
)
from quarry.domain.names.scales import convert, scaled, sides_scaled
from quarry.domain.names.terms import UNKNOWN
from quarry.domain.names.wording import compare_words

_METRE: Final = 1000
_PLANE: Final = 2
_SMALLEST_SIZE: Final = 60
_SPACE: Final = 3
_ROUNDED: Final = frozenset({"-area", "-cubic"})
_OF_MAKER: Final = 2
_RAL: Final = "ral"
_RAL_FROM: Final = 1000
_RAL_TO: Final = 9024
_OF_ARTICLE: Final = 3
# Each supplier has articles of its own.
_NO_CONTRADICTION: Final = frozenset({"-pieces", ARTICLE, CENTIMETRES})
_SURE: Final = 4
_SQUARE: Final = frozenset({Form.BAR, Form.METAL})
_PACKED_BY_SIZE: Final = frozenset({Form.WOOL, Form.TILE, Form.SHEET, Form.ROLL, Form.MESH})


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
                kind in SPREAD
                or other_kind in SPREAD
                or value == other_value
                or -1 < value * _METRE - other_value < 1
                or -1 < other_value * _METRE - value < 1
            ):
                return False
            alike = alike or kind == other_kind or not kind or not other_kind
    return alike and not (scaled(left, right) or sides_scaled(left, right) or sides_scaled(right, left))


def _remarks(said: Facts, other: Facts, numbers: Iterable[Number]) -> bool:
    """Whether a number of the other name is one of the remarks that only this one makes."""
    return any(
        value in values for kind, values in said.remarks.items() if kind not in other.remarks for _, value in numbers
    )


def compare(one: Facts, other: Facts) -> Agreement:
    found = Agreement()
    if ARTICLE in one.remarks and ARTICLE in other.remarks and one.remarks[ARTICLE] & other.remarks[ARTICLE]:
        found.points += _OF_ARTICLE
    found.ral = _is_ral(one, other)
    found.contradiction = (
        _makers(one, other, found)
        or _sides(one, other, found)
        or _counted_numbers(one, other, found)
        or compare_words(one.wording, other.wording, found)
    )
    if found.named and "maker" in found.missing:
        found.missing["maker of a name"] = found.missing.pop("maker")
    if "number alone" in found.missing:
        found.missing[_number_kind(found.points)] = found.missing.pop("number alone")
    if found.missing and not found.contradiction:
        weigh_alike(one.name, other.name, found)
        found.digits = max((_digits(value) for _, value in one.numbers.keys() & other.numbers.keys()), default=0)
    return found


def _number_kind(points: int) -> str:
    """What a number is that only one of the names says: the less, the more else agrees."""
    return "number among many" if points >= _SURE else "number among few" if points >= _PLANE else "number"


def _is_ral(one: Facts, other: Facts) -> bool:
    """Whether both say the number of one of RAL's colours, and one that it is RAL's."""
    if _RAL not in one.words and _RAL not in other.words:
        return False
    return any(_RAL_FROM <= value < _RAL_TO for _, value in one.numbers.keys() & other.numbers.keys())


def _makers(one: Facts, other: Facts, found: Agreement) -> str | None:
    if one.makers and other.makers:
        found.shared += 1
        found.points += _OF_MAKER
        if one.makers != other.makers and one.makers & other.makers:
            found.missing["series"] = 1  # makers have series that are called as other makers: «Rifar Monolit»
        return None if one.makers & other.makers else "maker"
    if one.makers or other.makers:
        silent = other if one.makers else one
        found.heard = _maker_heard(one.makers or other.makers, silent)
        if found.heard:
            found.shared += 1
            found.points += _OF_MAKER
        else:
            found.missing["maker"] += 1
    return None


def _maker_heard(makers: Iterable[str], facts: Facts) -> str | None:
    """The word by which a name means a maker that is written otherwise in the files: «Кроноспан», «Jutafol»."""
    for word, weight in facts.words.items():
        if weight in UNKNOWN and any(sounds_like(word, maker) for maker in makers):
            return word
    return None


def _sides(one: Facts, other: Facts, found: Agreement) -> str | None:
    if one.sides == other.sides:
        return None
    if one.sides and other.sides:
        return "side"
    silent = other if one.sides else one
    if (one.sides or other.sides) not in implied_sides(tables_of(silent.wording)):
        found.missing["side"] += 1
    return None


def _counted_numbers(one: Facts, other: Facts, found: Agreement) -> str | None:
    before = found.points
    contradiction = _numbers(one, other, found)
    found.numbers = found.points - before
    return contradiction


@lru_cache(maxsize=4_096)
def _digits(value: float) -> int:
    """How many digits say more than the size: 2 of 2500 and of 0.25, 4 of 3033. What has many is seldom by chance."""
    return len(f"{value:g}".replace(".", "").strip("0"))


def _numbers(one: Facts, other: Facts, found: Agreement) -> str | None:
    for kind in one.remarks.keys() & other.remarks.keys() - _NO_CONTRADICTION:
        few, many = sorted((one.remarks[kind], other.remarks[kind]), key=len)
        if not all(any(_agree(kind, a, b) for b in many) for a in few):
            return "remark"
        found.points += kind in RATINGS
    if ARTICLE in one.remarks and ARTICLE in other.remarks and one.makers & other.makers and other_articles(one, other):
        return "article"
    if _reordered(one, other):
        return "order"
    return _compared(one, other, found)


def _compared(one: Facts, other: Facts, found: Agreement) -> str | None:
    if one.distinct is not None and one.distinct == other.distinct:
        found.points += len(one.distinct)
        return None
    ours, theirs = without_sorts(one.numbers, other.numbers), without_sorts(other.numbers, one.numbers)
    left, right = _without(ours, theirs), _without(theirs, ours)
    if remarked_otherwise(left, one, other) or remarked_otherwise(right, other, one):
        return "number"
    if one.makers & other.makers and (_other_article(left, other, found) or _other_article(right, one, found)):
        return "article"
    if left and right:
        convert(left, right, one, other)
    form = one.form or other.form
    met = [_met(ours, left, theirs, form), _met(theirs, right, ours, form)]
    found.points += max(map(len, met))
    forget(left, right, met[0], form, remarks_of(other, one))
    forget(right, left, met[1], form, remarks_of(one, other))
    _forget_implied(left, other)
    _forget_implied(right, one)
    if form is Form.ROLL and (unrolled(left, other) or unrolled(right, one)):
        return "number"
    if left and right and (_is_measured(left, right) or kinds_of(left) & kinds_of(right)):
        return "number"
    _count(left, right, form, found)
    return None


def _is_measured(left: Counter[Number], right: Counter[Number]) -> bool:
    """Whether a number may stand in the place of another: one in a word counts what that word says."""
    counting = [{bool(kind.startswith(COUNTED)) for kind in kinds_of(numbers)} for numbers in (left, right)]
    return "" in kinds_of(left) | kinds_of(right) or all(False in one for one in counting)


def _other_article(numbers: Counter[Number], other: Facts, found: Agreement) -> bool:
    """Whether one of the numbers is how an article begins, and none of the other name's; what is one is no question."""
    if ARTICLE not in other.remarks:
        return False
    begun = begun_article(numbers, other)
    if begun:
        del numbers[begun]
        found.points += _OF_ARTICLE
    return begun is None and other_begun_article(numbers, other)


def _count(left: Counter[Number], right: Counter[Number], form: Form | None, found: Agreement) -> None:
    """The first number that one of the names does not say weighs the most."""
    numbers = 0
    for kind, _ in (*left.elements(), *right.elements()):
        if kind == "pieces":
            found.missing["count"] += form not in _PACKED_BY_SIZE
        elif kind.startswith(COUNTED):
            found.missing["counted"] += 1
        else:
            numbers += 1
    if numbers:
        found.missing["number alone"] = 1
    if numbers > 1:
        found.missing["further number"] = numbers - 1


def _met(ours: Counter[Number], left: Counter[Number], theirs: Counter[Number], form: Form | None) -> set[Number]:
    """The numbers that both say. One that is said twice here meets its one there: «63х63х5» is «63х5»."""
    met = ours.keys() - left.keys()
    if left and form in _SQUARE:
        met.update(number for number in left if number in theirs)
    return met


def _forget_implied(numbers: Counter[Number], silent: Facts) -> None:
    if not numbers:
        return
    perhaps = [number for number in numbers if number[1] in IMPLIED_NUMBERS]
    if not perhaps and len(numbers) < _SPACE:
        return
    sizes = [number for number in numbers if not number[0] and number[1] >= _SMALLEST_SIZE]
    if not perhaps and len(sizes) != _SPACE:
        return
    tables = tables_of(silent.wording)
    implied = implied_numbers(tables)
    gone = {number for number in perhaps if number[1] in implied}
    if len(sizes) == _SPACE and sizes_implied(tables):
        gone.update(sizes)
    for number in gone:
        del numbers[number]


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
