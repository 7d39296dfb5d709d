"""Suppliers' offers in Qdrant: points without vectors, one an offer."""

import uuid
from collections.abc import Sequence
from typing import Final

from quarry.adapters.codec import Json
from quarry.adapters.interfaces import Point
from quarry.adapters.qdrant.collection import Collection, Layout
from quarry.adapters.qdrant.filters import Filter, all_of, among

_NAMESPACE: Final = uuid.UUID("2f7f1a8e-64c5-5c0b-a1d7-3b9e5f0c8d46")
OFFERS: Final = Layout(
    indexes={
        "supplier_id": "integer",
        "material_id": "keyword",
        "article": "keyword",
        "current": "bool",
        "pricelist_id": "integer",
        "first_pricelist_id": "integer",
        "ended_by": "integer",
        "former[].first_pricelist_id": "integer",
        "former[].ended_by": "integer",
    }
)


class QdrantOffers:
    """An offer is known by ``place``: its supplier and its ``offer_key``."""

    def __init__(self, offers: Collection) -> None:
        self._offers = offers

    async def read(self, places: Sequence[str], fields: Sequence[str] | None = None) -> dict[str, Json]:
        """Offers by place, of those that are there; ``fields``, with the place among them, are all that is read."""
        points = await self._offers.retrieve([_point_id(place) for place in places], fields or True)
        return {point.payload["place"]: dict(point.payload) for point in points}

    async def find(self, tests: Filter, fields: Sequence[str] | None = None) -> list[Json]:
        """Every offer that passes the filter, with ``fields`` alone where they are named."""
        return [dict(point.payload) for point in await self._offers.every(tests, fields or True)]

    async def count(self, tests: Filter) -> int:
        return await self._offers.count(tests)

    async def counts(self, key: str, tests: Filter, limit: int) -> dict[str, int]:
        """The values of an indexed field with the number of offers that have them and pass the filter."""
        return dict(await self._offers.facet(key, tests, limit))

    async def write(self, offers: Sequence[Json], over: Sequence[int]) -> None:
        """An offer that is there is replaced if its revision is one of ``over``; one that is not is inserted."""
        points = [Point(_point_id(offer["place"]), offer) for offer in offers]
        # No revision is 0: with nothing to replace, only what is not there is written.
        await self._offers.upsert(points, lambda _: all_of(among("revision", over or [0])))

    async def change(self, tests: Filter, values: Json) -> None:
        """Set ``values`` in every offer that passes the filter when it is written."""
        await self._offers.set_values(tests, values)


def _point_id(place: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, place))
