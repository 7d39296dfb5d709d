"""One answer out of two stores' copies."""

from collections.abc import Iterable, Sequence

from quarry.domain.batches import Batch, latest_header
from quarry.domain.records import ProcessingRecord, RowStatus, latest_record


def merge_headers(batches: Iterable[Batch], pending: Iterable[Batch]) -> list[Batch]:
    """The headers, of which those that are ``pending`` take their places."""
    current = {batch.request_id: batch for batch in batches}
    for batch in pending:
        known = current.get(batch.request_id)
        current[batch.request_id] = latest_header(known, batch) if known else batch
    return list(current.values())


def estimate_counts(batch: Batch, pending: Sequence[ProcessingRecord]) -> dict[str, int]:
    """Counts when only the header and some of the records can be read.

    The header's counts are those last seen; a pending record moved on from there: a first attempt from ``pending``, a
    later one from ``failed``.
    """
    counts = {str(status): batch.counts.get(status, 0) for status in RowStatus}
    counts[RowStatus.PENDING] += max(0, (batch.total or 0) - sum(counts.values()))
    for record in pending:
        before = RowStatus.FAILED if record.retry_count else RowStatus.PENDING
        if counts[before] > 0:
            counts[before] -= 1
            counts[record.status] += 1
    return counts


def merge_records(one: Sequence[ProcessingRecord], other: Sequence[ProcessingRecord]) -> dict[str, ProcessingRecord]:
    """Both stores' copies by row, each row's current one."""
    records = {record.row_id: record for record in one}
    for record in other:
        known = records.get(record.row_id)
        records[record.row_id] = latest_record(known, record) if known else record
    return records
