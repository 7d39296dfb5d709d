"""What a batch waits for is in its header, so that whoever asks for its progress is told."""

import logging
from contextlib import suppress
from datetime import UTC, datetime

from quarry.adapters.interfaces import IBatchProcessingRepository
from quarry.domain.batches import Batch, BatchStatus, Waiting
from quarry.errors import QuarryError
from quarry.observability import count
from quarry.services.records import succeeding

log = logging.getLogger(__name__)
_OPEN = (BatchStatus.PLANNING, BatchStatus.PROCESSING)
_COUNTED = 100


class BatchWaits:
    """Notes are worth no failure of their own: the message comes again, and so does the note."""

    def __init__(self, store: IBatchProcessingRepository) -> None:
        self._store = store

    async def note(self, request_id: str, reason: str) -> None:
        """One more attempt met ``reason``."""
        with suppress(QuarryError):
            batch = await self._store.get_batch(request_id)
            if batch is not None and not batch.status.terminal:
                await self._save(batch, _met(batch.waiting, reason))

    async def is_over(self, batch: Batch) -> None:
        """The batch moves again."""
        if batch.waiting is not None:
            with suppress(QuarryError):
                await self._save(batch, None)

    async def count(self) -> int:
        """How many batches wait; a hundred at the most of each state."""
        waiting = 0
        for status in _OPEN:
            batches = await self._store.list_batches(status=status, limit=_COUNTED)
            waiting += sum(batch.waiting is not None for batch in batches)
        return waiting

    async def report(self) -> int:
        """As ``count``, told as a metric, which raises an alarm."""
        waiting = await self.count()
        count("BatchesWaiting", waiting)
        return waiting

    async def _save(self, batch: Batch, waiting: Waiting | None) -> None:
        # What somebody else says of the batch meanwhile prevails, above all that it ended.
        await self._store.save_batch(succeeding(batch, waiting=waiting))


def _met(waiting: Waiting | None, reason: str) -> Waiting:
    return waiting.again(reason) if waiting else Waiting(reason=reason, since=datetime.now(UTC), attempts=1)
