"""Suppliers' offers as they are read: of one material, over time, and what a price list changed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from quarry.domain.changes import Change
from quarry.domain.materials import Offer
from quarry.domain.rows import ListedPrice, PriceKind, Vat


class OfferHistory(Protocol):
    """Pages by key: ``after`` is the id of the last item of the page before, null for the first page."""

    async def offers_of(self, material_id: str, after: int | None = None) -> list[Offer]:
        """Every current offer, and the one ``after`` which a page begins, that may be superseded by then."""

    async def price_history(
        self, material_id: str, supplier_id: int | None = None, after: int | None = None, limit: int = 20
    ) -> list[Offer]: ...

    async def changes(self, pricelist_id: int, after: int | None = None, limit: int = 20) -> list[Change]: ...


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
