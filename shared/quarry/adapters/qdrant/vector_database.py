"""Qdrant as the vector database: materials with a dense vector per embedding model and a lexical sparse one."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from quarry.adapters.interfaces import Health, IVectorDatabase, Point, Renew, ScoredPoint, SparseVector, Vector
from quarry.adapters.qdrant import filters as conditions
from quarry.adapters.qdrant.batch_records import RECORDS, QdrantBatchRecords
from quarry.adapters.qdrant.batches import QdrantBatches
from quarry.adapters.qdrant.collection import Collection, Fields, Layout, sparse_json
from quarry.adapters.qdrant.connection import STORE, QdrantConnection
from quarry.adapters.qdrant.filters import Filter
from quarry.adapters.qdrant.offers import OFFERS, QdrantOffers
from quarry.breaker import CircuitBreaker
from quarry.errors import StoreError

LEXICAL = "lexical"
DIMENSIONS = 1536
# Scalar quantisation loses rank order near the top; the candidates are scored again with whole vectors.
_RESCORED = {"quantization": {"rescore": True, "oversampling": 2.0}}
_QUANTIZED = {"scalar": {"type": "int8", "quantile": 0.99, "always_ram": True}}
# Reciprocal rank fusion as published (Cormack et al., 2009); Qdrant's own default is 2.
RRF_K = 60
_FUSED_CANDIDATES = 100
# Measured against the laptop's server: 100 points a body are as quick as 500, and searches wait less behind them.
_POINTS_AT_ONCE = 100

PAYLOAD_INDEXES: Mapping[str, str] = {
    "category": "keyword",
    "unit": "keyword",
    "supplier_ids": "integer",
    "in_stock": "bool",
    "match_keys": "keyword",
    "match_version": "integer",
    "prices[].amount": "float",
    "prices[].currency": "keyword",
    "prices[].supplier_id": "integer",
    "skus": "keyword",
    "updated_at": "datetime",
    "origin_pricelist_id": "integer",
}


class QdrantVectorDatabase(QdrantBatchRecords, IVectorDatabase):
    """Both ports over one connection: collections of materials by name, and one of batch records.

    ``model`` names the dense vector that is searched.
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        model: str,
        quantization: Literal["none", "scalar"] = "none",
        processing_collection: str = "processing_records",
        connect_timeout: float = 5.0,
        renew: Renew | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self._connection = QdrantConnection(url, api_key, connect_timeout=connect_timeout, renew=renew, breaker=breaker)
        super().__init__(Collection(self._connection, processing_collection, RECORDS))
        self._model = model
        self._search_params = {"params": _RESCORED} if quantization == "scalar" else {}
        self._layout = _materials(model, quantization)
        self._collections: dict[str, Collection] = {}

    @property
    def breaker(self) -> CircuitBreaker:
        return self._connection.breaker

    def offers(self, collection_name: str) -> QdrantOffers:
        """Offers in a collection of their own."""
        return QdrantOffers(Collection(self._connection, collection_name, OFFERS))

    def batches(self) -> QdrantBatches:
        """Batches that have no other store."""
        return QdrantBatches(self._records)

    async def search(
        self,
        collection_name: str,
        query_vector: Vector,
        limit: int = 10,
        *,
        sparse: SparseVector | None = None,
        filters: Filter | None = None,
        with_payload: Fields = True,
    ) -> list[ScoredPoint]:
        """An empty ``query_vector`` searches ``sparse`` alone. Fused scores are sums of 1 / (60 + rank from 0)."""
        body = self._body(query_vector, limit, sparse, filters, with_payload)
        return await self._of(collection_name).query(body) if body else []

    async def search_many(
        self,
        collection_name: str,
        queries: Sequence[tuple[Vector, SparseVector]],
        limit: int = 10,
        *,
        with_payload: Fields = True,
    ) -> list[list[ScoredPoint]]:
        """As ``search`` for each of them, in one call."""
        bodies = [self._body(vector, limit, sparse, None, with_payload) for vector, sparse in queries]
        asked = [body for body in bodies if body]
        found = iter(await self._of(collection_name).query_many(asked) if asked else [])
        return [next(found) if body else [] for body in bodies]

    def _body(
        self,
        query_vector: Vector,
        limit: int,
        sparse: SparseVector | None,
        filters: Filter | None,
        with_payload: Fields,
    ) -> dict[str, Any] | None:
        dense = {"query": query_vector, "using": self._model, **self._search_params} if len(query_vector) else None
        lexical = (
            {"query": sparse_json(sparse), "using": LEXICAL} if sparse is not None and len(sparse.indices) else None
        )
        stages = [stage for stage in (dense, lexical) if stage]
        if not stages:
            return None
        filtered = {"filter": filters} if filters else {}
        body: dict[str, Any] = {"limit": limit, "with_payload": with_payload, **filtered}
        if len(stages) == 1:
            return body | stages[0]
        depth = max(_FUSED_CANDIDATES, limit)
        body["prefetch"] = [{**stage, **filtered, "limit": depth} for stage in stages]
        return body | {"query": {"rrf": {"k": RRF_K}}}

    async def upsert(self, collection_name: str, vectors: Sequence[Point], *, newest_by: str | None = None) -> None:
        """A point stays as it is where its payload's moment ``newest_by`` is later than the new one's."""

        def not_newer(points: Sequence[Point]) -> Filter:
            assert newest_by is not None
            return conditions.not_newer(newest_by, {point.id: point.payload for point in points})

        await self._of(collection_name).upsert(vectors, not_newer if newest_by else None)

    async def overwrite_payloads(
        self, collection_name: str, payloads: Mapping[str, Mapping[str, Any]], *, newest_by: str | None = None
    ) -> None:
        """Replace whole payloads by point id, as ``upsert`` does; the vectors stay.

        Raises StoreError when a point is not there.
        """
        collection = self._of(collection_name)
        if newest_by is None:
            await collection.overwrite(payloads)
            return
        # A filter that meets no point is not an error to Qdrant.
        known = await collection.retrieve(list(payloads), fields=False)
        if len(known) < len(payloads):
            raise StoreError(STORE, f"{len(payloads) - len(known)} points are not there", "404")
        await collection.overwrite(payloads, lambda key, payload: conditions.not_newer(newest_by, {key: payload}))

    async def delete(self, collection_name: str, vector_id: str | Sequence[str]) -> None:
        ids = [vector_id] if isinstance(vector_id, str) else vector_id
        await self._of(collection_name).delete_points(ids)

    async def scroll(
        self,
        collection_name: str,
        filters: Filter | None = None,
        limit: int = 100,
        offset: str | None = None,
        *,
        with_payload: Fields = True,
    ) -> tuple[list[ScoredPoint], str | None]:
        """Points in the order of their ids, and where the next page begins (None at the end). Scores are 0."""
        return await self._of(collection_name).scroll(filters, limit, offset, with_payload)

    async def retrieve(
        self, collection_name: str, ids: Sequence[str], *, with_payload: Fields = True
    ) -> dict[str, Mapping[str, Any]]:
        """Payloads by id, of those that are there."""
        found = await self._of(collection_name).retrieve(ids, with_payload)
        return {point.id: point.payload for point in found}

    async def count(self, collection_name: str, filters: Filter | None = None) -> int:
        return await self._of(collection_name).count(filters)

    async def size(self, collection_name: str) -> int:
        """About how many points there are, whatever their number costs nothing."""
        return await self._of(collection_name).size()

    async def facets(
        self, collection_name: str, key: str, filters: Filter | None = None, limit: int = 20
    ) -> list[tuple[Any, int]]:
        """Values of an indexed payload field with the number of points that have them, most frequent first."""
        return await self._of(collection_name).facet(key, filters, limit)

    async def ensure_materials_collection(self, collection_name: str) -> None:
        """Make the collection as far as it is not there; another model gets a vector of its own in it."""
        await self._of(collection_name).ensure()

    def _of(self, collection_name: str) -> Collection:
        if collection_name not in self._collections:
            self._collections[collection_name] = Collection(self._connection, collection_name, self._layout)
        return self._collections[collection_name]

    def prepare(self) -> None:
        """Make the client, which reads what TLS needs. Raises StoreUnavailable for an address that is not a URL."""
        self._connection.prepare()

    async def connect(self) -> None:
        """Open a connection, so that the first question finds it open."""
        await self._connection.ping()

    async def ping(self) -> None:
        """Raises when Qdrant is unavailable or refuses our key; waits as long as an answer may for one store."""
        await self._connection.ping()

    async def health_check(self) -> Health:
        return await self._connection.health_check()

    async def close(self) -> None:
        await self._connection.close()


def _materials(model: str, quantization: Literal["none", "scalar"]) -> Layout:
    quantized = {"quantization_config": _QUANTIZED} if quantization == "scalar" else {}
    return Layout(
        indexes=PAYLOAD_INDEXES,
        vectors={model: {"size": DIMENSIONS, "distance": "Cosine"}},
        options={"sparse_vectors": {LEXICAL: {"modifier": "idf"}}, **quantized},
        packed=("material", "offers"),
        points_at_once=_POINTS_AT_ONCE,
    )
