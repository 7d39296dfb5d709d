"""A batch's header: its life, and the merging of two copies.

::

               start_planning          start_processing           complete
    ┌──────────┐      ┌──────────┐      ┌────────────┐      ┌───────────────────────┐
    │ received │─────>│ planning │─────>│ processing │─────>│ completed             │
    └──────────┘      └──────────┘      └────────────┘<─────│ completed_with_errors │
         │ ^            │  ^                          reopen └───────────────────────┘
    fail │ │ resubmit   │  │ start_planning
         v │            v  │
        ┌───────────────────┐  undo   ┌─────────┐ conclude_undo ┌────────┐
        │      failed       │┄┄┄┄┄┄┄┄>│ undoing │──────────────>│ undone │
        └───────────────────┘         └─────────┘               └────────┘
                                        ^     │ keep
                                   undo │     v
                                      completed, completed_with_errors

Rows that come without a file are recorded at once: such a batch goes from ``received`` to ``processing``, and one whose
every row is settled by then may be completed before it says ``processing``. A preview and a bill of materials have no
rows: they are completed when they were read. A batch that two chunks saw end is completed twice.

Only a batch whose reading broke off (``interrupted``) goes on from ``failed``: taken up again, by a reader who was
given up and yet came to the end, or undone. An undo that came too late, since a later list is there, is given up: the
list is kept. Each transition is the header's next revision; one that is not drawn, here or in docs/architecture.md,
raises InvalidTransition. A *minor* revision yields to any other one that was made meanwhile.

Two copies are merged by :func:`latest_header`; both stores decide by the same rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from quarry.domain.attention import Attention
from quarry.domain.clock import clock
from quarry.domain.records import RowStatus
from quarry.domain.rows import RowIssue
from quarry.errors import InvalidTransition, NotFound

INTERRUPTED = "broken_off"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BatchStatus(StrEnum):
    RECEIVED = "received"
    PLANNING = "planning"
    PROCESSING = "processing"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"

    @property
    def terminal(self) -> bool:
        return self in {*_ENDED, BatchStatus.FAILED, BatchStatus.UNDONE}

    @property
    def rows_recorded(self) -> bool:
        """All rows are recorded, so a second reader of the same upload comes too late."""
        return self in {*_ENDED, BatchStatus.PROCESSING, *_TAKEN_BACK}

    @property
    def applies(self) -> bool:
        """Its prices count, or are about to."""
        return self not in _TAKEN_BACK


_UNREAD = frozenset({BatchStatus.RECEIVED, BatchStatus.PLANNING})
_ENDED = frozenset({BatchStatus.COMPLETED, BatchStatus.COMPLETED_WITH_ERRORS})
_TAKEN_BACK = frozenset({BatchStatus.UNDOING, BatchStatus.UNDONE})
_NOT_FAILED: Mapping[str, Any] = {"error_code": None, "error_message": None}


class BatchKind(StrEnum):
    PRICELIST = "pricelist"
    MATERIALS = "materials"
    PREVIEW = "preview"
    ESTIMATE = "estimate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Why a batch does not move, ``since`` when, and how many ``attempts`` have met that."""

    reason: str
    since: datetime
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch's header. ``total`` and ``chunks`` are None until it is planned; ``pricelist_id`` is given by the store.

    ``issues`` concern the file or a sheet as a whole; ``changes`` is the summary (new, gone, dearer, cheaper,
    unchanged) once the batch has ended; ``counts`` are the records by status as last seen, so that a store that holds
    no records of the batch can still answer for its progress. ``uploaded_at`` is None for rows without a file, and so
    is ``rows_seen``: how many rows its sheets have, goods or not. ``attention`` is what a person should look at.
    ``uploaded_by`` is the caller, as the API's gateway or S3 names who it was; None where nobody is checked.
    """

    request_id: str
    kind: BatchKind
    status: BatchStatus
    created_at: datetime
    updated_at: datetime
    revision: int
    supplier_id: int | None = None
    file_name: str | None = None
    object_key: str | None = None
    object_version: str | None = None
    content_hash: str | None = None
    pricelist_id: int | None = None
    total: int | None = None
    chunks: int | None = None
    error_code: str | None = None
    error_message: str | None = None
    issues: tuple[RowIssue, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    changes: Mapping[str, int] | None = None
    finished_at: datetime | None = None
    uploaded_at: datetime | None = None
    waiting: Waiting | None = None
    rows_seen: int | None = None
    attention: tuple[Attention, ...] = ()
    uploaded_by: str | None = None

    @property
    def rows_recorded(self) -> bool:
        return self.status.rows_recorded

    @property
    def needs_planning(self) -> bool:
        """Its rows are yet to be recorded, or their recording was interrupted."""
        return self.status in _UNREAD or self.interrupted

    @property
    def interrupted(self) -> bool:
        """Failed because the work broke off, not because of what was sent."""
        return self.error_code == INTERRUPTED

    @property
    def upload_order(self) -> tuple[datetime, str]:
        """The order in which a supplier issued its lists: of two, the later one's prices stand."""
        return self.uploaded_at or self.created_at, self.request_id

    @property
    def sort_key(self) -> tuple[str, str]:
        """The key by which batches are listed, the newest first."""
        return self.created_at.isoformat(), self.request_id

    @classmethod
    def new(cls, request_id: str, kind: BatchKind, status: BatchStatus, **about: Any) -> "Batch":
        """A batch in its first revision."""
        if status not in _UNREAD:
            raise InvalidTransition(f"no batch begins as {status}")
        now = datetime.now(UTC)
        return cls(
            request_id=request_id,
            kind=kind,
            status=status,
            created_at=now,
            updated_at=now,
            revision=clock.next(),
            **about,
        )

    def start_planning(self, **upload: Any) -> "Batch":
        """Its file is read, perhaps once more."""
        return self._next(
            "planned", self.needs_planning, status=BatchStatus.PLANNING, **upload, **_NOT_FAILED, finished_at=None
        )

    def resubmit(self) -> "Batch":
        """Its rows were sent again before all of them were recorded."""
        return self._next(
            "resubmitted", self.needs_planning, status=BatchStatus.RECEIVED, **_NOT_FAILED, finished_at=None
        )

    def describe(self, **facts: Any) -> "Batch":
        """What is learnt of a batch while it is planned: whose it is, its issues, how many rows it has."""
        return self._next("described", self.needs_planning, **facts)

    def start_processing(self, counts: Mapping[str, int]) -> "Batch":
        """All rows are recorded; ``counts`` are the records by status."""
        return self._next(
            "processed",
            self.needs_planning,
            status=BatchStatus.PROCESSING,
            counts=counts,
            **_NOT_FAILED,
            finished_at=None,
        )

    def fail(self, code: str, message: str) -> "Batch":
        """``message`` says what to do."""
        return self._next(
            "failed",
            not self.rows_recorded,
            status=BatchStatus.FAILED,
            error_code=code,
            error_message=message,
            finished_at=datetime.now(UTC),
            waiting=None,
        )

    def fail_interrupted(self, message: str) -> "Batch":
        """The work broke off: the same upload can be taken up again."""
        return self.fail(INTERRUPTED, message)

    def complete(self, counts: Mapping[str, int], changes: Mapping[str, int] | None) -> "Batch":
        """Every row is settled. A minor revision: a retry that began meanwhile prevails."""
        return self._minor(
            "completed",
            self.status is not BatchStatus.FAILED and self.status.applies,
            status=_end(counts),
            counts=counts,
            changes=changes,
            finished_at=datetime.now(UTC),
            waiting=None,
        )

    def reopen(self) -> "Batch":
        """Some of its rows are tried again."""
        allowed = self.rows_recorded and self.status.applies
        return self._next("reopened", allowed, status=BatchStatus.PROCESSING, finished_at=None)

    @property
    def undoable(self) -> bool:
        """It has ended, and may have changed prices."""
        return self.status in _ENDED or self.interrupted

    def undo(self) -> "Batch":
        """What it changed is about to be taken back."""
        return self._next("undone", self.undoable, status=BatchStatus.UNDOING, **_NOT_FAILED, waiting=None)

    def conclude_undo(self) -> "Batch":
        """Prices are as they were before it: it changed nothing."""
        changes = dict.fromkeys(self.changes or (), 0)
        now = datetime.now(UTC)
        undoing = self.status is BatchStatus.UNDOING
        return self._next("undone", undoing, status=BatchStatus.UNDONE, changes=changes, finished_at=now, waiting=None)

    def keep(self) -> "Batch":
        """A later list is built upon it, so that it cannot be taken back any more."""
        undoing = self.status is BatchStatus.UNDOING
        return self._next("kept", undoing, status=_end(self.counts), finished_at=datetime.now(UTC), waiting=None)

    def wait(self, reason: str) -> "Batch":
        """One more attempt met ``reason``."""
        waiting = self.waiting
        since, attempts = (waiting.since, waiting.attempts) if waiting else (datetime.now(UTC), 0)
        met = Waiting(reason=reason, since=since, attempts=attempts + 1)
        return self._minor("kept waiting", not self.status.terminal, waiting=met)

    def move_on(self) -> "Batch":
        """What it waited for is over."""
        return self._minor("moved on", allowed=True, waiting=None)

    def look_at(self, counts: Mapping[str, int]) -> "Batch":
        """Note the ``counts`` that are seen now, to compare with the next time."""
        return self._minor("looked at", allowed=True, counts=counts)

    def _next(self, done: str, allowed: bool, **changes: Any) -> "Batch":
        return self._changed(done, allowed, clock.next(self.revision), changes)

    def _minor(self, done: str, allowed: bool, **changes: Any) -> "Batch":
        return self._changed(done, allowed, self.revision + 1, changes)

    def _changed(self, done: str, allowed: bool, revision: int, changes: Mapping[str, Any]) -> "Batch":
        if not allowed:
            raise InvalidTransition(f"a batch that is {self.status} cannot be {done}")
        return replace(self, **changes, revision=revision, updated_at=datetime.now(UTC))


def _end(counts: Mapping[str, int]) -> BatchStatus:
    return BatchStatus.COMPLETED_WITH_ERRORS if counts.get(RowStatus.FAILED, 0) else BatchStatus.COMPLETED


def with_timestamp_id(batch: Batch) -> Batch:
    """Number a list where no store does: by the microsecond of its issue, so that later lists have higher numbers.

    JSON's numbers are exact up to 2**53 microseconds, the year 2255.
    """
    return replace(batch, pricelist_id=(batch.upload_order[0] - _EPOCH) // timedelta(microseconds=1))


def latest_header(one: Batch, other: Batch) -> Batch:
    """The current header: an opened one, then the higher revision, with what only the other one knows.

    Copies of one revision differ in what was added to it: the store's number, the catalogue's changes, later counts; or
    two made it at once, of whom one saw the end.
    """
    first, second = (one, other) if _header_precedence(one) >= _header_precedence(other) else (other, one)
    number = first.pricelist_id if first.pricelist_id is not None else second.pricelist_id
    changes = first.changes if first.changes is not None else second.changes
    return replace(first, pricelist_id=number, changes=changes)


def _header_precedence(batch: Batch) -> tuple[bool, int, bool, int]:
    return batch.rows_recorded, batch.revision, batch.status.terminal, settled(batch.counts)


def unknown_batch(request_id: str) -> NotFound:
    return NotFound(f"There is no batch {request_id}. GET /api/v1/batches lists those that there are.")


def settled(counts: Mapping[str, int]) -> int:
    """How many rows of these counts are settled."""
    return sum(counts.get(status, 0) for status in RowStatus if status.terminal)
