"""One collection of points, which is made with its vectors and indexes when it is first used."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from quarry.adapters.interfaces import Point, ScoredPoint, SparseVector
from quarry.adapters.qdrant.connection import QdrantConnection
from quarry.adapters.qdrant.filters import Filter
from quarry.errors import StoreError

T = TypeVar("T")
Json = dict[str, Any]
# All of a payload, none of it, or the fields of these names.
Fields = bool | Sequence[str]
_IDS_AT_ONCE = 1000
_PAYLOADS_AT_ONCE = 500
_POINTS_IN_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Layout:
    """What a collection is made with: dense ``vectors`` and payload ``indexes`` that it lacks are added later.

    ``options`` are of its creation alone. ``packed`` fields are kept as one JSON text each: the engine takes and gives
    a payload's values one by one, and an upsert takes a third longer with a hundred of them that are only shown.
    """

    indexes: Mapping[str, str]
    vectors: Mapping[str, Json] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    packed: Sequence[str] = ()
    points_at_once: int = 500


class Collection:
    """Each method raises StoreUnavailable or StoreError, see :class:`QdrantConnection`."""

    def __init__(self, connection: QdrantConnection, name: str, layout: Layout) -> None:
        self._connection = connection
        self.name = name
        self._layout = layout

    async def query(self, body: Mapping[str, Any]) -> list[ScoredPoint]:
        """The best points first, for a body of Qdrant's universal query."""
        return await self._ask("/points/query", body, lambda found: self._points(found["points"]))

    async def query_many(self, bodies: Sequence[Mapping[str, Any]]) -> list[list[ScoredPoint]]:
        """The same for several bodies, in their order."""
        body = {"searches": bodies}
        return await self._ask(
            "/points/query/batch", body, lambda answers: [self._points(found["points"]) for found in answers]
        )

    async def retrieve(self, ids: Sequence[str], fields: Fields = True) -> list[ScoredPoint]:
        """Those of the points that are there."""
        found: list[ScoredPoint] = []
        for some in _parts(ids, _IDS_AT_ONCE):
            found += await self._ask("/points", {"ids": list(some), "with_payload": fields}, self._points)
        return found

    async def scroll(
        self, filters: Filter | None, limit: int, offset: str | None = None, fields: Fields = True
    ) -> tuple[list[ScoredPoint], str | None]:
        """Points in the order of their ids, and where the next page begins (None at the end)."""
        body = {"filter": filters, "limit": limit, "offset": offset, "with_payload": fields}
        return await self._ask(
            "/points/scroll", body, lambda page: (self._points(page["points"]), page["next_page_offset"])
        )

    async def every(self, filters: Filter, fields: Fields = True) -> list[ScoredPoint]:
        """All points that pass the filter."""
        found, offset = await self.scroll(filters, _POINTS_IN_PAGE, None, fields)
        while offset is not None:
            page, offset = await self.scroll(filters, _POINTS_IN_PAGE, offset, fields)
            found += page
        return found

    async def first(self, filters: Filter, limit: int, by: str, *, descending: bool = False) -> list[ScoredPoint]:
        """The first points in the order of an indexed field."""
        order = {"key": by, "direction": "desc" if descending else "asc"}
        body = {"filter": filters, "limit": limit, "order_by": order, "with_payload": True}
        return await self._ask("/points/scroll", body, lambda page: self._points(page["points"]))

    async def count(self, filters: Filter | None) -> int:
        return await self._ask("/points/count", {"filter": filters, "exact": True}, lambda found: int(found["count"]))

    async def size(self) -> int:
        """How many points there are, by the server's own running count, so that nothing has to be counted."""
        with self._connection.guard():
            try:
                return await self._call("GET", "", None, lambda info: int(info["points_count"] or 0))
            except StoreError as error:
                if error.code != "404":
                    raise
                return 0

    async def facet(self, key: str, filters: Filter | None, limit: int) -> list[tuple[Any, int]]:
        """Values of an indexed field with the number of points that have them, most frequent first."""
        # Without this Qdrant estimates, and decisions depend on these numbers.
        body = {"key": key, "filter": filters, "limit": limit, "exact": True}
        return await self._ask(
            "/facet", body, lambda found: [(hit["value"], int(hit["count"])) for hit in found["hits"]]
        )

    async def upsert(self, points: Sequence[Point], over: Callable[[Sequence[Point]], Filter] | None = None) -> None:
        """Write whole points. With ``over`` a point that is there is replaced only if it passes that filter (1.16)."""
        for some in _parts(points, self._layout.points_at_once):
            body: Json = {"points": [self._struct(point) for point in some]}
            if over:
                body["update_filter"] = over(some)
            await self._write("/points", body, method="PUT")

    async def overwrite(
        self, payloads: Mapping[str, Mapping[str, Any]], over: Callable[[str, Mapping[str, Any]], Filter] | None = None
    ) -> None:
        """Replace whole payloads by point id, with ``over`` only of points that pass that filter; the vectors stay."""
        operations = [
            {
                "overwrite_payload": {
                    **({"filter": over(point_id, payload)} if over else {"points": [point_id]}),
                    "payload": self._packed(payload),
                }
            }
            for point_id, payload in payloads.items()
        ]
        for some in _parts(operations, _PAYLOADS_AT_ONCE):
            await self._write("/points/batch", {"operations": list(some)})

    async def set_values(self, filters: Filter, values: Json) -> None:
        """Set ``values`` in every point that passes the filter when it is written."""
        await self._write("/points/payload", {"payload": values, "filter": filters})

    async def delete(self, filters: Filter) -> None:
        await self._write("/points/delete", {"filter": filters})

    async def delete_points(self, ids: Sequence[str]) -> None:
        for some in _parts(ids, _IDS_AT_ONCE):
            await self._write("/points/delete", {"points": list(some)})

    async def _write(self, path: str, body: Mapping[str, Any], *, method: str = "POST") -> None:
        """Returns when it is durable."""
        await self._ask(path, body, _done, method=method, params={"wait": "true"})

    async def _ask(
        self,
        path: str,
        body: Mapping[str, Any],
        read: Callable[[Any], T],
        *,
        method: str = "POST",
        params: Mapping[str, str] | None = None,
    ) -> T:
        with self._connection.guard():
            await self._connection.ensure(self.name, self._make)
            try:
                return await self._call(method, path, body, read, params=params)
            except StoreError as error:
                if error.code != "404":
                    raise
            # It was lost since this environment made sure of it.
            self._connection.forget(self.name)
            await self._connection.ensure(self.name, self._make)
            return await self._call(method, path, body, read, params=params)

    async def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        read: Callable[[Any], T],
        *,
        params: Mapping[str, str] | None = None,
        **names: str,
    ) -> T:
        url = "/collections/{name}" + path
        return await self._connection.call(method, url, body, read=read, params=params, name=self.name, **names)

    async def ensure(self) -> None:
        """Make the collection, its vectors and its indexes, as far as they are not there.

        Safe to run at once from several places. A vector is added to a collection that is there by Qdrant 1.18 and
        later; its options are those of its creation.
        """
        with self._connection.guard():
            await self._connection.ensure(self.name, self._make)

    async def _make(self) -> None:
        lacking = await self._lacking()
        if lacking is None:
            await self._create()
            # Asked again: another version, with fewer indexes, may have made it at the same moment.
            lacking = await self._lacking() or ([], [])
        vectors, indexes = lacking
        for name in vectors:
            body = {"dense": self._layout.vectors[name]}
            await self._call("PUT", "/vectors/{vector}", body, _done, params={"wait": "true"}, vector=name)
        for name in indexes:
            index = {"field_name": name, "field_schema": self._layout.indexes[name]}
            await self._call("PUT", "/index", index, _done, params={"wait": "true"})

    async def _lacking(self) -> tuple[list[str], list[str]] | None:
        """The vectors and the indexes that the collection lacks; None when there is no collection."""

        def read(info: Json) -> tuple[list[str], list[str]]:
            vectors, indexes = dict(info["config"]["params"]["vectors"]), dict(info["payload_schema"])
            return [name for name in self._layout.vectors if name not in vectors], [
                name for name in self._layout.indexes if name not in indexes
            ]

        try:
            return await self._call("GET", "", None, read)
        except StoreError as error:
            if error.code == "404":
                return None
            raise

    async def _create(self) -> None:
        try:
            await self._call("PUT", "", {"vectors": self._layout.vectors, **self._layout.options}, _done)
        except StoreError as error:
            # Another environment was quicker; Qdrant before 1.12 says so with 400.
            if error.code != "409" and await self._lacking() is None:
                raise

    def _points(self, found: Sequence[Json]) -> list[ScoredPoint]:
        return [ScoredPoint(str(hit["id"]), hit.get("score", 0.0), self._unpacked(hit.get("payload"))) for hit in found]

    def _struct(self, point: Point) -> Json:
        vectors: Json = dict(point.dense)
        vectors.update((name, sparse_json(vector)) for name, vector in point.sparse.items() if len(vector.indices))
        return {"id": point.id, "vector": vectors, "payload": self._packed(point.payload)}

    def _packed(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        texts = {key: orjson.dumps(payload[key]).decode() for key in self._layout.packed if key in payload}
        return {**payload, **texts} if texts else payload

    def _unpacked(self, payload: Mapping[str, Any] | None) -> Mapping[str, Any]:
        if not payload:
            return {}
        values = {key: orjson.loads(payload[key]) for key in self._layout.packed if key in payload}
        return {**payload, **values} if values else payload


def sparse_json(vector: SparseVector) -> Json:
    return {"indices": vector.indices, "values": vector.values}


def _parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _done(_: Any) -> None:
    """What a write answers says nothing more."""
