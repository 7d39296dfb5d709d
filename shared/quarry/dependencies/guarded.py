"""Stores behind the environment's breakers: after repeated outages nobody waits for the one that is away."""

from collections.abc import Mapping, Sequence
from typing import Any

from quarry.adapters.interfaces import Health, IRelationalDatabase, Point, ScoredPoint, SparseVector, Vector
from quarry.fallback.breaker import Breaker
from quarry.repositories.material_points import MaterialIndex
from quarry.repositories.material_vectors import MaterialVectors


class GuardedRelational(IRelationalDatabase):
    def __init__(self, database: IRelationalDatabase, breaker: Breaker) -> None:
        self._database = database
        self._breaker = breaker

    async def execute_query(self, query: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        with self._breaker.guard():
            return await self._database.execute_query(query, params)

    async def execute_command(self, command: str, params: Mapping[str, Any] | None = None) -> int:
        with self._breaker.guard():
            return await self._database.execute_command(command, params)

    async def health_check(self) -> Health:
        """Asks the store itself, breaker or not."""
        return await self._database.health_check()


class GuardedVectors:
    """What search asks of the vector store, see :class:`MaterialVectors`."""

    def __init__(self, vectors: MaterialVectors, breaker: Breaker) -> None:
        self._vectors = vectors
        self._breaker = breaker

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
        with self._breaker.guard():
            return await self._vectors.search(
                collection_name, query_vector, limit, sparse=sparse, filters=filters, with_payload=with_payload
            )

    async def retrieve(self, collection_name: str, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        with self._breaker.guard():
            return await self._vectors.retrieve(collection_name, ids)

    async def scroll(
        self,
        collection_name: str,
        filters: Mapping[str, Any] | None = None,
        limit: int = 100,
        offset: str | None = None,
        *,
        with_payload: bool | Sequence[str] = True,
    ) -> tuple[list[ScoredPoint], str | None]:
        with self._breaker.guard():
            return await self._vectors.scroll(collection_name, filters, limit, offset, with_payload=with_payload)

    async def health_check(self) -> Health:
        """Asks the store itself, breaker or not."""
        return await self._vectors.health_check()


class GuardedIndex:
    """What indexing asks of the vector store, see :class:`MaterialIndex`."""

    def __init__(self, index: MaterialIndex, breaker: Breaker) -> None:
        self._index = index
        self._breaker = breaker

    async def upsert(self, collection_name: str, vectors: Sequence[Point], *, newest_by: str | None = None) -> None:
        with self._breaker.guard():
            await self._index.upsert(collection_name, vectors, newest_by=newest_by)

    async def overwrite_payloads(
        self, collection_name: str, payloads: Mapping[str, Mapping[str, Any]], *, newest_by: str | None = None
    ) -> None:
        with self._breaker.guard():
            await self._index.overwrite_payloads(collection_name, payloads, newest_by=newest_by)
