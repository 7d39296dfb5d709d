"""Numbers of what somebody asks for, beside those of what is offered: which are said, and which are others."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from quarry.domain.names.agreement import without_sorts
from quarry.domain.names.amounts import Amount
from quarry.domain.names.asked import Said
from quarry.domain.names.fits import Fit
from quarry.domain.names.numbers import BORES, CENTIMETRES, Number
from quarry.domain.names.product import ProductName
from quarry.domain.names.scales import METRE, same_number, scaled, sides_scaled
from quarry.domain.text import one_alphabet

_SILENT_NUMBER: Final = 1.0
_SILENT_GRADE: Final = 0.2
_PLANE: Final = 2
_HELD: Final = frozenset({"mass", "liquid", "area", "cubic", "pieces", "angle"})
_FITTING: Final = "fitting"
_DENSITY: Final = "-mass/cubic"
_BY_AREA: Final = "-mass/area"
_GRAMS: Final = 1000
_COUNTED: Final = "-limit count"
_ASIDE: Final = ("-rated", "-thickness", _COUNTED, _DENSITY)
_COUNTS: Final = frozenset({"count", "pieces"})
_RIGHT_ANGLES: Final = frozenset({87.0, 87.5, 88.0, 90.0})
_SMALLEST_BORE: Final = 10
_LARGEST_BORE: Final = 250
_BORE: Final = one_alphabet("ду")
# Ratings that stand before a size: all other letters before a number make a mark of both, as «МР-3» of an electrode.
_RATINGS: Final = frozenset(map(one_alphabet, ("pn", "sn", "sdr", "dn", "ду", "ру")))


def compared(wanted: Said, given: Said) -> Fit:
    remarks, others = wanted.facts.remarks, given.facts.remarks
    for kind in remarks.keys() & others.keys() - {"-pieces"}:
        if remarks[kind].isdisjoint(others[kind]) and not (kind == _DENSITY and _is_between(remarks, others)):
            return Fit(conflict=kind[1:])
    if _is_other_inch(wanted, given):
        return Fit(conflict="another size")
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
    loosely = _in_metres_alone(wanted, given, more)
    silent = [*left.elements(), *_uncounted(wanted, given)]
    costs = tuple(_SILENT_GRADE if value in grades else _SILENT_NUMBER for _, value in silent)
    costs += (_SILENT_GRADE,) * len(loosely)
    silent += loosely
    return Fit(sum(costs), tuple(f"{value:g}" for _, value in silent), costs)


def _is_between(remarks: Mapping[str, frozenset[float]], others: Mapping[str, frozenset[float]]) -> bool:
    """«35-40 кг/м3»: any density between will do."""
    asked = remarks[_DENSITY]
    return any(min(asked) <= value <= max(asked) for value in others[_DENSITY])


def _uncounted(wanted: Said, given: Said) -> list[Number]:
    """«Коллектор на 5 выходов»: the number stands somewhere in «коллектор 5 вых.», and not in «2 вых.»."""
    counted = wanted.facts.remarks.get(_COUNTED)
    if not counted or _COUNTED in given.facts.remarks:
        return []
    least, most = min(counted), max(counted)
    return [] if any(least <= value <= most for _, value in given.facts.numbers) else [("", least)]


def _in_metres_alone(wanted: Said, given: Said, more: Counter[Number]) -> list[Number]:
    """«Швеллер 12»: the one number asked for is better met by «12П» than by the length of «10П 12 м»."""
    asked = list(wanted.facts.numbers.elements())
    in_metres = all(not kind and (kind, value * METRE) in given.facts.numbers for kind, value in asked)
    beside = any(not kind and value < METRE for kind, value in more)
    return asked if len(asked) == 1 and in_metres and beside and asked[0] not in given.facts.numbers else []


def _is_other_inch(wanted: Said, given: Said) -> bool:
    """«Редуктор давления 3/4»: the size of what limits a pressure is no pressure."""
    sizes = wanted.facts.remarks.get("-limit inch", frozenset())
    theirs = {value for kind, value in given.facts.numbers if kind == "inch"}
    return bool(sizes and theirs and sizes.isdisjoint(theirs))


def _unmatched(wanted: Said, given: Said) -> tuple[Counter[Number], Counter[Number]]:
    mine, theirs = wanted.facts, given.facts
    ours, others = without_sorts(mine.numbers, theirs.numbers), theirs.numbers
    if any("/" in one.signs for one in wanted.product.amounts):
        others = without_sorts(others, mine.numbers)  # «4/4» is a sort, «4 мм» is none
    left, more, common = ours - others, others - ours, ours.keys() & others.keys()
    _pair(left, more, frozenset(float(value) for values in given.grades.values() for value in values))
    _bores(left, more, frozenset(float(value) for value in wanted.grades.get(_BORE, ())))
    if wanted.product.goods and wanted.product.goods.code == _FITTING:
        _in_inches(left, more)
        _angles(left, more)
    _remarked(left, given)
    _in_centimetres(left, more, wanted)
    _in_centimetres(more, left, given)
    _sides(left, more)
    _sides(more, left)
    if scaled(list(left.elements()), list(more.elements())):
        return Counter(), more  # a bath of 170х70 is 1700 by 700 mm
    if not _ranges(given.product):
        for low, high in _ranges(wanted.product):
            _within(low, high, left, more)
            _beside(low, high, left, given)
    plainly = {float(value) for one in given.product.amounts if not one.code for value in one.values}
    theirs_of = given.grades  # «плотность 25 (ПСБ-С-25)»
    plainly |= {float(value) for code, values in wanted.grades.items() for value in values & theirs_of.get(code, set())}
    sides = {float(value) for one in wanted.product.amounts for value in one.values if one.values.count(value) > 1}
    for one in [one for one in left if one in common and one[1] in plainly - sides - _marked(wanted)]:
        del left[one]  # a number twice: «PN20 20», «PN (20) 20х3,4»
    return left, more


def _marked(wanted: Said) -> set[float]:
    """Numbers of marks: «МР-3» says nothing of 3 mm."""
    marks = [values for code, values in wanted.grades.items() if len(code) > 1 and code not in _RATINGS]
    return {float(value) for values in marks for value in values}


def _remarked(left: Counter[Number], given: Said) -> None:
    """«33 класс 8 мм»: «33кл (1380х193х8)»; «сетка 160»: «160 г/м2»."""
    said_aside = {value for kind in _ASIDE for value in given.facts.remarks.get(kind, ())}
    said_aside |= {round(value * _GRAMS) for value in given.facts.remarks.get(_BY_AREA, ())}
    for one in [one for one in left if not one[0] and one[1] in said_aside]:
        del left[one]


def _in_centimetres(said: Counter[Number], others: Counter[Number], by: Said) -> None:
    """«Раковина 60 см»: «тумба 60»."""
    for value in by.facts.remarks.get(CENTIMETRES, ()):
        if ("", value * 10) in said and ("", value) in others:
            del said["", value * 10]
            del others["", value]


def _in_inches(left: Counter[Number], more: Counter[Number]) -> None:
    """A valve of 1/2" is «кран 15»."""
    for bore, inch in BORES.items():
        asked, said = ("inch", float(inch)), ("", float(bore))
        if asked in left and said in more:
            del left[asked], more[said]


def _angles(left: Counter[Number], more: Counter[Number]) -> None:
    """Sewer fittings of 87 and of 87.5° are the ones of 90°."""
    mine, theirs = (next((one for one in numbers if one[1] in _RIGHT_ANGLES), None) for numbers in (left, more))
    if mine and theirs:
        del left[mine], more[theirs]


def _sides(small: Counter[Number], large: Counter[Number]) -> None:
    """«90х90» of a shower tray is «900х900х150»."""
    sides = set(sides_scaled(list(small.elements()), list(large.elements())))
    if all(large["", side[1] * 10] >= small[side] for side in sides):
        for side in sides:
            del small[side], large["", side[1] * 10]


def _pair(left: Counter[Number], more: Counter[Number], coded: frozenset[float]) -> None:
    """``coded``: «11б27п1» is a type, of which no number is a size in inches."""
    for mine in list(left):
        for theirs in list(more):
            of_type = mine[0] == "inch" and not theirs[0] and theirs[1] in coded
            if left[mine] and more[theirs] and not of_type and same_number(mine, theirs):
                times = min(left[mine], more[theirs])
                left[mine] -= times
                more[theirs] -= times
    for numbers in (left, more):
        for one in [one for one, times in numbers.items() if not times]:
            del numbers[one]


def _bores(left: Counter[Number], more: Counter[Number], asked: frozenset[float]) -> None:
    """A valve of 20 is one of 3/4", and none of 1/2"; one of Ду100 is none of the sizes that are said in inches."""
    inches = [one for one in more if one[0] == "inch"]
    for kind, value in list(left):
        inch = BORES.get(int(value)) if not kind and value.is_integer() else None
        if inches and inch is None and value in asked:
            more["", 0.0] += 1
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


def _beside(low: float, high: float, left: Counter[Number], given: Said) -> None:
    """«плотность 35-40»: «40 кг/м3», which is no size of the goods."""
    if any(low <= value <= high for value in given.facts.remarks.get(_DENSITY, ())):
        for one in [one for one in left if one[1] in {low, high}]:
            del left[one]


def _is_reducer(wanted: Said, given: Said) -> bool:
    """A fitting of one size is no «тройник 20х25х20»."""
    goods = wanted.product.goods
    if goods is None or goods.code != _FITTING or any(len(one.values) > 1 for one in wanted.product.amounts):
        return False
    # «Коллектор на 8 выходов» counts, and says no size.
    sizes = [one for one in wanted.product.amounts if one.unit is None or one.unit.measure not in _COUNTS]
    asked = {value for one in sizes for value in one.values}
    return bool(asked) and any(
        len(set(one.values)) > 1 and _is_pair_of_sizes(one, asked) and not asked.issuperset(one.values)
        for one in given.product.amounts
    )


def _is_pair_of_sizes(amount: Amount, asked: set[Decimal]) -> bool:
    """«20х25»; «32/20» where one is asked for; «1/2» is one, «500/80», «500х80» a radiator's height and depth."""
    if "x" in amount.signs:
        return max(amount.values) <= _LARGEST_BORE
    bores = "/" in amount.signs and min(amount.values) >= _SMALLEST_BORE and max(amount.values) <= _LARGEST_BORE
    return bores and not asked.isdisjoint(amount.values)
