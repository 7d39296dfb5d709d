"""The one way to batch records: PostgreSQL first, then Qdrant.

Only an outage moves on to the next store; what a store refuses is refused. Qdrant is read before PostgreSQL, so that a
record which is being moved from there to here is seen in one of them at least. What Qdrant took in PostgreSQL's place
is *pending* until it is reconciled.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from quarry.adapters.batch_store import Answer, IBatchStore, Reconciled
from quarry.adapters.interfaces import IFallbackRepository
from quarry.domain.batch_queries import ANY_BATCH, ANY_RECORD, BatchQuery, RecordQuery
from quarry.domain.batches import Batch, latest_header
from quarry.domain.progress import Progress, Statistics
from quarry.domain.records import ProcessingRecord, count_by_status
from quarry.errors import AllDatabasesUnavailableError, StoreError, StoreUnavailable
from quarry.fallback import reconciliation
from quarry.fallback.merging import estimate_counts, merge_headers, merge_records
from quarry.fallback.stores import BatchStores
from quarry.repositories.postgresql.processing import ProcessingRepository
from quarry.runtime import together

log = logging.getLogger(__name__)
# What a reader moves to PostgreSQL before it merges the rest in memory: about a second's work.
_PAGES_ON_DEMAND = 5
_MOST_RECORDS = 1_000_000
_UNKNOWN = "that may know this batch is unavailable; try again in a moment"


class DatabaseFallbackManager(IBatchStore):
    """Without ``fallback`` PostgreSQL's failure is the answer."""

    def __init__(self, sql: ProcessingRepository, vector: IFallbackRepository, *, fallback: bool = True) -> None:
        self._sql = sql
        self._vector = vector
        self._fallback = fallback
        self._stores = BatchStores(sql, vector, fallback=fallback)

    async def save_batch(self, batch: Batch) -> Batch:
        try:
            saved = await self._sql.save_batch(batch)
        except StoreUnavailable as error:
            return await self._stores.fall_back(error, lambda store: store.save_batch(batch))
        # A copy now, since in an outage it is too late to ask PostgreSQL for one.
        await self._stores.replicate_header(saved)
        return saved

    async def create_processing_records(self, request_id: str, materials: Sequence[ProcessingRecord]) -> int:
        return await self._stores.first(lambda store: store.create_processing_records(request_id, materials))

    async def update_processing_status(self, request_id: str, records: Sequence[ProcessingRecord]) -> int:
        return await self._stores.first(lambda store: store.update_processing_status(request_id, records))

    async def cleanup_old_records(self, days_old: int = 30) -> int:
        """Raises StoreUnavailable when a store that is used is unavailable; what was deleted by then stays deleted."""
        deleted = await self._sql.cleanup_old_records(days_old)
        return deleted + (await self._vector.cleanup_old_records(days_old) if self._fallback else 0)

    async def reconcile(self) -> Reconciled:
        """Raises StoreUnavailable when either store is unavailable."""
        return await reconciliation.reconcile(self._sql, self._vector) if self._fallback else Reconciled()

    async def pending(self) -> int:
        return sum((await self._vector.pending_records()).values())

    async def get_batch(self, request_id: str) -> Batch | None:
        return (await self.find_batch(request_id)).value

    async def find_batch(self, request_id: str) -> Answer[Batch | None]:
        # Qdrant first: a header that is reconciled in between is then seen twice, the other way round not at all.
        copy, qdrant_read = await self._stores.read_qdrant(lambda store: store.get_batch(request_id))
        try:
            stored = await self._sql.get_batch(request_id)
        except StoreUnavailable as error:
            self._stores.require_fallback_read(error, qdrant_read=qdrant_read)
            return Answer(copy, "vector", degraded=True)
        current = latest_header(stored, copy) if stored and copy else stored or copy
        return Answer(current, "sql", degraded=not qdrant_read)

    async def list_batches(self, query: BatchQuery = ANY_BATCH) -> list[Batch]:
        return (await self.find_batches(query)).value

    async def find_batches(self, query: BatchQuery = ANY_BATCH) -> Answer[list[Batch]]:
        found, qdrant_read = await self._stores.read_qdrant(lambda store: store.pending_batches())
        pending = found or []
        try:
            # Pending headers may take the place of some of these.
            listed = await self._sql.list_batches(replace(query, limit=query.limit + len(pending)))
        except StoreUnavailable as error:
            instead = await self._stores.fall_back(error, lambda store: store.list_batches(query))
            return Answer(instead, "vector", degraded=True)
        batches = query.chosen(merge_headers(listed, pending))
        return Answer(batches[: query.limit], "sql", degraded=not qdrant_read)

    async def has_unsettled(self, request_id: str) -> bool:
        """False where rows are pending in Qdrant, or PostgreSQL is unavailable: progress merges or estimates then."""
        pending, _ = await self._stores.read_qdrant(lambda store: store.pending_counts(request_id))
        if pending:
            return False
        try:
            return await self._sql.has_unsettled(request_id)
        except StoreUnavailable:
            return False

    async def get_processing_progress(self, request_id: str) -> Progress | None:
        (copy, header_read), (pending, records_read) = await together(
            self._stores.read_qdrant(lambda store: store.get_batch(request_id)), self._pending(request_id)
        )
        qdrant_read = header_read and records_read
        try:
            progress = await self._sql.progress_with(request_id, pending)
        except StoreUnavailable as error:
            self._stores.require_fallback_read(error, qdrant_read=qdrant_read)
            if copy is None:  # not 404: PostgreSQL, which may have it, did not answer
                raise AllDatabasesUnavailableError(_UNKNOWN) from error
            return _progress_without_sql(copy, pending)
        if progress is None:  # opened in an outage, and not reconciled yet
            return _progress_without_sql(copy, pending) if copy else None
        return await self._shown(progress, copy, pending, qdrant_read=qdrant_read)

    async def _shown(
        self, progress: Progress, copy: Batch | None, pending: Sequence[ProcessingRecord], *, qdrant_read: bool
    ) -> Progress:
        """PostgreSQL's progress with Qdrant's newer header; Qdrant learns what was shown, to go on from there."""
        batch = latest_header(progress.batch, copy) if copy else progress.batch
        source = "hybrid" if pending else "sql"
        degraded = bool(pending) or not qdrant_read
        shown = replace(progress, batch=batch, source=source, degraded=degraded).with_consistent_total()
        # A pending header is not in PostgreSQL yet; replicated as a mirror it would never be moved there.
        replicable = qdrant_read and not pending and batch.revision == progress.batch.revision
        if replicable and batch.total is not None and (copy is None or copy.counts != shown.counts):
            await self._stores.replicate_header(replace(batch, counts=shown.counts))
        return shown

    async def get_processing_results(self, request_id: str, query: RecordQuery = ANY_RECORD) -> list[ProcessingRecord]:
        """Raises AllDatabasesUnavailableError while only a part of the batch's records can be read."""
        pending, _ = await self._pending(request_id, query.chunk)
        try:
            # Pending records may no longer match the query and leave the page: that many more are read.
            wider = replace(query, limit=query.limit + len(pending))
            records = await self._sql.get_processing_results(request_id, wider)
            if not pending:
                return records
            # Merged before they are matched: PostgreSQL's copy may be the later one.
            stored = await self._sql.current(request_id, [record.row_id for record in pending])
        except StoreUnavailable as error:
            await self._stores.require_all_pending(request_id, error)
            return await self._stores.fall_back(error, lambda store: store.get_processing_results(request_id, query))
        both = merge_records(pending, stored)
        apart = [record for record in records if record.row_id not in both]
        return query.chosen([*apart, *both.values()])[: query.limit]

    async def get_processing_statistics(self, days: int = 30) -> Statistics:
        """What is pending is counted once it is in PostgreSQL, which is tried here."""
        is_pending, exact = await self._stores.read_qdrant(_has_pending)
        if is_pending:  # counted in PostgreSQL, since adding up two stores would count a moved record twice
            exact = await self._reconciled()
        try:
            found = await self._sql.get_processing_statistics(days)
        except StoreUnavailable as error:
            instead = await self._stores.fall_back(error, lambda store: store.get_processing_statistics(days))
            return replace(instead, degraded=True)
        return replace(found, degraded=not exact)

    async def _reconciled(self) -> bool:
        try:
            await self.reconcile()
        except (StoreUnavailable, StoreError) as error:
            log.warning("not reconciled yet", extra={"reason": str(error)})
            return False
        return True

    async def _pending(self, request_id: str, chunk: int | None = None) -> tuple[list[ProcessingRecord], bool]:
        """A batch's pending records, and whether Qdrant answered."""
        found, qdrant_read = await self._stores.read_qdrant(lambda store: self._left(store, request_id, chunk))
        return found or [], qdrant_read

    async def _left(
        self, store: IFallbackRepository, request_id: str, chunk: int | None = None
    ) -> list[ProcessingRecord]:
        """What is still pending after as much as possible was moved to PostgreSQL."""
        if not await store.pending_counts(request_id):
            return []
        try:
            await reconciliation.reconcile_batch(self._sql, store, request_id, _PAGES_ON_DEMAND)
        except (StoreUnavailable, StoreError) as error:
            log.warning("not reconciled yet", extra={"batch": request_id, "reason": str(error)})
        return await store.get_processing_results(request_id, RecordQuery(chunk=chunk, limit=_MOST_RECORDS))


def _progress_without_sql(batch: Batch, pending: Sequence[ProcessingRecord]) -> Progress:
    # If the outage began in the middle of the batch, only the header's counts tell of the rows before it.
    complete = batch.total is None or len(pending) == batch.total
    counts = count_by_status(pending) if complete else estimate_counts(batch, pending)
    return Progress.of(batch, counts, source="vector", degraded=True).with_consistent_total()


async def _has_pending(store: IFallbackRepository) -> bool:
    return bool(await store.pending_batches() or await store.pending_records())
