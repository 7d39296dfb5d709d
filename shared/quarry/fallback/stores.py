"""The two stores of batch records, and the rules by which Qdrant replaces PostgreSQL in an outage."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from quarry.adapters.interfaces import IBatchProcessingRepository, IFallbackRepository
from quarry.domain.batches import Batch
from quarry.errors import AllDatabasesUnavailableError, StoreError, StoreUnavailable
from quarry.repositories.postgresql.processing import ProcessingRepository

log = logging.getLogger(__name__)
T = TypeVar("T")


class BatchStores:
    """Without ``fallback`` an outage of PostgreSQL is raised, and Qdrant replaces nothing."""

    def __init__(self, sql: ProcessingRepository, vector: IFallbackRepository, *, fallback: bool) -> None:
        self.sql = sql
        self.vector = vector
        self.fallback = fallback

    async def first(self, call: Callable[[IBatchProcessingRepository], Awaitable[T]]) -> T:
        """PostgreSQL's answer, else Qdrant's. Raises AllDatabasesUnavailableError when neither gives one."""
        try:
            return await call(self.sql)
        except StoreUnavailable as error:
            return await self.fall_back(error, call)

    async def fall_back(self, outage: StoreUnavailable, call: Callable[[IFallbackRepository], Awaitable[T]]) -> T:
        """Qdrant's answer in an ``outage`` of PostgreSQL."""
        if not self.fallback:
            raise outage
        log.warning("falling back to Qdrant", extra={"reason": str(outage)})
        try:
            return await call(self.vector)
        except StoreUnavailable as error:
            raise AllDatabasesUnavailableError from error

    async def read_qdrant(self, call: Callable[[IFallbackRepository], Awaitable[T]]) -> tuple[T | None, bool]:
        """What Qdrant says beside PostgreSQL, and whether it answered."""
        if not self.fallback:
            return None, True
        try:
            return await call(self.vector), True
        except (StoreUnavailable, StoreError) as error:  # PostgreSQL alone can still answer
            log.warning("read without Qdrant", extra={"reason": str(error)})
            return None, False

    async def replicate_header(self, batch: Batch) -> None:
        """Give Qdrant a copy of a header, so that it can answer when PostgreSQL is unavailable; best effort."""
        await self.read_qdrant(lambda store: store.replicate_header(batch))

    def require_fallback_read(self, outage: StoreUnavailable, *, qdrant_read: bool) -> None:
        """Raise in an ``outage`` of PostgreSQL unless Qdrant was read in its place."""
        if not self.fallback:
            raise outage
        if not qdrant_read:
            raise AllDatabasesUnavailableError from outage

    async def require_all_pending(self, request_id: str, outage: StoreUnavailable) -> None:
        """Raise unless Qdrant has the whole batch: rows that only PostgreSQL has must not seem to be absent."""
        # Qdrant has every row of the batch: the outage began before its first row.
        batch = await self.fall_back(outage, lambda store: store.get_batch(request_id))
        counts = await self.fall_back(outage, lambda store: store.pending_counts(request_id))
        if batch is None or sum(counts.values()) < (batch.total or 0):
            raise AllDatabasesUnavailableError("that has these rows is unavailable; try again in a moment") from outage
