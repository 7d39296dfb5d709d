"""What happens to a notification: its upload becomes a batch, queued or failed with a reason, or is known."""

import asyncio

import pytest

from quarry.domain.batches import INTERRUPTED, BatchStatus
from quarry.domain.records import RowStatus
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from quarry.services.planning import MAX_RECEIVE_COUNT, MaxAttemptsExceeded
from tests.unit.services.conftest import KEY, LIST, planning


def test_a_list_becomes_records_and_one_message_a_chunk(ingest):
    ingest.objects.drop(KEY, LIST)
    ingest.notified()
    batch = ingest.batch
    assert (batch.status, batch.total, batch.chunks) == (BatchStatus.PROCESSING, 3, 2)
    assert (batch.supplier_id, batch.file_name) == (101, "прайс.csv")
    assert [record.status for record in ingest.records] == [RowStatus.PENDING] * 3
    assert [message["chunk"] for message in ingest.chunks.messages] == [0, 1]


def test_a_notification_that_comes_again_changes_nothing(ingest):
    ingest.objects.drop(KEY, LIST)
    ingest.notified()
    before = ingest.batch, list(ingest.chunks.messages)
    ingest.notified()
    assert (ingest.batch, ingest.chunks.messages) == before


def test_an_upload_keeps_the_request_id_of_its_ticket(ingest):
    ticket = run(ingest.submission.request_upload(101, "прайс.csv"))
    ingest.objects.drop(KEY, LIST, request_id=ticket.request_id)
    ingest.notified()
    assert (ingest.batch.request_id, ingest.batch.status) == (ticket.request_id, BatchStatus.PROCESSING)


def test_a_copy_of_an_object_with_a_ticket_is_a_list_of_its_own(ingest):
    ticket = run(ingest.submission.request_upload(101, "прайс.csv"))
    copy = "incoming/supplier=102/прайс.csv"
    ingest.objects.drop(copy, LIST, request_id=ticket.request_id)
    ingest.notified(copy)
    found = {batch.request_id: batch.status for batch in run(ingest.batches.list_batches())}
    assert found.pop(ticket.request_id) is BatchStatus.RECEIVED
    assert list(found.values()) == [BatchStatus.PROCESSING]


@pytest.mark.parametrize(
    ("key", "body", "code"),
    [
        ("incoming/прайс.csv", LIST, "bad_key"),
        (KEY, "Наименование;Ед.;Цена\n".encode(), "no_rows"),
        (KEY, b"", "empty_file"),
    ],
)
def test_a_file_that_cannot_be_used_fails_its_batch_with_the_reason(ingest, key, body, code):
    ingest.objects.drop(key, body)
    ingest.notified(key)
    batch = ingest.batch
    assert (batch.status, batch.error_code) == (BatchStatus.FAILED, code)
    assert batch.error_message
    assert batch.finished_at
    assert ingest.chunks.messages == []


def test_a_file_that_is_too_large_is_refused(ingest):
    ingest.objects.drop(KEY, LIST)
    ingest.max_file_bytes(10)
    ingest.notified()
    assert (ingest.batch.error_code, "at most 10" in ingest.batch.error_message) == ("file_too_large", True)


def test_a_version_that_was_replaced_before_it_was_read_is_refused(ingest):
    ingest.objects.drop(KEY, LIST, version="v1")
    ingest.objects.drop(KEY, LIST, version="v2")
    ingest.notified()
    assert (ingest.batch.status, ingest.batch.error_code) == (BatchStatus.FAILED, "replaced")


def test_a_file_is_not_closed_before_it_is_downloaded_when_what_is_asked_beside_it_fails(ingest, monkeypatch):
    ended = []
    download = ingest.objects.download

    async def slow(key, target, version=None):
        await asyncio.sleep(0.01)
        await download(key, target, version)
        ended.append(target.closed)

    async def away(_):
        raise StoreUnavailable("S3", "is away")

    monkeypatch.setattr(ingest.objects, "download", slow)
    monkeypatch.setattr(ingest.readings, "corrections", away)
    ingest.objects.drop(KEY, LIST, version="v1")
    with pytest.raises(StoreUnavailable):
        ingest.notified()
    assert ended == [False]


def test_a_deleted_file_ends_the_batch_that_was_started_for_it(ingest):
    run(ingest.batches.save_batch(planning()))
    ingest.notified()
    assert (ingest.batch.status, ingest.batch.error_code) == (BatchStatus.FAILED, INTERRUPTED)
    assert "deleted" in ingest.batch.error_message


@pytest.fixture
def begun(ingest):
    """A list whose reading has started, and did not end."""
    ingest.objects.drop(KEY, LIST, request_id="b1")
    return run(ingest.batches.save_batch(planning()))


def test_an_interrupted_list_is_taken_up_by_the_next_delivery(ingest, begun):
    run(ingest.batches.save_batch(begun.fail_interrupted("broke off")))
    ingest.notified()
    assert (ingest.batch.status, ingest.batch.error_code) == (BatchStatus.PROCESSING, None)


@pytest.mark.usefixtures("begun")
def test_a_list_whose_reading_died_each_time_is_given_up(ingest):
    with pytest.raises(MaxAttemptsExceeded):
        ingest.notified(receives=MAX_RECEIVE_COUNT, sent_ago=60)
    assert (ingest.batch.status, ingest.batch.error_code) == (BatchStatus.FAILED, INTERRUPTED)


def test_the_last_delivery_of_a_list_that_nobody_began_is_an_attempt(ingest):
    ingest.objects.drop(KEY, LIST)
    ingest.notified(receives=MAX_RECEIVE_COUNT)
    assert ingest.batch.status is BatchStatus.PROCESSING


@pytest.mark.usefixtures("begun")
def test_an_outage_is_reported_by_the_batch_and_raised(ingest):
    ingest.objects.unavailable = True
    with pytest.raises(StoreUnavailable):
        ingest.notified()
    assert ingest.batch.waiting.reason == "S3 cannot be reached"


def test_remarks_on_the_file_are_in_the_header(ingest):
    ingest.objects.drop(KEY, "Наименование;Ед.;Цена\nКлей;шт;1\n".encode(), request_id="b1")
    ingest.notified()
    assert [issue.code for issue in ingest.batch.issues] == ["missing_column"]
