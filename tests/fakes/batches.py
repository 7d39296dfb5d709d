"""Batch records in dictionaries."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import mean

from quarry.adapters.batch_store import Answer, IBatchStore, Reconciled
from quarry.adapters.codec import read_record, record_json
from quarry.adapters.interfaces import IBatchProcessingRepository
from quarry.domain.batch_queries import ANY_BATCH, ANY_RECORD, BatchQuery, RecordQuery
from quarry.domain.batches import Batch, BatchStatus, latest_header
from quarry.domain.progress import Progress, Statistics
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus, count_by_status, latest_record
from quarry.errors import StoreUnavailable


class MemoryBatches(IBatchProcessingRepository):
    """``unavailable`` makes every call an outage. ``saved`` are the headers in the order in which they were saved.

    ``counted`` is how often records were counted.
    """

    def __init__(self) -> None:
        self.unavailable = False
        self.saved: list[Batch] = []
        self.counted = 0
        self._headers: dict[str, Batch] = {}
        self._records: dict[str, dict[str, ProcessingRecord]] = {}

    async def save_batch(self, batch: Batch) -> Batch:
        self._reach()
        self.saved.append(batch)
        known = self._headers.get(batch.request_id)
        number = known.pricelist_id if known else len(self._headers) + 1
        current = latest_header(known, batch) if known else batch
        self._headers[batch.request_id] = replace(current, pricelist_id=number)
        return self._headers[batch.request_id]

    async def get_batch(self, request_id: str) -> Batch | None:
        self._reach()
        return self._headers.get(request_id)

    async def list_batches(self, query: BatchQuery = ANY_BATCH) -> list[Batch]:
        self._reach()
        return query.chosen(self._headers.values())[: query.limit]

    async def create_processing_records(self, request_id: str, materials: Sequence[ProcessingRecord]) -> int:
        before = len(self._rows(request_id))
        await self.update_processing_status(request_id, materials)
        return len(self._rows(request_id)) - before

    async def update_processing_status(self, request_id: str, records: Sequence[ProcessingRecord]) -> int:
        self._reach()
        rows = self._rows(request_id)
        changed = 0
        for record in records:
            known, sound = rows.get(record.row_id), read_record(record_json(record))
            rows[record.row_id] = latest_record(known, sound) if known else sound
            changed += rows[record.row_id] is not known
        return changed

    async def get_processing_progress(self, request_id: str) -> Progress | None:
        self._reach()
        self.counted += 1
        batch = self._headers.get(request_id)
        if batch is None:
            return None
        rows = self._rows(request_id).values()
        made = sum(row.match_type is MatchType.CREATED and row.status is RowStatus.COMPLETED for row in rows)
        return Progress.of(batch, count_by_status(rows), source="sql", created=made)

    async def has_unsettled(self, request_id: str) -> bool:
        self._reach()
        return any(not row.status.terminal for row in self._rows(request_id).values())

    async def get_processing_results(self, request_id: str, query: RecordQuery = ANY_RECORD) -> list[ProcessingRecord]:
        self._reach()
        return query.chosen(self._rows(request_id).values())[: query.limit]

    async def get_processing_statistics(self, days: int = 30) -> Statistics:
        self._reach()
        since = datetime.now(UTC) - timedelta(days=days)
        batches = [batch for batch in self._headers.values() if batch.created_at >= since]
        counts: Counter[str] = Counter()
        for batch in batches:
            # The records of an ended batch may have been deleted: its header has their counts.
            ended = batch.status.terminal
            counts.update(batch.counts if ended else count_by_status(self._rows(batch.request_id).values()))
        seconds = [(one.finished_at - one.created_at).total_seconds() for one in batches if one.finished_at]
        return Statistics(
            batches=len(batches),
            rows=sum(counts.values()),
            completed=counts[RowStatus.COMPLETED],
            failed=counts[RowStatus.FAILED],
            needs_review=counts[RowStatus.NEEDS_REVIEW],
            average_seconds=mean(seconds) if seconds else None,
            by_status=Counter(str(batch.status) for batch in batches),
        )

    async def cleanup_old_records(self, days_old: int = 30) -> int:
        self._reach()
        until = datetime.now(UTC) - timedelta(days=days_old)
        old = [
            one.request_id
            for one in self._headers.values()
            if (one.status.terminal or one.status is BatchStatus.RECEIVED)
            and (one.finished_at or one.created_at) < until
        ]
        for request_id in old:
            del self._headers[request_id]
        return sum(len(self._records.pop(request_id, {})) for request_id in old)

    def _rows(self, request_id: str) -> dict[str, ProcessingRecord]:
        return self._records.setdefault(request_id, {})

    def _reach(self) -> None:
        if self.unavailable:
            raise StoreUnavailable("PostgreSQL")


class MemoryBatchStore(MemoryBatches, IBatchStore):
    """``degraded``: a second store is unavailable, so that something may be missing here."""

    def __init__(self) -> None:
        super().__init__()
        self.degraded = False

    async def find_batch(self, request_id: str) -> Answer[Batch | None]:
        return Answer(await self.get_batch(request_id), "sql", self.degraded)

    async def find_batches(self, query: BatchQuery = ANY_BATCH) -> Answer[list[Batch]]:
        return Answer(await self.list_batches(query), "sql", self.degraded)

    async def reconcile(self) -> Reconciled:
        return Reconciled()

    async def pending(self) -> int:
        return 0
