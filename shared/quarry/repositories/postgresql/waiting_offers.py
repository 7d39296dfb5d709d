"""Offers whose material nobody has decided yet: they are in no document, and a buyer may want them."""

from typing import Any, Final

from quarry.adapters.interfaces import IRelationalDatabase
from quarry.repositories.postgresql.documents import read_offers

# By the index of such rows alone.
_WAITING: Final = """
SELECT id, name_id AS material_id, supplier_id, pricelistid AS pricelist_id, name, sku, unit, unit_price::text AS price,
       currency, vat, price_per_base_unit::text, base_unit, comparable, prices, stock::text, in_stock, valid_from
FROM raw_products WHERE material_id IS NULL AND name_id IS NOT NULL AND superseded_at IS NULL
ORDER BY name_id LIMIT :limit
"""


class WaitingOffers:
    def __init__(self, relational: IRelationalDatabase) -> None:
        self._relational = relational

    async def read(self, limit: int) -> dict[str, list[dict[str, Any]]]:
        """As the API shows them, by the material that each name would be by itself."""
        return await read_offers(self._relational, _WAITING, {"limit": limit})
