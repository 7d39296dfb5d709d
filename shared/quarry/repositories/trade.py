"""What people say of the trade: suppliers' names and exchange rates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from quarry.domain.rates import ExchangeRate
from quarry.errors import Conflict

LARGEST_COUNTED = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class LastList:
    """Of a supplier's imported lists the one that was uploaded last; rows without a file have no name."""

    request_id: str
    file_name: str | None
    listed_at: datetime


class Trade(Protocol):
    async def rates(self, base: str) -> list[ExchangeRate]:
        """The latest of each currency."""

    async def save_rates(self, base: str, rates: Sequence[ExchangeRate]) -> None:
        """A rate of the same currency and date is replaced."""

    async def suppliers(self, after: int | None = None, limit: int = 1000) -> dict[int, str | None]:
        """The numbers that are in use, in their order, with their names; those behind ``after``."""

    async def last_lists(self, suppliers: Sequence[int]) -> dict[int, LastList]:
        """Of those that have one."""

    async def names(self, first: int, last: int) -> dict[int, str]:
        """The names of the suppliers with these numbers and those between them."""

    async def name_supplier(self, supplier_id: int, name: str) -> None:
        """Raises Conflict when another one has that name."""

    async def supplier_named(self, name: str) -> int:
        """The supplier's number; of a name that is not known the next free one, which has it from then on."""


def name_key(name: str) -> str:
    """Names that differ in case and blanks alone are one supplier's."""
    return " ".join(name.split()).casefold()


def next_free(in_use: Iterable[int]) -> int:
    """The number behind the largest; of numbers that nobody counts up to, none is behind."""
    taken_numbers = {0, *in_use}
    free = max(number for number in taken_numbers if number < LARGEST_COUNTED) + 1
    while free in taken_numbers:
        free += 1
    return free


def taken(name: str) -> Conflict:
    return Conflict(f"Another supplier is called «{name}» already.")
