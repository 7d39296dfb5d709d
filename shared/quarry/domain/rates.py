"""Exchange rates: prices of several currencies in one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

_ONE: Final = Decimal(1)
_PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate:
    """How much of the base currency one of ``currency`` is worth."""

    currency: str
    rate: Decimal
    date: date
    source: str


@dataclass(frozen=True, slots=True)
class Rates:
    """The latest rate of each currency that has one, in ``base``."""

    base: str
    latest: Mapping[str, ExchangeRate] = field(default_factory=dict)

    def factor(self, currency: str) -> Decimal | None:
        """What a price in ``currency`` is multiplied by to be in the base currency; None if no rate is known."""
        if currency == self.base:
            return _ONE
        known = self.latest.get(currency)
        return known.rate if known else None

    def common(self, currency: str) -> tuple[str, Decimal]:
        """The currency in which prices in ``currency`` are compared with others, and by what they are multiplied."""
        factor = self.factor(currency)
        return (currency, _ONE) if factor is None else (self.base, factor)

    def convert(self, price: str | None, currency: str) -> Decimal | None:
        """A price in the base currency, with four places."""
        factor = self.factor(currency)
        return None if price is None or factor is None else (Decimal(price) * factor).quantize(_PLACES)


# Each currency stays by itself.
APART: Final = Rates("RUB")
