"""What a caller asks about batches: progress, results, errors, changes, statistics, another try."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from quarry.adapters.interfaces import MessageQueue
from quarry.cache.progress import ShownProgress
from quarry.domain.batches import Batch, BatchStatus
from quarry.domain.messages import ChunkMessage
from quarry.domain.progress import Progress, Statistics
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus
from quarry.domain.rows import RowIssue
from quarry.errors import AllDatabasesUnavailableError, InvalidRequest, NotFound
from quarry.fallback.manager import Answer, DatabaseFallbackManager
from quarry.repositories.offers import Change, OfferHistory
from quarry.services.cursors import read_cursor, write_cursor
from quarry.services.errors import Place, issues_of_batch, issues_of_record

_BLOCK = 1000


@dataclass(frozen=True, slots=True)
class ResultPage:
    items: Sequence[ProcessingRecord]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class IssuePage:
    items: Sequence[RowIssue]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """``summary`` is empty while the batch is not ended."""

    summary: dict[str, int]
    items: Sequence[Change]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class BatchPage:
    items: Sequence[Progress]
    next_cursor: str | None


class BatchProcessingService:
    """Every method raises NotFound for a batch that does not exist."""

    def __init__(
        self, manager: DatabaseFallbackManager, chunks: MessageQueue, offers: OfferHistory, shown: ShownProgress
    ) -> None:
        self._manager = manager
        self._chunks = chunks
        self._offers = offers
        self._shown = shown

    async def progress(self, request_id: str) -> Progress:
        found = await self._find(request_id)
        return await self._progress(found)

    async def _progress(self, found: Answer[Batch]) -> Progress:
        batch = found.value
        known = await self._manager.get_processing_progress(batch.request_id)
        if known is None:
            return Progress.of(batch, batch.counts, source=found.source, degraded=found.degraded)
        return await self._shown.floor(known)

    async def batches(
        self, *, status: BatchStatus | None, supplier_id: int | None, limit: int, cursor: str | None
    ) -> BatchPage:
        """The newest first."""
        before = _before(cursor) if cursor else None
        found = await self._manager.find_batches(status=status, supplier_id=supplier_id, limit=limit + 1, before=before)
        page = found.value[:limit]
        items = await asyncio.gather(*(self._listed(batch, found) for batch in page))
        more = len(found.value) > limit
        following = write_cursor({"moment": page[-1].place[0], "id": page[-1].request_id}) if more else None
        return BatchPage(items, following)

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
    ) -> ResultPage:
        """In the order of the list."""
        await self._find(request_id)
        after = _number(cursor, "after", -1)
        records = await self._manager.get_processing_results(
            request_id, status=status, match_type=match_type, after=after, limit=limit + 1
        )
        more = len(records) > limit
        return ResultPage(records[:limit], write_cursor({"after": records[limit - 1].sequence}) if more else None)

    async def errors(self, request_id: str, *, limit: int, cursor: str | None) -> IssuePage:
        """What concerns the whole file first, then row by row."""
        batch = (await self._find(request_id)).value
        start = Place.read(cursor)
        # One more than asked for tells whether a page follows.
        entries = issues_of_batch(batch)[start.skip :] if start.after is None else []
        after, skip = (start.after, start.skip) if start.after is not None else (-1, 0)
        while len(entries) <= limit:
            records = await self._manager.get_processing_results(
                batch.request_id, with_issues=True, after=after, limit=limit + 1
            )
            for record in records:
                entries += issues_of_record(record)[skip:]
                skip = 0
            if len(records) <= limit:
                break
            after = records[-1].sequence
        page = entries[:limit]
        more = len(entries) > limit
        return IssuePage([issue for issue, _ in page], write_cursor(page[-1][1].json()) if more else None)

    async def changes(self, request_id: str, *, limit: int, cursor: str | None) -> ChangePage:
        """What the price list changed in the catalogue. Needs PostgreSQL."""
        batch = (await self._find(request_id)).value
        if batch.pricelist_id is None or batch.changes is None:
            return ChangePage({}, (), None)
        changes = await self._offers.changes(batch.pricelist_id, _number(cursor, "after", 0), limit + 1)
        more = len(changes) > limit
        following = write_cursor({"after": changes[limit - 1].id}) if more else None
        return ChangePage(dict(batch.changes), changes[:limit], following)

    async def statistics(self, days: int) -> Statistics:
        return await self._manager.get_processing_statistics(days)

    async def retry(self, request_id: str) -> int:
        """Let failed rows be processed again; returns how many.

        A row that could not be read stays failed: it would fail again until the supplier corrects it. So do those of a
        list that failed as a whole, until its file is dropped again.
        """
        batch = (await self._find(request_id)).value
        if batch.status is BatchStatus.FAILED:
            return 0
        retried, chunks, after = 0, set[int](), -1
        while True:
            failed = await self._manager.get_processing_results(
                batch.request_id, status=RowStatus.FAILED, after=after, limit=_BLOCK
            )
            again = [record.retry() for record in failed if record.row.usable]
            if again and not retried:
                # Before the first row, so that a retry that breaks off is seen, and ends.
                batch = await self._reopen(batch)
            await self._manager.update_processing_status(batch.request_id, again)
            retried += len(again)
            chunks |= {record.chunk for record in again}
            if len(failed) < _BLOCK:
                break
            after = failed[-1].sequence
        if retried:
            # And after the last: by then the rows that were open may have ended the batch.
            await self._reopen(batch)
        elif batch.status is BatchStatus.PROCESSING:
            # Who asks again may have been told that the queue was away.
            chunks = set(range(batch.chunks or 0))
        elif batch.opened and await self._has_open_rows(batch):
            # A retry that broke off half-way, and a chunk that ended the batch meanwhile.
            await self._reopen(batch)
            chunks = set(range(batch.chunks or 0))
        await self._chunks.send([ChunkMessage(batch.request_id, chunk).json() for chunk in sorted(chunks)])
        return retried

    async def _has_open_rows(self, batch: Batch) -> bool:
        progress = await self._manager.get_processing_progress(batch.request_id)
        return progress is not None and progress.settled < progress.total

    async def _reopen(self, batch: Batch) -> Batch:
        await self._shown.forget(batch.request_id)
        return await self._manager.save_batch(batch.reopen())

    async def _find(self, request_id: str) -> Answer[Batch]:
        found = await self._manager.find_batch(request_id)
        if found.value is not None:
            return Answer(found.value, found.source, found.degraded)
        if found.degraded:
            # The store that was not read may know it: that it does not exist cannot be told now.
            raise AllDatabasesUnavailableError("that may know this batch is away; try again in a moment")
        raise NotFound(f"There is no batch {request_id}. GET /api/v1/batches lists those that there are.")


def _before(cursor: str) -> tuple[str, str]:
    place = read_cursor(cursor)
    try:
        return datetime.fromisoformat(place["moment"]).isoformat(), str(place["id"])
    except (KeyError, TypeError, ValueError):
        raise InvalidRequest(
            "The cursor is not one of ours: leave it out to begin again.", [("/cursor", "is not valid")]
        ) from None


def _number(cursor: str | None, name: str, default: int) -> int:
    place = read_cursor(cursor) if cursor else {}
    value = place.get(name, default)
    return value if isinstance(value, int) else default
