"""Rows become records of a batch, and a batch's records become chunk messages."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from quarry.adapters.interfaces import IBatchProcessingRepository, MessageQueue
from quarry.domain.batches import Batch, BatchStatus, ProcessingRecord, RowStatus
from quarry.domain.clock import clock
from quarry.domain.identity import offer_identity
from quarry.domain.rows import PriceRow, Severity

log = logging.getLogger(__name__)


def revised(batch: Batch, **changes: object) -> Batch:
    """The batch's header with ``changes``, as its next revision."""
    return replace(batch, **changes, updated_at=datetime.now(UTC), revision=clock.next(batch.revision))  # type: ignore[arg-type]


class BatchOpener:
    """Writes a batch's records chunk by chunk, then queues the chunks."""

    def __init__(self, store: IBatchProcessingRepository, chunks: MessageQueue, chunk_rows: int) -> None:
        self._store = store
        self._chunks = chunks
        self._chunk_rows = chunk_rows

    async def open(self, batch: Batch, rows: Iterable[PriceRow]) -> Batch:
        """Record every row, set the header to ``processing`` and send one message a chunk; returns the header.

        Run again it leaves the same records: a row's id is its place in the list. The messages go out only after
        the whole list was read, so that a list that breaks off half-way changes no price.
        """
        total = chunk = failed = 0
        seen: Counter[str] = Counter()
        part: list[ProcessingRecord] = []
        for row in rows:
            record = _record(batch.request_id, row, total, chunk, seen)
            failed += record.status is RowStatus.FAILED
            part.append(record)
            total += 1
            if len(part) == self._chunk_rows:
                await self._store.create_processing_records(batch.request_id, part)
                part = []
                chunk += 1
        if part:
            await self._store.create_processing_records(batch.request_id, part)
            chunk += 1
        opened = await self._store.save_batch(
            revised(
                batch,
                status=BatchStatus.PROCESSING,
                total=total,
                chunks=chunk,
                counts={RowStatus.PENDING: total - failed, RowStatus.FAILED: failed},
            )
        )
        await self.send(batch.request_id, range(chunk))
        return opened

    async def send(self, request_id: str, chunks: Iterable[int]) -> None:
        """Queue chunks; one that is queued twice is processed once."""
        await self._chunks.send([{"request_id": request_id, "chunk": chunk} for chunk in chunks])


def _record(request_id: str, row: PriceRow, sequence: int, chunk: int, seen: Counter[str]) -> ProcessingRecord:
    identity = offer_identity(row)
    occurrence = seen[identity]
    seen[identity] += 1
    fault = next((issue for issue in row.issues if issue.severity is Severity.ERROR), None)
    now = datetime.now(UTC)
    return ProcessingRecord(
        request_id=request_id,
        material_id=row.external_id if row.external_id and row.sheet is None else str(sequence),
        sequence=sequence,
        chunk=chunk,
        row=row,
        status=RowStatus.FAILED if fault else RowStatus.PENDING,
        revision=clock.next(),
        created_at=now,
        updated_at=now,
        occurrence=occurrence,
        error_code=fault.code if fault else None,
        error=fault.message if fault else None,
    )
