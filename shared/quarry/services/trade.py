"""Suppliers' names and exchange rates: how people keep them, and how answers know them."""

import logging
import time
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from quarry.cache.catalogue_cache import CatalogueCache, Computed
from quarry.cache.changes import Depends
from quarry.domain.rates import ExchangeRate, Rates
from quarry.domain.showing import Showing
from quarry.errors import InvalidRequest, StoreError, StoreUnavailable
from quarry.repositories.trade import Trade

log = logging.getLogger(__name__)
# A function that reads no answers from the cache does not learn there that a name has changed.
_FRESH_SECONDS: Final = 5.0


class RatesSource(Protocol):
    async def fetch(self, base: str) -> list[ExchangeRate]:
        """Today's rates in ``base``. Raises StoreUnavailable, StoreError when what is there cannot be used."""


class TradeReader:
    """What answers are shown with, as one environment knows it: read again seconds later, and when it was changed."""

    def __init__(self, trade: Trade, cache: CatalogueCache, base: str, ttl: int) -> None:
        self._trade = trade
        self._cache = cache
        self._base = base
        self._ttl = ttl
        self._known = Showing(Rates(base))
        self._generation: int | None = None
        self._until = 0.0

    async def showing(self) -> Showing:
        """For an answer that the cache is asked for. In an outage: as last known."""
        now, generation = time.monotonic(), self._cache.last_generation
        if generation != self._generation or now >= self._until:
            try:
                self._known = await self._read()
            except (StoreUnavailable, StoreError) as error:
                log.warning("names and rates are as last known", extra={"reason": str(error)})
            self._generation, self._until = generation, now + _FRESH_SECONDS
        return self._known

    async def _read(self) -> Showing:
        cached = await self._cache.fetch(f"trade:{self._base}", self._ttl, self._compute)
        value = cached.value
        latest = {one["currency"]: _rate(one) for one in value["rates"]}
        return Showing(Rates(self._base, latest), {one["id"]: one["name"] for one in value["suppliers"]})

    async def _compute(self, _: int) -> Computed:
        rates = await self._trade.rates(self._base)
        names = await self._trade.suppliers()
        value = {
            "rates": list(map(rate_json, rates)),
            "suppliers": [{"id": number, "name": name} for number, name in names.items() if name],
        }
        return Computed(value, depends=Depends(everything=False))


class TradeService:
    """Every change outdates the answers in the cache, which show it."""

    def __init__(self, trade: Trade, cache: CatalogueCache, base: str, source: RatesSource | None = None) -> None:
        self._trade = trade
        self._cache = cache
        self._base = base
        self._source = source

    async def rates(self) -> dict[str, Any]:
        return {"base_currency": self._base, "items": list(map(rate_json, await self._trade.rates(self._base)))}

    async def save_rates(self, rates: Sequence[ExchangeRate]) -> dict[str, Any]:
        if any(one.currency == self._base for one in rates):
            raise InvalidRequest(f"{self._base} is the base currency: it has no rate.", [("/rates", "base currency")])
        await self._trade.save_rates(self._base, rates)
        await self._cache.bump()
        return await self.rates()

    async def fetch_rates(self) -> dict[str, Any]:
        """Today's rates from where the settings say; nothing where they say nothing."""
        if self._source is None:
            return {"rates": 0}
        rates = await self._source.fetch(self._base)
        await self._trade.save_rates(self._base, rates)
        await self._cache.bump()
        return {"rates": len(rates)}

    async def suppliers(self) -> dict[str, Any]:
        found = sorted((await self._trade.suppliers()).items())
        return {"items": [{"id": number, "name": name} for number, name in found]}

    async def name_supplier(self, supplier_id: int, name: str) -> dict[str, Any]:
        await self._trade.name_supplier(supplier_id, name)
        await self._cache.bump()
        return {"id": supplier_id, "name": name}

    async def supplier_named(self, name: str) -> dict[str, Any]:
        number = await self._trade.supplier_named(name)
        await self._cache.bump()
        return {"id": number, "name": (await self._trade.suppliers())[number]}


def rate_json(one: ExchangeRate) -> dict[str, Any]:
    rate = f"{one.rate.normalize():f}"
    return {"currency": one.currency, "rate": rate, "date": one.date.isoformat(), "source": one.source}


def _rate(one: dict[str, Any]) -> ExchangeRate:
    return ExchangeRate(
        currency=one["currency"],
        rate=Decimal(one["rate"]),
        date=date.fromisoformat(one["date"]),
        source=one["source"],
    )
