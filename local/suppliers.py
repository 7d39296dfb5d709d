"""Suppliers by number or name, and exchange rates, as the command line has them."""

from collections.abc import Sequence
from typing import Any, Final

from local.client import Api, ApiFailure

_LARGEST: Final = 2**31 - 1


def number_of(api: Api, supplier: str) -> int:
    """The number of the supplier that a person named by it, or by its name."""
    if not supplier.isdecimal():
        return int(api.post("/suppliers", {"name": supplier})["id"])
    number = int(supplier)
    if not 1 <= number <= _LARGEST:
        raise ApiFailure(f"A supplier's number is from 1 to {_LARGEST}.")
    return number


def rates_of(given: Sequence[str], date: str | None) -> list[dict[str, Any]]:
    """The body of «USD=81.5»."""
    rates = []
    for text in given:
        currency, equals, rate = text.partition("=")
        if not equals:
            raise ApiFailure(f"«{text}» is no rate: write it as USD=81.5")
        one = {"currency": currency.strip().upper(), "rate": rate.strip().replace(",", ".")}
        rates.append({**one, "date": date} if date else one)
    return rates
