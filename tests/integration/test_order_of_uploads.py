"""Lists whose events arrive late, repeatedly or in reverse order: the list that was uploaded last is current."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import boto3
import orjson
import pytest

from quarry.dependencies.composition import composition
from quarry.domain.batch_queries import BatchQuery
from quarry.domain.batches import Batch, BatchKind, BatchStatus
from quarry.domain.rows import PriceRow
from quarry.domain.uploads import Upload
from quarry.pricelists import ReadRow
from quarry.runtime import run
from tests.environment import composed, with_bucket

MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def bucket(request, collection):
    with composed(request) as patch:
        s3, name = with_bucket(patch, collection)
        yield s3, name


@pytest.fixture
def uploaded(bucket):
    s3, name = bucket

    def put(hour, price, file):
        key = f"incoming/supplier=101/{file}.csv"
        body = f"Артикул;Наименование;Ед. изм.;Цена\nA1;Цемент М500;мешок;{price}\n".encode()
        version = s3.put_object(Bucket=name, Key=key, Body=body)["VersionId"]
        return Upload(key, version, MORNING + timedelta(hours=hour))

    return put


def process():
    sqs, url = boto3.client("sqs"), composition().settings.chunks_queue_url
    while found := sqs.receive_message(QueueUrl=url).get("Messages"):
        message = orjson.loads(found[0]["Body"])
        run(composition().ingestion.processor.process_chunk(message["request_id"], message["chunk"]))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])


def imported(*uploads):
    """Plan and process one after the other, in this order."""
    for upload in uploads:
        run(composition().ingestion.planner.plan(upload))
        process()


def prices():
    query = "SELECT unit_price FROM raw_products WHERE superseded_at IS NULL"
    return [int(row["unit_price"]) for row in run(composition().postgresql.execute_query(query))]


def batches():
    return run(composition().batches.list_batches(BatchQuery(limit=100)))


def test_events_in_reverse_order_leave_the_later_uploads_price(uploaded):
    older, newer = uploaded(1, 450, "прайс 1"), uploaded(2, 470, "прайс 2")
    imported(newer, older)

    assert prices() == [470]
    assert {batch.status for batch in batches()} == {BatchStatus.COMPLETED}


def test_events_that_come_three_times_and_late_change_nothing_more(uploaded):
    older, newer = uploaded(1, 450, "прайс 1"), uploaded(2, 470, "прайс 2")
    imported(older, older, newer, older, newer)

    assert prices() == [470]
    assert len(batches()) == 2


@pytest.mark.parametrize("order", [(0, 2, 1), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
def test_a_price_that_went_up_and_back_again_is_back_whatever_comes_first(uploaded, order):
    drops = [uploaded(1, 450, "прайс 1"), uploaded(2, 470, "прайс 2"), uploaded(3, 450, "прайс 3")]
    imported(*(drops[place] for place in order))

    assert prices() == [450]
    assert {batch.status for batch in batches()} == {BatchStatus.COMPLETED}
    manager = composition().batches
    assert [len(run(manager.get_processing_results(batch.request_id))) for batch in batches()] == [1] * 3


def test_rows_that_came_through_the_api_have_their_place_among_the_lists(uploaded):
    now = datetime.now(UTC) - MORNING
    late = uploaded(now / timedelta(hours=1) - 1, 450, "прайс 1")
    row = PriceRow(row=1, external_id="1", name="Цемент М500", sku="A1", unit="мешок", price=Decimal(470))
    run(composition().ingestion.service.submit("r1", 101, [row]))
    process()
    imported(late)

    assert prices() == [470]


def test_an_upload_without_an_event_of_its_own_has_the_time_that_the_bucket_reports(uploaded):
    upload = uploaded(0, 450, "прайс 1")
    imported(Upload(upload.key, upload.version))

    (batch,) = batches()
    assert abs(batch.uploaded_at - datetime.now(UTC)) < timedelta(minutes=10)


def test_a_list_whose_file_was_deleted_before_it_was_read_is_failed_with_the_reason(uploaded, bucket):
    upload = uploaded(1, 450, "прайс 1")
    begun = Batch.new(
        "r1", BatchKind.PRICELIST, BatchStatus.PLANNING, object_key=upload.key, object_version=upload.version
    )
    run(composition().batches.save_batch(begun))
    s3, name = bucket
    s3.delete_object(Bucket=name, Key=upload.key, VersionId=upload.version)

    imported(upload)

    (batch,) = batches()
    assert (batch.status, batch.error_message) == (
        BatchStatus.FAILED,
        "The file was deleted before it was read. Drop it again.",
    )


def test_who_reads_an_upload_that_was_imported_meanwhile_leaves_its_batch_ended(uploaded):
    upload = uploaded(1, 450, "прайс 1")
    imported(upload)
    (ended,) = batches()
    began = replace(ended, status=BatchStatus.PLANNING)
    row = PriceRow(row=2, name="Цемент М500", sku="A1", unit="мешок", price=Decimal(450))

    answered, _ = run(composition().ingestion.opener.open(began, [ReadRow(row)]))

    assert answered.status is BatchStatus.COMPLETED
    assert [batch.status for batch in batches()] == [BatchStatus.COMPLETED]


def test_lists_of_one_moment_have_an_order(uploaded):
    imported(*(uploaded(1, 450 + number, f"прайс {number}") for number in range(3)))

    assert len({batch.uploaded_at for batch in batches()}) == 3
