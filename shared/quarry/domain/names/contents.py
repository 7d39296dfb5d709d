"""How much one sold unit holds, as its name says.

A wrong price per kilogram is worse than none, so what is not certain is not read: which amounts of a name are what one
buys depends on the form of the goods.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from quarry.domain.names.amounts import Amount
from quarry.domain.names.goods import Form
from quarry.domain.names.product import ProductName
from quarry.domain.names.said import MOST, OF_SEVERAL, Said
from quarry.domain.names.sizes import (
    CENTIMETRES_FROM,
    CM,
    METRE,
    MILLIMETRES_FROM,
    MM,
    last_length,
    length_of_board,
    metres_of_mat,
    metres_of_plate,
    metres_of_roll,
    metres_of_tile,
)

_ONE: Final = Decimal(1)
_LEAST_UNKNOWN_MASS: Final = Decimal("0.01")  # «4G» is a model
_MOST_UNKNOWN_MASS: Final = Decimal(60)
_MOST_UNKNOWN_LITRES: Final = Decimal(25)
_MOST_FOAM_LITRES: Final = Decimal(2)
_ROLL: Final = "roll"
_LONG: Final = frozenset({Form.TAPE, Form.BAR, Form.CABLE})
_SMALLEST_MAT: Final = Decimal("0.1")
_SMALLEST_CARD: Final = Decimal("0.3")
_THINNEST_BOARD: Final = 10  # millimetres
_TWO, _THREE, _FOUR = 2, 3, 4


@dataclass(frozen=True, slots=True)
class Contents:
    """What one sold unit holds: kg, litres, m², m³, m, pieces, pairs. None: not said, or not certain."""

    mass: Decimal | None = None
    liquid: Decimal | None = None
    area: Decimal | None = None
    cubic: Decimal | None = None
    length: Decimal | None = None
    pieces: Decimal | None = None
    pairs: Decimal | None = None


def contents(product: ProductName, form: Form | None, pack: str | None) -> Contents:
    """``pack``: the code of the unit that is sold, if its count and its contents are what one buys."""
    said = Said(product, pack)
    found = _READERS[form](said) if form in _READERS else _of_unknown(said) if form is None else Contents()
    pieces = said.count() if said.packed else None
    length = found.length
    if length and pieces and form in _LONG and pack in OF_SEVERAL:
        length *= pieces
    pairs = said.one("pairs") if said.packed else None
    return Contents(found.mass, found.liquid, found.area, found.cubic, length, pieces, pairs)


def _of_unknown(said: Said) -> Contents:
    """Goods of no known class: what their like hold, and nothing as large as loads and vessels are."""
    mass, liquid = said.one("mass"), said.one("liquid")
    if said.pack in OF_SEVERAL and said.count():
        return Contents(area=said.one("area"), cubic=said.one("cubic"))  # of one piece, or of all
    return Contents(
        mass=mass if mass and _LEAST_UNKNOWN_MASS <= mass <= _MOST_UNKNOWN_MASS else None,
        liquid=liquid if liquid and liquid <= _MOST_UNKNOWN_LITRES else None,
        area=said.one("area"),
        cubic=said.one("cubic"),
        length=said.metres(),
    )


def _of_powder(said: Said) -> Contents:
    return Contents(mass=said.filled("mass"), liquid=said.filled("liquid"))


def _of_foam(said: Said) -> Contents:
    """A can; what it yields is many times more."""
    litres = [
        value
        for one in said.amounts
        if "x" not in one.signs
        for value, unit in zip(one.values, one.units, strict=True)
        if unit and unit.measure == "liquid" and one.per != "time" and 0 < value * unit.factor <= _MOST_FOAM_LITRES
        for value in (value * unit.factor,)
    ]
    mass = said.filled("mass")
    if litres:
        return Contents(mass=mass, liquid=said.of_all(min(litres)))
    large = said.filled("liquid") if said.packed and not mass else None
    return Contents(mass=mass, liquid=large if large and large <= _MOST_UNKNOWN_LITRES else None)


def _of_bulk(said: Said) -> Contents:
    cubic, litres = said.one("cubic"), said.one("liquid")
    return Contents(mass=said.one("mass"), cubic=cubic or (litres * MM if litres else None))


def _of_sheet(said: Said) -> Contents:
    return Contents(area=_area(said, metres_of_plate))


def _of_tile(said: Said) -> Contents:
    return Contents(area=_area(said, metres_of_tile))


def _area(said: Said, metres: Callable[[Amount], list[Decimal] | None]) -> Decimal | None:
    """Of a piece its sizes, of a pack what is said of it, else the sizes times the pieces."""
    stated = said.one("area")
    piece = next((sizes for one in said.sizes() if (sizes := metres(one)) and len(sizes) <= _THREE), None)
    if piece is None:
        return stated
    long, wide = sorted(piece, reverse=True)[:2]
    area = long * wide
    if not Decimal("0.0001") <= area <= Decimal(30):
        return stated
    if not said.packed:
        return area
    pieces = said.one("pieces")
    return stated or (area * pieces if pieces else None)


def _of_wool(said: Said) -> Contents:
    """Plates and mats are bought by volume as well as by area: each follows from the other and the thickness."""
    area, cubic = said.one("area"), said.one("cubic")
    groups = [metres_of_mat(one) for one in said.sizes()]
    sizes = next((group for group in groups if group and len(group) >= _THREE), None)
    number = said.count() if said.packed else _ONE
    if number is None and said.pack == _ROLL:  # two mats may lie in it
        number = _ONE
    if sizes is None and not area and not cubic:
        flat = next((group[0] * group[1] for group in groups if group), None)
        area = flat * number if flat and number and flat >= _SMALLEST_MAT else None
    if sizes and len(sizes) == _FOUR:
        number, sizes = sizes[0] / MM, sizes[1:]
    thick = min(sizes) if sizes else _thickness(said)
    if sizes and number and not area and not cubic:
        volume = sizes[0] * sizes[1] * sizes[2] * number
        cubic = volume if volume <= MOST["cubic"] else None
    if thick and area and not cubic:
        cubic = area * thick
    if thick and cubic and not area:
        area = cubic / thick
    if area or cubic:
        return Contents(area=area, cubic=cubic)
    return Contents(mass=said.one("mass"), length=said.metres())


def _thickness(said: Said) -> Decimal | None:
    found = {
        one.values[0] * one.unit.factor * MM
        for one in said.amounts
        if len(one.values) == 1 and one.unit and one.unit.measure == "length" and one.unit.factor < METRE
    }
    return found.pop() if len(found) == 1 else None


def _of_roll(said: Said) -> Contents:
    area = said.one("area")
    if area is None:
        sizes = [wide for one in said.sizes() if len(one.values) == _TWO and (wide := metres_of_roll(one))]
        area = sizes[0][0] * sizes[0][1] if len(sizes) == 1 else None
    length = said.metres()
    width = _width(said)
    if area is None:
        area = length * width if length and width else said.of_two_sides()
    mass = None if area or length else said.one("mass")  # wrapping film is sold by weight
    return Contents(mass=mass, area=area if area and area <= MOST["area"] else None, length=length)


def _width(said: Said) -> Decimal | None:
    found = {
        one.values[0] * (one.unit.factor * MM if one.unit else _ONE)
        for one in said.amounts
        if one.mark == "width" and len(one.values) == 1
    }
    return found.pop() if len(found) == 1 else None


def _of_mesh(said: Said) -> Contents:
    """The first sizes are the cell's, and the wire's; a card's or a roll's have metres, or come second."""
    area = said.one("area")
    groups = [one for one in said.sizes() if len(one.values) == _TWO]
    if area is None:
        chosen = [one for one in groups if one.unit and one.unit.factor == METRE]
        if not chosen and len(said.sizes()) > 1:
            chosen = [one for one in said.sizes()[1:] if len(one.values) == _TWO]
        if not chosen and len(said.sizes()) == 1:
            chosen = [one for one in groups if one.values[0] <= _THREE < CENTIMETRES_FROM <= one.values[1]]
        wide = metres_of_roll(chosen[0], _SMALLEST_CARD) if len(chosen) == 1 else None
        area = wide[0] * wide[1] if wide else said.of_two_sides()
    return Contents(area=area, length=said.metres())


def _of_tape(said: Said) -> Contents:
    length = said.metres()
    if length is None:
        ends = {length for one in said.sizes() if len(one.values) == _TWO and (length := _longest(one)) and length >= 1}
        length = ends.pop() if len(ends) == 1 else None
    mass = None if length else said.one("mass")  # tow
    return Contents(length=length, mass=mass if mass and mass <= _MOST_UNKNOWN_MASS else None)


def _longest(one: Amount) -> Decimal | None:
    """The longer of two sides in metres. A unit that both share may be the last one's alone: «18х10 м»."""
    if one.unit is None:
        return None
    if not one.own_units:
        return one.values[-1] * one.unit.factor * MM
    return max(value * unit.factor * MM for value, unit in zip(one.values, one.units, strict=True) if unit)


def _of_bar(said: Said) -> Contents:
    length = said.metres()
    if length is None:
        ends = {end for one in said.sizes() if (end := last_length(one))}
        length = ends.pop() if len(ends) == 1 else None
    return Contents(length=length)


def _of_cable(said: Said) -> Contents:
    return Contents(length=said.metres())


def _of_block(said: Said) -> Contents:
    """By its sizes; «1м3=33,33шт» says the same."""
    for one in said.sizes():
        if len(one.values) == _THREE:
            factor = one.unit.factor * MM if one.unit else MM if max(one.values) >= MILLIMETRES_FROM else CM
            volume = one.values[0] * one.values[1] * one.values[2] * factor**3
            return Contents(cubic=volume if Decimal("0.0005") <= volume <= _TWO else None)
    ratio = next((one.equals for one in said.amounts if one.equals and one.values[0] == 1), None)
    return Contents(cubic=_ONE / ratio if ratio else None)


def _of_timber(said: Said) -> Contents:
    for one in said.sizes():
        length = said.metres()
        section = len(one.values) == _TWO and length is not None
        small = max(one.values) < MILLIMETRES_FROM
        if one.unit is None and small and not (section and min(one.values) >= _THINNEST_BOARD):
            continue
        sizes = (
            [value * MM for value in one.values]
            if section and small and one.unit is None
            else list(map(length_of_board, one.values, one.units))
        )
        if section and length:
            sizes.append(length)
        if len(sizes) == _THREE and max(sizes) >= CENTIMETRES_FROM / 10:
            volume = sizes[0] * sizes[1] * sizes[2]
            if Decimal("0.0002") <= volume <= _ONE:
                number = said.count() if said.packed else _ONE
                area = said.one("area") or (max(sizes) * sorted(sizes)[1] * number if number else None)
                return Contents(area=area, cubic=volume * number if number else None, length=max(sizes))
    return Contents(area=said.one("area"), cubic=said.one("cubic"))


def _of_fastener(said: Said) -> Contents:
    return Contents(mass=said.one("mass") if said.packed and not said.one("pieces") else None)


def _of_metal(said: Said) -> Contents:
    return Contents(mass=said.one("mass"), length=said.metres())


_READERS: Final[Mapping[Form | None, Callable[[Said], Contents]]] = {
    Form.POWDER: _of_powder,
    Form.LIQUID: _of_powder,
    Form.FOAM: _of_foam,
    Form.BULK: _of_bulk,
    Form.SHEET: _of_sheet,
    Form.TILE: _of_tile,
    Form.WOOL: _of_wool,
    Form.ROLL: _of_roll,
    Form.MESH: _of_mesh,
    Form.TAPE: _of_tape,
    Form.BAR: _of_bar,
    Form.CABLE: _of_cable,
    Form.BLOCK: _of_block,
    Form.TIMBER: _of_timber,
    Form.FASTENER: _of_fastener,
    Form.METAL: _of_metal,
}
