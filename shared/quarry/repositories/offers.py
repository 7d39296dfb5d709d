"""Suppliers' offers as they are read: of one material, over time, and what a price list changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from quarry.domain.changes import Change
from quarry.domain.materials import Offer
from quarry.domain.rows import ListedPrice, PriceKind, Vat


@dataclass(frozen=True, slots=True)
class Origin:
    """The place of an offer in its latest list; ``file_name`` is None for rows that were sent without a file."""

    offer_id: int
    request_id: str
    file_name: str | None
    sheet: str | None
    row: int | None
    listed_at: datetime


class OfferHistory(Protocol):
    """Pages by key: ``after`` is the id of the last item of the page before, None for the first page."""

    async def offers_of(self, material_id: str, after: int | None = None) -> list[Offer]:
        """Every current offer, and the one ``after`` which a page begins, that may be superseded by then."""

    async def price_history(
        self, material_id: str, supplier_id: int | None = None, after: int | None = None, limit: int = 20
    ) -> list[Offer]: ...

    async def origins(self, offers: Sequence[int]) -> dict[int, Origin]:
        """Of offers by their ids, as far as they are known."""

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
