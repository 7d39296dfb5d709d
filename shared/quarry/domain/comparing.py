"""Offers of the same goods compared: in which unit, in which order, and which of them is likely to be wrong.

Offers are here as the API shows them.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import sqrt
from typing import Any, Final, TypeVar

from quarry.domain.rates import APART, Rates
from quarry.domain.units import base_symbol
from quarry.domain.units import unit as unit_of

Offer = Mapping[str, Any]
OfferT = TypeVar("OfferT", bound=Offer)
_OUTLIER: Final = 5
_PAIR: Final = 2


def comparable(stored: Sequence[Mapping[str, str]] | None, base_unit: str | None, price: str | None) -> list[Any]:
    """An offer's prices in every unit that follows from its name; stored only if there are several."""
    if stored:
        return list(stored)
    return [] if price is None else [{"unit": base_unit, "price": price}]


def compared_unit(name: str, offers: Sequence[Offer]) -> str | None:
    """The unit in which offers of a material are compared: that of its class of goods, else the commonest."""
    mains = [one["comparable"][0]["unit"] for one in offers if one["comparable"]]
    if len(set(mains)) <= 1:
        return mains[0] if mains else None
    # Offers of most materials have one unit: then the words of classes of goods are not needed.
    from quarry.domain.names import read

    main: Counter[str] = Counter(mains)
    units: Counter[str] = Counter(price["unit"] for one in offers for price in one["comparable"])
    goods = read(name).goods
    if goods and goods.main and (of_class := base_symbol(unit_of(goods.main))) in units:
        return of_class
    return max(units, key=lambda unit: (units[unit], main[unit], unit))


def price_in(offer: Offer, unit: str | None) -> Decimal | None:
    """The offer's price for one ``unit``, in its own currency."""
    for price in offer["comparable"]:
        if price["unit"] == unit:
            return Decimal(price["price"])
    return None


def cheapest_first(offers: Sequence[OfferT], unit: str | None, rates: Rates = APART) -> list[OfferT]:
    """By the price for one ``unit``; those that cannot be brought to it follow, and offers without a price are last.

    Currencies without a rate stay apart, the commonest first.
    """
    if len(offers) <= 1:
        return list(offers)
    common = Counter(rates.common(one["currency"])[0] for one in offers if one["price"] is not None)

    def place(offer: Offer) -> tuple[Any, ...]:
        price = price_in(offer, unit)
        currency, factor = rates.common(offer["currency"])
        amounts = ((price or 0) * factor, Decimal(offer["price"] or 0) * factor)
        return offer["price"] is None, price is None, -common[currency], currency, *amounts, offer["id"]

    return sorted(offers, key=place)


def judge(offers: Sequence[dict[str, Any]], unit: str | None) -> None:
    """Add to each offer what a buyer must know before comparing it: that it cannot be, or that its price looks wrong.

    ``suspect`` is a price beyond five times the median of all, or below a fifth of it. Of two that differ so much
    nobody can say which one is wrong: both are.
    """
    prices = [price_in(one, unit) for one in offers]
    middles = _middles(offers, prices) if len(offers) > 1 else {}
    for one, price in zip(offers, prices, strict=True):
        reason = _reason(price, unit, middles.get(one["currency"])) if middles else None
        one["not_comparable"] = _apart(one, unit) if price is None else None
        one["suspect"] = reason is not None
        one["suspect_reason"] = reason


def _apart(offer: Offer, unit: str | None) -> str | None:
    """Why an offer stands behind those that have a price for one ``unit``."""
    if offer["price"] is None or unit is None:
        return None
    return f"It has no price for 1 {unit}, in which the others are compared."


def _middles(offers: Sequence[Offer], prices: Sequence[Decimal | None]) -> dict[str, tuple[float, int]]:
    """The median price and the number of prices by currency, if the prices differ by more than the limit.

    Of an even number it is the geometric mean of the middle two.
    """
    found: dict[str, list[float]] = defaultdict(list)
    for one, price in zip(offers, prices, strict=True):
        if price is not None:
            found[one["currency"]].append(float(price))
    return {
        currency: (_middle(sorted(each)), len(each))
        for currency, each in found.items()
        if max(each) > _OUTLIER * min(each)
    }


def _middle(ordered: Sequence[float]) -> float:
    half = len(ordered) // 2
    return sqrt(ordered[half] * ordered[-half - 1])


def _reason(price: Decimal | None, unit: str | None, middle: tuple[float, int] | None) -> str | None:
    """Why a price is suspect."""
    if price is None or middle is None:
        return None
    value, number = middle
    # With two prices the median is equally far from both, so they are compared with each other.
    ratio = (float(price) / value) ** (2 if number == _PAIR else 1)
    if 1 / _OUTLIER <= ratio <= _OUTLIER:
        return None
    times = f"{max(ratio, 1 / ratio):.3g} times {'above' if ratio > 1 else 'below'}"
    other = "the only other offer" if number == _PAIR else f"the median of {number} offers"
    return f"The price for 1 {unit} is {times} {other} of the same goods."
