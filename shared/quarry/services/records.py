"""Rows become records of a batch, and a batch's records become chunk messages."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from quarry.domain.batches import Batch, BatchKind, BatchStatus, ProcessingRecord, RowStatus
from quarry.domain.clock import clock

BROKEN_OFF = "broken_off"


def new_batch(request_id: str, kind: BatchKind, status: BatchStatus, **about: Any) -> Batch:
    """A batch's header in its first revision."""
    now = datetime.now(UTC)
    return Batch(
        request_id=request_id, kind=kind, status=status, created_at=now, updated_at=now, revision=clock.next(), **about
    )


def revised(batch: Batch, **changes: object) -> Batch:
    """The batch's header with ``changes``, as its next revision."""
    return replace(batch, **changes, updated_at=datetime.now(UTC), revision=clock.next(batch.revision))  # type: ignore[arg-type]


def succeeding(batch: Batch, **changes: object) -> Batch:
    """As ``revised``, but any revision that someone made meanwhile stands instead."""
    return replace(batch, **changes, updated_at=datetime.now(UTC), revision=batch.revision + 1)  # type: ignore[arg-type]


def given_up(batch: Batch, message: str) -> Batch:
    """Failed because the work broke off, not because of what was sent: it can be taken up again."""
    return revised(
        batch,
        status=BatchStatus.FAILED,
        error_code=BROKEN_OFF,
        error_message=message,
        finished_at=datetime.now(UTC),
        waiting=None,
    )


def taken_up(batch: Batch, status: BatchStatus, **changes: Any) -> Batch:
    return revised(batch, status=status, error_code=None, error_message=None, finished_at=None, **changes)


def is_unread(batch: Batch) -> bool:
    """Whether the batch's rows are yet to be recorded, or were given up before they were."""
    return batch.status in {BatchStatus.RECEIVED, BatchStatus.PLANNING} or batch.error_code == BROKEN_OFF


def failed(record: ProcessingRecord, code: str, message: str) -> ProcessingRecord:
    return replace(
        record,
        status=RowStatus.FAILED,
        error_code=code,
        error=message,
        revision=clock.next(record.revision),
        updated_at=datetime.now(UTC),
    )
