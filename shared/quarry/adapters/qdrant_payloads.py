"""One collection of points without vectors: payloads that are read by id or by filter."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from quarry.adapters.codec import Json
from quarry.adapters.qdrant_connection import QdrantConnection, readable
from quarry.breaker import CircuitBreaker
from quarry.errors import StoreError

_WRITE_BATCH = 500
_PAGE = 1000


class QdrantPayloads(QdrantConnection):
    """The collection and its indexes are made when it is first used."""

    INDEXES: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        collection: str,
        connect_timeout: float = 5.0,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        super().__init__(url, api_key, connect_timeout=connect_timeout, breaker=breaker)
        self._collection = collection

    async def _payloads(self, ids: Sequence[str], fields: Sequence[str] | None = None) -> list[Json]:
        found: list[Json] = []
        for start in range(0, len(ids), _PAGE):
            body = {"ids": ids[start : start + _PAGE], "with_payload": fields or True, "with_vector": False}
            points = await self._on("POST", "/points", body)
            with readable():
                found += [point["payload"] for point in points]
        return found

    async def _scroll(self, tests: Sequence[Json], limit: int, order: Json | None = None) -> list[Json]:
        body: Json = {"filter": {"must": list(tests)}, "limit": limit, "with_payload": True, "with_vector": False}
        if order:
            body["order_by"] = order
        page = await self._on("POST", "/points/scroll", body)
        with readable():
            return [point["payload"] for point in page["points"]]

    async def _count(self, tests: Sequence[Json]) -> int:
        answer = await self._on("POST", "/points/count", {"filter": {"must": list(tests)}, "exact": True})
        with readable():
            return int(answer["count"])

    async def _facet(self, key: str, tests: Sequence[Json], limit: int = 10) -> dict[str, int]:
        body = {"key": key, "filter": {"must": list(tests)}, "limit": limit, "exact": True}
        answer = await self._on("POST", "/facet", body)
        with readable():
            return {hit["value"]: hit["count"] for hit in answer["hits"]}

    async def _upsert(self, contents: Iterable[tuple[str, Json]], condition: Json | None = None) -> None:
        """With a ``condition`` a point that stands is replaced only if it meets it."""
        points = [{"id": key, "vector": {}, "payload": payload} for key, payload in contents]
        for start in range(0, len(points), _WRITE_BATCH):
            body: Json = {"points": points[start : start + _WRITE_BATCH]}
            if condition:
                body["update_filter"] = condition
            await self._on("PUT", "/points", body, params={"wait": "true"})

    async def _delete(self, tests: Sequence[Json]) -> None:
        await self._on("POST", "/points/delete", {"filter": {"must": list(tests)}}, params={"wait": "true"})

    async def _on(self, method: str, path: str, body: Json, *, params: Mapping[str, str] | None = None) -> Any:
        await self.ensure(self._collection, self._make)
        try:
            return await self.call(method, "/collections/{name}" + path, body, params=params, name=self._collection)
        except StoreError as fault:
            if fault.code == "404":
                self.forget(self._collection)
            raise

    async def _make(self) -> None:
        try:
            standing = await self.call("GET", "/collections/{name}", name=self._collection)
        except StoreError as fault:
            if fault.code != "404":
                raise
            await self._create()
            standing = {"payload_schema": {}}
        with readable():
            indexes = dict(standing["payload_schema"])
        for field, schema in self.INDEXES.items():
            if field not in indexes:
                body = {"field_name": field, "field_schema": schema}
                await self.call(
                    "PUT", "/collections/{name}/index", body, params={"wait": "true"}, name=self._collection
                )

    async def _create(self) -> None:
        try:
            await self.call("PUT", "/collections/{name}", {"vectors": {}}, name=self._collection)
        except StoreError:
            # Another environment was quicker, unless it still is not there.
            await self.call("GET", "/collections/{name}", name=self._collection)
