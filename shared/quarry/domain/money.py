"""Decimal numbers as the API writes them."""

from decimal import Decimal
from typing import Final

_CENTS: Final = 2


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
