"""What the API says of changed prices: of one list, and over a period."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from quarry.domain.changes import DETAILED, Change, ChangeKind, Digest
from quarry.domain.money import money
from quarry.domain.showing import Showing


class ChangeItem(BaseModel):
    """What became of one offer. ``old_…`` is null for what is new, ``new_price`` for what is gone."""

    kind: ChangeKind
    at: datetime
    supplier_id: int | None
    supplier_name: str | None
    pricelist_id: int
    request_id: str | None = Field(description="the list's batch; null when its records were cleaned up")
    offer_id: int
    material_id: str | None
    name: str
    category: str | None
    old_price: str | None
    new_price: str | None
    old_currency: str | None
    currency: str
    old_unit: str | None
    unit: str | None
    base_unit: str | None
    old_price_per_base_unit: str | None
    new_price_per_base_unit: str | None
    change_percent: float | None

    @classmethod
    def of(cls, change: Change, showing: Showing) -> Self:
        return cls(
            kind=change.kind,
            at=change.at,
            supplier_id=change.supplier_id,
            supplier_name=showing.supplier(change.supplier_id),
            pricelist_id=change.pricelist_id,
            request_id=change.request_id,
            offer_id=change.id,
            material_id=change.material_id,
            name=change.name,
            category=change.category,
            old_price=money(change.old_price),
            new_price=money(change.new_price),
            old_currency=change.old_currency,
            currency=change.currency,
            old_unit=change.old_unit,
            unit=change.unit,
            base_unit=change.base_unit,
            old_price_per_base_unit=money(change.old_price_per_base_unit),
            new_price_per_base_unit=money(change.new_price_per_base_unit),
            change_percent=None if change.change_percent is None else float(change.change_percent),
        )


class ChangeSummary(BaseModel):
    """Offers by what became of them; each kind that is distinguished counts as ``new`` or ``gone`` here."""

    new: int = 0
    gone: int = 0
    dearer: int = 0
    cheaper: int = 0
    unchanged: int = 0


class ChangePage(BaseModel):
    summary: ChangeSummary
    of_which: dict[ChangeKind, int] = Field(description="kinds that the summary counts as new or gone")
    items: list[ChangeItem]
    next_cursor: str | None


class Counted(BaseModel):
    """``relation`` is ``gte`` where there are more than are counted."""

    value: int
    relation: Literal["eq", "gte"]


class SupplierChanges(BaseModel):
    supplier_id: int | None
    supplier_name: str | None
    by_kind: dict[ChangeKind, int]


class ChangeDigest(BaseModel):
    """Changes of the period that meet the filters; suppliers with the most changes first."""

    total: Counted
    by_kind: dict[ChangeKind, int]
    by_supplier: list[SupplierChanges]

    @classmethod
    def of(cls, digest: Digest, showing: Showing) -> Self:
        return cls(
            total=Counted(value=digest.total, relation="eq" if digest.complete else "gte"),
            by_kind=digest.by_kind,
            by_supplier=[
                SupplierChanges(supplier_id=number, supplier_name=showing.supplier(number), by_kind=kinds)
                for number, kinds in digest.by_supplier
            ],
        )


class PeriodChanges(BaseModel):
    """The newest list first. ``digest`` is on the first page only."""

    since: datetime
    until: datetime
    digest: ChangeDigest | None
    items: list[ChangeItem]
    next_cursor: str | None


def told_apart(summary: Mapping[str, int]) -> dict[ChangeKind, int]:
    return {kind: summary[kind] for kind in DETAILED if summary.get(kind)}
