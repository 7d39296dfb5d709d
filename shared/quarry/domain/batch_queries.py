"""Which batches and which records are asked of a store."""

from collections.abc import Iterable
from dataclasses import dataclass

from quarry.domain.batches import Batch, BatchStatus
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchQuery:
    """Which batches: at most ``limit``, newest first by (created_at in ISO format, request_id), below ``before``."""

    status: BatchStatus | None = None
    supplier_id: int | None = None
    limit: int = 20
    before: tuple[str, str] | None = None

    def chosen(self, batches: Iterable[Batch]) -> list[Batch]:
        """The batches that the query asks for, newest first, without its limit."""
        return sorted(filter(self._matches, batches), key=lambda batch: batch.sort_key, reverse=True)

    def _matches(self, batch: Batch) -> bool:
        return (
            self.status in {None, batch.status}
            and self.supplier_id in {None, batch.supplier_id}
            and (self.before is None or batch.sort_key < self.before)
        )


ANY_BATCH = BatchQuery()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordQuery:
    """Which records of a batch: at most ``limit`` with ``sequence`` above ``after``, in sequence.

    ``with_issues``: failed, or with warnings. ``unsettled``: pending, or being processed.
    """

    status: RowStatus | None = None
    match_type: MatchType | None = None
    with_issues: bool = False
    unsettled: bool = False
    chunk: int | None = None
    after: int = -1
    limit: int = 20

    def chosen(self, records: Iterable[ProcessingRecord]) -> list[ProcessingRecord]:
        """The records that the query asks for, in sequence, without its limit."""
        return sorted(filter(self._matches, records), key=lambda record: record.sequence)

    def _matches(self, record: ProcessingRecord) -> bool:
        return (
            record.sequence > self.after
            and self.status in {None, record.status}
            and self.match_type in {None, record.match_type}
            and self.chunk in {None, record.chunk}
            and not (self.unsettled and record.status.terminal)
            and (not self.with_issues or record.status is RowStatus.FAILED or bool(record.row.issues))
        )


ANY_RECORD = RecordQuery()
