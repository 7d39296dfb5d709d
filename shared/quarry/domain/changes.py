"""What became of an offer from one price list to the next.

Prices are compared in the same currency, for the same unit, else for the base unit. What cannot be compared has a kind
of its own, which a list's summary counts as one of the five that it has always had.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal, get_args

ChangeKind = Literal[
    "new",
    "gone",
    "dearer",
    "cheaper",
    "price_added",
    "price_removed",
    "unit_changed",
    "currency_changed",
    "duplicate",
    "duplicate_gone",
]
CHANGE_KINDS: Final = ("new", "gone", "dearer", "cheaper", "unchanged")
# A duplicate is one more row of goods that the list already has.
DETAILED: Final[Mapping[ChangeKind, str]] = {
    "price_added": "new",
    "unit_changed": "new",
    "currency_changed": "new",
    "duplicate": "new",
    "price_removed": "gone",
    "duplicate_gone": "gone",
}
KINDS: Final[Sequence[ChangeKind]] = get_args(ChangeKind)
_TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Priced:
    """A price as far as it can be compared with another."""

    price: Decimal | None
    currency: str
    unit: str | None
    base_unit: str | None
    price_per_base_unit: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one offer; ``id`` is that of the offer, and its place among the changes of its list."""

    id: int
    kind: ChangeKind
    at: datetime
    supplier_id: int | None
    pricelist_id: int
    request_id: str | None
    material_id: str | None
    name: str
    category: str | None
    old_price: Decimal | None
    new_price: Decimal | None
    old_currency: str | None
    currency: str
    old_unit: str | None
    unit: str | None
    base_unit: str | None
    old_price_per_base_unit: Decimal | None
    new_price_per_base_unit: Decimal | None
    change_percent: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilter:
    """Of lists that ended in the period; None is a filter that is not set. ``min_percent`` counts up and down."""

    since: datetime
    until: datetime | None = None
    supplier_id: int | None = None
    kinds: tuple[ChangeKind, ...] = ()
    group: str | None = None
    min_percent: Decimal | None = None
    material_id: str | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """``complete`` is False where there are more changes than were counted."""

    total: int
    complete: bool
    by_kind: dict[ChangeKind, int]
    by_supplier: Sequence[tuple[int | None, dict[ChangeKind, int]]]


def summarised(counts: Mapping[str, int]) -> dict[str, int]:
    """The summary: its five kinds, which include the finer kinds, and after them the finer kinds by themselves."""
    summary = Counter(counts)
    for kind, counted_as in DETAILED.items():
        summary[counted_as] += counts.get(kind, 0)
    told_apart = {kind: counts[kind] for kind in DETAILED if counts.get(kind)}
    return {kind: summary[kind] for kind in CHANGE_KINDS} | told_apart


def change_kind(
    old: Priced | None, new: Priced | None, *, duplicate: bool = False
) -> tuple[ChangeKind | Literal["unchanged"], Decimal | None]:
    """The kind, and by how many per cent the price rose (dearer) or fell (cheaper)."""
    if new is None:
        return ("duplicate_gone" if duplicate else "gone"), None
    if old is None:
        return ("duplicate" if duplicate else "new"), None
    ratio = _ratio(old, new)
    if ratio is None:
        return _of_incomparable(old, new), None
    if ratio == 1:
        return "unchanged", None
    percent = ((ratio - 1) * 100).quantize(_TENTH, ROUND_HALF_UP)
    return ("dearer" if ratio > 1 else "cheaper"), percent


def _of_incomparable(old: Priced, new: Priced) -> ChangeKind | Literal["unchanged"]:
    """Equal prices for different units prove nothing; an unknown unit may be a new spelling of the same one."""
    if old.price is None or new.price is None:
        return _of_prices_that_miss(old, new)
    if old.currency != new.currency:
        return "currency_changed"
    if None not in {old.base_unit, new.base_unit} and old.base_unit != new.base_unit:
        return "unit_changed"
    if old.price == new.price:
        return "unchanged"
    return "unit_changed" if old.unit != new.unit else "new"


def _of_prices_that_miss(old: Priced, new: Priced) -> ChangeKind | Literal["unchanged"]:
    if old.price is not None:
        return "price_removed"
    return "price_added" if new.price is not None else "unchanged"


def _ratio(old: Priced, new: Priced) -> Decimal | None:
    if new.currency != old.currency:
        return None
    if new.unit == old.unit:
        return _quotient(new.price, old.price)
    if new.base_unit is not None and new.base_unit == old.base_unit:
        return _quotient(new.price_per_base_unit, old.price_per_base_unit)
    return None


def _quotient(new: Decimal | None, old: Decimal | None) -> Decimal | None:
    return new / old if new is not None and old else None
