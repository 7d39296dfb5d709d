"""What is added to offers when they are shown: the supplier's name, and the price in the base currency.

Both change without the offer, so neither is stored with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quarry.domain.comparing import cheapest_first, comparable
from quarry.domain.documents import SHOWN_OFFERS
from quarry.domain.money import money
from quarry.domain.query import PriceRange
from quarry.domain.rates import APART, Rates

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Showing:
    """``complete`` unless names or rates could not be read, and were never known."""

    rates: Rates = APART
    suppliers: Mapping[int, str] = field(default_factory=dict)
    complete: bool = True

    def supplier(self, supplier_id: int | None) -> str | None:
        return None if supplier_id is None else self.suppliers.get(supplier_id)

    def offers(self, document: Json) -> list[dict[str, Any]]:
        """The cheapest offers of a material."""
        found = [_whole(offer) for offer in document["offers"]]
        if len({offer["currency"] for offer in found}) > 1:
            found = cheapest_first(found, document.get("compared_unit"), self.rates)
        return [self.offer(offer) for offer in found[:SHOWN_OFFERS]]

    def offer(self, offer: Json) -> dict[str, Any]:
        name = self.supplier(offer["supplier_id"])
        return {**offer, "supplier_name": name, "price_in": self._price_in(offer)}

    def _price_in(self, offer: Json) -> dict[str, Any] | None:
        """None without a price, and where nobody says what the currency is worth."""
        currency, rates = offer["currency"], self.rates
        if offer["price"] is None or rates.factor(currency) is None:
            return None
        if currency == rates.base:
            price, per_base_unit, rate_date = offer["price"], offer["price_per_base_unit"], None
        else:
            price = money(rates.convert(offer["price"], currency))
            per_base_unit = money(rates.convert(offer["price_per_base_unit"], currency))
            rate_date = rates.latest[currency].date.isoformat()
        return {
            "currency": rates.base,
            "price": price,
            "price_per_base_unit": per_base_unit,
            "rate_date": rate_date,
        }

    def facets(self, facets: Mapping[str, Sequence[Json]]) -> dict[str, Any]:
        """Suppliers with their names."""
        suppliers = facets.get("supplier_id")
        if suppliers is None:
            return dict(facets)
        named = [{**one, "name": name} if (name := self.supplier(one["value"])) else one for one in suppliers]
        return {**facets, "supplier_id": named}

    def everywhere(self, price: PriceRange | None) -> PriceRange | None:
        """The same limits in every currency whose rate is known."""
        factor = self.rates.factor(price.currency) if price else None
        if price is None or factor is None:
            return price
        others = {self.rates.base, *self.rates.latest} - {price.currency}
        return replace(price, others=tuple(self._in(price, other) for other in sorted(others)))

    def _in(self, price: PriceRange, currency: str) -> PriceRange:
        here, there = self.rates.factor(price.currency), self.rates.factor(currency)
        assert here
        assert there
        least, most = (None if limit is None else limit * here / there for limit in (price.min, price.max))
        return PriceRange(currency, least, most)


def suppliers_of(*documents: Json) -> set[int]:
    """Whose offers the documents have."""
    return {offer["supplier_id"] for one in documents for offer in one["offers"] if offer["supplier_id"] is not None}


def _whole(offer: Json) -> Json:
    """Works on a document of the previous version too."""
    if "comparable" in offer:
        return offer
    prices = comparable(None, offer["base_unit"], offer["price_per_base_unit"])
    return {**offer, "comparable": prices, "not_comparable": None, "suspect": False, "suspect_reason": None}
