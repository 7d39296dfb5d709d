"""What of a list its supplier's list before had already, row by row."""

import logging
from collections.abc import Mapping, Sequence

from quarry.domain.batches import Batch, BatchKind
from quarry.domain.clock import clock
from quarry.domain.unchanged import Digest, Repeated, Settled, UnchangedRows
from quarry.errors import StoreUnavailable
from quarry.pricelists import FoundRow

log = logging.getLogger(__name__)


class Repetition:
    """Nothing is repeated where nothing can be compared: no supplier, no list before, no PostgreSQL."""

    def __init__(self, unchanged: UnchangedRows | None, batch: Batch) -> None:
        self._unchanged = unchanged
        self._batch = batch
        self._pricelist_id = batch.pricelist_id or 0
        self._lists: Mapping[int, str] = {}

    async def look(self) -> bool:
        """Whether there is anything to compare with."""
        batch = self._batch
        if self._unchanged and batch.kind is BatchKind.PRICELIST and batch.supplier_id is not None:
            try:
                self._lists = await self._unchanged.lists(self._pricelist_id)
            except StoreUnavailable as fault:
                self._give_up(fault)
        return bool(self._lists)

    async def find(self, rows: Sequence[tuple[int, FoundRow]]) -> dict[int, Repeated]:
        """By sequence what each row repeats, were it alone in the list."""
        if not (self._unchanged and self._lists):
            return {}
        digests = [Digest(sequence, row.number, digest) for sequence, row in rows if (digest := row.digest)]
        try:
            found = await self._unchanged.find(self._lists, digests)
        except StoreUnavailable as fault:
            self._give_up(fault)
            return {}
        return found

    async def settle(self, rows: Sequence[Settled]) -> set[int]:
        """The sequences of those that are settled now; the others are to be processed."""
        # An attempt before this one, which broke off, settled these.
        done = {row.sequence for row in rows if row.pricelist_id == self._pricelist_id}
        rows = [row for row in rows if row.sequence not in done]
        if not (self._unchanged and self._lists and rows):
            return done
        try:
            return done | await self._unchanged.settle(self._batch, self._lists, rows, clock.next())
        except StoreUnavailable as fault:
            self._give_up(fault)
            return done

    def _give_up(self, fault: StoreUnavailable) -> None:
        log.warning("the rest of the list is processed whole", extra={"reason": str(fault)})
        self._lists = {}
