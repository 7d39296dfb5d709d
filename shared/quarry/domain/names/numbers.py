"""What the numbers of a name measure, each in one form, and which of them are no more than remarks."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from quarry.domain.names.amounts import Amount
from quarry.domain.names.articles import ARTICLE
from quarry.domain.names.goods import Form
from quarry.domain.names.meanings import AREA, KILOGRAM, METRE, UnitWord
from quarry.domain.names.product import ProductName
from quarry.domain.names.sizes import metres_of_roll
from quarry.domain.text import one_alphabet
from quarry.domain.units import Dimension, Unit

Number = tuple[str, float]

COUNTED: Final = "of"  # «шестигранный»
FITTING_ANGLES: Final = frozenset({11, 15, 22, 30, 43, 45, 60, 67, 87, 88, 90})
BORES: Final = {8: "0.25", 10: "0.375", 15: "0.5", 20: "0.75", 25: "1", 32: "1.25", 40: "1.5", 50: "2"}
_ARTICLE_FROM: Final = 100_000
_CENTIMETRES_TO: Final = 125
_PACKS: Final = frozenset({"pack", "bundle", "box", "kit", "bag", "set"})
_NAMING: Final = frozenset({"diameter", "number", "sort"})
_DRY: Final = frozenset({Form.SHEET, Form.TILE, Form.ROLL, Form.MESH, Form.BAR, Form.BLOCK, Form.TIMBER, Form.FASTENER})
# Of what sort an amount is no more than a remark, and for which goods it is more.
_REMARKS: Final = frozenset({"power", "rated"})
_PLAIN: Final = frozenset({"length", "count", "section"})
_FILLED: Final = frozenset({"mass", "liquid"})
SPREAD: Final = frozenset({"area", "cubic"})  # what follows from sizes
_BY_AREA: Final = frozenset({Form.ROLL, None})
_COUNTS: Final = frozenset({"count", "pairs", "plates"})
_COUNTING: Final = frozenset({*_COUNTS, "pieces", "liquid", "area"})
_LONGEST_IN_METRES: Final = 13
_WOUND: Final = frozenset({Form.ROLL, Form.MESH})
_HUNDRED: Final = 100
_THOUSAND: Final = 1000
_YIELD: Final = 20  # litres of foam
_CODE: Final = "-code"
CORES: Final = "-cores"  # of a cable whose section alone may say what one with one core is
CENTIMETRES: Final = "-centimetres"
_CENTIMETRE: Final = 10
_SHORTEST_ROLL: Final = 4
_SPACE: Final = 3
_LAYERED: Final = frozenset({Form.POWDER, Form.LIQUID})
_DISC_BORES: Final = {22.2: 22.0, 22.23: 22.0}
_MILLIMETRES: Final = 1000
_PLANE: Final = 2
_WOUND_UP: Final[dict[Dimension | None, UnitWord]] = {
    Dimension.LENGTH: METRE,
    Dimension.AREA: AREA,
    Dimension.MASS: KILOGRAM,
}


def numbers_of(
    product: ProductName, form: Form | None, code: Amount | None, sold: Unit | None
) -> tuple[Counter[Number], dict[str, frozenset[float]]]:
    """What the goods measure, and remarks, whose kinds begin with a minus. ``code``: an article, which is a remark.

    Repeated over two groups a number is one: «Ду-15 (1/2")», «50мм, 1000*600*50».
    """
    dimension = sold.dimension if sold else None
    packed = sold is not None and dimension is Dimension.PACKS and sold.code in _PACKS
    wound_up = _WOUND_UP.get(dimension)
    numbers: dict[Number, int] = {}
    coded: dict[Number, int] = {}
    remarks: dict[str, set[float]] = {} if code is None else {_CODE: {_joined(code)}}
    for one in product.amounts:
        if _is_article(one) or one is code:
            if one is not code:
                remarks.setdefault(ARTICLE, set()).update(map(float, one.values))
            continue
        group: dict[Number, int] = {}
        aside = bool(one.per or one.holds or one.bracketed)
        wound = aside and wound_up is not None and not one.signs and one.unit == wound_up
        for kind, value in _of_amount(one, form, packed=packed):
            if wound:  # how much is wound up of what is sold by the metre
                remarks.setdefault("-wound", set()).add(value)
            elif kind.startswith("-"):
                remarks.setdefault(kind, set()).add(value)
            else:
                group[kind, value] = group.get((kind, value), 0) + 1
        _add(group, numbers, coded if (one.code and one.mark != "bore") or one.mark in _NAMING else None)
    for number, times in coded.items():
        numbers[number] = numbers.get(number, 0) + times
    if form is Form.FOAM:
        litres = sorted(value for kind, value in numbers if kind == "liquid")
        for value in litres[1:]:
            del numbers["liquid", value]
            if value >= _YIELD:
                numbers["", value] = 1
    return Counter(numbers), {kind: frozenset(values) for kind, values in remarks.items()}


def _add(group: dict[Number, int], numbers: dict[Number, int], coded: dict[Number, int] | None) -> None:
    for number, times in group.items():
        if coded is None:
            numbers[number] = max(numbers.get(number, 0), times)
        else:
            coded[number] = coded.get(number, 0) + times


def _is_article(one: Amount) -> bool:
    return one.mark == "article" or (
        one.unit is None and len(one.values) == 1 and one.code is None and one.values[0] >= _ARTICLE_FROM
    )


def _of_amount(one: Amount, form: Form | None, *, packed: bool) -> Iterator[Number]:
    """Kinds that begin with a minus are remarks."""
    if one.equals is not None:
        return
    if (
        form in _LAYERED
        and one.signs == "-"
        and one.code is None
        and (one.unit is None or one.unit.measure == "length")
    ):
        return  # a layer: «3-30 мм»
    small = form is Form.TILE and one.unit is None and "x" in one.signs and max(one.values) <= _CENTIMETRES_TO
    if form in _WOUND and len(one.values) == _PLANE and not one.own_units and "x" in one.signs:
        wide = metres_of_roll(one)
        if wide and max(wide) >= _SHORTEST_ROLL >= min(wide):
            yield from (("", float(size * _MILLIMETRES)) for size in wide)
            return
    if form is Form.TILE and len(one.values) == _SPACE and "x" in one.signs:
        yield from _number(one, one.values[0] * (10 if small else 1), one.units[0], form, packed=packed)
        yield from _number(one, one.values[1] * (10 if small else 1), one.units[1], form, packed=packed)
        yield "-thickness", float(one.values[2] * (10 if small else 1))
        return
    if form is Form.CABLE and one.signs == "x":
        yield CORES, float(one.values[0])
    if form is Form.CABLE and one.signs == "x" and one.values[0] == 1:
        one = one._replace(values=one.values[1:], units=one.units[1:], signs="")  # of one core the section is all
    for value, unit in zip(one.values, one.units, strict=True):
        yield from _number(one, value * 10 if small else value, unit, form, packed=packed)
        if unit is not None and unit.factor == _CENTIMETRE and unit.measure == "length":
            yield CENTIMETRES, float(value)


def last_code(product: ProductName) -> Amount | None:
    """An article behind all else: «RR570», «561-261», «(8)» in a package."""
    if not product.amounts:
        return None
    last = product.amounts[-1]
    if last.unit or last.mark or last.place < len(product.words):
        return None
    before = product.amounts[-2].place if len(product.amounts) > 1 else 0
    if last.signs and last.place > before and product.words[-1].word.isascii():
        return None  # «GWS 750-125»
    whole, more = last.values[0], len(last.values)
    if any(last.units) or any(one % 1 for one in last.values):
        return None
    if last.code is None:
        pair = last.signs == "-" and more == _PLANE and max(last.values) < _THOUSAND and whole >= _HUNDRED
        return last if pair or (last.bracketed and more == 1 and whole < _HUNDRED) else None
    return last if len(last.code) > 1 and more == 1 and whole >= _HUNDRED and _is_latin(last.code) else None


def _is_latin(code: str) -> bool:
    return one_alphabet(code).isascii()


def _joined(one: Amount) -> float:
    return float(sum(value * _THOUSAND**place for place, value in enumerate(reversed(one.values))))


def _number(one: Amount, value: Decimal, unit: UnitWord | None, form: Form | None, *, packed: bool) -> Iterator[Number]:
    number = float(value)
    if not number and one.signs == "-":
        return  # «0-6 бар»
    number = _DISC_BORES.get(number, number)
    if unit is None or (unit.measure == "rated" and one.code):
        if one.mark == "bore" and form is not Form.BAR and all(size in BORES for size in one.values):
            yield "inch", float(BORES[int(value)])
        else:
            yield ("sort" if one.mark == "sort" else ""), number
        return
    if one.per == "pallet" or (one.per in {"cubic", "wound"} and unit.measure in _COUNTING):
        return
    kind, scaled = _measured(unit, value, form)
    if kind == "length" and unit.factor == _MILLIMETRES and one.signs and value > _LONGEST_IN_METRES:
        scaled = number  # «96х14х3 м»
    if kind == "mass" and _is_angle(number, unit, form):
        yield "angle", number
    elif one.limited:
        yield f"-limit {kind}", scaled
    elif one.per and (one.per not in {"pack", "wound", "piece"} or kind == "count"):
        yield f"-{kind}/{one.per}", scaled
    elif kind == "pieces":
        said_of_goods = packed or not (one.bracketed or one.per or one.holds)
        yield (kind if said_of_goods else "-pieces"), scaled
    elif kind in _REMARKS or (kind in _FILLED and form in _DRY) or (kind in SPREAD and form not in _BY_AREA):
        yield f"-{kind}", scaled
    else:
        yield ("" if kind in _PLAIN else kind), scaled


def _measured(unit: UnitWord, value: Decimal, form: Form | None) -> tuple[str, float]:
    scaled = float(value * unit.factor)
    scaled = _DISC_BORES.get(scaled, scaled)
    if unit.measure == "liquid" and form is Form.BULK:
        return "cubic", scaled / _THOUSAND
    return ("count" if unit.measure in _COUNTS else unit.measure), scaled


def _is_angle(value: float, unit: UnitWord, form: Form | None) -> bool:
    return form is Form.PIECE and unit.factor < 1 and value in FITTING_ANGLES
