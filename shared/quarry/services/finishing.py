"""What ends a batch: its last row's chunk."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from quarry.adapters.interfaces import IBatchProcessingRepository
from quarry.domain.batches import BatchKind, BatchStatus
from quarry.domain.progress import Progress
from quarry.errors import StoreError, StoreUnavailable

log = logging.getLogger(__name__)
# Bounded, so that the chunk that ends a list of 100,000 materials fits into its function; maintenance does the rest.
_MATERIALS_AT_ONCE = 1000
_MOST_BLOCKS = 20
# Counting all rows after each chunk would cost the square of a list's length.
_SECONDS = 10.0


class Generation(Protocol):
    """The catalogue's generation in the cache."""

    async def invalidate(self) -> None: ...


class FinishedLists(Protocol):
    """What the end of a price list changes in the catalogue."""

    async def finish(self, pricelist_id: int) -> dict[str, int]:
        """Replace the lists that this one replaces; returns what changed: new, gone, dearer, cheaper, unchanged.

        May be called again for the same list.
        """


class Index(Protocol):
    """The vector store's copy of the catalogue."""

    async def index(self, material_ids: Sequence[str]) -> int: ...

    async def index_pending(self, limit: int) -> int:
        """Bring at most ``limit`` materials in step that are not; returns how many are now."""


class BatchFinisher:
    """Ends a batch once every row is settled. Two chunks that see the end together end it once, in effect.

    An ended batch whose rows were tried again since is ended again.
    """

    def __init__(
        self,
        store: IBatchProcessingRepository,
        lists: FinishedLists,
        index: Index,
        generation: Generation,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._lists = lists
        self._index = index
        self._generation = generation
        self._clock = clock
        self._next_count = -math.inf

    async def finish_if_settled(self, request_id: str) -> None:
        # One look into an index spares counting the rows while some are certainly open.
        if await self._store.has_unsettled(request_id) and not self._counts_are_due():
            return
        progress = await self._store.get_processing_progress(request_id)
        if progress is None or progress.batch.total is None or progress.settled < progress.batch.total:
            return
        batch = progress.batch
        if batch.status is BatchStatus.FAILED or not batch.status.applies:
            return
        # Ended by the chunk beside this one; with other counts, rows were tried again since.
        if batch.status.terminal and dict(batch.counts) == progress.counts:
            return
        # The other writer may have reopened it or seen other counts: decide again by the present state.
        if not await self._finish(progress):
            await self.finish_if_settled(request_id)

    def _counts_are_due(self) -> bool:
        """Whether to count a batch that has not ended, so that the second store knows its progress in an outage."""
        now = self._clock()
        due = now >= self._next_count
        if due:
            self._next_count = now + _SECONDS
        return due

    async def _finish(self, progress: Progress) -> bool:
        """False when another writer revised the header meanwhile, so that it does not say completed."""
        batch = progress.batch
        changes = None
        if batch.kind is BatchKind.PRICELIST and batch.pricelist_id is not None and progress.completed:
            # Before the header says so: whoever reads «completed» finds no offer of the list before.
            changes = await self._lists.finish(batch.pricelist_id)
            await index_changed(self._index)
        ended = batch.complete(progress.counts, changes)
        stored = await self._store.save_batch(ended)
        # After the header, so that no answer made in between is kept.
        await self._generation.invalidate()
        log.info("batch ended", extra={"batch": batch.request_id, "status": ended.status, "rows": batch.total})
        return stored.status.terminal


async def index_changed(index: Index) -> None:
    """Take what the list ended out of search; maintenance does the rest of a backlog."""
    try:
        for _ in range(_MOST_BLOCKS):
            if await index.index_pending(_MATERIALS_AT_ONCE) < _MATERIALS_AT_ONCE:
                break
    except (StoreUnavailable, StoreError) as error:
        log.warning("not indexed yet", extra={"reason": str(error)})
