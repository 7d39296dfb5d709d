"""Batches that are resumed: rows that failed, work whose messages were lost."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import httpx
import pytest

from quarry.adapters.s3_events import uploads
from quarry.dependencies.composition import composition
from quarry.domain.batches import BatchStatus
from quarry.domain.records import RowStatus
from quarry.domain.rows import PriceRow, RowIssue
from quarry.domain.uploads import Upload
from quarry.http.app import create_app
from quarry.http.batches import router
from quarry.runtime import run
from quarry.services.maintenance import StalledBatches
from quarry.services.waits import BatchWaits
from tests.batches import MOMENT, batch, record, records, settled
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


def test_a_stalled_batch_gets_its_missing_messages_again(api):
    rows = [settled(row) for row in records(10)] + [record(10), record(25)]
    api.save(batch(total=12, chunks=3), rows)

    sent = run(api.stalled().resume())

    assert sent == 2
    assert sorted(message["chunk"] for message in api.messages()) == [1, 2]


def test_an_upload_whose_reading_was_lost_is_sent_again(api):
    moment = MOMENT + timedelta(minutes=1)
    about = {"object_key": "incoming/supplier=7/прайс 1.csv", "object_version": "v1", "uploaded_at": moment}
    api.save(batch(status=BatchStatus.PLANNING, **about))

    assert run(api.stalled().resume()) == 1
    (reported,) = [list(uploads(message)) for message in api.messages()]
    assert reported == [Upload("incoming/supplier=7/прайс 1.csv", "v1", moment, "b1")]
