"""Suppliers' offers as they are read: of one material, over time, and what a price list changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from quarry.adapters.interfaces import IRelationalDatabase
from quarry.domain.materials import Offer
from quarry.domain.rows import ListedPrice, PriceKind, Vat
from quarry.repositories.replacement import CHANGES

_COLUMNS = """
id, material_id, supplier_id, pricelistid AS pricelist_id, name, sku, unit, unit_price AS price, currency, vat,
price_per_base_unit, base_unit, comparable, prices, stock, in_stock, valid_from, superseded_at
"""

_MOST = 10_000

_CURRENT = f"""
SELECT {_COLUMNS} FROM raw_products
WHERE material_id = :material AND (superseded_at IS NULL OR id = CAST(:after AS bigint)) LIMIT {_MOST}
"""  # noqa: S608

_HISTORY = f"""
SELECT {_COLUMNS} FROM raw_products
WHERE material_id = :material AND (CAST(:supplier AS integer) IS NULL OR supplier_id = :supplier)
  AND (CAST(:after AS bigint) IS NULL OR (valid_from, id) < (
      SELECT valid_from, id FROM raw_products WHERE id = :after
  ))
ORDER BY valid_from DESC, id DESC LIMIT :limit
"""  # noqa: S608

_CHANGED = (
    CHANGES
    + """
SELECT id, kind, material_id, name, old_price, new_price, currency,
    CASE WHEN kind IN ('dearer', 'cheaper') THEN round((ratio - 1) * 100, 1) END AS change_percent
FROM changes WHERE kind <> 'unchanged' AND id > :after ORDER BY id LIMIT :limit
"""
)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one offer: ``kind`` is new, gone, dearer or cheaper; ``id`` is its place for the next page."""

    id: int
    kind: str
    material_id: str | None
    name: str
    old_price: Decimal | None
    new_price: Decimal | None
    currency: str
    change_percent: Decimal | None


class OfferHistory(Protocol):
    """Pages by key: ``after`` is the id of the last item of the page before, null for the first page."""

    async def offers_of(self, material_id: str, after: int | None = None) -> list[Offer]:
        """Every current offer, and the one ``after`` which a page begins, that may be superseded by then."""

    async def price_history(
        self, material_id: str, supplier_id: int | None = None, after: int | None = None, limit: int = 20
    ) -> list[Offer]: ...

    async def changes(self, pricelist_id: int, after: int | None = None, limit: int = 20) -> list[Change]: ...


class OfferRepository:
    """As PostgreSQL has them."""

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

    async def changes(self, pricelist_id: int, after: int | None = None, limit: int = 20) -> list[Change]:
        params = {"pricelist": pricelist_id, "after": after or 0, "limit": limit}
        return [Change(**row) for row in await self._db.execute_query(_CHANGED, params)]

    async def _offers(self, query: str, params: Mapping[str, Any]) -> list[Offer]:
        return [read_offer(row) for row in await self._db.execute_query(query, params)]


def read_offer(row: dict[str, Any]) -> Offer:
    """An offer of a row with its columns as named above."""
    row["vat"] = Vat(row["vat"])
    row["prices"] = _prices(row["prices"] or ())
    row["comparable"] = row["comparable"] or ()
    return Offer(**row)


def _prices(prices: Sequence[Mapping[str, Any]]) -> tuple[ListedPrice, ...]:
    return tuple(
        ListedPrice(
            label=price["label"],
            kind=PriceKind(price["kind"]),
            price=None if price["price"] is None else Decimal(price["price"]),
            currency=price["currency"],
            vat=Vat(price["vat"]),
        )
        for price in prices
    )
