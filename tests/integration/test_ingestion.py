"""From an upload's notification to settled rows, composed as in production on the real stores."""

import boto3
import orjson
import pytest

from quarry.dependencies.composition import composition
from quarry.domain.batch_queries import BatchQuery, RecordQuery
from quarry.domain.batches import BatchStatus
from quarry.domain.records import MatchType, RowStatus
from quarry.domain.rows import PriceRow
from quarry.domain.uploads import Upload
from quarry.errors import QuarryError
from quarry.runtime import run
from tests.environment import composed, with_bucket

HEADER = "Артикул;Наименование;Ед. изм.;Цена, руб.\n"
CEMENT, GLUE, PIPE = (
    "A1;Цемент М500 Д0, мешок 50 кг;мешок;450\n",
    "A2;Клей для плитки 25 кг;мешок;380\n",
    "A3;Труба 20х3,4;м;40,71\n",
)
KEY = "incoming/supplier=101/прайс.csv"


@pytest.fixture(autouse=True)
def bucket(request, collection):
    with composed(request) as patch:
        s3, name = with_bucket(patch, collection, CHUNK_ROWS="2")
        yield s3, name


@pytest.fixture
def put(bucket):
    """Stores an object and returns the upload that its notification would describe."""
    s3, name = bucket

    def put(content, key=KEY, **metadata):
        body = content.encode() if isinstance(content, str) else content
        stored = s3.put_object(Bucket=name, Key=key, Body=body, Metadata=metadata)
        return Upload(key, stored["VersionId"])

    return put


def plan(upload):
    """Plan one upload; returns the batch that it made last."""
    run(composition().ingestion.planner.plan(upload))
    return batches()[0]


def batches():
    return run(composition().batches.list_batches(BatchQuery(limit=100)))


def messages():
    """The messages of the chunks queue, taken out of it."""
    sqs, taken = boto3.client("sqs"), []
    url = composition().settings.chunks_queue_url
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            taken.append(orjson.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return taken


def process(taken):
    for message in taken:
        run(composition().ingestion.processor.process_chunk(message["request_id"], message["chunk"]))


def imported(upload):
    batch = plan(upload)
    process(messages())
    return run(composition().batches.get_batch(batch.request_id))


def records(batch):
    return run(composition().batches.get_processing_results(batch.request_id, RecordQuery(limit=100)))


def offers():
    return run(
        composition().postgresql.execute_query(
            "SELECT sku, unit_price, pricelistid FROM raw_products WHERE superseded_at IS NULL ORDER BY sku"
        )
    )


def test_a_list_is_recorded_row_by_row_and_queued_chunk_by_chunk(put):
    batch = plan(put(HEADER + CEMENT + GLUE + PIPE))

    assert (batch.status, batch.total, batch.chunks) == (BatchStatus.PROCESSING, 3, 2)
    assert [record.row.sku for record in records(batch)] == ["A1", "A2", "A3"]
    assert sorted(message["chunk"] for message in messages()) == [0, 1]


def test_the_last_chunk_ends_the_batch_with_what_changed(put):
    batch = imported(put(HEADER + CEMENT + GLUE + PIPE))

    assert batch.status is BatchStatus.COMPLETED
    assert batch.changes == {"new": 3, "gone": 0, "dearer": 0, "cheaper": 0, "unchanged": 0}
    assert {record.match_type for record in records(batch)} == {MatchType.CREATED}


def test_the_same_event_again_is_the_same_list(put):
    upload = put(HEADER + CEMENT)
    imported(upload)
    plan(upload)

    assert len(batches()) == 1
    assert messages() == []


def test_the_same_bytes_again_are_a_list_of_unchanged_rows(put):
    first = imported(put(HEADER + CEMENT + GLUE))
    second = imported(put(HEADER + CEMENT + GLUE))
    copy = imported(put(HEADER + CEMENT + GLUE, "incoming/supplier=101/копия.csv"))

    assert len({first.request_id, second.request_id, copy.request_id}) == 3
    for again in (second, copy):
        assert again.changes == {"new": 0, "gone": 0, "dearer": 0, "cheaper": 0, "unchanged": 2}
        assert [record.status for record in records(again)] == [RowStatus.COMPLETED] * 2
    assert len(offers()) == 2


def test_bytes_that_a_newer_list_replaced_are_imported_again(put):
    imported(put(HEADER + CEMENT))
    imported(put(HEADER + CEMENT.replace("450", "470")))
    third = imported(put(HEADER + CEMENT))

    assert third.changes["cheaper"] == 1
    assert [str(offer["unit_price"]) for offer in offers()] == ["450.0000"]


def test_an_upload_keeps_the_request_id_of_its_ticket(put):
    assert plan(put(HEADER + CEMENT, **{"request-id": "ticket-1"})).request_id == "ticket-1"


def test_a_copy_of_an_upload_is_a_list_of_its_own(put):
    imported(put(HEADER + CEMENT, **{"request-id": "ticket-1"}))
    copy = imported(put(HEADER + GLUE, "incoming/supplier=202/прайс.csv", **{"request-id": "ticket-1"}))

    assert copy.request_id != "ticket-1"
    assert copy.supplier_id == 202
    assert len(offers()) == 2


def test_a_key_without_a_supplier_is_a_failed_batch_that_says_why(put):
    batch = plan(put(HEADER + CEMENT, "incoming/прайс.csv"))

    assert (batch.status, batch.error_code) == (BatchStatus.FAILED, "bad_key")
    assert "supplier=<number>" in batch.error_message


def test_a_list_that_breaks_off_changes_no_price(put):
    whole = '[{"name": "Цемент М500", "price": 450}, {"name": "Клей", "price": 380}, {"name": "Труба"'
    batch = plan(put(whole, "incoming/supplier=101/прайс.json"))

    assert batch.status is BatchStatus.FAILED
    assert records(batch) == []
    assert messages() == []


def test_a_version_that_was_replaced_before_it_was_read_is_not_imported(put):
    old = put(HEADER + CEMENT)
    new = put(HEADER + CEMENT.replace("450", "470"))
    imported(new)
    late = plan(old)

    assert (late.status, late.error_code) == (BatchStatus.FAILED, "replaced")
    assert [str(offer["unit_price"]) for offer in offers()] == ["470.0000"]


def test_an_upload_that_was_deleted_meanwhile_is_not_an_error(put, bucket):
    s3, name = bucket
    upload = put(HEADER + CEMENT)
    s3.delete_object(Bucket=name, Key=upload.key, VersionId=upload.version)
    run(composition().ingestion.planner.plan(upload))

    assert batches() == []


def test_planning_that_broke_off_is_taken_up_by_the_next_delivery(put, monkeypatch):
    upload = put(HEADER + CEMENT + GLUE + PIPE)
    manager = composition().batches
    create = manager.create_processing_records
    calls = []

    async def dies_at_the_second_chunk(request_id, part):
        calls.append(part)
        if len(calls) == 2:
            raise RuntimeError("the environment is gone")
        return await create(request_id, part)

    with monkeypatch.context() as patch:
        patch.setattr(manager, "create_processing_records", dies_at_the_second_chunk)
        with pytest.raises(RuntimeError, match="gone"):
            plan(upload)
    process(messages())
    batch = imported(upload)

    assert batch.status is BatchStatus.COMPLETED
    assert len(records(batch)) == len(offers()) == 3


def test_a_chunk_that_comes_twice_leaves_the_same_state(put):
    batch = plan(put(HEADER + CEMENT + GLUE))
    taken = messages()
    process(taken)
    before = (records(batch), offers())
    process(taken)

    assert (records(batch), offers()) == before


def test_a_bad_row_fails_alone_and_keeps_its_reason(put):
    batch = imported(put(HEADER + CEMENT + "A9;Песок речной;м3;минус сто\n" + PIPE))

    assert batch.status is BatchStatus.COMPLETED_WITH_ERRORS
    (failed,) = [record for record in records(batch) if record.status is RowStatus.FAILED]
    assert (failed.row.row, failed.error_code) == (3, "invalid_price")
    assert len(offers()) == 2


def test_a_supplier_s_article_keeps_its_material_when_the_name_changes(put):
    first = imported(put(HEADER + CEMENT))
    second = imported(put(HEADER + "A1;Портландцемент М500 Д0 в мешках по 50 кг;мешок;455\n"))

    assert records(second)[0].material_id == records(first)[0].material_id
    assert second.changes["dearer"] == 1


def test_another_supplier_s_wording_of_the_same_goods_is_one_material(put):
    imported(put(HEADER + CEMENT))
    other = imported(put(HEADER + "Z7;ЦЕМЕНТ М-500 Д0 мешок 50кг;шт;445\n", "incoming/supplier=202/прайс.csv"))

    (record,) = records(other)
    assert record.match_type is MatchType.EXACT
    found = run(composition().postgresql.execute_query("SELECT count(*) AS n FROM materials"))
    assert found[0]["n"] == 1


def test_a_list_of_bad_rows_alone_leaves_the_offers_as_they_were(put):
    imported(put(HEADER + CEMENT))
    batch = plan(put(HEADER + CEMENT.replace("450", "дорого")))

    assert batch.status is BatchStatus.COMPLETED_WITH_ERRORS
    assert len(offers()) == 1


def test_rows_whose_queue_was_away_are_queued_when_they_are_sent_again(bucket):
    sqs, url = boto3.client("sqs"), composition().settings.chunks_queue_url
    rows = [PriceRow(row=number, external_id=str(number), name=f"Анкер 10х{number}") for number in (100, 120)]
    sqs.delete_queue(QueueUrl=url)
    with pytest.raises(QuarryError):
        run(composition().ingestion.service.submit("r1", 101, rows))
    sqs.create_queue(QueueName=url.rpartition("/")[2])

    run(composition().ingestion.service.submit("r1", 101, rows))
    process(messages())

    (batch,) = batches()
    assert (batch.status, batch.counts["completed"]) == (BatchStatus.COMPLETED, 2)
