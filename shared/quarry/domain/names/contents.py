"""How much one sold unit holds, as its name says.

A wrong price per kilogram is worse than none, so what is not certain is not read: which amounts of a name are what one
buys depends on the form of the goods.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from quarry.domain.names.amounts import Amount
from quarry.domain.names.goods import Form
from quarry.domain.names.product import ProductName
from quarry.domain.names.sizes import (
    CENTIMETRES_FROM,
    CM,
    METRE,
    MILLIMETRES_FROM,
    MM,
    last_length,
    length_of_board,
    metres_of_plate,
    metres_of_roll,
    metres_of_tile,
)

_ONE: Final = Decimal(1)
_YEARS: Final = range(1950, 2100)
_PACKED: Final = frozenset({"pack", "wound"})
_MOST: Final[Mapping[str, Decimal]] = {
    "mass": Decimal(3000),
    "liquid": Decimal(1000),
    "area": Decimal(1000),
    "cubic": Decimal(30),
    "length": Decimal(10_000),
    "pieces": Decimal(100_000),
}
_LEAST_UNKNOWN_MASS: Final = Decimal("0.01")  # «4G» is a model
_MOST_UNKNOWN_MASS: Final = Decimal(60)
_MOST_UNKNOWN_LITRES: Final = Decimal(25)
_MOST_FOAM_LITRES: Final = Decimal(2)
# «А500С 11,7 м»: the letter before a length is not always its mark.
_UNMARKED: Final = frozenset({None, "bore", "sort"})
_SMALLEST_CARD: Final = Decimal("0.3")
_TWO, _THREE, _FOUR = 2, 3, 4


@dataclass(frozen=True, slots=True)
class Contents:
    """What one sold unit holds: kg, litres, m², m³, m, pieces. None: not said, or not certain."""

    mass: Decimal | None = None
    liquid: Decimal | None = None
    area: Decimal | None = None
    cubic: Decimal | None = None
    length: Decimal | None = None
    pieces: Decimal | None = None


class _Said:
    """The amounts of a name that may be contents of a unit sold by the piece or ``packed``."""

    def __init__(self, product: ProductName, *, packed: bool) -> None:
        self.packed = packed
        self.amounts = [one for one in product.amounts if not one.limited]

    def one(self, measure: str, *, least: bool = False) -> Decimal | None:
        """The one amount of that kind; None when two differ (``least``: the smallest is the net one)."""
        found = {value for amount in self.amounts for value in self._values(amount, measure)}
        if not found or (len(found) > 1 and not least):
            return None
        value = min(found)
        return value if 0 < value <= _MOST[measure] else None

    def _values(self, amount: Amount, measure: str) -> Iterable[Decimal]:
        """Of this amount. Area, pieces and the like of a pack are contents only where a pack is sold."""
        if not any(unit and unit.measure == measure for unit in amount.units) or amount.mark == "article":
            return
        if amount.per and amount.per not in _PACKED and not (amount.per == "piece" and not self.packed):
            return
        if amount.per == "pack" and not self.packed and measure in {"area", "cubic", "pieces"}:
            return
        if "x" in amount.signs or "-" in amount.signs or (amount.code and measure != "length"):
            return
        for value, unit in zip(amount.values, amount.units, strict=True):
            if unit and unit.measure == measure and not (unit.factor == MM and value in _YEARS):  # «2015 г.»
                yield value * unit.factor

    def sizes(self) -> list[Amount]:
        """The groups «a х b [х c]» of lengths."""
        return [
            one
            for one in self.amounts
            if "x" in one.signs and all(u is None or u.measure == "length" for u in one.units)
        ]

    def metres(self) -> Decimal | None:
        """The one length in metres that stands alone."""
        found = set()
        for one in self.amounts:
            if len(one.values) == 1 and one.mark == "length":
                value, unit = one.values[0], one.unit
                found.add(value * unit.factor * MM if unit else value if value < MILLIMETRES_FROM else value * MM)
        if not found:
            found = {
                value * MM
                for one in self.amounts
                if len(one.values) == 1 and one.unit and one.unit.measure == "length" and one.mark in _UNMARKED
                for value in (one.values[0] * one.unit.factor,)
                if value >= METRE or one.unit.factor == METRE
            }
        return found.pop() if len(found) == 1 and 0 not in found else None


def contents(product: ProductName, form: Form | None, *, packed: bool) -> Contents:
    """``packed``: a pack is sold, whose count and whose contents are what one buys."""
    said = _Said(product, packed=packed)
    pieces = said.one("pieces") if packed else None
    found = _READERS[form](said) if form in _READERS else _of_unknown(said) if form is None else Contents()
    return Contents(found.mass, found.liquid, found.area, found.cubic, found.length, found.pieces or pieces)


def _of_unknown(said: _Said) -> Contents:
    """Goods of no known class: what their like hold, and nothing as large as loads and vessels are."""
    mass, liquid = said.one("mass"), said.one("liquid")
    return Contents(
        mass=mass if mass and _LEAST_UNKNOWN_MASS <= mass <= _MOST_UNKNOWN_MASS else None,
        liquid=liquid if liquid and liquid <= _MOST_UNKNOWN_LITRES else None,
        area=said.one("area"),
        cubic=said.one("cubic"),
        length=said.metres(),
    )


def _of_powder(said: _Said) -> Contents:
    return Contents(mass=said.one("mass"), liquid=said.one("liquid"))


def _of_foam(said: _Said) -> Contents:
    """A can; what it yields is many times more."""
    litres = [
        value
        for one in said.amounts
        for value, unit in zip(one.values, one.units, strict=True)
        if unit and unit.measure == "liquid" and one.per != "time" and 0 < value * unit.factor <= _MOST_FOAM_LITRES
        for value in (value * unit.factor,)
    ]
    large = said.one("liquid") if not litres and not said.one("mass") else None
    sealant = large if large and large <= _MOST_UNKNOWN_LITRES and said.packed else None
    return Contents(mass=said.one("mass"), liquid=min(litres, default=sealant))


def _of_bulk(said: _Said) -> Contents:
    cubic, litres = said.one("cubic"), said.one("liquid")
    return Contents(mass=said.one("mass"), cubic=cubic or (litres * MM if litres else None))


def _of_sheet(said: _Said) -> Contents:
    return Contents(area=_area(said, metres_of_plate))


def _of_tile(said: _Said) -> Contents:
    return Contents(area=_area(said, metres_of_tile))


def _area(said: _Said, metres: Callable[[Amount], list[Decimal] | None]) -> Decimal | None:
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


def _of_wool(said: _Said) -> Contents:
    """Plates and mats are bought by volume as well as by area: each follows from the other and the thickness."""
    area, cubic = said.one("area"), said.one("cubic")
    groups = [metres_of_plate(one) for one in said.sizes()]
    sizes = next((group for group in groups if group and len(group) >= _THREE), None)
    number = said.one("pieces") if said.packed else _ONE
    if sizes and len(sizes) == _FOUR:
        number, sizes = sizes[0] / MM, sizes[1:]
    thick = min(sizes) if sizes else _thickness(said)
    if sizes and number and not area and not cubic:
        volume = sizes[0] * sizes[1] * sizes[2] * number
        cubic = volume if volume <= _MOST["cubic"] else None
    if thick and area and not cubic:
        cubic = area * thick
    if thick and cubic and not area:
        area = cubic / thick
    return Contents(mass=None if area or cubic else said.one("mass"), area=area, cubic=cubic)


def _thickness(said: _Said) -> Decimal | None:
    found = {
        one.values[0] * one.unit.factor * MM
        for one in said.amounts
        if len(one.values) == 1 and one.unit and one.unit.measure == "length" and one.unit.factor < METRE
    }
    return found.pop() if len(found) == 1 else None


def _of_roll(said: _Said) -> Contents:
    area = said.one("area")
    if area is None:
        sizes = [wide for one in said.sizes() if len(one.values) == _TWO and (wide := metres_of_roll(one))]
        area = sizes[0][0] * sizes[0][1] if len(sizes) == 1 else None
    length = said.metres()
    width = _width(said)
    if area is None and length and width:
        area = length * width
    mass = None if area or length else said.one("mass")  # wrapping film is sold by weight
    return Contents(mass=mass, area=area if area and area <= _MOST["area"] else None, length=length)


def _width(said: _Said) -> Decimal | None:
    found = {
        one.values[0] * (one.unit.factor * MM if one.unit else _ONE)
        for one in said.amounts
        if one.mark == "width" and len(one.values) == 1
    }
    return found.pop() if len(found) == 1 else None


def _of_mesh(said: _Said) -> Contents:
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
        area = wide[0] * wide[1] if wide else None
    return Contents(area=area, length=said.metres())


def _of_tape(said: _Said) -> Contents:
    length = said.metres()
    if length is None:
        ends = {
            one.values[-1] * unit.factor * MM
            for one in said.sizes()
            if (unit := one.unit) and unit.factor == METRE and len(one.values) == _TWO
        }
        length = ends.pop() if len(ends) == 1 else None
    return Contents(length=length)


def _of_bar(said: _Said) -> Contents:
    length = said.metres()
    if length is None:
        ends = {end for one in said.sizes() if (end := last_length(one))}
        length = ends.pop() if len(ends) == 1 else None
    return Contents(length=length)


def _of_cable(said: _Said) -> Contents:
    return Contents(length=said.metres())


def _of_block(said: _Said) -> Contents:
    """By its sizes; «1м3=33,33шт» says the same."""
    for one in said.sizes():
        if len(one.values) == _THREE:
            factor = one.unit.factor * MM if one.unit else MM if max(one.values) >= MILLIMETRES_FROM else CM
            volume = one.values[0] * one.values[1] * one.values[2] * factor**3
            return Contents(cubic=volume if Decimal("0.0005") <= volume <= _TWO else None)
    ratio = next((one.equals for one in said.amounts if one.equals and one.values[0] == 1), None)
    return Contents(cubic=_ONE / ratio if ratio else None)


def _of_timber(said: _Said) -> Contents:
    for one in said.sizes():
        if one.unit is None and max(one.values) < MILLIMETRES_FROM:
            continue
        sizes = list(map(length_of_board, one.values, one.units))
        length = said.metres()
        if len(sizes) == _TWO and length:
            sizes.append(length)
        if len(sizes) == _THREE and max(sizes) >= CENTIMETRES_FROM / 10:
            volume = sizes[0] * sizes[1] * sizes[2]
            if Decimal("0.0002") <= volume <= _ONE:
                number = said.one("pieces") if said.packed else _ONE
                return Contents(cubic=volume * number if number else None, length=max(sizes))
    return Contents(area=said.one("area"), cubic=said.one("cubic"))


def _of_fastener(said: _Said) -> Contents:
    return Contents(mass=said.one("mass") if said.packed and not said.one("pieces") else None)


def _of_metal(said: _Said) -> Contents:
    return Contents(mass=said.one("mass"), length=said.metres())


_READERS: Final[Mapping[Form | None, Callable[[_Said], Contents]]] = {
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
