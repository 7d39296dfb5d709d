"""What a name says that may tell its goods from others: makers, words, sides and numbers, each in one form."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import combinations
from typing import Final

from quarry.domain.names.amounts import Amount
from quarry.domain.names.goods import Form
from quarry.domain.names.meanings import UnitWord
from quarry.domain.names.product import ProductName, read
from quarry.domain.names.sizes import metres_of_roll
from quarry.domain.names.terms import Weight, maker_of, maker_of_two, side_of, terms_of, written_out
from quarry.domain.text import one_alphabet
from quarry.domain.units import Dimension, counted_unit

_FITTING_ANGLES: Final = frozenset({11, 15, 22, 30, 43, 45, 60, 67, 87, 88, 90})
# «ЛР+», «Профи +», but not «смола + отвердитель».
_PLUS: Final = re.compile(r"[^\W\d_] ?\+(?! ?\w)|[^\W\d_] \+(?= (?:\d|[А-ЯЁ]{2}))")
# «М500» and «D600» are also called 500 and 600.
_OMITTED: Final = frozenset("мдdlhфсc")
_PLUS_WORD: Final = "плюс"
_POLYPROPYLENE: Final = one_alphabet("pp")  # «PP-R»
_BORES: Final = {8: "0.25", 10: "0.375", 15: "0.5", 20: "0.75", 25: "1", 32: "1.25", 40: "1.5", 50: "2"}
_ARTICLE_FROM: Final = 100_000
_CENTIMETRES_TO: Final = 125
# «В», but neither the letter of «М500» and «D 600», nor «L=3м».
_TYPE: Final = re.compile(
    r"(?<![^\W\d])(?![DMМ]\s|Д\s\d{3}\b)([A-ZА-ЯЁ])(?![\w/]|[-=.]?\d)|(?<=\d)(?![DДMМXХ])([A-ZА-Я])(?=\d)"
    r"|(?<=\d)([abcdefhijknopqrsuyzбдежзийнопруфцшщэюя])(?!\w)"
)
_PACKS: Final = frozenset({"pack", "bundle", "box", "kit", "bag", "set"})
_NAMING: Final = frozenset({"diameter", "number", "sort"})
_DRY: Final = frozenset({Form.SHEET, Form.TILE, Form.ROLL, Form.MESH, Form.BAR, Form.BLOCK, Form.TIMBER, Form.FASTENER})
# Of what sort an amount is no more than a remark, and for which goods it is more.
_REMARKS: Final = frozenset({"power", "rated"})
_FILLED: Final = frozenset({"mass", "liquid"})
_SPREAD: Final = frozenset({"area", "cubic"})
_BY_AREA: Final = frozenset({Form.ROLL, None})
_COUNTING: Final = frozenset({"count", "pieces", "liquid", "area"})
_LONGEST_IN_METRES: Final = 13
_WOUND: Final = frozenset({Form.ROLL, Form.MESH})
_MILLIMETRES: Final = 1000
_SHORTEST_ROLL: Final = 4
_PLANE: Final = 2
_SPACE: Final = 3
_LAYERED: Final = frozenset({Form.POWDER, Form.LIQUID})
_FOUND_BY: Final = frozenset({Weight.DETAIL, Weight.NAMED, Weight.TELLING})
_FITTING: Final = "fitting"
_ANCHORS: Final = 4
_BEGINNING: Final = 5
_SIZES: Final = 3

Number = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Facts:
    """``words`` with what each weighs; ``cut`` are those that may be abbreviated. ``head`` is the stem of the noun.

    ``numbers`` are what the goods measure: kind and value, how often; ``distinct``: the same, where each is said once
    and none is a sort. ``remarks`` count only against a remark of the same kind: what a pallet holds, a power.
    ``sides``: i and o, sorted. ``orders``: sizes whose order counts.
    """

    head: str | None
    makers: frozenset[str]
    words: dict[str, Weight]
    cut: frozenset[str]
    sides: str
    orders: tuple[tuple[Decimal, ...], ...]
    numbers: Counter[Number]
    distinct: frozenset[Number] | None
    remarks: dict[str, frozenset[float]]
    form: Form | None
    packed: bool


@lru_cache(maxsize=16_384)
def facts_of(name: str, unit: str | None) -> Facts:
    """Of a name as it is written: a capital letter by itself is a type («Изоспан В»)."""
    name = written_out(name)
    product = read(name)
    sold = counted_unit(unit)[1]
    packed = sold is not None and sold.dimension is Dimension.PACKS and sold.code in _PACKS
    form = product.goods.form if product.goods else None
    makers, words, cut, sides, head = _words(product, _types(name), tap="ВН" in name or "BH" in name)
    for one in product.amounts:
        if one.code and len(one.code) == 1 and one.code not in _OMITTED and one.mark != "sort":
            words[one_alphabet(one.code)] = Weight.NAMED
    if _PLUS.search(name):
        words[_PLUS_WORD] = Weight.TELLING
    numbers, remarks = _numbers(product, form, packed=packed)
    return Facts(
        head,
        frozenset(makers),
        words,
        frozenset(cut),
        "".join(sorted(sides)),
        _orders(product),
        numbers,
        frozenset(numbers) if all(times == 1 and kind != "sort" for (kind, _), times in numbers.items()) else None,
        remarks,
        form,
        packed,
    )


def _orders(product: ProductName) -> tuple[tuple[Decimal, ...], ...]:
    """The sizes whose order tells fittings apart: «22/500/600», «32х25х32»."""
    if product.goods is None or product.goods.code != _FITTING:
        return ()
    return tuple(one.values for one in product.amounts if len(one.values) > 1 and "-" not in one.signs)


def _types(name: str) -> frozenset[str]:
    """Capital letters by themselves, in one alphabet and small; none where all letters are capitals."""
    return (
        frozenset()
        if name.isupper()
        else frozenset(one_alphabet(one.lower()) for pair in _TYPE.findall(name) for one in pair if one)
    )


def _words(
    product: ProductName, types: frozenset[str], *, tap: bool
) -> tuple[set[str], dict[str, Weight], set[str], str, str | None]:
    makers: set[str] = set()
    words: dict[str, Weight] = {}
    cut: set[str] = set()
    sides: list[str] = []
    head = None
    skip = False
    for at, said in enumerate(product.words):
        if skip:
            skip = False
            continue
        following = product.words[at + 1].word if at + 1 < len(product.words) else ""
        pair = maker_of_two(said.word, following)
        maker = pair or maker_of(said.word)
        if maker:
            makers.add(maker)
            skip = pair is not None
            continue
        side = side_of(said.word)
        if side:
            sides.append(_alone(side, said.word, product, at, tap=tap))
            continue
        if len(said.word) == 1:
            if said.word in types and not (said.word == "r" and at and product.words[at - 1].word == _POLYPROPYLENE):
                words[said.word] = Weight.NAMED
            continue
        for term, weight in terms_of(said.word):
            if at == product.head and head is None:
                head = term
            if weight is not Weight.NOISE:
                words[term] = weight
                if at in product.cut:
                    cut.add(term)
    return makers, words, cut, "".join(sides), head


def _alone(side: str, word: str, product: ProductName, at: int, *, tap: bool) -> str:
    """«вн» beside «нар» or a thread is the inside; alone it is a tap's «ВН»: one of each."""
    if word != "вн" or not tap:
        return side
    beside = (product.words[at - 1].word if at else "", *(said.word for said in product.words[at + 1 : at + 2]))
    if any(side_of(one) or one == "р" or one.startswith("резьб") for one in beside):
        return side
    return "io"


def _numbers(
    product: ProductName, form: Form | None, *, packed: bool
) -> tuple[Counter[Number], dict[str, frozenset[float]]]:
    """Repeated over two groups a number is one: «Ду-15 (1/2")», «50мм, 1000*600*50»."""
    numbers: dict[Number, int] = {}
    coded: dict[Number, int] = {}
    remarks: dict[str, set[float]] = {}
    for one in product.amounts:
        if _is_article(one):
            continue
        group: dict[Number, int] = {}
        for kind, value in _of_amount(one, form, packed=packed):
            if kind.startswith("-"):
                remarks.setdefault(kind, set()).add(value)
            else:
                group[kind, value] = group.get((kind, value), 0) + 1
        if (one.code and one.mark != "bore") or one.mark in _NAMING:
            for number, times in group.items():
                coded[number] = coded.get(number, 0) + times
        else:
            for number, times in group.items():
                numbers[number] = max(numbers.get(number, 0), times)
    for number, times in coded.items():
        numbers[number] = numbers.get(number, 0) + times
    if form is Form.FOAM:
        litres = sorted(value for kind, value in numbers if kind == "liquid")
        for value in litres[1:]:
            del numbers["liquid", value]
    return Counter(numbers), {kind: frozenset(values) for kind, values in remarks.items()}


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
    for value, unit in zip(one.values, one.units, strict=True):
        yield from _number(one, value * 10 if small else value, unit, form, packed=packed)


def _number(one: Amount, value: Decimal, unit: UnitWord | None, form: Form | None, *, packed: bool) -> Iterator[Number]:
    number = float(value)
    if unit is None or (unit.measure == "rated" and one.code):
        if one.mark == "bore" and not one.signs and int(value) in _BORES:
            yield "inch", float(_BORES[int(value)])
        else:
            yield ("sort" if one.mark == "sort" else ""), number
        return
    if one.per == "pallet" or (one.per in {"cubic", "wound"} and unit.measure in _COUNTING):
        return
    kind, scaled = unit.measure, float(value * unit.factor)
    if kind == "length" and unit.factor == _MILLIMETRES and one.signs and value > _LONGEST_IN_METRES:
        scaled = number  # «96х14х3 м»
    if kind == "mass" and _is_angle(number, unit, form):
        yield "angle", number
    elif one.limited:
        yield f"-limit {kind}", scaled
    elif one.per and one.per not in {"pack", "wound", "piece"}:
        yield f"-{kind}/{one.per}", scaled
    elif kind == "pieces":
        said_of_goods = packed or not (one.bracketed or one.per or one.holds)
        yield (kind if said_of_goods else "-pieces"), scaled
    elif kind in _REMARKS or (kind in _FILLED and form in _DRY) or (kind in _SPREAD and form not in _BY_AREA):
        yield f"-{kind}", scaled
    else:
        yield ("" if kind in {"length", "count"} else kind), scaled


def _is_angle(value: float, unit: UnitWord, form: Form | None) -> bool:
    return form is Form.PIECE and unit.factor < 1 and value in _FITTING_ANGLES


def candidate_keys(name: str, unit: str | None) -> tuple[str, ...]:
    """Under which a name is looked for: names that may mean one material share one at least.

    Each is a maker, or the beginning of the noun or of a word that tells goods apart, with one of the largest numbers;
    where there is no number, with another of them.
    """
    facts = facts_of(name, unit)
    said = sorted(word for word, weight in facts.words.items() if weight in _FOUND_BY) or sorted(facts.words)
    # The noun too: the other name may lack all that tells these goods from others.
    noun = {facts.head[:_BEGINNING]} if facts.head in facts.words else set()
    anchors = sorted({*facts.makers, *(word[:_BEGINNING] for word in said[:_ANCHORS]), *noun})
    sizes = sorted({value for _, value in facts.numbers}, reverse=True)[:_SIZES]
    if facts.form is Form.ROLL and len(sizes) >= _PLANE:
        sizes.append(sizes[0] * sizes[1] / _MILLIMETRES**2)  # the other name may say the area alone
    if sizes:
        digits = set(map(_digits, sizes))
        return tuple(f"{anchor}|{found}" for anchor in anchors for found in sorted(digits))
    return tuple(f"{one}|{other}" for one, other in combinations(anchors, 2)) or tuple(anchors)


@lru_cache(maxsize=4_096)
def _digits(size: float) -> str:
    """The same of metres as of millimetres."""
    return f"{size:.10g}".replace(".", "").strip("0")
