"""Qdrant as the vector database: materials with a dense vector per embedding model and a lexical sparse one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson

from quarry.adapters.interfaces import IVectorDatabase, Point, ScoredPoint, SparseVector, Vector
from quarry.adapters.qdrant_connection import STORE, readable
from quarry.adapters.qdrant_records import QdrantRecords
from quarry.breaker import CircuitBreaker
from quarry.errors import StoreError

LEXICAL = "lexical"
DIMENSIONS = 1536
# Scalar quantisation loses rank order near the top; the candidates are scored again with whole vectors.
_RESCORED = {"quantization": {"rescore": True, "oversampling": 2.0}}
# Reciprocal rank fusion as published (Cormack et al., 2009); Qdrant's own default is 2.
RRF_K = 60
_FUSED_CANDIDATES = 100
# Measured against the laptop's server: 100 points a body are as quick as 500, and searches wait less behind them.
_UPSERT_BATCH = 100
_PAYLOAD_BATCH = 500
_ID_BATCH = 1000

# What is only shown is kept as one JSON text: the engine takes and gives a payload's values one by one, and a material
# with its offers has a hundred (an upsert takes a third longer).
_PACKED = ("material", "offers")

PAYLOAD_INDEXES: Mapping[str, str] = {
    "category": "keyword",
    "unit": "keyword",
    "supplier_ids": "integer",
    "in_stock": "bool",
    "match_key": "keyword",
    "prices[].amount": "float",
    "prices[].currency": "keyword",
    "prices[].supplier_id": "integer",
    "price_per_base_unit": "float",
    "skus": "keyword",
    "updated_at": "datetime",
    "origin_pricelist_id": "integer",
}


class QdrantVectorDatabase(QdrantRecords, IVectorDatabase):
    """``model`` names the dense vector that is searched; a collection is made when it is first used."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        model: str,
        quantization: Literal["none", "scalar"] = "none",
        processing_collection: str = "processing_records",
        connect_timeout: float = 5.0,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        super().__init__(
            url, api_key, collection=processing_collection, connect_timeout=connect_timeout, breaker=breaker
        )
        self._model = model
        self._quantization: Literal["none", "scalar"] = quantization

    async def search(
        self,
        collection_name: str,
        query_vector: Vector,
        limit: int = 10,
        *,
        sparse: SparseVector | None = None,
        filters: Mapping[str, Any] | None = None,
        with_payload: bool | Sequence[str] = True,
    ) -> list[ScoredPoint]:
        """An empty ``query_vector`` searches ``sparse`` alone. Fused scores are sums of 1 / (60 + rank from 0)."""
        dense = {"query": query_vector, "using": self._model, **self._search_params()} if len(query_vector) else None
        lexical = {"query": _sparse(sparse), "using": LEXICAL} if sparse is not None and len(sparse.indices) else None
        stages = [stage for stage in (dense, lexical) if stage]
        if not stages:
            return []
        conditions = {"filter": filters} if filters else {}
        body: dict[str, Any] = {"limit": limit, "with_payload": with_payload, **conditions}
        if len(stages) == 1:
            body |= stages[0]
        else:
            depth = max(_FUSED_CANDIDATES, limit)
            body["prefetch"] = [{**stage, **conditions, "limit": depth} for stage in stages]
            body["query"] = {"rrf": {"k": RRF_K}}
        found = await self._materials(collection_name, "POST", "/points/query", body)
        with readable():
            return [ScoredPoint(str(hit["id"]), hit["score"], _unpacked(hit.get("payload"))) for hit in found["points"]]

    def _search_params(self) -> dict[str, Any]:
        return {"params": _RESCORED} if self._quantization == "scalar" else {}

    async def upsert(self, collection_name: str, vectors: Sequence[Point], *, newest_by: str | None = None) -> None:
        """A point stays as it is where its payload's moment ``newest_by`` is later than the new one's (Qdrant 1.16)."""
        for start in range(0, len(vectors), _UPSERT_BATCH):
            part = vectors[start : start + _UPSERT_BATCH]
            body: dict[str, Any] = {"points": [_struct(point) for point in part]}
            if newest_by:
                body["update_filter"] = _not_newer(newest_by, {point.id: point.payload for point in part})
            await self._write(collection_name, "PUT", "/points", body)

    async def overwrite_payloads(
        self, collection_name: str, payloads: Mapping[str, Mapping[str, Any]], *, newest_by: str | None = None
    ) -> None:
        """Replace whole payloads by point id, as ``upsert`` does; the vectors stay.

        Raises StoreError when a point is not there.
        """
        if newest_by:
            # A filter that meets no point is no fault to Qdrant.
            known = await self.retrieve(collection_name, list(payloads), with_payload=False)
            if len(known) < len(payloads):
                raise StoreError(STORE, f"{len(payloads) - len(known)} points are not there", "404")
        operations = [
            {"overwrite_payload": {**_at(point_id, payload, newest_by), "payload": _packed(payload)}}
            for point_id, payload in payloads.items()
        ]
        for start in range(0, len(operations), _PAYLOAD_BATCH):
            part = operations[start : start + _PAYLOAD_BATCH]
            await self._write(collection_name, "POST", "/points/batch", {"operations": part})

    async def delete(self, collection_name: str, vector_id: str | Sequence[str]) -> None:
        ids = [vector_id] if isinstance(vector_id, str) else vector_id
        for start in range(0, len(ids), _ID_BATCH):
            body = {"points": list(ids[start : start + _ID_BATCH])}
            await self._write(collection_name, "POST", "/points/delete", body)

    async def scroll(
        self,
        collection_name: str,
        filters: Mapping[str, Any] | None = None,
        limit: int = 100,
        offset: str | None = None,
        *,
        with_payload: bool | Sequence[str] = True,
    ) -> tuple[list[ScoredPoint], str | None]:
        """Points in the order of their ids, and where the next page begins (null at the end). Scores are 0."""
        body = {"filter": filters, "limit": limit, "offset": offset, "with_payload": with_payload}
        page = await self._materials(collection_name, "POST", "/points/scroll", body)
        with readable():
            points = [ScoredPoint(str(hit["id"]), 0.0, _unpacked(hit.get("payload"))) for hit in page["points"]]
            return points, page["next_page_offset"]

    async def retrieve(
        self, collection_name: str, ids: Sequence[str], *, with_payload: bool | Sequence[str] = True
    ) -> dict[str, Mapping[str, Any]]:
        """Payloads by id, of those that are there."""
        found: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(ids), _ID_BATCH):
            body = {"ids": list(ids[start : start + _ID_BATCH]), "with_payload": with_payload}
            records = await self._materials(collection_name, "POST", "/points", body)
            with readable():
                found.update((str(record["id"]), _unpacked(record.get("payload"))) for record in records)
        return found

    async def count(self, collection_name: str, filters: Mapping[str, Any] | None = None) -> int:
        body = {"filter": filters, "exact": True}
        answer = await self._materials(collection_name, "POST", "/points/count", body)
        with readable():
            return int(answer["count"])

    async def facets(
        self, collection_name: str, key: str, filters: Mapping[str, Any] | None = None, limit: int = 20
    ) -> list[tuple[Any, int]]:
        """Values of an indexed payload field with the number of points that have them, most frequent first."""
        body = {"key": key, "filter": filters, "limit": limit, "exact": True}
        answer = await self._materials(collection_name, "POST", "/facet", body)
        with readable():
            return [(hit["value"], int(hit["count"])) for hit in answer["hits"]]

    async def ensure_materials_collection(self, collection_name: str) -> None:
        """Make the collection, its vectors and its payload indexes, as far as they are not there.

        Safe to run at once from several places. Another model gets a vector of its own in a collection that
        stands (Qdrant 1.18 and later); the quantisation is that of the collection's creation.
        """
        standing = await self._info(collection_name)
        if standing is None:
            await self._create_materials(collection_name)
            standing = await self._info(collection_name) or {}
        with readable():
            vectors, indexes = dict(standing["config"]["params"]["vectors"]), dict(standing["payload_schema"])
        if self._model not in vectors:
            await self.call(
                "PUT",
                "/collections/{name}/vectors/{vector}",
                {"dense": {"size": DIMENSIONS, "distance": "Cosine"}},
                params={"wait": "true"},
                name=collection_name,
                vector=self._model,
            )
        for field, schema in PAYLOAD_INDEXES.items():
            if field not in indexes:
                await self.call(
                    "PUT",
                    "/collections/{name}/index",
                    {"field_name": field, "field_schema": schema},
                    params={"wait": "true"},
                    name=collection_name,
                )

    async def _info(self, collection_name: str) -> dict[str, Any] | None:
        try:
            info: dict[str, Any] = await self.call("GET", "/collections/{name}", name=collection_name)
        except StoreError as exc:
            if exc.code == "404":
                return None
            raise
        return info

    async def _create_materials(self, collection_name: str) -> None:
        body: dict[str, Any] = {
            "vectors": {self._model: {"size": DIMENSIONS, "distance": "Cosine"}},
            "sparse_vectors": {LEXICAL: {"modifier": "idf"}},
        }
        if self._quantization == "scalar":
            body["quantization_config"] = {"scalar": {"type": "int8", "quantile": 0.99, "always_ram": True}}
        try:
            await self.call("PUT", "/collections/{name}", body, name=collection_name)
        except StoreError as exc:
            # Another environment was quicker; Qdrant before 1.12 says so with 400.
            if exc.code != "409" and await self._info(collection_name) is None:
                raise

    async def _write(self, collection_name: str, method: str, path: str, body: Mapping[str, Any]) -> None:
        await self._materials(collection_name, method, path, body, params={"wait": "true"})

    async def _materials(
        self,
        collection_name: str,
        method: str,
        path: str,
        body: Mapping[str, Any],
        *,
        params: Mapping[str, str] | None = None,
    ) -> Any:
        await self.ensure(collection_name, lambda: self.ensure_materials_collection(collection_name))
        try:
            return await self.call(method, "/collections/{name}" + path, body, params=params, name=collection_name)
        except StoreError as exc:
            if exc.code == "404":
                self.forget(collection_name)
            raise


def _sparse(vector: SparseVector) -> dict[str, Any]:
    return {"indices": vector.indices, "values": vector.values}


def _struct(point: Point) -> dict[str, Any]:
    vectors: dict[str, Any] = dict(point.dense)
    vectors.update((name, _sparse(vector)) for name, vector in point.sparse.items() if len(vector.indices))
    return {"id": point.id, "vector": vectors, "payload": _packed(point.payload)}


def _at(point_id: str, payload: Mapping[str, Any], newest_by: str | None) -> dict[str, Any]:
    return {"filter": _not_newer(newest_by, {point_id: payload})} if newest_by else {"points": [point_id]}


def _not_newer(field: str, payloads: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Those of the points that stand as of the payload's moment or an earlier one."""
    by_moment: dict[str, list[str]] = defaultdict(list)
    for point_id, payload in payloads.items():
        by_moment[payload[field]].append(point_id)
    alternatives = [
        {"must": [{"has_id": ids}, {"key": field, "range": {"lte": moment}}]} for moment, ids in by_moment.items()
    ]
    return {"should": alternatives}


def _packed(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {**payload, **{key: orjson.dumps(payload[key]).decode() for key in _PACKED if key in payload}}


def _unpacked(payload: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if not payload:
        return {}
    packed = {key: orjson.loads(payload[key]) for key in _PACKED if key in payload}
    return {**payload, **packed} if packed else payload
