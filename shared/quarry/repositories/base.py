"""What repositories over several stores have in common."""

import asyncio
from typing import Protocol

from quarry.adapters.interfaces import Health


class HealthChecked(Protocol):
    async def health_check(self) -> Health: ...


class BaseRepository:
    """A repository over a vector store and, where they are given, a relational store and a cache."""

    def __init__(
        self,
        vector_db: HealthChecked,
        relational_db: HealthChecked | None = None,
        cache_db: HealthChecked | None = None,
    ) -> None:
        self._checked = {
            "vector_database": vector_db,
            "relational_database": relational_db,
            "cache_database": cache_db,
        }

    async def health_check(self) -> dict[str, Health]:
        """The state of every store that was given, all asked at once."""
        given = {name: store for name, store in self._checked.items() if store is not None}
        states = await asyncio.gather(*(store.health_check() for store in given.values()))
        return dict(zip(given, states, strict=True))
