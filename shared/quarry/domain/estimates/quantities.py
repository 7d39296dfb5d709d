"""How much of an offer a line needs: the line's quantity brought to the unit in which the offer is sold.

A line counts in its own base unit (kg, l, m, m², m³, a piece, a kind of package), in which its offers are compared.
What it needs may follow from its name in other units as well: ten bags of 50 kg are 500 kg.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, Final

from quarry.domain.pricing import holding_as, holdings
from quarry.domain.units import LITRES_IN_CUBIC_METRE, Dimension, Unit, base_factor, base_symbol, counted_unit

_ONE: Final = Decimal(1)
_HUNDRED: Final = Decimal(100)
_PIECE: Final = "шт"
_LITRE, _CUBIC = "л", "м³"
_MEASURED: Final = frozenset({Dimension.MASS, Dimension.LENGTH, Dimension.AREA, Dimension.VOLUME})
MEASURED_SYMBOLS: Final = frozenset({"кг", "м", "м²", "м³", "л"})
# One of them is one of what is sold by the piece, and the other way round; a roll may hold more than one.
_AS_PIECES: Final = frozenset({"bag", "bucket", "can", "canister", "barrel", "cylinder", "tube", "bottle", "sheet",
    "slab", "set", "kit", "roll", "coil", "rod", "section"})  # fmt: skip
_CENT: Final = Decimal("0.01")
_STEP: Final = Decimal("0.0001")
_PLACES: Final = Decimal("0.001")
# Prices for a base unit are rounded to four places.
_ROUNDING: Final = Decimal("0.00005")
_DIVISION: Final = Decimal("1e-12")
_MOST_PLACES: Final = 4


@dataclass(frozen=True, slots=True)
class Need:
    """``amounts`` by unit, that of the line first; with waste. ``bare``: that of the line without it."""

    unit: str
    amounts: Mapping[str, Decimal]
    bare: Decimal

    @property
    def amount(self) -> Decimal:
        return self.amounts[self.unit]


@dataclass(frozen=True, slots=True)
class Bought:
    """``price`` is for one ``unit`` of the need, of which one unit of the offer ``holds`` so many.

    ``packages`` are units of the offer, ``whole`` where it is sold whole.
    """

    price: Decimal
    unit: str
    holds: Decimal
    packages: Decimal
    whole: bool
    cost: Decimal


def need_of(name: str, quantity: Decimal, unit: str | None, waste_percent: Decimal = Decimal(0)) -> Need:
    """A line without a unit, or with one that is not known, counts pieces. Of what is counted waste is whole too."""
    count, said = counted_unit(unit)
    symbol = base_symbol(said) if said else _PIECE
    bare = quantity * count * (base_factor(said) if said else _ONE)
    waste = bare * waste_percent / _HUNDRED
    if said and said.dimension in _MEASURED:
        return Need(symbol, _with_volumes({symbol: bare + waste}), bare)
    amount = bare + waste.to_integral_value(ROUND_FLOOR)
    packed = said is not None and said.dimension is Dimension.PACKS
    amounts = _with_held({symbol: amount}, name, symbol if packed else None, amount)
    if said and packed and said.code in _AS_PIECES:
        amounts.setdefault(_PIECE, amount)
    return Need(symbol, amounts, bare)


def _with_held(amounts: dict[str, Decimal], name: str, unit: str | None, number: Decimal) -> dict[str, Decimal]:
    """Adds what so many packages or pieces of goods of that name hold."""
    for base, held in holdings(name, unit or _PIECE).items():
        amounts.setdefault(base, held * number)
    return _with_volumes(amounts)


def _with_volumes(amounts: dict[str, Decimal]) -> dict[str, Decimal]:
    if _LITRE in amounts:
        amounts.setdefault(_CUBIC, amounts[_LITRE] / LITRES_IN_CUBIC_METRE)
    elif _CUBIC in amounts:
        amounts[_LITRE] = amounts[_CUBIC] * LITRES_IN_CUBIC_METRE
    return amounts


def buy(need: Need, offer: Mapping[str, Any]) -> Bought | None:
    """None where the offer's unit cannot be brought to the line's, and without a price."""
    if offer["price"] is None:
        return None
    price = Decimal(offer["price"])
    count, sold = counted_unit(offer["unit"])
    held = _held(offer, price, count, sold)
    if need.unit not in held and (sold is None or sold.dimension not in _MEASURED):
        said = _holding_as(offer["name"], offer["unit"], need.unit)
        if said:
            held[need.unit] = said
    base = next((unit for unit in need.amounts if held.get(unit)), None)
    if base is None or price <= 0:
        return None
    number = need.amounts[base] / held[base]
    each = number * price / need.amount
    whole = sold is None or sold.dimension not in _MEASURED
    packages = _packages(number, whole=whole)
    return Bought(
        price=each.quantize(_STEP, ROUND_HALF_UP),
        unit=need.unit,
        holds=need.amount / number,
        packages=packages,
        whole=whole,
        cost=(packages * price).quantize(_CENT, ROUND_HALF_UP),
    )


def _packages(number: Decimal, *, whole: bool) -> Decimal:
    if not whole:
        return number.quantize(_PLACES, ROUND_HALF_UP).normalize()
    return (number - _DIVISION).quantize(_ONE, ROUND_CEILING)


def _held(offer: Mapping[str, Any], price: Decimal, count: Decimal, sold: Unit | None) -> dict[str, Decimal]:
    """How much one unit of what is sold holds, by unit: as the offer's prices say, and as its name does."""
    named = dict(_holdings(offer["name"], offer["unit"]))
    held: dict[str, Decimal] = {}
    for one in offer["comparable"]:
        per_unit = Decimal(one["price"])
        if per_unit <= 0:
            continue
        exact = named.get(one["unit"])
        # The name's own number is exact, unless a column of packages said otherwise.
        near = exact is not None and abs(price / exact - per_unit) <= _STEP
        held[one["unit"]] = exact if exact is not None and near else _amount(price, per_unit)
    if sold is None or sold.code in _AS_PIECES:
        held.setdefault(_PIECE, count)
    elif sold.dimension is Dimension.PIECES:
        # A box of a hundred dowels may be sold as a piece.
        held.setdefault(_PIECE, count * base_factor(sold))
    if sold is not None and sold.dimension is Dimension.PACKS:
        held.setdefault(sold.symbol, count)
    if sold is not None and sold.dimension in _MEASURED:
        _add_pieces(held, offer["name"])
    return _with_volumes(held)


def _amount(price: Decimal, per_unit: Decimal) -> Decimal:
    """The roundest amount that explains this price per unit."""
    found = price / per_unit
    for places in range(_MOST_PLACES):
        near = found.quantize(Decimal(10) ** -places, ROUND_HALF_UP)
        if near and abs(price / near - per_unit) <= _ROUNDING:
            return near
    return found


def _add_pieces(held: dict[str, Decimal], name: str) -> None:
    """Of goods sold by measure: how many of their pieces that is, and what follows from it."""
    piece = _holdings(name, _PIECE)
    known = next((base for base in held if piece.get(base)), None)
    if known is None or set(piece) == {_PIECE}:
        return
    number = held[known] / piece[known]
    for base, amount in piece.items():
        held.setdefault(base, amount * number)
    held.setdefault(_PIECE, number)


@lru_cache(maxsize=4_096)
def _holding_as(name: str, unit: str | None, base: str) -> Decimal | None:
    return holding_as(name, unit, base)


@lru_cache(maxsize=16_384)
def _holdings(name: str, unit: str | None) -> Mapping[str, Decimal]:
    return holdings(name, unit)
