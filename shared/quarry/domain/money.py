"""Amounts of money: which of them a column can hold, and how the API writes them."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

MONEY_DIGITS: Final = 14  # of a column, numeric(14, 4)
MONEY_PLACES: Final = 4
MONEY_BOUND: Final = Decimal(10) ** (MONEY_DIGITS - MONEY_PLACES)
_STEP: Final = Decimal(10) ** -MONEY_PLACES
_CENTS: Final = 2


def storable(amount: Decimal | None) -> Decimal | None:
    """``amount`` as a column of money holds it; None when it is beyond that."""
    if amount is None or not amount.is_finite() or abs(amount) >= MONEY_BOUND:
        return None
    rounded = amount.quantize(_STEP, ROUND_HALF_UP)
    return rounded if abs(rounded) < MONEY_BOUND else None


def money(amount: Decimal | None) -> str | None:
    """A decimal string with two places, and more only where they say something: ``450.00``, ``0.0035``."""
    if amount is None:
        return None
    whole, _, fraction = f"{amount:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(_CENTS, '0')}"


def quantity(amount: Decimal | None) -> int | float | None:
    """A stock as a JSON number, whole where it is whole."""
    if amount is None:
        return None
    return int(amount) if amount == amount.to_integral_value() else float(amount)
