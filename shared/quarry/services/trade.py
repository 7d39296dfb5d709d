"""Suppliers' names and exchange rates: how people keep them, and how answers know them."""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from quarry.cache.catalogue_cache import CatalogueCache, Computed
from quarry.cache.change_log import Depends
from quarry.domain.documents import moment
from quarry.domain.rates import ExchangeRate, Rates
from quarry.domain.showing import Showing
from quarry.errors import InvalidRequest, StoreError, StoreUnavailable
from quarry.repositories.trade import LastList, Trade
from quarry.services.pages import Cursors

log = logging.getLogger(__name__)
# Read again so often because, while Redis is unavailable, nothing reports a changed name.
_FRESH_SECONDS: Final = 5.0
_NUMBERS_IN_BLOCK: Final = 500
_MOST_BLOCKS: Final = 64
_SUPPLIERS: Final = Cursors("suppliers", after=int)


class RatesSource(Protocol):
    async def fetch(self, base: str) -> list[ExchangeRate]:
        """Today's rates in ``base``. Raises StoreUnavailable, StoreError when what is there cannot be used."""


class TradeReader:
    """What answers are shown with, as one environment knows it: read again seconds later, and when it was changed.

    Names are read in blocks of numbers, so that an answer takes as much however many suppliers there are.
    """

    def __init__(self, trade: Trade, cache: CatalogueCache, base: str, ttl: int) -> None:
        self._trade = trade
        self._cache = cache
        self._base = base
        self._ttl = ttl
        self._rates = Rates(base)
        self._names: dict[int, Mapping[int, str]] = {}
        self._fresh: set[int | None] = set()
        self._known: set[int | None] = set()
        self._generation: int | None = None
        self._until = 0.0

    async def showing(self, suppliers: Iterable[int | None] = ()) -> Showing:
        """The rates, and the names of these suppliers. In an outage: as last known."""
        # A changed name outdates every entry, which the last look into the cache has shown: no question of its own.
        now, generation = time.monotonic(), self._cache.last_generation
        if generation != self._generation or now >= self._until:
            self._fresh.clear()
            self._generation, self._until = generation, now + _FRESH_SECONDS
        blocks = {number // _NUMBERS_IN_BLOCK for number in suppliers if number is not None}
        # Side by side: an answer may show suppliers of several blocks, and always the rates.
        await asyncio.gather(*map(self._renew, {None, *blocks} - self._fresh))
        names = {number: name for block in blocks for number, name in self._names.get(block, {}).items()}
        self._forget(blocks)
        return Showing(self._rates, names, complete=self._known >= {None, *blocks})

    async def notice_changes(self) -> None:
        """Learn whether names have changed, as reading an answer from the cache does by the way."""
        await self._cache.changed()

    async def _renew(self, block: int | None) -> None:
        """Read a block of names; None: the rates."""
        try:
            if block is None:
                self._rates = Rates(self._base, await self._read_rates())
            else:
                self._names[block] = await self._read_names(block)
            self._known.add(block)
        except (StoreUnavailable, StoreError) as error:
            log.warning("names and rates are as last known", extra={"reason": str(error)})
        # After a failure too: in an outage an answer asks once in a while, not each time.
        self._fresh.add(block)

    async def _read_rates(self) -> dict[str, ExchangeRate]:
        async def compute(_: int) -> Computed:
            rates = list(map(rate_json, await self._trade.rates(self._base)))
            # Lists do not change rates, so the end of one does not outdate them.
            return Computed({"rates": rates}, depends=Depends(everything=False))

        cached = await self._cache.fetch(f"rates:{self._base}", self._ttl, compute)
        return {one["currency"]: _rate(one) for one in cached.value["rates"]}

    async def _read_names(self, block: int) -> dict[int, str]:
        async def compute(_: int) -> Computed:
            names = await self._trade.names(block * _NUMBERS_IN_BLOCK, (block + 1) * _NUMBERS_IN_BLOCK - 1)
            return Computed({"names": list(names.items())}, depends=Depends(everything=False))

        cached = await self._cache.fetch(f"suppliers:{block}", self._ttl, compute)
        return dict(cached.value["names"])

    def _forget(self, needed: set[int]) -> None:
        # An environment lives for hours; 32,000 names are its limit.
        if len(self._names) > _MOST_BLOCKS:
            self._names = {block: names for block, names in self._names.items() if block in needed}
            self._fresh &= {None, *self._names}
            self._known &= {None, *self._names}


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
        await self._cache.invalidate()
        return await self.rates()

    async def fetch_rates(self) -> dict[str, Any]:
        """Today's rates from where the settings say; nothing where they say nothing."""
        if self._source is None:
            return {"rates": 0}
        rates = await self._source.fetch(self._base)
        await self._trade.save_rates(self._base, rates)
        await self._cache.invalidate()
        return {"rates": len(rates)}

    async def suppliers(self, limit: int, cursor: str | None) -> dict[str, Any]:
        after = _SUPPLIERS.read(cursor)["after"] if cursor else None
        found = await self._trade.suppliers(after, limit + 1)
        page = _SUPPLIERS.page(list(found.items()), limit, lambda item: {"after": item[0]})
        last = await self._trade.last_lists([number for number, _ in page.items])
        items = [{"id": number, "name": name, "last_list": _list_json(last.get(number))} for number, name in page.items]
        return {"items": items, "next_cursor": page.next_cursor}

    async def name_supplier(self, supplier_id: int, name: str) -> dict[str, Any]:
        await self._trade.name_supplier(supplier_id, name)
        await self._cache.invalidate()
        return {"id": supplier_id, "name": name}

    async def supplier_named(self, name: str) -> dict[str, Any]:
        number = await self._trade.supplier_named(name)
        await self._cache.invalidate()
        return {"id": number, "name": (await self._trade.names(number, number))[number]}


def rate_json(one: ExchangeRate) -> dict[str, Any]:
    rate = f"{one.rate.normalize():f}"
    return {"currency": one.currency, "rate": rate, "date": one.date.isoformat(), "source": one.source}


def _list_json(one: LastList | None) -> dict[str, Any] | None:
    return (
        {"request_id": one.request_id, "file_name": one.file_name, "listed_at": moment(one.listed_at)} if one else None
    )


def _rate(one: dict[str, Any]) -> ExchangeRate:
    return ExchangeRate(
        currency=one["currency"],
        rate=Decimal(one["rate"]),
        date=date.fromisoformat(one["date"]),
        source=one["source"],
    )
