"""Copies of records and headers: which of them wins, and what follows for the counts."""

from dataclasses import replace

from quarry.adapters.codec import batch_json, read_batch, read_record, record_json
from quarry.domain.batch_queries import BatchQuery
from quarry.domain.batches import BatchStatus, latest_header
from quarry.domain.progress import Progress
from quarry.domain.records import RowStatus
from quarry.fallback.merging import estimate_counts, merge_headers
from tests.batches import batch, record, records, rich_record, settled


def test_a_record_and_a_header_survive_json():
    header = batch(total=3, counts={"completed": 3}, changes={"new": 1})
    row = rich_record()

    assert read_record(record_json(row)) == row
    assert read_batch(batch_json(header)) == header


def test_the_newer_header_keeps_the_number_that_the_older_one_was_given():
    old, new = batch(pricelist_id=5), batch(total=9)

    assert latest_header(old, new) == replace(new, pricelist_id=5)
    assert latest_header(new, old) == latest_header(old, new)


def test_a_pending_header_replaces_the_listed_one():
    listed = batch(status=BatchStatus.PROCESSING)
    held = batch(status=BatchStatus.COMPLETED)

    def of(status):
        return BatchQuery(status=status).chosen(merge_headers([listed], [held]))

    assert of(BatchStatus.PROCESSING) == []
    assert of(BatchStatus.COMPLETED) == [held]


def test_counts_add_up_to_the_total_when_records_are_missing():
    running = Progress.of(batch(total=10), {"completed": 4}, source="vector")

    assert (running.with_consistent_total().pending, running.with_consistent_total().total) == (6, 10)


def test_an_ended_batch_keeps_its_counts_after_its_records_are_deleted():
    ended = batch(total=10, status=BatchStatus.COMPLETED_WITH_ERRORS, counts={"completed": 8, "failed": 2})

    shown = Progress.of(ended, {}, source="sql").with_consistent_total()

    assert (shown.completed, shown.failed, shown.pending) == (8, 2, 0)


def test_an_estimate_advances_pending_rows_and_keeps_the_total():
    header = batch(total=10, counts={"pending": 6, "completed": 2, "failed": 2})
    first = settled(record(0))
    again = record(1, retry_count=1)

    counts = estimate_counts(header, [first, again])

    assert counts == {"pending": 6, "processing": 0, "completed": 3, "failed": 1, "needs_review": 0}


def test_an_estimate_of_a_header_without_counts_takes_its_rows_as_open():
    counts = estimate_counts(batch(total=5), [settled(record(0)), settled(record(1), RowStatus.FAILED)])

    assert counts == {"pending": 3, "processing": 0, "completed": 1, "failed": 1, "needs_review": 0}


def test_an_estimate_never_loses_a_row():
    header = batch(total=3, counts={"completed": 3})

    assert sum(estimate_counts(header, [settled(one) for one in records(3)]).values()) == 3
