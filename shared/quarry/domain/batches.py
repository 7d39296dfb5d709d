"""Batches and their records: states, merging of two copies, progress.

A record's copies are merged by :func:`merge`: the later attempt wins, within one attempt a terminal status wins over an
earlier one, then the higher revision, which is one copy's alone (:mod:`quarry.domain.clock`). That is the maximum under
one total order, hence commutative, associative and idempotent. Headers are merged by :func:`newer`; both stores decide
by the same two rules.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from quarry.domain.rows import PriceRow, RowIssue

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RowStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    NEEDS_REVIEW = "needs_review"

    @property
    def terminal(self) -> bool:
        return self in {RowStatus.COMPLETED, RowStatus.FAILED, RowStatus.NEEDS_REVIEW}


class BatchStatus(StrEnum):
    RECEIVED = "received"
    PLANNING = "planning"
    PROCESSING = "processing"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    FAILED = "failed"

    @property
    def terminal(self) -> bool:
        return self in {BatchStatus.COMPLETED, BatchStatus.COMPLETED_WITH_ERRORS, BatchStatus.FAILED}

    @property
    def opened(self) -> bool:
        return self in {BatchStatus.PROCESSING, BatchStatus.COMPLETED, BatchStatus.COMPLETED_WITH_ERRORS}


class BatchKind(StrEnum):
    PRICELIST = "pricelist"
    MATERIALS = "materials"


class MatchType(StrEnum):
    EXACT = "exact"
    MATCHED = "matched"
    CREATED = "created"
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Why a batch stands still, ``since`` when, and how many ``attempts`` have met that."""

    reason: str
    since: datetime
    attempts: int

    def again(self, reason: str) -> "Waiting":
        return Waiting(reason=reason, since=self.since, attempts=self.attempts + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch's header. ``total`` and ``chunks`` are null until it is planned; ``pricelist_id`` is given by the store.

    ``issues`` concern the file or a sheet as a whole; ``changes`` is the summary (new, gone, dearer, cheaper,
    unchanged) once the batch has ended; ``counts`` are the records by status as last seen, so that a store that holds
    no records of the batch can still answer for its progress. ``same_as`` is the request id of the batch that imported
    the same bytes: this one has no records of its own, and shows that one's. ``uploaded_at`` is null for rows that came
    without a file.
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
    same_as: str | None = None
    uploaded_at: datetime | None = None
    waiting: Waiting | None = None

    @property
    def opened(self) -> bool:
        """All rows are recorded: whoever still reads the same upload, told of it twice, comes too late.

        A repetition has no rows: it may be imported yet.
        """
        return self.status.opened and self.same_as is None

    @property
    def issued(self) -> tuple[datetime, str]:
        """The order in which a supplier issued its lists: of two, the later one's prices stand."""
        return self.uploaded_at or self.created_at, self.request_id

    @property
    def place(self) -> tuple[str, str]:
        """Where lists of batches, the newest first, have it."""
        return self.created_at.isoformat(), self.request_id


def numbered_by_time(batch: Batch) -> Batch:
    """With a number where no store gives one: the microsecond of its issue, so that later lists have higher ones.

    JSON's numbers are exact up to 2**53 microseconds, the year 2255.
    """
    return replace(batch, pricelist_id=(batch.issued[0] - _EPOCH) // timedelta(microseconds=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingRecord:
    """One row's way through a batch. Key: (``request_id``, ``material_id``); ``material_id`` is the submitted row's id.

    ``sequence`` orders the rows as the file has them, from 0; ``chunk`` is the message that carries the row;
    ``occurrence`` tells equal rows of one list apart. ``catalogue_id`` is the material that the row was linked to.
    ``digest`` is equal for rows that are read as the same; None: a row that does not stand for itself alone.
    """

    request_id: str
    material_id: str
    sequence: int
    chunk: int
    row: PriceRow
    status: RowStatus
    revision: int
    created_at: datetime
    updated_at: datetime
    occurrence: int = 0
    retry_count: int = 0
    catalogue_id: str | None = None
    match_type: MatchType | None = None
    similarity_score: float | None = None
    normalized_unit: str | None = None
    coefficient: Decimal | None = None
    error_code: str | None = None
    error: str | None = None
    digest: str | None = None


def merge(one: ProcessingRecord, other: ProcessingRecord) -> ProcessingRecord:
    """The copy that stands, of two copies of one record."""
    return max(one, other, key=_precedence)


def _precedence(record: ProcessingRecord) -> tuple[int, bool, int]:
    return record.retry_count, record.status.terminal, record.revision


def newer(one: Batch, other: Batch) -> Batch:
    """The header that stands: an opened one, then the higher revision, with what only the other one knows.

    Copies of one revision differ in what was added to it: the store's number, the catalogue's changes, later counts; or
    two made it at once, of whom one saw the end.
    """
    first, second = (one, other) if _header_precedence(one) >= _header_precedence(other) else (other, one)
    number = first.pricelist_id if first.pricelist_id is not None else second.pricelist_id
    changes = first.changes if first.changes is not None else second.changes
    return replace(first, pricelist_id=number, changes=changes)


def _header_precedence(batch: Batch) -> tuple[bool, int, bool, int]:
    return batch.opened, batch.revision, batch.status.terminal, settled(batch.counts)


def settled(counts: Mapping[str, int]) -> int:
    """How many rows of these counts are settled."""
    return sum(counts.get(status, 0) for status in RowStatus if status.terminal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many rows of a batch stand where; the five counts add up to ``total``.

    ``created`` of the completed ones made a new material; null where the records are not at hand.
    """

    batch: Batch
    pending: int = 0
    processing: int = 0
    completed: int = 0
    failed: int = 0
    needs_review: int = 0
    created: int | None = None
    source: str = "sql"
    degraded: bool = False

    @property
    def total(self) -> int:
        return self.pending + self.processing + self.completed + self.failed + self.needs_review

    @property
    def settled(self) -> int:
        return self.completed + self.failed + self.needs_review

    @property
    def counts(self) -> dict[str, int]:
        """Records by status."""
        return {str(status): getattr(self, status) for status in RowStatus}

    @classmethod
    def of(
        cls,
        batch: Batch,
        counts: Mapping[str, int],
        *,
        source: str,
        degraded: bool = False,
        created: int | None = None,
    ) -> "Progress":
        known = {str(status): number for status, number in counts.items()}
        return cls(batch=batch, source=source, degraded=degraded, created=created, **known)


def count(records: Iterable[ProcessingRecord]) -> Counter[str]:
    """Records by status."""
    return Counter(str(record.status) for record in records)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Figures over the batches created within a number of days."""

    batches: int
    rows: int
    completed: int
    failed: int
    needs_review: int
    average_seconds: float | None
    by_status: Mapping[str, int]
    source: str = "sql"
    degraded: bool = False

    @property
    def success_rate(self) -> float | None:
        settled = self.completed + self.failed + self.needs_review
        return round(self.completed / settled, 4) if settled else None
