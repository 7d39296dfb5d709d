"""The two stores of batch records, and the rules by which one stands in for the other."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from quarry.adapters.interfaces import IBatchProcessingRepository, IHoldingRepository
from quarry.domain.batches import Batch
from quarry.errors import AllDatabasesUnavailableError, StoreError, StoreUnavailable
from quarry.repositories.processing import ProcessingRepository

log = logging.getLogger(__name__)
T = TypeVar("T")
SQL = "PostgreSQL"


class Stores:
    """``sql`` is null in Qdrant-only mode. Without ``fallback`` the first store's failure is the answer."""

    def __init__(self, sql: ProcessingRepository | None, vector: IHoldingRepository, *, fallback: bool) -> None:
        self._sql = sql
        self._vector = vector
        self.only_vector = sql is None
        self.fallback = fallback and sql is not None

    async def sql(self, ask: Callable[[ProcessingRepository], Awaitable[T]]) -> T:
        if self._sql is None:
            raise StoreUnavailable(SQL, "is not used in Qdrant-only mode")
        return await ask(self._sql)

    async def vector(self, ask: Callable[[IHoldingRepository], Awaitable[T]]) -> T:
        return await ask(self._vector)

    async def first(self, ask: Callable[[IBatchProcessingRepository], Awaitable[T]]) -> T:
        """PostgreSQL's answer, else Qdrant's. Raises AllDatabasesUnavailableError when neither gives one."""
        if self.only_vector:
            return await self.vector(ask)
        try:
            return await self.sql(ask)
        except StoreUnavailable as away:
            return await self.instead(away, ask)

    async def instead(self, away: StoreUnavailable, ask: Callable[[IHoldingRepository], Awaitable[T]]) -> T:
        """Qdrant's answer, PostgreSQL being ``away``."""
        if not self.fallback:
            raise away
        log.warning("falling back to Qdrant", extra={"reason": str(away)})
        try:
            return await self.vector(ask)
        except StoreUnavailable as also:
            raise AllDatabasesUnavailableError from also

    async def held(self, ask: Callable[[IHoldingRepository], Awaitable[T]]) -> tuple[T | None, bool]:
        """What Qdrant says beside PostgreSQL, and whether it could be asked."""
        if not self.fallback:
            return None, True
        try:
            return await self.vector(ask), True
        except (StoreUnavailable, StoreError) as fault:
            log.warning("read without Qdrant", extra={"reason": str(fault)})
            return None, False

    async def mirror(self, batch: Batch) -> None:
        """Let Qdrant have a copy of a header, so that it can answer when PostgreSQL is away; best effort."""
        if self.fallback:
            await self.held(lambda store: store.mirror(batch))
