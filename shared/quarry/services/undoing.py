"""An import taken back: what the supplier offered before it counts again.

It is asked for over HTTP and done by the chunks queue, as its work grows with the list.
"""

import logging
from dataclasses import dataclass
from typing import Protocol

from quarry.adapters.interfaces import IBatchProcessingRepository, MessageQueue
from quarry.domain.batches import Batch, BatchKind, BatchStatus, unknown_batch
from quarry.domain.callers import ANYBODY, Caller
from quarry.domain.messages import UndoMessage
from quarry.domain.uploads import OtherList
from quarry.errors import Conflict, NotSupported
from quarry.services.finishing import Generation, Index, index_changed

log = logging.getLogger(__name__)
_IMPORTS = frozenset({BatchKind.PRICELIST, BatchKind.MATERIALS})


class UndoneLists(Protocol):
    """What is known of a list's place among its supplier's others, and the undo itself."""

    async def later(self, pricelist_id: int, supplier_id: int) -> OtherList | None: ...
    async def being_read(self, pricelist_id: int, supplier_id: int) -> OtherList | None: ...
    async def is_known(self, pricelist_id: int, supplier_id: int) -> bool:
        """Whether it is known what each offer was before the list."""

    async def gave_way(self, pricelist_id: int, supplier_id: int) -> list[str]:
        """Lists that were uploaded before it and read after it: its prices kept theirs from being current."""

    async def undo(self, pricelist_id: int) -> bool:
        """False if a later list is there by now. May be called again for the same list."""


@dataclass(frozen=True, slots=True)
class Undo:
    """``read_again``: lists whose prices gave way to this one's, which are to be read again once it is undone."""

    batch: Batch
    read_again: list[str]


class ListUndoing:
    """``lists`` None: where there is no PostgreSQL, former offers are not kept."""

    def __init__(
        self,
        store: IBatchProcessingRepository,
        lists: UndoneLists | None,
        chunks: MessageQueue,
        index: Index,
        generation: Generation,
    ) -> None:
        self._store = store
        self._lists = lists
        self._chunks = chunks
        self._index = index
        self._generation = generation

    async def begin(self, request_id: str, caller: Caller = ANYBODY) -> Undo:
        """Raises NotFound for an unknown batch, Conflict for one that cannot be taken back."""
        batch = await self._store.get_batch(request_id)
        if batch is None:
            raise unknown_batch(request_id)
        # A caller who is bound to another supplier must not learn anything about it.
        caller.demand_batch(request_id, batch.supplier_id)
        if self._lists is None:
            raise NotSupported("Without PostgreSQL former offers are not kept, and no import can be undone.")
        if batch.status is not BatchStatus.UNDOING:
            _require_undoable(batch)
            await self._require_newest(self._lists, batch)
            # Before the message: a worker that is faster finds what it waits for.
            batch = await self._store.save_batch(batch.undo())
        read_again = await self._lists.gave_way(*_place(batch))
        # Whoever asks again may have been answered that the queue is unavailable.
        await self._chunks.send([UndoMessage(request_id).json()])
        return Undo(batch, read_again)

    async def finish(self, message: UndoMessage) -> None:
        """Do what was asked for; a message that comes twice is one undo."""
        batch = await self._store.get_batch(message.request_id)
        # A late or repeated message: the undo is done already, or was given up.
        if batch is None or batch.status is not BatchStatus.UNDOING or self._lists is None:
            return
        if not await self._lists.undo(_place(batch)[0]):
            log.warning("too late to undo", extra={"batch": batch.request_id})
            await self._store.save_batch(batch.keep())
            return
        # Done before the header is saved, as at the end of an import: «undone» is shown only once search agrees.
        await index_changed(self._index)
        await self._store.save_batch(batch.conclude_undo())
        await self._generation.invalidate()
        log.info("batch undone", extra={"batch": batch.request_id})

    async def _require_newest(self, lists: UndoneLists, batch: Batch) -> None:
        # Asked again when it is done: a list may come in between, and then the undo is given up.
        later = await lists.later(*_place(batch))
        if later:
            raise Conflict(
                f"The supplier's list {_named(later)} came after it, and is built upon it. Undo that one first.",
                "later_list",
            )
        other = await lists.being_read(*_place(batch))
        if other:
            raise Conflict(
                f"The supplier's list {_named(other)} is being read. Wait for its end, then undo this one.",
                "being_read",
            )
        if not await lists.is_known(*_place(batch)):
            raise Conflict(
                f"What the supplier offered before the batch {batch.request_id} is not known any more. "
                "Drop the list that should count: it takes the place of this one.",
                "not_known",
            )


def _require_undoable(batch: Batch) -> None:
    request_id = batch.request_id
    if batch.status is BatchStatus.UNDONE:
        raise Conflict(f"The batch {request_id} is undone already.", "undone")
    if not batch.status.terminal:
        raise Conflict(f"The batch {request_id} is not ended yet. Wait for its end, then undo it.", "not_ended")
    if batch.kind not in _IMPORTS or not batch.undoable or batch.pricelist_id is None:
        raise Conflict(f"The batch {request_id} changed no prices: there is nothing to undo.", "no_prices")
    if batch.supplier_id is None:
        raise Conflict(
            f"The batch {request_id} has no supplier, so that nothing took its place. "
            "Send its materials again with the prices that should count.",
            "no_supplier",
        )


def _place(batch: Batch) -> tuple[int, int]:
    assert batch.pricelist_id is not None
    assert batch.supplier_id is not None
    return batch.pricelist_id, batch.supplier_id


def _named(other: OtherList) -> str:
    return f"«{other.file_name}» ({other.request_id})" if other.file_name else other.request_id
