"""Materials with their current offers, as search shows, caches and indexes them.

A document is JSON: ``material``, at most five ``offers`` (cheapest per base unit first) and ``offers_total`` are what
a hit shows; ``category``, ``unit``, ``supplier_ids``, ``in_stock``, ``prices``, ``price_per_base_unit``, ``skus``,
and ``updated_at`` are flat copies over all offers, by which both stores filter and sort.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from quarry.adapters.copying import as_json, read_json
from quarry.adapters.interfaces import IRelationalDatabase
from quarry.domain.money import money, quantity

SHOWN_OFFERS: Final = 5
Document = dict[str, Any]

_MATERIALS: Final = """
SELECT id, name, use_category, unit, base_unit, sku, description, updated_at, indexed_model
FROM materials WHERE id = ANY(CAST(:ids AS uuid[]))
"""
_OFFERS: Final = """
SELECT id, material_id, supplier_id, pricelistid AS pricelist_id, name, sku, unit, unit_price::text AS price, currency,
       vat, price_per_base_unit::text, base_unit, prices, stock::text, in_stock, valid_from
FROM raw_products
WHERE material_id = ANY(CAST(:ids AS uuid[])) AND superseded_at IS NULL
"""


_MATERIAL: Final = {"updated_at": datetime.fromisoformat}
_OFFER: Final[Mapping[str, Callable[[str], Any]]] = {
    "price": Decimal,
    "price_per_base_unit": Decimal,
    "stock": Decimal,
    "valid_from": datetime.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A document with what the index must know of its row."""

    id: str
    document: Document
    updated_at: datetime
    indexed_model: str | None

    @property
    def name(self) -> str:
        return str(self.document["material"]["name"])


class DocumentReader:
    """Reads documents from PostgreSQL, two statements for any number of materials."""

    def __init__(self, relational: IRelationalDatabase) -> None:
        self._relational = relational

    async def read(self, material_ids: Sequence[str]) -> list[Stored]:
        """In the order of the ids; those that are not there are left out."""
        if not material_ids:
            return []
        params = {"ids": list(material_ids)}
        rows = {row["id"]: _typed(row, _MATERIAL) for row in await self._read(_MATERIALS, params)}
        offers: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for offer in await self._read(_OFFERS, params):
            offers[offer["material_id"]].append(_typed(offer, _OFFER))
        return [
            Stored(key, to_document(row, offers[key]), row["updated_at"], row["indexed_model"])
            for key in dict.fromkeys(material_ids)
            if (row := rows.get(key))
        ]

    async def _read(self, query: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        return read_json(await self._relational.execute_query(as_json(query), params))


def _typed(row: dict[str, Any], types: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    """The row with its values that JSON does not have."""
    for name, made in types.items():
        if row[name] is not None:
            row[name] = made(row[name])
    return row


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
