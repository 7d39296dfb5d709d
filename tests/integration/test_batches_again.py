"""Batches that are resumed: rows that failed, work whose messages were lost."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx
import pytest

from local.processes import free_port
from quarry.adapters.s3_events import uploads
from quarry.adapters.sqs import SQSQueue
from quarry.cache.progress import ShownProgress
from quarry.dependencies.composition import composition
from quarry.domain.batches import BatchKind, BatchStatus
from quarry.domain.records import RowStatus
from quarry.domain.rows import PriceRow, RowIssue
from quarry.domain.uploads import Upload
from quarry.errors import StoreUnavailable
from quarry.http.app import create_app
from quarry.http.batches import router
from quarry.runtime import run
from quarry.services.batches import BatchProcessingService
from quarry.services.maintenance import StalledBatches
from quarry.services.waits import BatchWaits
from tests.batches import MOMENT, batch, days_ago, record, records, settled
from tests.environment import composed


class Batches:
    """The routes, and what is behind them."""

    def __init__(self) -> None:
        self.manager = composition().batches
        self.queue = composition().chunks_queue

    def ask(self, method: str, path: str, **params: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(create_app("batches", [router]))
            async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
                return await client.request(method, f"/api/v1{path}", params=params)

        return run(send())

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        return self.ask("GET", path, **params).json()

    def messages(self) -> list[dict[str, Any]]:
        url = composition().settings.chunks_queue_url
        taken = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in taken.get("Messages", [])]

    def stalled(self) -> StalledBatches:
        return StalledBatches(self.manager, self.queue, self.queue, BatchWaits(self.manager), timedelta(minutes=2))

    def save(self, header, rows=()) -> None:
        run(self.manager.save_batch(header))
        run(self.manager.create_processing_records(header.request_id, rows))


@pytest.fixture
def api(request) -> Iterator[Batches]:
    with composed(request):
        yield Batches()


def test_retry_opens_failed_rows_and_sends_their_chunks(api):
    unreadable = PriceRow(row=2, name="x", issues=(RowIssue(code="bad", message="bad"),))
    rows = [
        settled(record(0, row=unreadable), RowStatus.FAILED, error_code="bad", error="bad"),
        settled(record(1)),
        settled(record(2), RowStatus.FAILED, error_code="later", error="later"),
        settled(record(15), RowStatus.FAILED, error_code="later", error="later"),
    ]
    api.save(batch(total=4, chunks=2, status=BatchStatus.COMPLETED_WITH_ERRORS, finished_at=MOMENT), rows)

    response = api.ask("POST", "/batches/b1/retry")

    assert (response.status_code, response.json()) == (202, {"request_id": "b1", "retried": 2})
    progress = api.get("/batches/b1")
    assert (progress["status"], progress["pending"], progress["failed"]) == ("processing", 2, 1)
    assert progress["finished_at"] is None
    assert [r["retry_count"] for r in api.get("/batches/b1/results", status="pending")["items"]] == [1, 1]
    assert sorted(message["chunk"] for message in api.messages()) == [0, 1]


def test_retries_at_once_count_as_one(api):
    api.save(
        batch(total=1, chunks=1, status=BatchStatus.COMPLETED_WITH_ERRORS, finished_at=MOMENT),
        [settled(record(), RowStatus.FAILED, error_code="later", error="later")],
    )

    async def both():
        return await asyncio.gather(composition().batch_service.retry("b1"), composition().batch_service.retry("b1"))

    assert max(run(both())) == 1
    assert [each["retry_count"] for each in api.get("/batches/b1/results")["items"]] == [1]
    assert {message["chunk"] for message in api.messages()} == {0}


def test_a_retry_whose_queue_was_unavailable_is_sent_when_it_is_requested_again(api, monkeypatch):
    rows = [settled(record(), RowStatus.FAILED, error_code="later", error="later")]
    api.save(batch(total=1, chunks=1, status=BatchStatus.COMPLETED_WITH_ERRORS, finished_at=MOMENT), rows)
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
        unavailable = SQSQueue(composition().settings.chunks_queue_url)
        service = BatchProcessingService(
            api.manager, unavailable, composition().offers, ShownProgress(composition().redis)
        )
        with pytest.raises(StoreUnavailable):
            run(service.retry("b1"))
        unavailable.close()

    assert api.ask("POST", "/batches/b1/retry").json()["retried"] == 0
    assert [message["chunk"] for message in api.messages()] == [0]
    assert api.get("/batches/b1")["pending"] == 1


def test_a_retry_without_failed_rows_changes_nothing(api):
    api.save(batch(total=1, status=BatchStatus.COMPLETED), [settled(record())])

    assert api.ask("POST", "/batches/b1/retry").json()["retried"] == 0
    assert api.get("/batches/b1")["status"] == "completed"
    assert api.messages() == []


def test_an_interrupted_retry_that_was_ended_meanwhile_is_resumed_when_it_is_requested_again(api):
    rows = [settled(record()), record(1, retry_count=1)]
    api.save(batch(total=2, chunks=1, status=BatchStatus.COMPLETED, finished_at=MOMENT), rows)

    assert api.ask("POST", "/batches/b1/retry").json()["retried"] == 0
    assert api.get("/batches/b1")["status"] == "processing"
    assert [message["chunk"] for message in api.messages()] == [0]


def test_a_stalled_batch_gets_its_missing_messages_again(api):
    rows = [settled(row) for row in records(10)] + [record(10), record(25)]
    api.save(batch(total=12, chunks=3), rows)

    sent = run(api.stalled().resume())

    assert sent == 2
    assert sorted(message["chunk"] for message in api.messages()) == [1, 2]


def test_a_batch_that_only_was_not_ended_gets_one_message(api):
    api.save(batch(total=1, chunks=1), [settled(record())])

    assert run(api.stalled().resume()) == 1


def test_no_message_is_sent_again_while_the_queue_has_any_and_the_batch_may_move(api):
    stalled = api.stalled()
    api.save(batch(total=1, chunks=1), [record()])
    run(api.queue.send([{"request_id": "b1", "chunk": 0}]))
    assert run(stalled.resume()) == 0
    api.messages()  # in flight now, still not missing
    assert run(stalled.resume()) == 0


def test_a_batch_that_has_not_moved_for_an_hour_is_not_kept_waiting_by_other_messages(api):
    api.save(batch(total=2, chunks=1), [record(), record(1)])
    run(api.queue.send([{"request_id": "another", "chunk": 0}]))
    now = datetime.now(UTC)

    assert run(api.stalled().resume(now)) == 0  # how far it was is known from here on
    assert run(api.stalled().resume(now + timedelta(minutes=59))) == 0
    assert run(api.stalled().resume(now + timedelta(minutes=61))) == 1


def test_a_batch_that_moves_is_not_resumed_while_the_queue_has_messages(api):
    api.save(batch(total=2, chunks=1), [record(), record(1)])
    run(api.queue.send([{"request_id": "b1", "chunk": 0}]))
    now = datetime.now(UTC)
    run(api.stalled().resume(now))
    run(api.manager.update_processing_status("b1", [settled(record())]))

    assert run(api.stalled().resume(now + timedelta(minutes=61))) == 0


def test_an_upload_whose_reading_was_lost_is_sent_again(api):
    moment = MOMENT + timedelta(minutes=1)
    about = {"object_key": "incoming/supplier=7/прайс 1.csv", "object_version": "v1", "uploaded_at": moment}
    api.save(batch(status=BatchStatus.PLANNING, **about))

    assert run(api.stalled().resume()) == 1
    (reported,) = [list(uploads(message)) for message in api.messages()]
    assert reported == [Upload("incoming/supplier=7/прайс 1.csv", "v1", moment, "b1")]


@pytest.mark.parametrize(("hours", "reported"), [(2, 1), (7, 0)])
def test_an_upload_that_never_came_is_not_sent_again_for_ever(api, hours, reported):
    ticket = {"object_key": "incoming/supplier=7/прайс 1.csv", "status": BatchStatus.RECEIVED}
    moment = days_ago(hours / 24)
    api.save(batch(**ticket, created_at=moment, updated_at=moment))

    assert run(api.stalled().resume()) == reported


def test_rows_of_an_interrupted_request_are_failed_with_a_reason(api):
    api.save(batch(status=BatchStatus.RECEIVED, kind=BatchKind.MATERIALS))

    assert run(api.stalled().resume()) == 0
    reported = api.get("/batches/b1")
    assert (reported["status"], reported["error"]["code"]) == ("failed", "broken_off")
    assert "Send it again" in reported["error"]["message"]


def test_a_young_batch_is_left_alone(api):
    header = batch(total=1, chunks=1)
    api.save(header, [record()])

    assert run(api.stalled().resume(now=header.updated_at + timedelta(seconds=30))) == 0


def test_ended_batches_are_not_resumed(api):
    api.save(replace(batch(total=1, chunks=1), status=BatchStatus.COMPLETED), [settled(record())])

    assert run(api.stalled().resume()) == 0
