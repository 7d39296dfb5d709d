"""Suppliers by number or name, and exchange rates, as the command line has them."""

from collections.abc import Sequence
from typing import Any

from local.client import Api
from quarry.domain.uploads import MAX_SUPPLIER_ID


def supplier_named(text: str) -> int | str:
    """A supplier's number, or its name. Raises ValueError for what is neither."""
    name = text.strip()
    if not name.removeprefix("-").isdecimal():
        if not name:
            raise ValueError("a supplier's number or name is missing")
        return name
    number = int(name)
    if not 1 <= number <= MAX_SUPPLIER_ID:
        raise ValueError(f"a supplier's number is from 1 to {MAX_SUPPLIER_ID}")
    return number


def number_of(api: Api, supplier: int | str) -> int:
    """The number of a supplier; one whose name is not known is made."""
    return supplier if isinstance(supplier, int) else int(api.post("/suppliers", {"name": supplier})["id"])


def all_suppliers(api: Api) -> dict[str, Any]:
    """The answer of ``GET /suppliers`` with every page's items."""
    items: list[Any] = []
    cursor = None
    while True:
        page = api.get("/suppliers", cursor=cursor)
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return {"items": items}


def rates_of(given: Sequence[str], date: str | None) -> list[dict[str, Any]]:
    """The body of «USD=81.5». Raises ValueError for what is not written so."""
    rates = []
    for text in given:
        currency, equals, rate = text.partition("=")
        if not equals:
            raise ValueError(f"«{text}» is not a rate: write it as USD=81.5")
        one = {"currency": currency.strip().upper(), "rate": rate.strip().replace(",", ".")}
        rates.append({**one, "date": date} if date else one)
    return rates
