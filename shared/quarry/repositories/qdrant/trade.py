"""Suppliers' names and exchange rates where there is no PostgreSQL: one point for each of the two.

Of exchange rates the latest are kept alone.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from quarry.adapters.qdrant.filters import all_of
from quarry.domain.clock import clock
from quarry.domain.rates import ExchangeRate
from quarry.errors import StoreUnavailable
from quarry.repositories.qdrant.offers import OfferStore
from quarry.repositories.trade import LastList, name_key, next_free, taken

Json = dict[str, Any]
_SUPPLIERS: Final = "suppliers"
_MOST_SUPPLIERS: Final = 100_000
_ATTEMPTS: Final = 20


class QdrantTrade:
    """As :class:`quarry.repositories.trade.TradeRepository`; ``offers`` say which suppliers' numbers are in use."""

    def __init__(self, points: OfferStore, offers: OfferStore) -> None:
        self._points = points
        self._offers = offers

    async def rates(self, base: str) -> list[ExchangeRate]:
        return [
            ExchangeRate(
                currency=currency,
                rate=Decimal(one["rate"]),
                date=date.fromisoformat(one["date"]),
                source=one["source"],
            )
            for currency, one in sorted((await self._read(_rates(base))).items())
        ]

    async def save_rates(self, base: str, rates: Sequence[ExchangeRate]) -> None:
        fresh = {
            one.currency: {"rate": str(one.rate), "date": one.date.isoformat(), "source": one.source} for one in rates
        }

        def merged(known: Json) -> Json:
            newer = {name for name, one in fresh.items() if one["date"] >= known.get(name, one)["date"]}
            return {**known, **{name: fresh[name] for name in newer}}

        await self._change(_rates(base), merged)

    async def suppliers(self, after: int | None = None, limit: int = 1000) -> dict[int, str | None]:
        found = await self._in_use()
        behind = sorted(number for number in found if after is None or number > after)
        return {number: found[number] for number in behind[:limit]}

    async def last_lists(self, suppliers: Sequence[int]) -> dict[int, LastList]:
        """Nobody keeps them here: headers are not found by their supplier."""
        return {}

    async def names(self, first: int, last: int) -> dict[int, str]:
        known = await self._read(_SUPPLIERS)
        return {int(number): name for number, name in known.items() if first <= int(number) <= last}

    async def _in_use(self) -> dict[int, str | None]:
        in_use = await self._offers.counts("supplier_id", all_of(), _MOST_SUPPLIERS)
        names = await self._read(_SUPPLIERS)
        return {**dict.fromkeys(map(int, in_use)), **{int(number): name for number, name in names.items()}}

    async def name_supplier(self, supplier_id: int, name: str) -> None:
        def named(known: Json) -> Json:
            others = {name_key(other) for number, other in known.items() if number != str(supplier_id)}
            if name_key(name) in others:
                raise taken(name)
            return {**known, str(supplier_id): name}

        await self._change(_SUPPLIERS, named)

    async def supplier_named(self, name: str) -> int:
        in_use = await self._in_use()

        def named(known: Json) -> Json:
            if any(name_key(other) == name_key(name) for other in known.values()):
                return known
            return {**known, str(next_free({*in_use, *map(int, known)})): name}

        known = await self._change(_SUPPLIERS, named)
        return next(int(number) for number, other in known.items() if name_key(other) == name_key(name))

    async def _read(self, place: str) -> Json:
        found = await self._points.read([place])
        return dict(found[place]["content"]) if place in found else {}

    async def _change(self, place: str, change: Callable[[Json], Json]) -> Json:
        """Write what ``change`` makes of the content; again where somebody else has written meanwhile."""
        for _ in range(_ATTEMPTS):
            found = (await self._points.read([place])).get(place)
            content = change(dict(found["content"]) if found else {})
            revision = clock.next()
            point = {"place": place, "content": content, "revision": revision}
            await self._points.write([point], [found["revision"]] if found else [])
            written = (await self._points.read([place])).get(place)
            if written and written["revision"] == revision:
                return content
        raise StoreUnavailable("Qdrant", "took no change: others were always first")


def _rates(base: str) -> str:
    return f"rates|{base}"
