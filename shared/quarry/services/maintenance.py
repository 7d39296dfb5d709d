"""What runs by the clock: old records are cleaned up, and what an outage left undone is done."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from quarry.adapters.interfaces import IBatchProcessingRepository, MessageQueue
from quarry.adapters.s3_events import notification
from quarry.domain.batch_queries import BatchQuery, RecordQuery
from quarry.domain.batches import Batch, BatchKind, BatchStatus
from quarry.domain.messages import ChunkMessage, UndoMessage
from quarry.domain.records import RowStatus
from quarry.domain.uploads import Upload
from quarry.errors import QuarryError
from quarry.observability import count
from quarry.services.pages import blocks
from quarry.services.waits import BatchWaits

log = logging.getLogger(__name__)
Step = Callable[[], Awaitable[Mapping[str, Any]]]
_ROWS_AT_ONCE = 1000
_BATCHES_AT_ONCE = 100
# Messages stay longest in a queue while other lists are processed.
_REST_BEHIND_OTHERS = timedelta(hours=1)
# How long after its ticket an upload is waited for.
_UPLOAD_AWAITED = timedelta(hours=6)
# A batch that has not progressed for so long, despite all attempts, is ended with its reason.
_LONGEST_WAIT = timedelta(days=3)
_BY_CHUNKS = frozenset({BatchStatus.PROCESSING, BatchStatus.UNDOING})
_RESTED = "no row was settled for a while, and no message was left: the rest was queued again"
_SEND_AGAIN = "The request broke off before all its rows were stored. Send it again, under the same id."


class MaintenanceService:
    def __init__(self, manager: IBatchProcessingRepository, upkeep: Mapping[str, Step], retention_days: int) -> None:
        self._manager = manager
        self._upkeep = upkeep
        self._retention_days = retention_days

    async def cleanup(self) -> dict[str, Any]:
        """Raises StoreUnavailable when a store is unavailable, so that the schedule's retries come."""
        return {"deleted": await self._manager.cleanup_old_records(self._retention_days)}

    async def upkeep(self) -> dict[str, Any]:
        """Every step's outcome; one that fails does not stop the others, and all come again."""
        return {name: await _outcome(name, step) for name, step in self._upkeep.items()}


async def _outcome(name: str, step: Step) -> dict[str, Any]:
    try:
        return {"status": "done", **await step()}
    except QuarryError as error:
        log.warning("upkeep step failed", extra={"step": name, "reason": str(error)})
        count("UpkeepFailures")
        return {"status": "failed", "error": str(error)}
    except Exception as error:  # a step's bug must not take the others with it
        log.exception("upkeep step failed", extra={"step": name})
        count("UpkeepFailures")
        return {"status": "failed", "error": type(error).__name__}


class StalledBatches:
    """Unfinished batches whose messages are lost: purged, expired, given up, or lost with the laptop's queue."""

    def __init__(
        self,
        manager: IBatchProcessingRepository,
        chunks: MessageQueue,
        uploads: MessageQueue,
        waits: BatchWaits,
        stalled_after: timedelta,
    ) -> None:
        """``stalled_after``: longer than a chunk takes, and than the queue's figures lag."""
        self._manager = manager
        self._chunks = chunks
        self._uploads = uploads
        self._waits = waits
        self._stalled_after = stalled_after

    async def resume(self, now: datetime | None = None) -> int:
        """Send the missing messages again; returns how many. Those of a batch that moves are not missing."""
        now = now or datetime.now(UTC)
        sent = 0
        for status, rest in (
            (BatchStatus.PROCESSING, await self._rest(self._chunks)),
            (BatchStatus.UNDOING, await self._rest(self._chunks)),
            (BatchStatus.PLANNING, await self._rest(self._uploads)),
            # The ticket is still valid: its file may still come.
            (BatchStatus.RECEIVED, _REST_BEHIND_OTHERS),
        ):
            async for batch in self._resting(status, now - rest):
                # A ticket whose file nobody sent is not a lost message.
                if _never_came(batch, now):
                    continue
                messages = await self._messages(batch, now, patient=rest is _REST_BEHIND_OTHERS)
                queue = self._chunks if status in _BY_CHUNKS else self._uploads
                await queue.send(messages)
                sent += len(messages)
        return sent

    async def _rest(self, queue: MessageQueue) -> timedelta:
        """While a queue has messages, nobody knows whose: a batch's count as lost if it has rested for long."""
        return _REST_BEHIND_OTHERS if await queue.depth() else self._stalled_after

    async def _messages(self, batch: Batch, now: datetime, *, patient: bool) -> Sequence[Mapping[str, Any]]:
        if batch.status is BatchStatus.UNDOING:
            await self._manager.save_batch(batch.look_at(batch.counts))
            return [UndoMessage(batch.request_id).json()]
        if batch.status is not BatchStatus.PROCESSING:
            return await self._to_be_read(batch)
        progress = await self._manager.get_processing_progress(batch.request_id)
        counts = progress.counts if progress else batch.counts
        # The next run compares with these counts; a later header from elsewhere is kept.
        await self._manager.save_batch(batch.look_at(counts))
        # It has progressed since the last look, so its messages are somewhere in the full queue.
        if patient and counts != dict(batch.counts):
            return []
        chunks = await self._open_chunks(batch)
        log.info("batch resumed", extra={"batch": batch.request_id, "chunks": len(chunks)})
        waiting = batch.waiting
        hopeless = waiting.reason if waiting and now - waiting.since > _LONGEST_WAIT else None
        if hopeless is None and (waiting is None or patient):
            await self._waits.note(batch.request_id, waiting.reason if waiting else _RESTED)
        return [ChunkMessage(batch.request_id, chunk, give_up=hopeless).json() for chunk in chunks]

    async def _to_be_read(self, batch: Batch) -> Sequence[Mapping[str, Any]]:
        """The upload's notification once more; where there is no such file, nothing is read."""
        if batch.kind is BatchKind.MATERIALS or not batch.object_key:
            await self._manager.save_batch(batch.fail_interrupted(_SEND_AGAIN))
            return []
        await self._manager.save_batch(batch.look_at(batch.counts))
        log.info("upload notified again", extra={"batch": batch.request_id, "object_key": batch.object_key})
        return [notification(Upload(batch.object_key, batch.object_version, batch.uploaded_at, batch.request_id))]

    async def _resting(self, status: BatchStatus, since: datetime) -> AsyncIterator[Batch]:
        before = None
        while True:
            batches = await self._manager.list_batches(BatchQuery(status=status, limit=_BATCHES_AT_ONCE, before=before))
            for batch in batches:
                if batch.updated_at < since:
                    yield batch
            if len(batches) < _BATCHES_AT_ONCE:
                return
            # By creation, which no transition moves: each batch is seen once, although they are saved meanwhile.
            before = batches[-1].sort_key

    async def _open_chunks(self, batch: Batch) -> list[int]:
        """Chunks with unsettled rows; when all are settled the first one, which then ends the batch."""
        chunks: set[int] = set()
        read = self._manager.get_processing_results
        for status in (RowStatus.PENDING, RowStatus.PROCESSING):
            async for records in blocks(read, batch.request_id, RecordQuery(status=status, limit=_ROWS_AT_ONCE)):
                chunks |= {record.chunk for record in records}
        # All are settled, but the worker that saw it died before it said so.
        return sorted(chunks) or [0]


def _never_came(batch: Batch, now: datetime) -> bool:
    received = batch.status is BatchStatus.RECEIVED and batch.kind in {BatchKind.PRICELIST, BatchKind.ESTIMATE}
    return received and batch.created_at < now - _UPLOAD_AWAITED
