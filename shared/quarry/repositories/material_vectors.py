"""The port of searching, apart from what searches: whoever only composes needs no more of it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from quarry.adapters.interfaces import Health, ScoredPoint, SparseVector, Vector


class MaterialVectors(Protocol):
    """What search asks of the vector store, beyond the specification's port."""

    async def search(
        self,
        collection_name: str,
        query_vector: Vector,
        limit: int = 10,
        *,
        sparse: SparseVector | None = None,
        filters: Mapping[str, Any] | None = None,
        with_payload: bool | Sequence[str] = True,
    ) -> list[ScoredPoint]: ...

    async def search_many(
        self,
        collection_name: str,
        queries: Sequence[tuple[Vector, SparseVector]],
        limit: int = 10,
        *,
        with_payload: bool | Sequence[str] = True,
    ) -> list[list[ScoredPoint]]: ...

    async def retrieve(
        self, collection_name: str, ids: Sequence[str], *, with_payload: bool | Sequence[str] = True
    ) -> dict[str, Mapping[str, Any]]: ...

    async def scroll(
        self,
        collection_name: str,
        filters: Mapping[str, Any] | None = None,
        limit: int = 100,
        offset: str | None = None,
        *,
        with_payload: bool | Sequence[str] = True,
    ) -> tuple[list[ScoredPoint], str | None]: ...

    async def health_check(self) -> Health: ...
