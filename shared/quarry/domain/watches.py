"""Watches: «tell me when this falls below 400 ₽/мешок». A watch fires when the cheapest offer falls below, once."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is watched. Of ``material_id`` and ``query`` one is None."""

    id: str
    material_id: str | None
    query: str | None
    below: Decimal
    unit: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The cheapest offer, as it was when a list ended; ``watched_price`` is in the watch's unit and currency."""

    offer_id: int
    material_id: str
    supplier_id: int | None
    name: str
    price: Decimal
    currency: str
    unit: str | None
    watched_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(Watched):
    """A watch with its state."""

    is_below: bool
    cheapest: Seen | None
    fired_at: datetime | None
    fired: Seen | None
    created_at: datetime

    @property
    def suppliers(self) -> list[int | None]:
        """The suppliers whose offers it names."""
        return [seen.supplier_id for seen in (self.cheapest, self.fired) if seen]
