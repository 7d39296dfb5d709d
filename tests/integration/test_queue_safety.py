"""Messages through the ingest functions' handlers on a real queue: outages, workers that die, rows that kill."""

import importlib.util
import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from local import ROOT
from local.events import sqs_event
from local.processes import free_port
from quarry import deadline
from quarry.dependencies.composition import composition
from quarry.domain.batch_queries import RecordQuery
from quarry.domain.batches import Batch, BatchKind, BatchStatus, Waiting
from quarry.domain.records import RowStatus
from quarry.domain.rows import PriceRow
from quarry.errors import StoreError, StoreTimeout, StoreUnavailable
from quarry.runtime import run
from quarry.services import list_read, redelivery
from quarry.services.maintenance import StalledBatches
from tests.batches import revised
from tests.environment import close, composed, forget, invocation
from tests.integration.functions import restored

KEY = "incoming/supplier=101/прайс.csv"


@pytest.fixture(autouse=True)
def environment(request, collection):
    with restored(), composed(request) as patch:
        sqs = boto3.client("sqs")
        dead = sqs.create_queue(QueueName=f"{collection}-dead")["QueueUrl"]
        target = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 5})
        attributes = {"RedrivePolicy": policy, "VisibilityTimeout": "720"}
        sqs.set_queue_attributes(QueueUrl=composition().settings.chunks_queue_url, Attributes=attributes)
        patch.setenv("BUCKET_NAME", collection.replace("_", "-"))
        patch.setattr(redelivery, "wait", lambda tries: 0)
        place = {"LocationConstraint": sqs.meta.region_name}
        boto3.client("s3").create_bucket(Bucket=collection.replace("_", "-"), CreateBucketConfiguration=place)
        forget()
        yield patch


class Killed(BaseException):
    """What ends a worker without an error: it is out of memory, or out of time."""


def handler(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / f"functions/ingest/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


def deliver(handle, rounds=1000):
    """Deliver what the queue has as Lambda does, until it is empty; returns the deaths and the receives of each."""
    sqs, url = boto3.client("sqs"), composition().settings.chunks_queue_url
    deaths, receives = 0, []
    for _ in range(rounds):
        found = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, AttributeNames=["All"]).get("Messages")
        if not found:
            break
        receives.append(int(found[0]["Attributes"]["ApproximateReceiveCount"]))
        try:
            answer = handle(sqs_event("ChunksQueue", found), invocation(60))
        except Killed:
            deaths += 1
            continue
        if not answer["batchItemFailures"]:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
    return deaths, receives


def dead_letters():
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=composition().settings.chunks_queue_url.rpartition("/")[2] + "-dead")["QueueUrl"]
    return int(
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"]
    )


ANCHOR = PriceRow(row=0, external_id="0", name="Анкер 10х100", unit="шт")


def submitted(*names):
    rows = [PriceRow(row=n, external_id=str(n), name=name, unit="шт") for n, name in enumerate(names)]
    return run(composition().ingestion.service.submit("b1", 101, rows))


def outcome():
    manager = composition().batches
    found = run(manager.get_processing_results("b1", RecordQuery(limit=100)))
    return run(manager.get_batch("b1")).status, {one.row.name: (one.status, one.error_code) for one in found}


def unavailable(environment):
    """All stores' ports are closed, until the addresses are given back."""
    close()
    back = {name: getattr(composition().settings, name.lower()) for name in ("POSTGRESQL_URL", "QDRANT_URL")}
    environment.setenv("POSTGRESQL_URL", f"postgresql://quarry@127.0.0.1:{free_port()}/quarry")
    environment.setenv("QDRANT_URL", f"http://127.0.0.1:{free_port()}")
    forget()

    def come_back():
        close()
        environment.setenv("POSTGRESQL_URL", back["POSTGRESQL_URL"].get_secret_value())
        environment.setenv("QDRANT_URL", back["QDRANT_URL"])
        forget()

    return come_back


def test_an_outage_however_long_brings_no_chunk_to_the_dead_letters(environment):
    submitted("Анкер 10х100", "Анкер 10х110")
    process = handler("process")
    come_back = unavailable(environment)
    _, receives = deliver(process, rounds=20)
    assert receives == [1] * 20
    assert dead_letters() == 0
    come_back()

    deliver(process)
    names = {"Анкер 10х100", "Анкер 10х110"}
    assert outcome() == (BatchStatus.COMPLETED, dict.fromkeys(names, (RowStatus.COMPLETED, None)))


def test_an_outage_however_long_brings_no_upload_to_the_dead_letters(environment):
    run(composition().bucket.put(KEY, "Наименование;Цена\nЦемент М500;450\n".encode()))
    event = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": KEY}}}
    run(composition().uploads_queue.send([{"Records": [event]}]))
    plan = handler("plan")
    come_back = unavailable(environment)
    _, receives = deliver(plan, rounds=10)
    assert (receives, dead_letters()) == ([1] * 10, 0)
    come_back()

    deliver(plan, rounds=1)
    assert [one.status for one in run(composition().batches.list_batches())] == [BatchStatus.PROCESSING]


def test_what_was_sent_again_is_named_so_that_its_file_stays_unread(environment):
    event = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": KEY}}}
    run(composition().uploads_queue.send([{"Records": [event]}]))
    unavailable(environment)
    run(composition().bucket.put(KEY, "Наименование;Цена\nЦемент М500;450\n".encode()))
    (message,) = boto3.client("sqs").receive_message(
        QueueUrl=composition().settings.uploads_queue_url, AttributeNames=["All"]
    )["Messages"]

    answer = handler("plan")(sqs_event("UploadsQueue", [message]), invocation(60))

    assert answer == {"batchItemFailures": [], "sentAgain": [message["MessageId"]]}


def test_a_chunk_whose_store_is_unavailable_many_times_is_not_split(environment):
    submitted("Анкер 10х100", "Анкер 10х110")
    sqs, url = boto3.client("sqs"), composition().settings.chunks_queue_url
    (first,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    run(composition().chunks_queue.send([{"request_id": "b1", "chunk": 0, "tries": 40}]))
    process = handler("process")

    _, receives = deliver(process)

    assert receives == [1]
    assert outcome()[0] is BatchStatus.COMPLETED


def delivered():
    """A chunk's message as the queue gives it, for the redelivery."""
    run(composition().chunks_queue.send([{"request_id": "b1", "chunk": 0, "tries": 29}]))
    found = boto3.client("sqs").receive_message(
        QueueUrl=composition().settings.chunks_queue_url, VisibilityTimeout=60, AttributeNames=["All"]
    )["Messages"]
    return redelivery.Delivery.of(sqs_event("ChunksQueue", found)["Records"][0])


def test_work_that_outlives_its_function_is_an_attempt_that_died_and_comes_back_as_the_same_message():
    async def work(delivery):
        raise StoreTimeout("PostgreSQL")

    delivery = delivered()
    with deadline.within(0), pytest.raises(StoreTimeout):
        run(composition().ingestion.chunk_redelivery.attempt(delivery, work))

    (message,) = boto3.client("sqs").receive_message(
        QueueUrl=composition().settings.chunks_queue_url, AttributeNames=["All"]
    )["Messages"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"


def test_a_store_that_refuses_connections_is_unavailable_however_little_time_is_left_and_the_thirtieth_time_is_counted(
    capsys,
):
    async def work(delivery):
        raise StoreUnavailable("PostgreSQL")

    delivery = delivered()
    with deadline.within(0):
        assert not run(composition().ingestion.chunk_redelivery.attempt(delivery, work))

    (message,) = boto3.client("sqs").receive_message(
        QueueUrl=composition().settings.chunks_queue_url, AttributeNames=["All"]
    )["Messages"]
    assert json.loads(message["Body"])["tries"] == 30
    assert '"SentAgain":[1.0]' in capsys.readouterr().out


@pytest.fixture
def killing(monkeypatch):
    """The worker that prices this row dies."""
    from quarry.services import processing

    priced = processing.price_basis

    def price(row):
        if row.name == "Песок":
            raise Killed
        return priced(row)

    monkeypatch.setattr(processing, "price_basis", price)


def test_a_row_that_kills_its_worker_is_found_by_cutting_its_chunk_and_fails_alone(killing):
    others = [f"Анкер 10х{number}" for number in range(100, 170, 10)]
    submitted(*others[:4], "Песок", *others[4:])

    deaths, _ = deliver(handler("process"))

    status, rows = outcome()
    assert rows.pop("Песок") == (RowStatus.FAILED, "broken_off")
    assert set(rows.values()) == {(RowStatus.COMPLETED, None)}
    assert len(rows) == 7
    assert status is BatchStatus.COMPLETED_WITH_ERRORS
    # Two of the whole of eight, and one of each part of four, two and one.
    assert deaths == 5
    assert dead_letters() == 0


def test_a_row_alone_is_not_failed_for_attempts_that_never_came_to_it(environment):
    submitted("Анкер 10х100")
    process = handler("process")

    def dies_at_start(event, context):
        raise Killed

    deliver(dies_at_start, rounds=4)
    deaths, receives = deliver(process)

    assert (deaths, receives) == (0, [5])
    assert outcome() == (BatchStatus.COMPLETED, {"Анкер 10х100": (RowStatus.COMPLETED, None)})


def test_a_row_that_a_store_refuses_fails_alone_with_the_reason():
    refuse = "ALTER TABLE raw_products ADD CONSTRAINT no_sand CHECK (name <> 'Песок')"
    run(composition().postgresql.execute_command(refuse))
    submitted("Анкер 10х100", "Анкер 10х110", "Песок", "Анкер 10х120", "Анкер 10х130")

    deliver(handler("process"))

    status, rows = outcome()
    assert rows.pop("Песок") == (RowStatus.FAILED, "refused")
    assert (status, set(rows.values())) == (BatchStatus.COMPLETED_WITH_ERRORS, {(RowStatus.COMPLETED, None)})


def test_what_is_wrong_with_the_store_fails_no_row_and_ends_in_the_dead_letters():
    submitted("Анкер 10х100", "Анкер 10х110")
    run(composition().postgresql.execute_command("ALTER TABLE raw_products RENAME TO elsewhere"))

    _, receives = deliver(handler("process"))

    assert set(outcome()[1].values()) == {(RowStatus.PENDING, None)}
    assert dead_letters() == 2
    assert max(receives) == 5


def test_an_upload_whose_reading_dies_each_time_is_failed_with_a_reason_and_read_after_a_redrive(
    environment, monkeypatch
):

    scan = list_read.scan

    def dies(*arguments):
        raise Killed

    run(composition().bucket.put(KEY, "Наименование;Цена\nЦемент М500;450\n".encode()))
    event = {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": KEY}}}]}
    run(composition().uploads_queue.send([event]))
    monkeypatch.setattr(list_read, "scan", dies)
    deaths, _ = deliver(handler("plan"))

    (batch,) = run(composition().batches.list_batches())
    assert (batch.status, batch.error_code) == (BatchStatus.FAILED, "broken_off")
    assert "broke off" in batch.error_message
    assert (deaths, dead_letters()) == (4, 1)

    monkeypatch.setattr(list_read, "scan", scan)
    run(composition().uploads_queue.send([event]))
    deliver(handler("plan"), rounds=1)
    (again,) = run(composition().batches.list_batches())
    assert (again.status, again.error_code, again.total) == (BatchStatus.PROCESSING, None, 1)


def test_a_message_that_failed_comes_back_long_before_the_visibility_timeout():
    sqs, url = boto3.client("sqs"), composition().settings.chunks_queue_url
    run(composition().chunks_queue.send([{"request_id": "unknown", "chunk": 0}]))
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]

    answer = handler("process")(sqs_event("ChunksQueue", [message]), invocation(60))

    assert answer["batchItemFailures"] == [{"itemIdentifier": message["MessageId"]}]
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_a_refused_row_is_completed_by_a_retry_once_its_cause_is_gone():
    db = composition().postgresql
    run(db.execute_command("ALTER TABLE raw_products ADD CONSTRAINT no_sand CHECK (name <> 'Песок')"))
    submitted("Анкер 10х100", "Песок")
    process = handler("process")
    deliver(process)
    assert run(composition().batch_service.retry("b1")) == 1
    deliver(process)
    assert outcome()[1]["Песок"] == (RowStatus.FAILED, "refused")

    run(db.execute_command("ALTER TABLE raw_products DROP CONSTRAINT no_sand"))
    assert run(composition().batch_service.retry("b1")) == 1
    deliver(process)

    status, rows = outcome()
    assert (status, set(rows.values())) == (BatchStatus.COMPLETED, {(RowStatus.COMPLETED, None)})
    progress = run(composition().batch_service.progress("b1"))
    assert (progress.completed, progress.failed, progress.total) == (2, 0, 2)
    assert progress.batch.counts == progress.counts
    tried = run(composition().batches.get_processing_results("b1", RecordQuery(limit=10)))
    assert {one.row.name: one.retry_count for one in tried} == {"Анкер 10х100": 0, "Песок": 2}


def test_rows_whose_request_broke_off_are_taken_when_they_are_sent_again():
    manager = composition().batches
    same = run(composition().ingestion.service.submit("b0", 101, [ANCHOR]))
    about = {"supplier_id": 101, "content_hash": same.content_hash}
    header = run(manager.save_batch(Batch.new("b1", BatchKind.MATERIALS, BatchStatus.RECEIVED, **about)))
    run(manager.save_batch(header.fail_interrupted("The request broke off.")))

    assert run(composition().ingestion.service.submit("b1", 101, [ANCHOR])).status is BatchStatus.PROCESSING
    deliver(handler("process"))
    assert outcome() == (BatchStatus.COMPLETED, {"Анкер 10х100": (RowStatus.COMPLETED, None)})


@pytest.fixture
def endless(monkeypatch):
    """Work on this row takes longer than any function may run, while every store is available."""
    from quarry.services import processing

    monkeypatch.setattr(processing, "_normalize", slow_understanding(processing._normalize))


def slow_understanding(understand):
    def understood(records):
        if any(record.row.name == "Песок" for record in records):
            raise StoreTimeout("PostgreSQL")
        return understand(records)

    return understood


def test_work_that_outlasts_its_function_is_halved_down_to_the_row_which_fails_alone_with_its_reason(endless):
    others = [f"Анкер 10х{number}" for number in range(100, 170, 10)]
    submitted(*others[:4], "Песок", *others[4:])

    deaths, receives = deliver(handler("process"))

    status, rows = outcome()
    assert rows.pop("Песок") == (RowStatus.FAILED, "too_slow")
    assert set(rows.values()) == {(RowStatus.COMPLETED, None)}
    assert status is BatchStatus.COMPLETED_WITH_ERRORS
    assert (deaths, set(receives)) == (0, {1})
    # The whole, its halves, quarters and eighths; the row alone three times, and the word that it is over.
    assert len(receives) == 1 + 2 + 2 + 2 + 3
    assert dead_letters() == 0


def test_a_batch_says_what_it_waits_for_and_no_more_once_it_moves(environment):
    submitted("Анкер 10х100", "Анкер 10х110")
    process = handler("process")
    manager = composition().batches
    catalogue = composition().ingestion.catalogue
    with pytest.MonkeyPatch.context() as patch:

        async def refuse(*_given):
            raise StoreError("PostgreSQL", "relation «materials» does not exist", "42P01")

        patch.setattr(type(catalogue), "write", refuse)
        deliver(process, rounds=2)
    waiting = run(manager.get_batch("b1")).waiting
    counted = run(composition().batch_waits.count())

    deliver(process)

    assert (waiting.reason, waiting.attempts) == ("PostgreSQL: relation «materials» does not exist", 2)
    assert counted == 1
    assert outcome()[0] is BatchStatus.COMPLETED
    assert run(manager.get_batch("b1")).waiting is None
    assert run(composition().batch_waits.count()) == 0


def test_a_batch_that_nothing_moves_for_days_is_ended_with_its_reason(environment):
    submitted("Анкер 10х100", "Анкер 10х110")
    boto3.client("sqs").purge_queue(QueueUrl=composition().settings.chunks_queue_url)
    manager = composition().batches
    since = datetime.now(UTC) - timedelta(days=4)
    waiting = Waiting(reason="PostgreSQL: no space left.", since=since, attempts=700)
    run(manager.save_batch(revised(run(manager.get_batch("b1")), waiting=waiting)))
    stalled = StalledBatches(
        manager, composition().chunks_queue, composition().uploads_queue, composition().batch_waits, timedelta()
    )

    assert run(stalled.resume(datetime.now(UTC) + timedelta(seconds=1))) == 1
    deliver(handler("process"))

    status, rows = outcome()
    assert status is BatchStatus.COMPLETED_WITH_ERRORS
    assert set(rows.values()) == {(RowStatus.FAILED, "given_up")}
    (record, _) = run(manager.get_processing_results("b1", RecordQuery(limit=2)))
    assert "no space left" in record.error
