"""Documents (:mod:`quarry.domain.documents`) read from PostgreSQL."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from quarry.adapters.interfaces import IRelationalDatabase
from quarry.adapters.postgresql.copying import as_json, read_json
from quarry.domain.documents import offer_json, to_document
from quarry.repositories.documents import Stored

_MATERIALS: Final = """
SELECT id, name, use_category, unit, base_unit, sku, description, updated_at, indexed_model
FROM materials WHERE id = ANY(CAST(:ids AS uuid[]))
"""
_OFFERS: Final = """
SELECT id, material_id, supplier_id, pricelistid AS pricelist_id, name, sku, unit, unit_price::text AS price, currency,
       vat, price_per_base_unit::text, base_unit, comparable, prices, stock::text, in_stock, valid_from
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

    async def offers(self, material_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """All current offers of each material, as the API shows them."""
        return await read_offers(self._relational, _OFFERS, {"ids": list(material_ids)}) if material_ids else {}

    async def _read(self, query: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        return read_json(await self._relational.execute_query(as_json(query), params))


async def read_offers(
    relational: IRelationalDatabase, query: str, params: Mapping[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """Offers that ``query`` finds, as the API shows them, by ``material_id``."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for offer in read_json(await relational.execute_query(as_json(query), params)):
        found[offer["material_id"]].append(offer_json(_typed(offer, _OFFER)))
    return dict(found)


def _typed(row: dict[str, Any], types: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    """The row with its values that JSON does not have."""
    for name, made in types.items():
        if row[name] is not None:
            row[name] = made(row[name])
    return row
