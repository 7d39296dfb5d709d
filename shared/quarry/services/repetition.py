"""Which rows of a list repeat rows of the supplier's previous list."""

import logging
from collections.abc import Mapping, Sequence

from quarry.domain.batches import Batch, BatchKind
from quarry.domain.clock import clock
from quarry.domain.unchanged import Digests, Repeats, UnchangedRows
from quarry.errors import StoreUnavailable
from quarry.pricelists import FoundRow

log = logging.getLogger(__name__)


class Repetition:
    """Without a supplier, a previous list or PostgreSQL there is nothing to compare with, and nothing is repeated."""

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
            except StoreUnavailable as error:
                self._give_up(error)
        return bool(self._lists)

    async def find(self, rows: Sequence[tuple[int, FoundRow]]) -> Repeats:
        """The rows that repeat something, each judged as if it were alone in the list."""
        if not (self._unchanged and self._lists):
            return Repeats()
        known = [(sequence, row.number, digest) for sequence, row in rows if (digest := row.digest)]
        if not known:
            return Repeats()
        try:
            return await self._unchanged.find(self._batch, self._lists, Digests(*zip(*known, strict=True)))
        except StoreUnavailable as error:
            self._give_up(error)
            return Repeats()

    async def settle(self, rows: Repeats, chunk_rows: int) -> set[int]:
        """The sequences of those that are not settled now, and are to be processed."""
        # An attempt before this one, which broke off, settled what is of this list already.
        rows = rows.only([index for index, of_list in enumerate(rows.lists) if of_list != self._pricelist_id])
        if not (self._unchanged and self._lists):
            return set(rows.sequences)
        if not rows:
            return set()
        settled: set[int] = set()
        try:
            settled = await self._unchanged.settle(self._batch, rows, chunk_rows, clock.next())
        except StoreUnavailable as error:
            self._give_up(error)
        return set(rows.sequences) - settled

    def _give_up(self, fault: StoreUnavailable) -> None:
        log.warning("the rest of the list is processed whole", extra={"reason": str(fault)})
        # Logged and decided once for the list: otherwise each part would wait for the store again.
        self._lists = {}
