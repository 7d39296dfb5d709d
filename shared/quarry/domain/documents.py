"""Materials with their current offers, as search shows, caches and indexes them.

A document is JSON: ``material``, at most five ``offers`` (cheapest per base unit first) and ``offers_total`` are what
a hit shows; ``category``, ``unit``, ``supplier_ids``, ``in_stock``, ``prices``, ``price_per_base_unit``, ``skus``,
and ``updated_at`` are flat copies over all offers, by which both stores filter and sort.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from quarry.domain.money import money, quantity

SHOWN_OFFERS: Final = 5
Document = dict[str, Any]


def to_document(row: Mapping[str, Any], offers: Sequence[Mapping[str, Any]]) -> Document:
    ranked = sorted(offers, key=_cheapness)
    comparable = [float(offer["price_per_base_unit"]) for offer in ranked if offer["price_per_base_unit"] is not None]
    stocks = {offer["in_stock"] for offer in ranked}
    return {
        "material": material_json(row),
        "offers": [offer_json(offer) for offer in ranked[:SHOWN_OFFERS]],
        "offers_total": len(ranked),
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
        "price_per_base_unit": min(comparable, default=None),
    }


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
        "price_per_base_unit": money(row["price_per_base_unit"]),
        "base_unit": row["base_unit"],
        "prices": row["prices"] or [],
        "stock": quantity(row["stock"]),
        "in_stock": row["in_stock"],
        "valid_from": moment(row["valid_from"]),
    }


def moment(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None


def _cheapness(offer: Mapping[str, Any]) -> tuple[bool, bool, Decimal, Decimal, int]:
    """As ``quarry.domain.materials.cheapest_first``, on rows."""
    price, comparable = offer["price"], offer["price_per_base_unit"]
    return price is None, comparable is None, comparable or Decimal(0), price or Decimal(0), offer["id"]
