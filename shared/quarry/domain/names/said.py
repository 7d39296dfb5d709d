"""The amounts of a name, seen as what a unit that is sold may hold."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from quarry.domain.names.amounts import Amount
from quarry.domain.names.meanings import INCH_LENGTH, UnitWord
from quarry.domain.names.product import ProductName
from quarry.domain.names.sizes import METRE, MILLIMETRES_FROM, MM

_YEARS: Final = range(1950, 2100)
_PACKED: Final = frozenset({"pack", "wound"})
_OF_PACK: Final = frozenset({"area", "cubic", "pieces", "pairs", "plates"})
MOST: Final[Mapping[str, Decimal]] = {
    "mass": Decimal(3000),
    "liquid": Decimal(1000),
    "area": Decimal(1000),
    "cubic": Decimal(30),
    "length": Decimal(10_000),
    "pieces": Decimal(100_000),
    "pairs": Decimal(10_000),
    "plates": Decimal(1000),
}
_MOST_IN_BOX: Final = Decimal(60)  # kg or litres: what is more stands on a pallet
# Units in which several pieces with their own contents are sold; a bag's or a bucket's contents are its own.
OF_SEVERAL: Final = frozenset({"pack", "bundle", "box", "kit", "pallet"})
_LENGTH: Final = frozenset({"length"})
_LENGTH_AND_INCH: Final = frozenset({"length", "inch"})
_BOX_OF_PACKS: Final = frozenset({"pack", "bundle"})
# «А500С 11,7 м»: the letter before a length is not always its mark.
_UNMARKED: Final = frozenset({None, "bore", "sort", "height"})
_ACROSS: Final = frozenset({"width", "height"})
_TWO: Final = 2


class Said:
    """The amounts of a name that may be contents of a unit sold by the piece or in ``pack``, a unit's code."""

    def __init__(self, product: ProductName, pack: str | None) -> None:
        self.pack = pack
        self.packed = pack is not None
        self.amounts = [one for one in product.amounts if not one.limited]
        self._all = product.amounts

    def one(self, measure: str, *, least: bool = False) -> Decimal | None:
        """The one amount of that kind; None when two differ (``least``: the smallest is the net one)."""
        found = {value for amount in self.amounts for value in self._values(amount, measure)}
        if len(found) > 1 and (doses := _doses(self._all)):
            found = {value for one in self.amounts if one not in doses for value in self._values(one, measure)}
        if not found or (len(found) > 1 and not least):
            return None
        value = min(found)
        return value if 0 < value <= MOST[measure] else None

    def _values(self, amount: Amount, measure: str) -> Iterable[Decimal]:
        """Of this amount. Area, pieces and the like of a pack are contents only where a pack is sold."""
        if not any(unit and unit.measure == measure for unit in amount.units) or amount.mark == "article":
            return
        of_sold = amount.per in _PACKED or amount.per == ("pallet" if self.pack == "pallet" else "piece")
        if amount.per and (not of_sold or (amount.per == "piece" and self.packed)):
            return
        if amount.per == "pack" and not self.packed and measure in _OF_PACK:
            return
        if "x" in amount.signs or "-" in amount.signs or (amount.code and measure != "length"):
            return
        for value, unit in zip(amount.values, amount.units, strict=True):
            if unit and unit.measure == measure and not (unit.factor == MM and value in _YEARS):  # «2015 г.»
                yield value * unit.factor

    def count(self) -> Decimal | None:
        """How many pieces a pack holds."""
        times = self._multiples("mass") or self._multiples("liquid")
        return self.one("pieces") or self.one("plates") or (times[0] if times else None)

    def filled(self, measure: str) -> Decimal | None:
        """The mass or volume of all pieces: «310 мл, 12 шт» of a box, «2х50 г»."""
        times = self._multiples(measure)
        return self._whole(times[0] * times[1]) if times else self.of_all(self.one(measure))

    def of_all(self, each: Decimal | None) -> Decimal | None:
        """What the pieces of a pack hold together. None: not certain."""
        number = self.count() if self.pack in OF_SEVERAL else None
        if each is None or number is None:
            return each
        return None if self._boxes_packs() else self._whole(number * each)

    def _whole(self, total: Decimal) -> Decimal | None:
        return total if total <= (MOST["mass"] if self.pack == "pallet" else _MOST_IN_BOX) else None

    def _boxes_packs(self) -> bool:
        """«12 шт/кор» beside what is sold in packs: a box holds several of these, or this one is called a pack."""
        return self.pack in _BOX_OF_PACKS and any(
            one.per == "pack" and one.unit and one.unit.measure == "pieces" for one in self.amounts
        )

    def _multiples(self, measure: str) -> tuple[Decimal, Decimal] | None:
        """«12 x 310 ml», «280 мл х 24 шт»: the number, and what each holds. What follows counts only packs."""
        for one in self.amounts:
            if one.signs != "x" or len(one.values) != _TWO or not (one.units[0] or one.units[1]):
                continue
            (first, second), (of_first, of_second) = one.values, one.units
            if not one.own_units and of_second and of_second.measure == measure and not first % 1:
                return first, second * of_second.factor
            if self.packed and of_first and of_first.measure == measure and _is_count(second, of_second):
                return second, first * of_first.factor
            if self.packed and of_second and of_second.measure == measure and _is_count(first, of_first):
                return first, second * of_second.factor
        return None

    def sizes(self) -> list[Amount]:
        """The groups «a х b [х c]» of lengths."""
        return [_in_lengths(one) for one in self.amounts if "x" in one.signs and _are_lengths(one)]

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

    def of_two_sides(self) -> Decimal | None:
        """The area of «h=1,5 м, 10 м»."""
        sides = [
            one
            for one in self.amounts
            if len(one.values) == 1 and one.unit and one.unit.measure == "length" and one.unit.factor == METRE
        ]
        if len(sides) != _TWO or all(one.mark not in _ACROSS for one in sides):
            return None
        return sides[0].values[0] * sides[1].values[0]


def _doses(amounts: Sequence[Amount]) -> set[Amount]:
    """How much is used for how much: both in brackets, «5 л (1 л на 100 кг)»."""
    return {
        dose
        for one, other in pairwise(amounts)
        if one.bracketed and other.bracketed and one.limited != other.limited
        for dose in (one, other)
    }


def _is_count(value: Decimal, unit: UnitWord | None) -> bool:
    return not value % 1 and (unit is None or unit.measure == "pieces")


def _are_lengths(one: Amount) -> bool:
    """Also where inches stand beside other lengths: «75" is rather the end of a quotation."""
    measures = {unit.measure for unit in one.units if unit}
    return measures <= _LENGTH or measures == _LENGTH_AND_INCH


def _in_lengths(one: Amount) -> Amount:
    """«2 in x 10 ft»: inches are lengths here."""
    if all(unit is None or unit.measure == "length" for unit in one.units):
        return one
    return one._replace(units=tuple(INCH_LENGTH if unit and unit.measure == "inch" else unit for unit in one.units))
