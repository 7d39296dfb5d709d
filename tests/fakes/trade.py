"""Suppliers' names and exchange rates in dictionaries."""

from collections.abc import Sequence

from quarry.domain.rates import ExchangeRate
from quarry.errors import StoreUnavailable
from quarry.repositories.trade import LastList, Trade, next_free


class MemoryTrade(Trade):
    def __init__(self, **named: int) -> None:
        self.unavailable = False
        self.named = {number: name for name, number in named.items()}
        self.last: dict[int, LastList] = {}
        self.kept: dict[str, ExchangeRate] = {}

    async def rates(self, base: str) -> list[ExchangeRate]:
        self._reach()
        return list(self.kept.values())

    async def save_rates(self, base: str, rates: Sequence[ExchangeRate]) -> None:
        self._reach()
        self.kept |= {one.currency: one for one in rates}

    async def suppliers(self, after: int | None = None, limit: int = 1000) -> dict[int, str | None]:
        self._reach()
        return dict([item for item in sorted(self.named.items()) if item[0] > (after or -1)][:limit])

    async def last_lists(self, suppliers: Sequence[int]) -> dict[int, LastList]:
        self._reach()
        return {number: one for number, one in self.last.items() if number in suppliers}

    async def names(self, first: int, last: int) -> dict[int, str]:
        self._reach()
        return {number: name for number, name in self.named.items() if first <= number <= last}

    async def name_supplier(self, supplier_id: int, name: str) -> None:
        self._reach()
        self.named[supplier_id] = name

    async def supplier_named(self, name: str) -> int:
        self._reach()
        known = next((number for number, known in self.named.items() if known == name), None)
        number = known if known is not None else next_free(self.named)
        self.named[number] = name
        return number

    def _reach(self) -> None:
        if self.unavailable:
            raise StoreUnavailable("PostgreSQL")
