"""A row's way through a batch.

::

    ┌─────────┐ start ┌────────────┐ complete ┌──────────────────────────┐
    │ pending │──────>│ processing │─────────>│ completed · needs_review │
    └─────────┘       └────────────┘          └──────────────────────────┘
      ^  ^  │ put_back  │  │ fail
      │  └──┼───────────┘  v
      │     │ fail     ┌────────┐
      │     └─────────>│ failed │
      └────────────────└────────┘
             retry

A row may be completed from ``pending`` too: only a row that is processed alone says before that it begins, and says
so again after a worker died with it. Each transition is the record's next revision; one that is not drawn raises
InvalidTransition.

Two copies of a record are merged by :func:`latest_record`: the later attempt wins, within one attempt a terminal
status wins over an earlier one, then the higher revision, which is one copy's alone (:mod:`quarry.domain.clock`). That
is the maximum under one total order, hence commutative, associative and idempotent; both stores decide by the same
rule.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from quarry.domain.clock import clock
from quarry.domain.rows import PriceRow
from quarry.errors import InvalidTransition


class RowStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    NEEDS_REVIEW = "needs_review"

    @property
    def terminal(self) -> bool:
        return self in {RowStatus.COMPLETED, RowStatus.FAILED, RowStatus.NEEDS_REVIEW}


class MatchType(StrEnum):
    EXACT = "exact"
    MATCHED = "matched"
    CREATED = "created"
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingRecord:
    """One row of a batch. Key: (``request_id``, ``row_id``).

    ``sequence`` orders the rows as the file has them, from 0; ``chunk`` is the message that carries the row;
    ``occurrence`` distinguishes equal rows of one list. ``material_id`` is the material that the row was linked to.
    ``digest`` is equal for rows that are read as the same; None: a row that does not stand for itself alone.
    """

    request_id: str
    row_id: str
    sequence: int
    chunk: int
    row: PriceRow
    status: RowStatus
    revision: int
    created_at: datetime
    updated_at: datetime
    occurrence: int = 0
    retry_count: int = 0
    material_id: str | None = None
    match_type: MatchType | None = None
    similarity_score: float | None = None
    normalized_unit: str | None = None
    coefficient: Decimal | None = None
    error_code: str | None = None
    error: str | None = None
    digest: str | None = None

    def start(self) -> "ProcessingRecord":
        """The row's own processing begins."""
        return self._next("start", not self.status.terminal, status=RowStatus.PROCESSING)

    def put_back(self) -> "ProcessingRecord":
        """Its processing was broken off for a reason that is not the row's."""
        return self._next("put back", self.status is RowStatus.PROCESSING, status=RowStatus.PENDING)

    def complete(
        self,
        *,
        material_id: str | None,
        match_type: MatchType,
        similarity_score: float | None,
        normalized_unit: str | None,
        coefficient: Decimal,
    ) -> "ProcessingRecord":
        """The row is in the catalogue, or waits for a person to review it."""
        return self._next(
            "complete",
            not self.status.terminal,
            status=RowStatus.NEEDS_REVIEW if match_type is MatchType.REVIEW else RowStatus.COMPLETED,
            material_id=material_id,
            match_type=match_type,
            similarity_score=similarity_score,
            normalized_unit=normalized_unit,
            coefficient=coefficient,
            error_code=None,
            error=None,
        )

    def fail(self, code: str, message: str) -> "ProcessingRecord":
        """``message`` says what to do."""
        return self._next("fail", not self.status.terminal, status=RowStatus.FAILED, error_code=code, error=message)

    def retry(self) -> "ProcessingRecord":
        """Another attempt at a failed row."""
        return self._next(
            "retry",
            self.status is RowStatus.FAILED,
            status=RowStatus.PENDING,
            retry_count=self.retry_count + 1,
            error_code=None,
            error=None,
        )

    def _next(self, verb: str, allowed: bool, **changes: Any) -> "ProcessingRecord":
        if not allowed:
            raise InvalidTransition(f"a row that is {self.status} cannot {verb}")
        return replace(self, **changes, revision=clock.next(self.revision), updated_at=datetime.now(UTC))


def latest_record(one: ProcessingRecord, other: ProcessingRecord) -> ProcessingRecord:
    """The current copy of two copies of one record."""
    return max(one, other, key=_precedence)


def _precedence(record: ProcessingRecord) -> tuple[int, bool, int]:
    return record.retry_count, record.status.terminal, record.revision


def count_by_status(records: Iterable[ProcessingRecord]) -> Counter[str]:
    """Records by status."""
    return Counter(str(record.status) for record in records)
