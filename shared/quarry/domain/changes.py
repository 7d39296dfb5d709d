"""What became of an offer from one price list to the next.

Prices are compared for the same unit, else for the base unit; what cannot be compared is new.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

CHANGE_KINDS: Final = ("new", "gone", "dearer", "cheaper", "unchanged")
_TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Priced:
    """A price as far as it can be compared with another."""

    price: Decimal | None
    currency: str
    unit: str | None
    base_unit: str | None
    price_per_base_unit: Decimal | None


def change_kind(old: Priced | None, new: Priced | None) -> tuple[str, Decimal | None]:
    """The kind, and by how many per cent the price rose (dearer) or fell (cheaper)."""
    if new is None or (new.price is None and old is not None and old.price is not None):
        return "gone", None
    if old is None or (old.price is None and new.price is not None):
        return "new", None
    ratio = _ratio(old, new)
    if ratio is not None and ratio != 1:
        percent = ((ratio - 1) * 100).quantize(_TENTH, ROUND_HALF_UP)
        return ("dearer" if ratio > 1 else "cheaper"), percent
    return ("unchanged" if ratio is not None or old.price == new.price else "new"), None


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
