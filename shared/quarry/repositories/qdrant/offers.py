"""Offers and their history read from Qdrant, where there is no PostgreSQL."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, Protocol

from quarry.adapters.qdrant.filters import Filter, all_of, any_of, equals
from quarry.domain.changes import Change, ChangeKind, change_kind, summarised
from quarry.domain.materials import Offer
from quarry.repositories.offers import Origin, read_offer
from quarry.repositories.qdrant.offer_states import Json, offer_row, priced, states

_INTRODUCED: Final = ("first_pricelist_id", "former[].first_pricelist_id")
_ENDED: Final = ("ended_by", "former[].ended_by")
# Of rows that say the same goods, all but the first have a place that ends so.
_FURTHER_ROW: Final = re.compile(r"\|[1-9][0-9]*$")


class OfferStore(Protocol):
    """Points of offers, by place or by filter."""

    async def read(self, places: Sequence[str], fields: Sequence[str] | None = None) -> dict[str, Json]: ...

    async def find(self, tests: Filter, fields: Sequence[str] | None = None) -> list[Json]: ...

    async def count(self, tests: Filter) -> int: ...

    async def counts(self, key: str, tests: Filter, limit: int) -> dict[str, int]: ...

    async def write(self, offers: Sequence[Json], over: Sequence[int]) -> None: ...

    async def change(self, tests: Filter, values: Json) -> None: ...


class QdrantOfferRepository:
    """As :class:`OfferRepository`."""

    def __init__(self, offers: OfferStore) -> None:
        self._offers = offers

    async def offers_of(self, material_id: str, after: int | None = None) -> list[Offer]:
        history = await self._states(material_id, None)
        return [one for one in history if one.superseded_at is None or one.id == after]

    async def price_history(
        self, material_id: str, supplier_id: int | None = None, after: int | None = None, limit: int = 20
    ) -> list[Offer]:
        history = await self._states(material_id, supplier_id)
        newest = sorted(history, key=lambda one: (one.valid_from, one.id), reverse=True)
        return _behind(newest, after)[:limit]

    async def _states(self, material_id: str, supplier_id: int | None) -> list[Offer]:
        must = [equals("material_id", material_id)]
        if supplier_id is not None:
            must.append(equals("supplier_id", supplier_id))
        found = await self._offers.find(all_of(*must))
        return [read_offer(offer_row(state)) for offer in found for state in states(offer)]

    async def origins(self, offers: Sequence[int]) -> dict[int, Origin]:
        """None: the index keeps no rows."""
        return {}

    async def changes(self, pricelist_id: int, after: int | None = None, limit: int = 20) -> list[Change]:
        changes = [_change(old, new) for old, new in await self._pairs(pricelist_id)]
        behind = [one for one in changes if one is not None and one.id > (after or 0)]
        return sorted(behind, key=lambda one: one.id)[:limit]

    async def summary(self, pricelist_id: int) -> dict[str, int]:
        """The number of changes by kind."""
        counts: Counter[str] = Counter(_kind(old, new)[0] for old, new in await self._pairs(pricelist_id))
        first = equals("first_pricelist_id", pricelist_id)
        kept = all_of(equals("pricelist_id", pricelist_id), none_of=[first])
        counts["unchanged"] += await self._offers.count(kept)
        return summarised(counts)

    async def _pairs(self, pricelist_id: int) -> list["Pair"]:
        tests = any_of(*(equals(key, pricelist_id) for key in (*_INTRODUCED, *_ENDED)))
        found = sorted(await self._offers.find(tests), key=lambda offer: offer["id"])
        return list(_paired_again(_pair(offer, pricelist_id) for offer in found))


def _behind(items: Sequence[Offer], after: int | None) -> list[Offer]:
    if after is None:
        return list(items)
    place = next((place for place, item in enumerate(items) if item.id == after), len(items))
    return list(items[place + 1 :])


Pair = tuple[Json | None, Json | None]


def _pair(offer: Json, pricelist_id: int) -> Pair:
    """The state that the list ended and the one that it brought."""
    history = states(offer)
    old = next((state for state in history if state["ended_by"] == pricelist_id), None)
    new = next((state for state in history if state["first_pricelist_id"] == pricelist_id), None)
    return old, new


def _paired_again(pairs: Iterable[Pair]) -> Iterable[Pair]:
    """A product that comes back under another article is the same offer to a buyer: its old and new one are paired."""
    arrived: dict[Any, list[Json]] = defaultdict(list)
    ended = []
    for old, new in pairs:
        if old is None and new is not None:
            arrived[new["material_id"]].append(new)
        elif new is None and old is not None:
            ended.append(old)
        else:
            yield old, new
    for old in ended:
        successors = arrived[old["material_id"]] if old["material_id"] else []
        yield old, successors.pop(0) if successors else None
    for rest in arrived.values():
        yield from ((None, new) for new in rest)


def _kind(old: Json | None, new: Json | None) -> tuple[ChangeKind | Literal["unchanged"], Decimal | None]:
    before, now = (priced(state) if state else None for state in (old, new))
    shown = new or old
    assert shown is not None
    return change_kind(before, now, duplicate=_FURTHER_ROW.search(shown["place"]) is not None)


def _change(old: Json | None, new: Json | None) -> Change | None:
    """None where nothing changed."""
    kind, percent = _kind(old, new)
    shown = new or old
    assert shown is not None
    if kind == "unchanged":
        return None
    before, now = (priced(state) if state else None for state in (old, new))
    ended = old is not None and new is None
    return Change(
        id=shown["id"],
        kind=kind,
        at=datetime.fromisoformat(shown["superseded_at"] if ended else shown["valid_from"]),
        supplier_id=shown["supplier_id"],
        pricelist_id=shown["ended_by"] if ended else shown["first_pricelist_id"],
        request_id=None,
        material_id=shown["material_id"],
        name=shown["name"],
        category=shown["category"],
        old_price=before.price if before else None,
        new_price=now.price if now else None,
        old_currency=before.currency if before else None,
        currency=shown["currency"],
        old_unit=before.unit if before else None,
        unit=shown["unit"],
        base_unit=shown["base_unit"],
        old_price_per_base_unit=before.price_per_base_unit if before else None,
        new_price_per_base_unit=now.price_per_base_unit if now else None,
        change_percent=percent,
    )
