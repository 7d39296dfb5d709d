"""Suppliers' offers in Qdrant: points without vectors, one an offer."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from quarry.adapters.codec import Json
from quarry.adapters.qdrant_connection import readable
from quarry.adapters.qdrant_payloads import QdrantPayloads

_NAMESPACE: Final = uuid.UUID("2f7f1a8e-64c5-5c0b-a1d7-3b9e5f0c8d46")
_PAGE: Final = 1000
PAYLOAD_INDEXES: Mapping[str, str] = {
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


class QdrantOffers(QdrantPayloads):
    """An offer is known by ``place``: its supplier and its ``offer_key``."""

    INDEXES = PAYLOAD_INDEXES

    async def read(self, places: Sequence[str], fields: Sequence[str] | None = None) -> dict[str, Json]:
        """Offers by place, of those that are there; ``fields``, with the place among them, are all that is read."""
        offers = await self._payloads([_point_id(place) for place in places], fields)
        with readable():
            return {offer["place"]: offer for offer in offers}

    async def find(self, tests: Mapping[str, object], fields: Sequence[str] | None = None) -> list[Json]:
        """Every offer that passes Qdrant's filter, with ``fields`` alone where they are named."""
        found: list[Json] = []
        offset = None
        while True:
            body = {"filter": tests, "limit": _PAGE, "offset": offset, "with_payload": fields or True}
            page = await self._on("POST", "/points/scroll", body)
            with readable():
                found += [point["payload"] for point in page["points"]]
                offset = page["next_page_offset"]
            if offset is None:
                return found

    async def count(self, tests: Mapping[str, object]) -> int:
        answer = await self._on("POST", "/points/count", {"filter": tests, "exact": True})
        with readable():
            return int(answer["count"])

    async def counts(self, key: str, tests: Sequence[Json], limit: int) -> dict[str, int]:
        """The values of an indexed field with the number of offers that have them and pass all ``tests``."""
        return await self._facet(key, tests, limit)

    async def write(self, offers: Sequence[Json], over: Sequence[int]) -> None:
        """An offer that stands is replaced if its revision is one of ``over``; one that is not there is inserted."""
        condition = {"must": [{"key": "revision", "match": {"any": list(over) or [0]}}]}
        await self._upsert(((_point_id(offer["place"]), offer) for offer in offers), condition)

    async def change(self, tests: Mapping[str, object], values: Json) -> None:
        """Set ``values`` in every offer that passes the filter when it is written."""
        await self._on("POST", "/points/payload", {"payload": values, "filter": tests}, params={"wait": "true"})


def _point_id(place: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, place))
