"""Reference lists where there is no PostgreSQL: categories as the index has them, units as the code has them."""

import uuid
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final, Protocol

from quarry.domain.units import UNITS
from quarry.repositories.reference import Category, UnitOfMeasure

_NAMESPACE: Final = uuid.UUID("b7d2c9a0-3f51-5e0e-8a6b-54d1e6c0f2a9")
_MOST_CATEGORIES: Final = 10_000


class Facets(Protocol):
    async def facets(
        self, collection_name: str, key: str, filters: Mapping[str, Any] | None = None, limit: int = 20
    ) -> list[tuple[Any, int]]: ...


class QdrantReference:
    """As :class:`ReferenceRepository`; ids are derived from names and codes."""

    def __init__(self, vectors: Facets, collection: str) -> None:
        self._vectors = vectors
        self._collection = collection

    async def categories(self, after: str | None = None, limit: int = 20) -> list[Category]:
        found = await self._vectors.facets(self._collection, "category", None, _MOST_CATEGORIES)
        names = _page((name for name, _ in found), after, limit)
        return [Category(_id(name), name, None) for name in names]

    async def units(self, after: str | None = None, limit: int = 20) -> list[UnitOfMeasure]:
        units = {unit.name: unit for unit in UNITS}
        return [
            UnitOfMeasure(
                id=_id(unit.code),
                code=unit.code,
                name=unit.name,
                symbol=unit.symbol,
                dimension=str(unit.dimension),
                factor=unit.factor,
                synonyms=list(unit.synonyms),
            )
            for unit in map(units.__getitem__, _page(units, after, limit))
        ]


def _page(names: Iterable[str], after: str | None, limit: int) -> list[str]:
    return list(islice((name for name in sorted(names) if after is None or name > after), limit))


def _id(name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, name))
