"""Rows become records of a batch, and a batch's records become chunk messages."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import compress, islice
from typing import Protocol, TypeVar

from quarry.adapters.interfaces import IBatchProcessingRepository, MessageQueue
from quarry.domain.batches import Batch, BatchKind
from quarry.domain.clock import clock
from quarry.domain.identity import offer_identity
from quarry.domain.messages import ChunkMessage
from quarry.domain.records import ProcessingRecord, RowStatus
from quarry.domain.rows import Severity
from quarry.domain.unchanged import Repeats, UnchangedRows
from quarry.pricelists import FoundRow
from quarry.runtime import together
from quarry.services.repetition import Repetition

T = TypeVar("T")
# A part of a list, and the records that it repeats.
Searched = tuple[list[tuple[int, FoundRow]], Repeats]
# How many chunks are compared with the list before at once. That list is read for each such part, so there are at most
# so many of them.
_CHUNKS_SOUGHT = 20
_MOST_SEARCHES = 16
# Below this part of a chunk its rows to process count as few, and are joined with those of other chunks.
_FEW = 4


class RowSource(Protocol):
    """The rows of a list that was already read to its end."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[FoundRow]: ...


class BatchOpener:
    """Writes a batch's records, and queues each chunk that has something to do as soon as its records are stored.

    Rows that ``unchanged`` knows from the supplier's list before are settled on the spot, and never read.
    """

    def __init__(
        self,
        store: IBatchProcessingRepository,
        chunks: MessageQueue,
        chunk_rows: int,
        unchanged: UnchangedRows | None,
    ) -> None:
        self._store = store
        self._chunks = chunks
        self._chunk_rows = chunk_rows
        self._unchanged = unchanged

    async def open(self, batch: Batch, rows: RowSource) -> tuple[Batch, bool]:
        """Record every row and send one message a chunk.

        Returns the header, with status ``processing``, and whether a message will end the batch: who opened it ends
        one of which nothing is to be processed.

        Broken off anywhere it can be run again: a row's id is its place in the list, and the header says ``planning``
        until all records are stored. The last chunk's message goes out after that, so that the batch does not end
        before.
        """
        total = len(rows)
        described = batch.describe(total=total, chunks=-(-total // self._chunk_rows))
        repetition = Repetition(self._unchanged, described)
        parts = self._searched(repetition, rows)
        # Side by side: what a part of the list repeats is only looked up.
        batch, first = await together(self._store.save_batch(described), anext(parts, None))
        if batch.rows_recorded:
            return batch, False  # by another reader of the same upload; the batch may have ended since
        last: list[int] = []
        left = False
        listed = ListRecords(batch, self._chunk_rows)
        async for records in self._to_process(repetition, _resumed(first, parts), listed):
            await self._store.create_processing_records(batch.request_id, records)
            *ready, newest = [*last, *sorted({record.chunk for record in records})]
            await self.send(batch.request_id, ready)
            last = [newest]
            left = left or any(not record.status.terminal for record in records)
        # Other rows are counted where they are: some may be pending in Qdrant, and a reader in an outage adds those.
        counts = listed.settled or batch.counts
        opened = await self._store.save_batch(batch.start_processing(counts))
        await self.send(batch.request_id, last)
        return opened, left

    async def send(self, request_id: str, chunks: Iterable[int]) -> None:
        """Queue chunks; one that is queued twice is processed once."""
        await self._chunks.send([ChunkMessage(request_id, chunk).json() for chunk in chunks])

    async def _searched(self, repetition: Repetition, rows: RowSource) -> AsyncIterator[Searched]:
        """Parts of the list, each with the records that it repeats."""
        searched = max(_CHUNKS_SOUGHT, -(-len(rows) // (self._chunk_rows * _MOST_SEARCHES)))
        sought = searched if await repetition.look() else 1
        for block in _parts(enumerate(rows), self._chunk_rows * sought):
            yield block, await repetition.find(block)

    async def _to_process(
        self, repetition: Repetition, parts: AsyncIterator[Searched], listed: "ListRecords"
    ) -> AsyncIterator[list[ProcessingRecord]]:
        """Records of the rows that are not settled yet, a chunk's worth at a time."""
        async for block, found in parts:
            for records, repeats in listed.divided(block, found):
                unsettled = await repetition.settle(repeats, self._chunk_rows)
                waiting = len(set(compress(repeats.sequences, repeats.waiting)) - unsettled)
                listed.settled[RowStatus.COMPLETED] += len(repeats) - len(unsettled) - waiting
                listed.settled[RowStatus.NEEDS_REVIEW] += waiting
                again = ((sequence, block[sequence - block[0][0]][1]) for sequence in sorted(unsettled))
                records += [listed.record(sequence, row, placed=True) for sequence, row in again]
                if records:
                    yield _joined(records, self._chunk_rows)


class ListRecords:
    """A list's rows as records, in the list's order: it distinguishes equal rows.

    Those that are ``settled`` already, by their status, need none.
    """

    def __init__(self, batch: Batch, chunk_rows: int) -> None:
        self._batch = batch
        self._chunk_rows = chunk_rows
        self._seen: Counter[str] = Counter()
        self.settled: Counter[str] = Counter()

    def divided(
        self, block: Sequence[tuple[int, FoundRow]], found: Repeats
    ) -> Iterator[tuple[list[ProcessingRecord], Repeats]]:
        """A chunk's worth of records to process at a time, with the rows up to there that repeat what was ``found``."""
        known = {sequence: index for index, sequence in enumerate(found.sequences)}
        records: list[ProcessingRecord] = []
        repeated: list[int] = []
        for sequence, row in block:
            index = known.get(sequence)
            if index is not None and not self._seen.get(found.identities[index]):
                self._seen[found.identities[index]] = 1
                repeated.append(index)
            else:
                records.append(self.record(sequence, row))
                if len(records) == self._chunk_rows:
                    yield records, found.only(repeated)
                    records, repeated = [], []
        yield records, found.only(repeated)

    def record(self, sequence: int, found: FoundRow, *, placed: bool = False) -> ProcessingRecord:
        """A submitted material is known by its caller's id, which no other has; a list's row by its place in the list.

        ``placed``: the row was taken for a repeated one, and has its place among its equals.
        """
        row = found.read()
        identity = offer_identity(row)
        occurrence = 0 if placed else self._seen[identity]
        self._seen[identity] = max(self._seen[identity], occurrence + 1)
        own = row.external_id if self._batch.kind is BatchKind.MATERIALS else None
        fault = next((issue for issue in row.issues if issue.severity is Severity.ERROR), None)
        now = datetime.now(UTC)
        return ProcessingRecord(
            request_id=self._batch.request_id,
            row_id=own or str(sequence),
            sequence=sequence,
            chunk=sequence // self._chunk_rows,
            row=row,
            status=RowStatus.FAILED if fault else RowStatus.PENDING,
            revision=clock.next(),
            created_at=now,
            updated_at=now,
            occurrence=occurrence,
            error_code=fault.code if fault else None,
            error=fault.message if fault else None,
            # Of equal rows only the first is recognised without knowing those before it.
            digest=found.digest if self._batch.kind is BatchKind.PRICELIST and not occurrence else None,
        )


def _joined(records: list[ProcessingRecord], most: int) -> list[ProcessingRecord]:
    """What few rows several chunks have to process are one chunk's, as each costs its statements.

    Many of them are two chunks', which are worked on side by side. A later part of the list may have records of the
    last chunk: that one takes none of another's.
    """
    chunks = sorted(record.chunk for record in records)
    first, middle, last = chunks[0], chunks[len(chunks) // 2], chunks[-1]
    if first == last or len(records) > most:
        return records
    if not (first < middle < last and len(records) * _FEW >= most):
        middle = last + 1
    return [replace(record, chunk=first if record.chunk < middle else middle) for record in records]


def _parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    source = iter(items)
    while part := list(islice(source, size)):
        yield part


async def _resumed(first: T | None, rest: AsyncIterator[T]) -> AsyncIterator[T]:
    """The rest of an iterator of which something was taken; empty if that was its end."""
    if first is not None:
        yield first
    async for one in rest:
        yield one
