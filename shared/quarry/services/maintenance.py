"""What runs by the clock: old records are cleaned up, and what an outage left undone is done."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from quarry.adapters.interfaces import MessageQueue
from quarry.domain.batches import Batch, BatchStatus, RowStatus
from quarry.errors import QuarryError
from quarry.fallback.manager import DatabaseFallbackManager

log = logging.getLogger(__name__)
Step = Callable[[], Awaitable[Mapping[str, Any]]]
_BLOCK = 1000
_BATCHES = 100


class MaintenanceService:
    def __init__(self, manager: DatabaseFallbackManager, upkeep: Mapping[str, Step], retention_days: int) -> None:
        self._manager = manager
        self._upkeep = upkeep
        self._retention_days = retention_days

    async def cleanup(self) -> dict[str, Any]:
        """Raises StoreUnavailable when a store is away, so that the schedule's retries come."""
        return {"deleted": await self._manager.cleanup_old_records(self._retention_days)}

    async def upkeep(self) -> dict[str, Any]:
        """Every step's outcome; one that fails does not stop the others, and all come again."""
        return {name: await _outcome(name, step) for name, step in self._upkeep.items()}


async def _outcome(name: str, step: Step) -> dict[str, Any]:
    try:
        return {"status": "done", **await step()}
    except QuarryError as fault:
        log.warning("upkeep step failed", extra={"step": name, "reason": str(fault)})
        return {"status": "failed", "error": str(fault)}
    except Exception as fault:  # a step's bug must not take the others with it
        log.exception("upkeep step failed", extra={"step": name})
        return {"status": "failed", "error": type(fault).__name__}


class StalledBatches:
    """Unfinished batches whose messages are gone: purged, expired, or lost with the laptop's queue."""

    def __init__(self, manager: DatabaseFallbackManager, chunks: MessageQueue, stalled_after: timedelta) -> None:
        """``stalled_after``: longer than a chunk takes, and than the queue's figures lag."""
        self._manager = manager
        self._chunks = chunks
        self._stalled_after = stalled_after

    async def resume(self, now: datetime | None = None) -> int:
        """Send their missing chunks again; returns how many messages. While the queue has any, none is missing."""
        if await self._chunks.depth() > 0:
            return 0
        stalled_before = (now or datetime.now(UTC)) - self._stalled_after
        sent = 0
        async for batch in self._unfinished():
            if batch.updated_at < stalled_before:
                messages = [
                    {"request_id": batch.request_id, "chunk": chunk} for chunk in await self._open_chunks(batch)
                ]
                await self._chunks.send(messages)
                sent += len(messages)
                log.info("batch resumed", extra={"batch": batch.request_id, "chunks": len(messages)})
        return sent

    async def _unfinished(self) -> AsyncIterator[Batch]:
        before = None
        while True:
            batches = await self._manager.list_batches(status=BatchStatus.PROCESSING, limit=_BATCHES, before=before)
            for batch in batches:
                yield batch
            if len(batches) < _BATCHES:
                return
            before = batches[-1].place

    async def _open_chunks(self, batch: Batch) -> list[int]:
        """Chunks with unsettled rows; when all are settled the first one, which then ends the batch."""
        chunks: set[int] = set()
        for status in (RowStatus.PENDING, RowStatus.PROCESSING):
            after = -1
            while True:
                records = await self._manager.get_processing_results(
                    batch.request_id, status=status, after=after, limit=_BLOCK
                )
                chunks |= {record.chunk for record in records}
                if len(records) < _BLOCK:
                    break
                after = records[-1].sequence
        return sorted(chunks) or [0]
