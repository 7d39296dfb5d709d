"""The one way to batch records: PostgreSQL first, then Qdrant.

Only an outage moves on to the next store; what a store refuses is refused. Qdrant is read before PostgreSQL, so that a
record which is being moved from there to here is seen in one of them at least.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from quarry.adapters.interfaces import IBatchProcessingRepository, IHoldingRepository
from quarry.domain.batches import Batch, BatchStatus, newer, numbered_by_time
from quarry.domain.progress import Progress, Statistics
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus
from quarry.domain.records import count as count_by_status
from quarry.errors import AllDatabasesUnavailableError, StoreError, StoreUnavailable
from quarry.fallback import reconciliation
from quarry.fallback.merging import estimate, merged, newest_first, selected, whole
from quarry.fallback.reconciliation import Reconciled
from quarry.fallback.stores import Stores
from quarry.repositories.processing import ProcessingRepository

log = logging.getLogger(__name__)
T = TypeVar("T")
# What a reader moves to PostgreSQL before it merges the rest in memory: about a second's work.
_PAGES_ON_DEMAND = 5
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What was found and where; ``degraded``: a store was away, so that something may be missing or older."""

    value: T
    source: str
    degraded: bool = False


class DatabaseFallbackManager(IBatchProcessingRepository):
    """``sql`` is null in Qdrant-only mode. Without ``fallback`` the first store's failure is the answer."""

    def __init__(self, sql: ProcessingRepository | None, vector: IHoldingRepository, *, fallback: bool = True) -> None:
        self._stores = Stores(sql, vector, fallback=fallback)

    async def save_batch(self, batch: Batch) -> Batch:
        if self._stores.only_vector:
            return await self._stores.vector(lambda store: store.save_batch(numbered_by_time(batch)))
        try:
            saved = await self._stores.sql(lambda store: store.save_batch(batch))
        except StoreUnavailable as away:
            return await self._stores.instead(away, lambda store: store.save_batch(batch))
        await self._stores.mirror(saved)
        return saved

    async def create_processing_records(self, request_id: str, materials: Sequence[ProcessingRecord]) -> int:
        return await self._stores.first(lambda store: store.create_processing_records(request_id, materials))

    async def update_processing_status(self, request_id: str, records: Sequence[ProcessingRecord]) -> int:
        return await self._stores.first(lambda store: store.update_processing_status(request_id, records))

    async def cleanup_old_records(self, days_old: int = 30) -> int:
        """Raises StoreUnavailable when a store that is used is away; what was deleted by then stays deleted."""
        deleted = 0
        if not self._stores.only_vector:
            deleted += await self._stores.sql(lambda store: store.cleanup_old_records(days_old))
        if self._stores.only_vector or self._stores.fallback:
            deleted += await self._stores.vector(lambda store: store.cleanup_old_records(days_old))
        return deleted

    async def reconcile(self) -> Reconciled:
        """Move what Qdrant holds to PostgreSQL. Raises StoreUnavailable when either is away."""
        if not self._stores.fallback:
            return Reconciled()
        return await self._stores.sql(
            lambda sql: self._stores.vector(lambda vector: reconciliation.reconcile(sql, vector))
        )

    async def held(self) -> int:
        """How many records wait in Qdrant for PostgreSQL."""
        return sum((await self._stores.vector(lambda store: store.held_records())).values())

    async def get_batch(self, request_id: str) -> Batch | None:
        return (await self.find_batch(request_id)).value

    async def find_batch(self, request_id: str) -> Answer[Batch | None]:
        """The header; with none found, ``degraded`` says that the store that is away may know it."""
        if self._stores.only_vector:
            return Answer(await self._stores.vector(lambda store: store.get_batch(request_id)), "vector")
        copy, seen = await self._stores.held(lambda store: store.get_batch(request_id))
        try:
            standing = await self._stores.sql(lambda store: store.get_batch(request_id))
        except StoreUnavailable as away:
            self._need(away, seen=seen)
            return Answer(copy, "vector", degraded=True)
        stands = newer(standing, copy) if standing and copy else standing or copy
        return Answer(stands, "sql", degraded=not seen)

    async def list_batches(
        self,
        *,
        status: BatchStatus | None = None,
        supplier_id: int | None = None,
        limit: int = 20,
        before: tuple[str, str] | None = None,
    ) -> list[Batch]:
        found = await self.find_batches(status=status, supplier_id=supplier_id, limit=limit, before=before)
        return found.value

    async def find_batches(
        self,
        *,
        status: BatchStatus | None = None,
        supplier_id: int | None = None,
        limit: int = 20,
        before: tuple[str, str] | None = None,
    ) -> Answer[list[Batch]]:
        async def page(store: IBatchProcessingRepository, size: int = limit) -> list[Batch]:
            return await store.list_batches(status=status, supplier_id=supplier_id, limit=size, before=before)

        if self._stores.only_vector:
            return Answer(await self._stores.vector(page), "vector")
        found, seen = await self._stores.held(lambda store: store.held_batches())
        held = found or []
        try:
            # Held headers may take the place of some of these.
            listed = await self._stores.sql(lambda store: page(store, limit + len(held)))
        except StoreUnavailable as away:
            return Answer(await self._stores.instead(away, page), "vector", degraded=True)
        batches = newest_first(listed, held, status=status, supplier_id=supplier_id, before=before)
        return Answer(batches[:limit], "sql", degraded=not seen)

    async def get_processing_progress(self, request_id: str) -> Progress | None:
        if self._stores.only_vector:
            alone = await self._stores.vector(lambda store: store.get_processing_progress(request_id))
            return whole(alone) if alone else None
        copy, seen = await self._stores.held(lambda store: store.get_batch(request_id))
        held, complete = await self._held(request_id)
        seen = seen and complete
        try:
            progress = await self._stores.sql(lambda store: store.progress_with(request_id, held))
        except StoreUnavailable as away:
            self._need(away, seen=seen)
            if copy is None:
                raise AllDatabasesUnavailableError("that may know this batch is away; try again in a moment") from away
            return self._without_sql(copy, held)
        if progress is None:
            return self._without_sql(copy, held) if copy else None
        return await self._shown(progress, copy, held, seen=seen)

    async def _shown(
        self, progress: Progress, copy: Batch | None, held: Sequence[ProcessingRecord], *, seen: bool
    ) -> Progress:
        """PostgreSQL's progress with Qdrant's newer header; Qdrant learns what was shown, to go on from there."""
        batch = newer(progress.batch, copy) if copy else progress.batch
        source = "hybrid" if held else "sql"
        shown = whole(replace(progress, batch=batch, source=source, degraded=bool(held) or not seen))
        # A held header is not PostgreSQL's yet: a copy of it as such would never get there.
        known = batch.revision == progress.batch.revision
        if seen and known and not held and batch.total is not None and (copy is None or copy.counts != shown.counts):
            await self._stores.mirror(replace(batch, counts=shown.counts))
        return shown

    def _without_sql(self, batch: Batch, held: Sequence[ProcessingRecord]) -> Progress:
        complete = batch.total is None or len(held) == batch.total
        counts = count_by_status(held) if complete else estimate(batch, held)
        return whole(Progress.of(batch, counts, source="vector", degraded=True))

    async def get_processing_results(
        self,
        request_id: str,
        *,
        status: RowStatus | None = None,
        match_type: MatchType | None = None,
        with_issues: bool = False,
        unsettled: bool = False,
        chunk: int | None = None,
        after: int = -1,
        limit: int = 20,
    ) -> list[ProcessingRecord]:
        """Raises AllDatabasesUnavailableError while only a part of the batch's records can be read."""

        async def page(store: IBatchProcessingRepository, size: int = limit) -> list[ProcessingRecord]:
            return await store.get_processing_results(
                request_id,
                status=status,
                match_type=match_type,
                with_issues=with_issues,
                unsettled=unsettled,
                chunk=chunk,
                after=after,
                limit=size,
            )

        if self._stores.only_vector:
            return await self._stores.vector(page)
        held, _ = await self._held(request_id, chunk)
        try:
            records = await self._stores.sql(lambda store: page(store, limit + len(held)))
            if not held:
                return records
            rows = [record.material_id for record in held]
            standing = await self._stores.sql(lambda store: store.standing(request_id, rows))
        except StoreUnavailable as away:
            await self._need_all(request_id, away)
            return await self._stores.instead(away, page)
        both = merged(held, standing)
        chosen = selected(
            both.values(),
            status=status,
            match_type=match_type,
            with_issues=with_issues,
            unsettled=unsettled,
            after=after,
        )
        apart = [record for record in records if record.material_id not in both]
        return sorted([*apart, *chosen], key=lambda record: record.sequence)[:limit]

    async def get_processing_statistics(self, days: int = 30) -> Statistics:
        """What Qdrant holds is counted once it is in PostgreSQL, which is tried here."""
        if self._stores.only_vector:
            return await self._stores.vector(lambda store: store.get_processing_statistics(days))
        waiting, exact = await self._stores.held(_holds)
        if waiting:
            exact = await self._reconciled()
        try:
            found = await self._stores.sql(lambda store: store.get_processing_statistics(days))
        except StoreUnavailable as away:
            instead = await self._stores.instead(away, lambda store: store.get_processing_statistics(days))
            return replace(instead, degraded=True)
        return replace(found, degraded=not exact)

    async def _reconciled(self) -> bool:
        try:
            await self.reconcile()
        except (StoreUnavailable, StoreError) as fault:
            log.warning("not reconciled yet", extra={"reason": str(fault)})
            return False
        return True

    async def _held(self, request_id: str, chunk: int | None = None) -> tuple[list[ProcessingRecord], bool]:
        """What Qdrant holds of a batch, and whether it could be asked."""
        found, seen = await self._stores.held(lambda store: self._held_records(store, request_id, chunk))
        return found or [], seen

    async def _held_records(
        self, store: IHoldingRepository, request_id: str, chunk: int | None = None
    ) -> list[ProcessingRecord]:
        """What Qdrant still holds of a batch, after some of it was moved to PostgreSQL if that is there."""
        if not await store.held_counts(request_id):
            return []
        try:
            await self._stores.sql(lambda sql: reconciliation.reconcile_batch(sql, store, request_id, _PAGES_ON_DEMAND))
        except (StoreUnavailable, StoreError) as fault:
            log.warning("not reconciled yet", extra={"batch": request_id, "reason": str(fault)})
        return await store.get_processing_results(request_id, chunk=chunk, limit=_ALL)

    async def _need_all(self, request_id: str, away: StoreUnavailable) -> None:
        """Raise unless Qdrant holds the whole batch: rows that are in PostgreSQL alone must not seem to be none."""
        if not self._stores.fallback:
            raise away
        batch = await self._stores.instead(away, lambda store: store.get_batch(request_id))
        counts = await self._stores.instead(away, lambda store: store.held_counts(request_id))
        if batch is None or sum(counts.values()) < (batch.total or 0):
            raise AllDatabasesUnavailableError("that has these rows is away; try again in a moment") from away

    def _need(self, away: StoreUnavailable, *, seen: bool) -> None:
        """Raise unless Qdrant was asked in PostgreSQL's place."""
        if not self._stores.fallback:
            raise away
        if not seen:
            raise AllDatabasesUnavailableError from away


async def _holds(store: IHoldingRepository) -> bool:
    return bool(await store.held_batches() or await store.held_records())
