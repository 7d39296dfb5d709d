"""What a caller may know of batches, and do: progress, results, errors, changes, statistics, another try."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from quarry.adapters.batch_store import Answer, IBatchStore
from quarry.adapters.interfaces import MessageQueue
from quarry.cache.progress import ShownProgress
from quarry.domain.batch_queries import BatchQuery, RecordQuery
from quarry.domain.batches import Batch, BatchStatus, unknown_batch
from quarry.domain.callers import Caller
from quarry.domain.changes import Change
from quarry.domain.messages import ChunkMessage
from quarry.domain.progress import Progress, Statistics
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus
from quarry.domain.rows import RowIssue
from quarry.errors import AllDatabasesUnavailableError, Conflict
from quarry.repositories.offers import OfferHistory
from quarry.services.pages import Cursors, Page, blocks
from quarry.services.row_issues import FIRST, ISSUES, IssuePlace, issues_of_batch, issues_of_record

# Rows in one question to the store: a batch may have a million.
_ROWS_AT_ONCE = 1000


_BATCHES: Final = Cursors("batches", moment=datetime, id=str)
_RESULTS: Final = Cursors("results", after=int)
_CHANGES: Final = Cursors("changes", after=int)


@dataclass(frozen=True, slots=True)
class Changes:
    """``summary`` is empty while the batch is not ended."""

    summary: Mapping[str, int]
    page: Page[Change]


class BatchProcessingService:
    """Every method raises NotFound for a batch that does not exist."""

    def __init__(self, manager: IBatchStore, chunks: MessageQueue, offers: OfferHistory, shown: ShownProgress) -> None:
        self._manager = manager
        self._chunks = chunks
        self._offers = offers
        self._shown = shown

    async def demand(self, request_id: str, caller: Caller) -> None:
        """Raises NotFound also for a batch of a supplier that the caller does not deal with."""
        # Most callers are bound to none, and pay for no question of their own.
        if caller.bound:
            caller.demand_batch(request_id, (await self._find(request_id)).value.supplier_id)

    async def progress(self, request_id: str) -> Progress:
        found = await self._find(request_id)
        return await self._progress(found)

    async def _progress(self, found: Answer[Batch]) -> Progress:
        batch = found.value
        known = await self._manager.get_processing_progress(batch.request_id)
        if known is None:
            return Progress.of(batch, batch.counts, source=found.source, degraded=found.degraded)
        # The two stores may differ in what they know: progress that was shown once must not go back.
        return await self._shown.no_less_than_shown(known)

    async def batches(
        self, *, status: BatchStatus | None, supplier_id: int | None, limit: int, cursor: str | None
    ) -> Page[Progress]:
        """The newest first."""
        before = _before(cursor) if cursor else None
        found = await self._manager.find_batches(
            # One more than is shown says whether there is a next page.
            BatchQuery(status=status, supplier_id=supplier_id, limit=limit + 1, before=before)
        )
        page = _BATCHES.page(found.value, limit, lambda batch: {"moment": batch.sort_key[0], "id": batch.request_id})
        # Side by side, so that a page of open batches does not wait for each in turn.
        items = await asyncio.gather(*(self._listed(batch, found) for batch in page.items))
        return Page(items, page.next_cursor)

    async def _listed(self, batch: Batch, found: Answer[list[Batch]]) -> Progress:
        """An ended batch's header has its counts: only open ones are counted anew."""
        counted = sum(batch.counts.values()) == (batch.total or 0)
        if batch.status.terminal and counted:
            return Progress.of(batch, batch.counts, source=found.source, degraded=found.degraded)
        return await self._progress(Answer(batch, found.source, found.degraded))

    async def results(
        self,
        request_id: str,
        *,
        status: RowStatus | None,
        match_type: MatchType | None,
        limit: int,
        cursor: str | None,
    ) -> Page[ProcessingRecord]:
        """In the order of the list."""
        # An unknown batch is 404, and not an empty page.
        await self._find(request_id)
        after = _RESULTS.read(cursor)["after"] if cursor else -1
        records = await self._manager.get_processing_results(
            request_id, RecordQuery(status=status, match_type=match_type, after=after, limit=limit + 1)
        )
        return _RESULTS.page(records, limit, lambda record: {"after": record.sequence})

    async def errors(self, request_id: str, *, limit: int, cursor: str | None) -> Page[RowIssue]:
        """What concerns the whole file first, then row by row."""
        batch = (await self._find(request_id)).value
        start = IssuePlace(**ISSUES.read(cursor)) if cursor else FIRST
        entries = await self._issues_from(batch, start, limit + 1)
        page = ISSUES.page(entries, limit, lambda entry: entry[1]._asdict())
        return Page([issue for issue, _ in page.items], page.next_cursor)

    async def _issues_from(self, batch: Batch, start: IssuePlace, number: int) -> list[tuple[RowIssue, IssuePlace]]:
        """At least that many, if there are that many."""
        if start.record is None:
            entries, after, skip = issues_of_batch(batch)[start.skip :], -1, 0
        else:
            entries, after, skip = [], start.record - 1, start.skip

        if len(entries) < number:
            read = self._manager.get_processing_results
            async for records in blocks(
                read, batch.request_id, RecordQuery(with_issues=True, after=after, limit=number)
            ):
                # Within a record the place is a number of remarks to pass over, and only in the first.
                for record in records:
                    entries += issues_of_record(record)[skip:]
                    skip = 0
                if len(entries) >= number:
                    break
        return entries

    async def changes(self, request_id: str, *, limit: int, cursor: str | None) -> Changes:
        """What the price list changed in the catalogue."""
        batch = (await self._find(request_id)).value
        after = _CHANGES.read(cursor)["after"] if cursor else 0
        if batch.pricelist_id is None or batch.changes is None:
            return Changes({}, Page((), None))
        found = await self._offers.changes(batch.pricelist_id, after, limit + 1)
        changes = [replace(change, request_id=request_id) for change in found]
        return Changes(batch.changes, _CHANGES.page(changes, limit, lambda change: {"after": change.id}))

    async def statistics(self, days: int) -> Statistics:
        return await self._manager.get_processing_statistics(days)

    async def retry(self, request_id: str) -> int:
        """Let failed rows be processed again; returns how many.

        A row that could not be read stays failed: it would fail again until the supplier corrects it. So do those of a
        list that failed as a whole, until its file is dropped again.
        """
        batch = (await self._find(request_id)).value
        # None of it was read, so there is no row to retry.
        if batch.status is BatchStatus.FAILED:
            return 0
        if not batch.status.applies:
            raise Conflict(f"The batch {request_id} is undone. Drop its file again if it should count.")
        retried, chunks = await self._put_back_failed(batch)
        if not retried and batch.status is BatchStatus.PROCESSING:
            # The same request again may follow an answer that the queue was unavailable.
            chunks = set(range(batch.chunks or 0))
        elif not retried and batch.rows_recorded and await self._has_open_rows(batch):
            # An earlier retry broke off half-way, and a chunk has ended the batch meanwhile.
            await self._reopen(batch)
            chunks = set(range(batch.chunks or 0))
        await self._chunks.send([ChunkMessage(batch.request_id, chunk).json() for chunk in sorted(chunks)])
        return retried

    async def _put_back_failed(self, batch: Batch) -> tuple[int, set[int]]:
        """Returns how many rows were put back, and their chunks."""
        retried, chunks = 0, set[int]()
        read = self._manager.get_processing_results
        async for failed in blocks(read, batch.request_id, RecordQuery(status=RowStatus.FAILED, limit=_ROWS_AT_ONCE)):
            again = [record.retry() for record in failed if record.row.usable]
            if again and not retried:
                # Before the first row, so that a retry that breaks off is seen, and ends.
                batch = await self._reopen(batch)
            await self._manager.update_processing_status(batch.request_id, again)
            retried += len(again)
            chunks |= {record.chunk for record in again}
        if retried:
            # And after the last: by then the rows that were open may have ended the batch.
            await self._reopen(batch)
        return retried, chunks

    async def _has_open_rows(self, batch: Batch) -> bool:
        progress = await self._manager.get_processing_progress(batch.request_id)
        return progress is not None and progress.settled < progress.total

    async def _reopen(self, batch: Batch) -> Batch:
        # What was shown is of the ended batch, whose failed rows count as settled.
        await self._shown.forget(batch.request_id)
        return await self._manager.save_batch(batch.reopen())

    async def _find(self, request_id: str) -> Answer[Batch]:
        found = await self._manager.find_batch(request_id)
        if found.value is not None:
            return Answer(found.value, found.source, found.degraded)
        if found.degraded:
            # The unavailable store may know the batch, so this is not the time to answer 404.
            raise AllDatabasesUnavailableError("that may know this batch is unavailable; try again in a moment")
        raise unknown_batch(request_id)


def _before(cursor: str) -> tuple[str, str]:
    place = _BATCHES.read(cursor)
    return place["moment"].isoformat(), place["id"]
