"""One answer out of two stores' copies."""

from collections.abc import Iterable, Sequence

from quarry.domain.batches import Batch, BatchStatus, latest_header
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus, latest_record


def newest_first(
    batches: Iterable[Batch],
    pending: Iterable[Batch],
    *,
    status: BatchStatus | None,
    supplier_id: int | None,
    before: tuple[str, str] | None,
) -> list[Batch]:
    """A list of headers in which those that are ``pending`` take their places."""
    current = {batch.request_id: batch for batch in batches}
    for batch in pending:
        known = current.get(batch.request_id)
        current[batch.request_id] = latest_header(known, batch) if known else batch
    chosen = [
        batch
        for batch in current.values()
        if status in {None, batch.status}
        and supplier_id in {None, batch.supplier_id}
        and (before is None or batch.place < before)
    ]
    return sorted(chosen, key=lambda batch: batch.place, reverse=True)


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


def filter_records(
    records: Iterable[ProcessingRecord],
    *,
    status: RowStatus | None,
    match_type: MatchType | None,
    with_issues: bool,
    unsettled: bool,
    after: int,
) -> list[ProcessingRecord]:
    """The records that a reader asked for."""
    return [
        record
        for record in records
        if record.sequence > after
        and status in {None, record.status}
        and match_type in {None, record.match_type}
        and not (unsettled and record.status.terminal)
        and (not with_issues or record.status is RowStatus.FAILED or record.row.issues)
    ]


def merge_records(one: Sequence[ProcessingRecord], other: Sequence[ProcessingRecord]) -> dict[str, ProcessingRecord]:
    """Both stores' copies by row, each row's current one."""
    records = {record.material_id: record for record in one}
    for record in other:
        known = records.get(record.material_id)
        records[record.material_id] = latest_record(known, record) if known else record
    return records
