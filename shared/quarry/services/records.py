"""Rows become records of a batch, and a batch's records become chunk messages."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Protocol

from quarry.adapters.interfaces import IBatchProcessingRepository, MessageQueue
from quarry.domain.batches import Batch, BatchKind, BatchStatus, ProcessingRecord, RowStatus
from quarry.domain.clock import clock
from quarry.domain.identity import offer_identity
from quarry.domain.rows import PriceRow, Severity

BROKEN_OFF = "broken_off"


def new_batch(request_id: str, kind: BatchKind, status: BatchStatus, **about: Any) -> Batch:
    """A batch's header in its first revision."""
    now = datetime.now(UTC)
    return Batch(
        request_id=request_id, kind=kind, status=status, created_at=now, updated_at=now, revision=clock.next(), **about
    )


def revised(batch: Batch, **changes: object) -> Batch:
    """The batch's header with ``changes``, as its next revision."""
    return replace(batch, **changes, updated_at=datetime.now(UTC), revision=clock.next(batch.revision))  # type: ignore[arg-type]


def succeeding(batch: Batch, **changes: object) -> Batch:
    """As ``revised``, but any revision that someone made meanwhile stands instead."""
    return replace(batch, **changes, updated_at=datetime.now(UTC), revision=batch.revision + 1)  # type: ignore[arg-type]


def given_up(batch: Batch, message: str) -> Batch:
    """Failed because the work broke off, not because of what was sent: it can be taken up again."""
    return revised(
        batch,
        status=BatchStatus.FAILED,
        error_code=BROKEN_OFF,
        error_message=message,
        finished_at=datetime.now(UTC),
        waiting=None,
    )


def taken_up(batch: Batch, status: BatchStatus, **changes: Any) -> Batch:
    return revised(batch, status=status, error_code=None, error_message=None, finished_at=None, **changes)


def is_unread(batch: Batch) -> bool:
    """Whether the batch's rows are yet to be recorded, or were given up before they were."""
    return batch.status in {BatchStatus.RECEIVED, BatchStatus.PLANNING} or batch.error_code == BROKEN_OFF


def failed(record: ProcessingRecord, code: str, message: str) -> ProcessingRecord:
    return replace(
        record,
        status=RowStatus.FAILED,
        error_code=code,
        error=message,
        revision=clock.next(record.revision),
        updated_at=datetime.now(UTC),
    )


class RowSource(Protocol):
    """Rows that were read to the end already."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[PriceRow]: ...


class BatchOpener:
    """Writes a batch's records chunk by chunk, and queues each chunk as soon as its records stand."""

    def __init__(self, store: IBatchProcessingRepository, chunks: MessageQueue, chunk_rows: int) -> None:
        self._store = store
        self._chunks = chunks
        self._chunk_rows = chunk_rows

    async def open(self, batch: Batch, rows: RowSource) -> Batch:
        """Record every row and send one message a chunk; returns the header, with status ``processing``.

        Broken off anywhere it can be run again: a row's id is its place in the list, and the header says ``planning``
        until all records stand. The last chunk's message goes out after that, so that nobody ends the batch before.
        """
        total = len(rows)
        chunks = -(-total // self._chunk_rows)
        batch = await self._store.save_batch(revised(batch, total=total, chunks=chunks))
        if batch.opened:
            return batch  # by another who read the same upload, and it may have ended since
        for chunk, part in enumerate(_chunks(batch, rows, self._chunk_rows)):
            await self._store.create_processing_records(batch.request_id, part)
            if chunk < chunks - 1:
                await self.send(batch.request_id, [chunk])
        progress = await self._store.get_processing_progress(batch.request_id)
        # What Qdrant holds is no part of them: a reader without PostgreSQL adds it.
        counts = progress.counts if progress and progress.source == "sql" else batch.counts
        opened = await self._store.save_batch(revised(batch, status=BatchStatus.PROCESSING, counts=counts))
        await self.send(batch.request_id, [chunks - 1])
        return opened

    async def send(self, request_id: str, chunks: Iterable[int]) -> None:
        """Queue chunks; one that is queued twice is processed once."""
        await self._chunks.send([{"request_id": request_id, "chunk": chunk} for chunk in chunks])


def _chunks(batch: Batch, rows: Iterable[PriceRow], size: int) -> Iterator[list[ProcessingRecord]]:
    seen: Counter[str] = Counter()
    numbered = enumerate(rows)
    while part := [_record(batch, row, sequence, sequence // size, seen) for sequence, row in islice(numbered, size)]:
        yield part


def _record(batch: Batch, row: PriceRow, sequence: int, chunk: int, seen: Counter[str]) -> ProcessingRecord:
    """A submitted material is known by its caller's id, which no other has; a list's row by its place in the list."""
    own = row.external_id if batch.kind is BatchKind.MATERIALS else None
    identity = offer_identity(row)
    occurrence = seen[identity]
    seen[identity] += 1
    fault = next((issue for issue in row.issues if issue.severity is Severity.ERROR), None)
    now = datetime.now(UTC)
    return ProcessingRecord(
        request_id=batch.request_id,
        material_id=own or str(sequence),
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
