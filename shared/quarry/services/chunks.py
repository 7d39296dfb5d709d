"""Chunks of batches, lines of estimates, and undos, as the queue brings them.

One whose worker died, or that outlasts its function, is taken in ever smaller parts, down to the row that is to blame,
which fails alone. In an outage it waits as it is, and its batch says so.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from quarry import deadline
from quarry.adapters.interfaces import IBatchProcessingRepository, MessageQueue
from quarry.domain.batches import INTERRUPTED
from quarry.domain.messages import ChunkMessage, EstimateMessage, Rows, UndoMessage
from quarry.domain.records import ProcessingRecord, RowStatus
from quarry.errors import QuarryError, StoreTimeout
from quarry.services.processing import ChunkProcessor
from quarry.services.redelivery import Delivery
from quarry.services.waits import BatchWaits

log = logging.getLogger(__name__)
# How many attempts must have died before a chunk is divided, or a row that was processed alone is failed.
_DEATHS_BEFORE_CUT = 2
_KILLS = "Processing broke off each time it came to this row. Check what it holds, correct it and send it again."
# So many times a row that is alone may outlast its function.
_MOST_TIMEOUTS = 3
TOO_SLOW = "too_slow"
_SLOW = (
    "Processing this row took longer than there is time for, each time it was tried. Check whether its name is very "
    "long; else try again when the service is less busy: POST /api/v1/batches/{request_id}/retry"
)
_GIVEN_UP = "This row waited too long and was given up: {reason} Try again: POST /api/v1/batches/{request_id}/retry"


class EstimateLines(Protocol):
    async def price(self, message: EstimateMessage, receives: int) -> None: ...


class Undoing(Protocol):
    async def finish(self, message: UndoMessage) -> None: ...


class ChunkReceiver:
    def __init__(
        self,
        store: IBatchProcessingRepository,
        processor: ChunkProcessor,
        chunks: MessageQueue,
        waits: BatchWaits,
        estimates: Callable[[], EstimateLines | None],
        undoing: Undoing,
    ) -> None:
        self._undoing = undoing
        self._store = store
        self._estimates = estimates
        self._processor = processor
        self._chunks = chunks
        self._waits = waits

    async def receive(self, delivery: Delivery) -> None:
        # One queue for all long work: estimates and undos wait their turn among chunks.
        estimate = EstimateMessage.parse(delivery.message)
        if estimate:
            lines = self._estimates()
            if lines:
                await lines.price(estimate, delivery.receives)
            return
        message = UndoMessage.parse(delivery.message) or ChunkMessage.parse(delivery.message)
        try:
            if isinstance(message, UndoMessage):
                await self._undoing.finish(message)
            elif message.give_up:
                await self._give_up(message.request_id, message.chunk, message.give_up)
            else:
                await self._receive(delivery, message)
        except QuarryError as error:
            # Unbounded: the function's time may be over, and that is what must be noted.
            with deadline.unbounded():
                await self._waits.note(message.request_id, str(error))
            raise

    async def _receive(self, delivery: Delivery, message: ChunkMessage) -> None:
        # A part was made since an attempt at the chunk died: it is one attempt ahead.
        deaths = delivery.receives - 1 + (message.rows is not None)
        part = (message.request_id, message.chunk, message.rows)
        records = await self._processor.open_records(*part) if deaths else []
        if len(records) > 1 and deaths >= _DEATHS_BEFORE_CUT:
            await self._cut(records)
            return
        try:
            if len(records) == 1:
                await self._alone(delivery, deaths, records[0])
            else:
                await self._processor.process_chunk(*part)
        except StoreTimeout:
            with deadline.unbounded():
                if not await self._take_less(message, await self._processor.open_records(*part)):
                    raise

    async def _take_less(self, message: ChunkMessage, records: Sequence[ProcessingRecord]) -> bool:
        """Queue halves of a part that ran out of time, as the whole would again; false if it cannot be divided."""
        if len(records) > 1:
            await self._cut(records)
            return True
        again = message.timed_out()
        if again.timeouts >= _MOST_TIMEOUTS:
            if not records:
                return False
            (record,) = records
            log.error("row given up", extra={"batch": record.request_id, "row": record.sequence})
            await self._update(record.fail(TOO_SLOW, _SLOW.format(request_id=record.request_id)))
        await self._chunks.send([again.json()])
        return True

    async def _cut(self, records: Sequence[ProcessingRecord]) -> None:
        request_id, chunk = records[0].request_id, records[0].chunk
        log.warning("chunk cut in two", extra={"batch": request_id, "chunk": chunk, "rows": len(records)})
        half = len(records) // 2
        parts = (records[:half], records[half:])
        await self._chunks.send([ChunkMessage(request_id, chunk, _range(part)).json() for part in parts])

    async def _alone(self, delivery: Delivery, deaths: int, record: ProcessingRecord) -> None:
        """Fail a row whose own processing began and never ended; an attempt that did not reach it proves nothing."""
        began = record.status is RowStatus.PROCESSING and record.updated_at > delivery.sent_at
        dead = deaths >= _DEATHS_BEFORE_CUT and began
        if dead:
            log.error("row given up", extra={"batch": record.request_id, "row": record.sequence})
        # Written before the work: where that kills the process, the next attempt sees which row was on.
        begun = record.fail(INTERRUPTED, _KILLS) if dead else record.start()
        await self._update(begun)
        try:
            await self._processor.process_chunk(record.request_id, record.chunk, (record.sequence, record.sequence))
        except Exception:
            # The attempt did end, and the row was not the reason.
            if not dead:
                with deadline.unbounded(), suppress(QuarryError):
                    await self._update(begun.put_back())
            raise

    async def _give_up(self, request_id: str, chunk: int, reason: str) -> None:
        """Fail the open rows of a chunk that does not progress, so that its batch ends."""
        records = await self._processor.open_records(request_id, chunk)
        message = _GIVEN_UP.format(reason=reason, request_id=request_id)
        await self._store.update_processing_status(request_id, [one.fail("given_up", message) for one in records])
        # With no row left open this only ends the batch, if it was the last one.
        await self._processor.process_chunk(request_id, chunk)

    async def _update(self, record: ProcessingRecord) -> None:
        await self._store.update_processing_status(record.request_id, [record])


def _range(records: Sequence[ProcessingRecord]) -> Rows:
    return records[0].sequence, records[-1].sequence
