"""Suppliers' offers as PostgreSQL has them."""

from collections.abc import Mapping, Sequence
from typing import Any

from quarry.adapters.interfaces import IRelationalDatabase
from quarry.domain.changes import Change
from quarry.domain.materials import Offer
from quarry.repositories.offers import Origin, read_offer
from quarry.repositories.postgresql.price_changes import PriceChanges

_COLUMNS = """
id, material_id, supplier_id, pricelistid AS pricelist_id, name, sku, unit, unit_price AS price, currency, vat,
price_per_base_unit, base_unit, comparable, prices, stock, in_stock, valid_from, superseded_at
"""

_MOST_OFFERS = 10_000

_CURRENT = f"""
SELECT {_COLUMNS} FROM raw_products
WHERE material_id = :material AND (superseded_at IS NULL OR id = CAST(:after AS bigint)) LIMIT {_MOST_OFFERS}
"""  # noqa: S608

_HISTORY = f"""
SELECT {_COLUMNS} FROM raw_products
WHERE material_id = :material AND (CAST(:supplier AS integer) IS NULL OR supplier_id = :supplier)
  AND (CAST(:after AS bigint) IS NULL OR (valid_from, id) < (
      SELECT valid_from, id FROM raw_products WHERE id = :after
  ))
ORDER BY valid_from DESC, id DESC LIMIT :limit
"""  # noqa: S608

_ORIGINS = """
SELECT r.id AS offer_id, p.request_id, p.file_name, r.sheet, r.row_number AS row,
    COALESCE(p.uploaded_at, p.created_at) AS listed_at
FROM raw_products r JOIN pricelists p ON p.id = r.pricelistid WHERE r.id = ANY(CAST(:offers AS bigint[]))
"""


class OfferRepository:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def offers_of(self, material_id: str, after: int | None = None) -> list[Offer]:
        return await self._offers(_CURRENT, {"material": material_id, "after": after})

    async def price_history(
        self, material_id: str, supplier_id: int | None = None, after: int | None = None, limit: int = 20
    ) -> list[Offer]:
        """Current and former offers, the newest first."""
        params = {"material": material_id, "supplier": supplier_id, "after": after, "limit": limit}
        return await self._offers(_HISTORY, params)

    async def origins(self, offers: Sequence[int]) -> dict[int, Origin]:
        found = await self._db.execute_query(_ORIGINS, {"offers": list(offers)})
        return {row["offer_id"]: Origin(**row) for row in found}

    async def changes(self, pricelist_id: int, after: int | None = None, limit: int = 20) -> list[Change]:
        return await PriceChanges(self._db).of_list(pricelist_id, after or 0, limit)

    async def _offers(self, query: str, params: Mapping[str, Any]) -> list[Offer]:
        return [read_offer(row) for row in await self._db.execute_query(query, params)]
