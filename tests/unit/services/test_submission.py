"""Rows that come without a file, and places to upload to."""

import pytest

from quarry.domain.batches import Batch, BatchKind, BatchStatus
from quarry.domain.rows import PriceRow, RowIssue, Severity
from quarry.errors import Conflict
from quarry.runtime import run

NAMES = ("Анкер", "Дюбель", "Гайка")
ROWS = [PriceRow(row=n, external_id=f"x{n}", name=name, unit="шт") for n, name in enumerate(NAMES)]


def test_rows_are_recorded_under_their_own_ids_and_queued(ingest):
    batch = run(ingest.submission.submit("b1", 101, ROWS))
    assert (batch.status, batch.total, batch.kind) == (BatchStatus.PROCESSING, 3, BatchKind.MATERIALS)
    assert [record.row_id for record in ingest.records] == ["x0", "x1", "x2"]
    assert len(ingest.chunks.messages) == 2


def test_the_same_rows_again_are_the_same_batch_and_are_queued_again(ingest):
    run(ingest.submission.submit("b1", 101, ROWS))
    ingest.chunks.messages.clear()
    run(ingest.submission.submit("b1", 101, ROWS))
    assert len(ingest.records) == 3
    assert len(ingest.chunks.messages) == 2


def test_rows_of_an_ended_batch_are_not_queued_again(ingest):
    run(ingest.submission.submit("b1", 101, ROWS))
    ingest.processed()
    assert run(ingest.submission.submit("b1", 101, ROWS)).status is BatchStatus.COMPLETED
    assert ingest.chunks.messages == []


def test_other_rows_under_a_known_id_are_a_conflict(ingest):
    run(ingest.submission.submit("b1", 101, ROWS))
    with pytest.raises(Conflict):
        run(ingest.submission.submit("b1", 101, ROWS[:2]))


def test_rows_whose_recording_was_interrupted_are_resumed(ingest):
    content = run(ingest.submission.submit("b0", 101, ROWS)).content_hash
    header = Batch.new("b1", BatchKind.MATERIALS, BatchStatus.RECEIVED, supplier_id=101, content_hash=content)
    run(ingest.batches.save_batch(header.fail_interrupted("broke off")))
    assert run(ingest.submission.submit("b1", 101, ROWS)).status is BatchStatus.PROCESSING


def test_a_row_with_an_error_is_failed_from_the_start(ingest):
    fault = RowIssue(code="invalid_price", message="Correct it.", severity=Severity.ERROR, row=1)
    bad = PriceRow(row=1, external_id="x1", name="Анкер", issues=(fault,))
    run(ingest.submission.submit("b1", 101, [bad]))
    assert [(one.status, one.error_code) for one in ingest.records] == [("failed", "invalid_price")]
    assert ingest.batch.status is BatchStatus.COMPLETED_WITH_ERRORS


def test_a_ticket_opens_a_batch_that_waits_for_its_file(ingest):
    ticket = run(ingest.submission.request_upload(101, "прайс.csv"))
    assert ticket.fields["x-amz-meta-request-id"] == ticket.request_id == ingest.batch.request_id
    assert ingest.batch.status is BatchStatus.RECEIVED
