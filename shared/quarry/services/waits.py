"""What a batch waits for is in its header, so that its progress shows it."""

import logging
from contextlib import suppress

from quarry.adapters.interfaces import IBatchProcessingRepository
from quarry.domain.batch_queries import BatchQuery
from quarry.domain.batches import Batch, BatchStatus
from quarry.errors import QuarryError
from quarry.observability import count

log = logging.getLogger(__name__)
_OPEN = (BatchStatus.PLANNING, BatchStatus.PROCESSING, BatchStatus.UNDOING)
_BATCHES_COUNTED = 100


class BatchWaits:
    """A failure to note is only logged: the message comes again, and so does the note."""

    def __init__(self, store: IBatchProcessingRepository) -> None:
        self._store = store

    async def note(self, request_id: str, reason: str) -> None:
        """One more attempt met ``reason``."""
        with suppress(QuarryError):
            batch = await self._store.get_batch(request_id)
            # It may have ended since the message went out.
            if batch is not None and not batch.status.terminal:
                await self._store.save_batch(batch.wait(reason))

    async def is_over(self, batch: Batch) -> None:
        """The batch moves again."""
        if batch.waiting is not None:
            with suppress(QuarryError):
                await self._store.save_batch(batch.move_on())

    async def count(self) -> int:
        """How many batches wait, looking at a hundred of each state at most."""
        waiting = 0
        for status in _OPEN:
            batches = await self._store.list_batches(BatchQuery(status=status, limit=_BATCHES_COUNTED))
            waiting += sum(batch.waiting is not None for batch in batches)
        return waiting

    async def report(self) -> int:
        """As ``count``, reported as a metric, which raises an alarm."""
        waiting = await self.count()
        count("BatchesWaiting", waiting)
        return waiting
