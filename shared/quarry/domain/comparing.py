"""Offers of the same goods compared: in which unit, in which order, and which of them is likely to be wrong.

Offers are here as the API shows them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from math import exp, log
from typing import Any, Final

from quarry.domain.money import money
from quarry.domain.rates import APART, Rates
from quarry.domain.units import base_symbol
from quarry.domain.units import unit as unit_of

Offer = Mapping[str, Any]
_OUTLIER: Final = 5
_PAIR: Final = 2


def comparable(stored: Sequence[Mapping[str, str]] | None, base_unit: str | None, price: Decimal | None) -> list[Any]:
    """An offer's prices in every unit that follows from its name. Only where there are several are they stored."""
    if stored:
        return list(stored)
    return [] if price is None else [{"unit": base_unit, "price": money(price)}]


def compared_unit(name: str, offers: Sequence[Offer]) -> str | None:
    """The unit in which offers of a material are compared: that of its class of goods, else the commonest."""
    main: Counter[str] = Counter(one["comparable"][0]["unit"] for one in offers if one["comparable"])
    if len(main) <= 1:
        return next(iter(main), None)
    # Offers of most materials have one unit: answers are made without the classes' words.
    from quarry.domain.names import read

    units: Counter[str] = Counter(price["unit"] for one in offers for price in one["comparable"])
    goods = read(name).goods
    if goods and goods.main and (of_class := base_symbol(unit_of(goods.main))) in units:
        return of_class
    return max(units, key=lambda unit: (units[unit], main[unit], unit))


def price_in(offer: Offer, unit: str | None) -> Decimal | None:
    """The offer's price for one ``unit``, in its own currency."""
    return next((Decimal(price["price"]) for price in offer["comparable"] if price["unit"] == unit), None)


def cheapest_first(offers: Iterable[Offer], unit: str | None, rates: Rates = APART) -> list[Any]:
    """By the price for one ``unit``; those that cannot be brought to it follow, and offers without a price are last.

    Currencies without a rate stay apart, the commonest first.
    """
    found = list(offers)
    common = Counter(rates.common(one["currency"])[0] for one in found if one["price"] is not None)

    def place(offer: Offer) -> tuple[Any, ...]:
        price = price_in(offer, unit)
        currency, factor = rates.common(offer["currency"])
        amounts = ((price or 0) * factor, Decimal(offer["price"] or 0) * factor)
        return offer["price"] is None, price is None, -common[currency], currency, *amounts, offer["id"]

    return sorted(found, key=place)


def judged(offers: Iterable[Offer], unit: str | None) -> list[dict[str, Any]]:
    """Each offer with what a buyer must know before comparing it: that it cannot be, or that its price looks wrong.

    ``suspect`` is a price beyond five times the median of all, or below a fifth of it. Of two that differ so much
    nobody can say which one is wrong: both are.
    """
    found = list(offers)
    middles = _middles(found, unit)
    return [{**one, **_remarks(one, unit, *middles.get(one["currency"], (None, 0)))} for one in found]


def _middles(offers: Sequence[Offer], unit: str | None) -> dict[str, tuple[float | None, int]]:
    """The middle price and the number of prices by currency; of an even number the middle between two by ratio."""
    prices = defaultdict(list)
    for one in offers:
        if (price := price_in(one, unit)) is not None:
            prices[one["currency"]].append(log(price))
    return {currency: (exp(_median(sorted(each))), len(each)) for currency, each in prices.items() if len(each) > 1}


def _median(ordered: Sequence[float]) -> float:
    half = len(ordered) // 2
    return (ordered[half] + ordered[-half - 1]) / 2


def _remarks(offer: Offer, unit: str | None, middle: float | None, number: int) -> dict[str, Any]:
    price = price_in(offer, unit)
    apart = price is None and offer["price"] is not None and unit is not None
    reason = None
    if price is not None and middle is not None:
        # Of two prices the middle is as far from one as from the other.
        ratio = (float(price) / middle) ** (2 if number == _PAIR else 1)
        if ratio > _OUTLIER or ratio < 1 / _OUTLIER:
            times = f"{max(ratio, 1 / ratio):.3g} times {'above' if ratio > 1 else 'below'}"
            other = "the only other offer" if number == _PAIR else f"the median of {number} offers"
            reason = f"The price for 1 {unit} is {times} {other} of the same goods."
    return {
        "not_comparable": f"It has no price for 1 {unit}, in which the others are compared." if apart else None,
        "suspect": reason is not None,
        "suspect_reason": reason,
    }
