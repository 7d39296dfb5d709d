"""Lists that are only looked at, and lists that are read again."""

from datetime import timedelta

import pytest

from quarry.domain.batches import BatchKind, BatchStatus
from quarry.domain.reading import LayoutCorrection, Role
from quarry.errors import Conflict, NotFound
from quarry.runtime import run
from quarry.services import list_read
from tests.unit.services.conftest import KEY, LIST, delivery

PREVIEW = "preview/supplier=101/прайс.csv"


@pytest.fixture
def imported(ingest):
    ingest.objects.drop(KEY, LIST)
    ingest.notified()
    ingest.processed()
    return ingest


def reread(ingest, request_id):
    again = run(ingest.submission.reread(request_id))
    run(ingest.planner.receive(delivery(ingest.uploads.messages.pop())))
    ingest.processed()
    return run(ingest.batches.get_batch(again.request_id))


def test_a_preview_is_read_and_imports_nothing(ingest):
    ticket = run(ingest.submission.request_upload(101, "прайс.csv", kind=BatchKind.PREVIEW))
    assert ticket.fields["key"] == PREVIEW
    ingest.objects.drop(PREVIEW, LIST, request_id=ticket.request_id)
    ingest.notified(PREVIEW)

    assert (ingest.batch.kind, ingest.batch.status) == (BatchKind.PREVIEW, BatchStatus.COMPLETED)
    assert ingest.batch.rows_seen == 4
    assert run(ingest.readings.find(ticket.request_id)) is not None
    assert (ingest.records, ingest.chunks.messages, ingest.catalogue.written) == ([], [], [])


def test_a_preview_of_rubbish_fails_with_its_reason(ingest):
    ingest.objects.drop(PREVIEW, b"nothing")
    ingest.notified(PREVIEW)
    assert (ingest.batch.kind, ingest.batch.error_code) == (BatchKind.PREVIEW, "no_header")
    assert run(ingest.readings.find(ingest.batch.request_id)) is not None


def test_a_list_that_is_read_again_is_a_batch_of_its_own_just_after_the_first(imported):
    first = imported.batch
    again = reread(imported, first.request_id)
    assert again.request_id != first.request_id
    assert again.status is BatchStatus.COMPLETED
    assert again.uploaded_at - first.upload_order[0] == timedelta(microseconds=1)
    assert (again.supplier_id, again.file_name, again.object_version) == (101, "прайс.csv", "v1")


def test_what_was_corrected_meanwhile_is_known_to_the_second_reading(imported, monkeypatch):
    correction = LayoutCorrection(fingerprint="0123abcd", roles={"C": Role.STOCK})
    run(imported.readings.correct(101, correction))
    known = []
    scan = list_read.scan

    def noting(file, name, options, report):
        known.append(options.layouts)
        return scan(file, name, options, report)

    monkeypatch.setattr(list_read, "scan", noting)
    reread(imported, imported.batch.request_id)
    assert known == [{"0123abcd": correction}]


def test_a_message_about_a_list_that_is_read_again_comes_again_under_its_id(imported):
    again = run(imported.submission.reread(imported.batch.request_id))
    message = imported.uploads.messages.pop()
    run(imported.planner.receive(delivery(message)))
    run(imported.planner.receive(delivery(message)))
    imported.processed()
    assert len(run(imported.batches.list_batches())) == 2
    assert run(imported.batches.get_batch(again.request_id)).status is BatchStatus.COMPLETED


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda one: one.objects.drop(KEY, LIST, version="v2"), "replaced by a newer one"),
        (lambda one: one.objects.delete(KEY), "deleted"),
    ],
)
def test_a_deleted_or_replaced_file_is_not_read_again(imported, change, says):
    change(imported)
    with pytest.raises(Conflict, match=says):
        run(imported.submission.reread(imported.batch.request_id))
    assert imported.uploads.messages == []


def test_rows_without_a_file_and_what_is_not_ended_are_not_read_again(ingest):
    with pytest.raises(NotFound, match="no batch nothing"):
        run(ingest.submission.reread("nothing"))
    ingest.objects.drop(KEY, LIST)
    ingest.notified()
    with pytest.raises(Conflict, match="not ended"):
        run(ingest.submission.reread(ingest.batch.request_id))
