"""How far a batch has come, and what became of many."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from quarry.domain.batches import Batch
from quarry.domain.records import RowStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many rows of a batch stand where; the five counts add up to ``total``.

    ``created`` of the completed ones made a new material; None where the records are not at hand.
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

    def with_consistent_total(self) -> "Progress":
        """The same with counts that add up to the batch's total, even if not all records could be read.

        Those of an ended batch may have been cleaned up: its header kept their counts.
        """
        total = self.batch.total
        if total is None or self.total >= total:
            return self
        kept = self.batch.counts
        if self.batch.status.terminal and sum(kept.values()) == total:
            return Progress.of(self.batch, kept, source=self.source, degraded=self.degraded)
        return replace(self, pending=self.pending + total - self.total)

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
