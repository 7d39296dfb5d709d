"""Materials with their current offers, as search shows, caches and indexes them.

A document is JSON: ``material``, the cheapest ``offers`` (of each currency at most five, the cheapest first),
``compared_unit`` and ``offers_total`` are what a hit shows; ``category``, ``unit``, ``supplier_ids``, ``in_stock``,
``prices``, ``cheapest`` (by currency, for one ``compared_unit``), ``skus``, and ``updated_at`` are flat copies over all
offers, by which both stores filter and sort.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from quarry.domain.comparing import cheapest_first, comparable, compared_unit, judge, price_in
from quarry.domain.money import money, quantity

SHOWN_OFFERS: Final = 5
Document = dict[str, Any]


def to_document(row: Mapping[str, Any], offers: Sequence[Mapping[str, Any]]) -> Document:
    shown = [offer_json(offer) for offer in offers]
    unit = compared_unit(row["name"], shown)
    judge(shown, unit)
    ranked = cheapest_first(shown, unit)
    stocks = {offer["in_stock"] for offer in ranked}
    return {
        "material": material_json(row),
        "offers": _shown(ranked),
        "offers_total": len(ranked),
        "compared_unit": unit,
        "category": row["use_category"],
        "unit": row["unit"],
        "updated_at": moment(row["updated_at"]),
        "supplier_ids": sorted({offer["supplier_id"] for offer in ranked if offer["supplier_id"] is not None}),
        "skus": sorted({offer["sku"].casefold() for offer in ranked if offer["sku"]}),
        "in_stock": True if True in stocks else (False if False in stocks else None),
        "prices": [
            {
                "amount": float(offer["price"]),
                "currency": offer["currency"],
                "supplier_id": offer["supplier_id"],
            }
            for offer in ranked
            if offer["price"] is not None
        ],
        "cheapest": _cheapest(ranked, unit),
    }


def _shown(ranked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first five of each currency: whatever the rates, the five cheapest are among them."""
    if len(ranked) <= SHOWN_OFFERS:
        return ranked
    seen: Counter[str] = Counter()
    return [one for one in ranked if seen[one["currency"]] < SHOWN_OFFERS and not seen.update([one["currency"]])]


def _cheapest(ranked: Sequence[Mapping[str, Any]], unit: str | None) -> dict[str, float]:
    cheapest: dict[str, float] = {}
    for offer in ranked:
        price = price_in(offer, unit)
        if price is not None:
            cheapest.setdefault(offer["currency"], float(price))
    return cheapest


def material_json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "category": row["use_category"],
        "unit": row["unit"],
        "base_unit": row["base_unit"],
        "sku": row["sku"],
        "description": row["description"],
        "updated_at": moment(row["updated_at"]),
    }


def offer_json(row: Mapping[str, Any]) -> dict[str, Any]:
    per_base_unit = money(row["price_per_base_unit"])
    return {
        "id": row["id"],
        "supplier_id": row["supplier_id"],
        "pricelist_id": row["pricelist_id"],
        "name": row["name"],
        "sku": row["sku"],
        "unit": row["unit"],
        "price": money(row["price"]),
        "currency": row["currency"],
        "vat": row["vat"],
        "price_per_base_unit": per_base_unit,
        "base_unit": row["base_unit"],
        "comparable": comparable(row["comparable"], row["base_unit"], per_base_unit),
        "prices": row["prices"] or [],
        "stock": quantity(row["stock"]),
        "in_stock": row["in_stock"],
        "valid_from": moment(row["valid_from"]),
    }


@lru_cache(maxsize=4_096)  # what a transaction writes is of one moment
def moment(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None
