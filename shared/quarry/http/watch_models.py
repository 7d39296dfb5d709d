"""What the API takes and says of watches: «tell me when this falls below 400 ₽/мешок»."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from quarry.domain.money import money
from quarry.domain.showing import Showing
from quarry.domain.watches import Seen, Watch
from quarry.http.app import RequestModel
from quarry.http.field_types import WITHOUT_NUL, decimal


class WatchRequest(RequestModel):
    """Either one material, or a query: every material whose name has all its words."""

    material_id: UUID | None = None
    query: Annotated[str, Field(min_length=1, max_length=200, pattern=WITHOUT_NUL)] | None = None
    below: Annotated[Decimal, *decimal(10, 4, above_zero=True)]
    unit: Annotated[str, Field(min_length=1, max_length=50, pattern=WITHOUT_NUL, description="«мешок», «кг», «м²»")]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217 code")] = "RUB"

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.material_id is None) == (self.query is None):
            raise ValueError("give either material_id or query")
        return self


class SeenOffer(BaseModel):
    """The cheapest offer when it was looked at; ``watched_price`` is its price in the watch's unit and currency."""

    offer_id: int
    material_id: str
    supplier_id: int | None
    supplier_name: str | None
    name: str
    price: str
    currency: str
    unit: str | None
    watched_price: str

    @classmethod
    def of(cls, seen: Seen, showing: Showing) -> Self:
        return cls(
            offer_id=seen.offer_id,
            material_id=seen.material_id,
            supplier_id=seen.supplier_id,
            supplier_name=showing.supplier(seen.supplier_id),
            name=seen.name,
            price=str(money(seen.price)),
            currency=seen.currency,
            unit=seen.unit,
            watched_price=str(money(seen.watched_price)),
        )


class WatchAnswer(BaseModel):
    """``is_below``: the cheapest offer is below the threshold now; ``fired``: what it was when that was last new."""

    id: str
    material_id: str | None
    query: str | None
    below: str
    unit: str
    currency: str
    is_below: bool
    cheapest: SeenOffer | None
    fired_at: datetime | None
    fired: SeenOffer | None
    created_at: datetime

    @classmethod
    def of(cls, watch: Watch, showing: Showing) -> Self:
        return cls(
            id=watch.id,
            material_id=watch.material_id,
            query=watch.query,
            below=str(money(watch.below)),
            unit=watch.unit,
            currency=watch.currency,
            is_below=watch.is_below,
            cheapest=SeenOffer.of(watch.cheapest, showing) if watch.cheapest else None,
            fired_at=watch.fired_at,
            fired=SeenOffer.of(watch.fired, showing) if watch.fired else None,
            created_at=watch.created_at,
        )


class WatchPage(BaseModel):
    items: list[WatchAnswer]
    next_cursor: str | None


class WatchDeleted(BaseModel):
    deleted: str
