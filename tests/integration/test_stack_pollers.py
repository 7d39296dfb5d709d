"""A queue's messages through a real function: successful ones are deleted, failed ones come again."""

import json
import os
import threading
import time

import boto3
import pytest

from local.lambdas import Function
from local.mirror import Copy, Mirror
from local.pollers import QueuePoller, Scheduler
from local.processes import Nursery
from local.template import REGION, FunctionSpec, QueueMapping, Schedule

# It is renewed three times as often, which a busy machine does late.
LEASE_SECONDS = 6
HANDLER = """
import json
import time
from pathlib import Path

def handler(event, context):
    if "task" in event:
        with Path("seen").open("a") as seen:
            seen.write(event["task"] + chr(10))
        return None
    failures, again = [], []
    for record in event["Records"]:
        body = json.loads(record["body"])
        with Path("seen").open("a") as seen:
            seen.write(f"{body['n']} {record['attributes']['ApproximateReceiveCount']}" + chr(10))
        while body["n"] == "slow" and not Path("go").exists():
            time.sleep(0.05)
        if body["n"] == "crash":
            raise RuntimeError
        if body["n"] == "bad" and record["attributes"]["ApproximateReceiveCount"] == "1":
            failures.append({"itemIdentifier": record["messageId"]})
        if body["n"] == "away":
            again.append(record["messageId"])
    return {"batchItemFailures": failures, "sentAgain": again}
"""


@pytest.fixture
def function(tmp_path):
    (tmp_path / "app.py").write_text(HANDLER)
    nursery = Nursery(tmp_path / "logs")
    spec = FunctionSpec("Polled", tmp_path, "app.handler", 900, 128, "python3.13", {})
    made = Function(spec, {"PATH": os.environ["PATH"]}, nursery, 1)
    yield made
    made.close()
    nursery.close()


@pytest.fixture
def sqs(aws_url):
    client = boto3.client("sqs", region_name=REGION)
    yield client
    client.close()


@pytest.fixture
def queue(sqs, collection):
    return sqs.create_queue(QueueName=collection)["QueueUrl"]


@pytest.fixture
def polled(function, sqs, queue, tmp_path):
    """Sends messages and polls until the function has ``seen`` so many; gives what it saw, sorted."""

    def poll(*bodies: dict, seen: int) -> list[str]:
        for body in bodies:
            sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(body))
        mapping = QueueMapping("Polled", batch_size=10, concurrency=1, reports_failures=True)
        poller = QueuePoller(mapping, queue, function, sqs, Mirror(tmp_path / "bucket"))
        stopped = threading.Event()
        thread = threading.Thread(target=poller.run, args=(stopped,))
        thread.start()
        lines: list[str] = []
        while len(lines) < seen:
            stopped.wait(0.05)
            lines = (tmp_path / "seen").read_text().splitlines() if (tmp_path / "seen").exists() else []
        stopped.set()
        thread.join()
        return sorted(lines)

    return poll


def _left(sqs, queue) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(int(n) for n in sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"].values())


def test_what_succeeded_is_deleted_and_what_failed_comes_again(polled, sqs, queue, monkeypatch):
    monkeypatch.setattr("local.pollers.LEASE_SECONDS", LEASE_SECONDS)
    assert polled({"n": "good"}, {"n": "bad"}, seen=3) == ["bad 1", "bad 2", "good 1"]
    assert _left(sqs, queue) == 0


def test_when_the_function_fails_nothing_is_deleted(polled, sqs, queue):
    polled({"n": "crash"}, seen=1)

    assert _left(sqs, queue) == 1


def test_a_message_stays_hidden_while_its_function_runs(polled, sqs, queue, tmp_path, monkeypatch):
    monkeypatch.setattr("local.pollers.LEASE_SECONDS", LEASE_SECONDS)
    polling = threading.Thread(target=polled, args=({"n": "slow"},), kwargs={"seen": 1})
    polling.start()
    while not (tmp_path / "seen").exists():
        time.sleep(0.02)
    meanwhile = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=LEASE_SECONDS + 1)
    (tmp_path / "go").touch()
    polling.join()

    assert "Messages" not in meanwhile
    assert _left(sqs, queue) == 0


def test_an_uploads_notification_counts_as_read_once_it_was_handled(polled, tmp_path):
    mirror = Mirror(tmp_path / "bucket")
    copy = Copy("incoming/supplier=1/a.csv", "v1", {})
    mirror.save(copy, b"1")
    polled({"n": "good", "Records": [{"s3": {"object": {"versionId": "v1"}}}]}, seen=1)

    assert not mirror.unread(copy)


def test_an_uploads_notification_that_was_sent_again_is_not_read_yet(polled, tmp_path):
    mirror = Mirror(tmp_path / "bucket")
    copy = Copy("incoming/supplier=1/a.csv", "v1", {})
    mirror.save(copy, b"1")
    polled({"n": "away", "Records": [{"s3": {"object": {"versionId": "v1"}}}]}, seen=1)

    assert mirror.unread(copy)


def test_a_rate_runs_at_once_with_its_event(function, tmp_path):
    stopped = threading.Event()
    schedule = Schedule("rate(5 minutes)", '{"task": "upkeep"}')
    thread = threading.Thread(target=Scheduler(schedule, function).run, args=(stopped,))
    thread.start()
    while not (tmp_path / "seen").exists():
        stopped.wait(0.05)
    stopped.set()
    thread.join()

    assert (tmp_path / "seen").read_text() == "upkeep\n"
