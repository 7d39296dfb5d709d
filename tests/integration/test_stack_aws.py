"""S3 and SQS of the stack: as in the template, and with objects that survive a restart."""

import json
import os

import boto3
import pytest

from local import parts
from local.mirror import Copy, Mirror
from local.processes import Nursery, free_port
from local.template import REGION

BUCKET = "quarry-pricelists-123456789012"
READINGS = "quarry-readings-123456789012"
KEY = "incoming/supplier=7/прайс 1.csv"


@pytest.fixture
def start(tmp_path):
    """Starts the part; again on the same home and port when called again."""
    nursery = Nursery(tmp_path / "logs")
    port = free_port()

    def started():
        part = parts.start_aws(nursery, tmp_path, port, os.environ)
        access = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        made = [boto3.client(name, endpoint_url=part.url, region_name=REGION, **access) for name in ("s3", "sqs")]
        clients.extend(made)
        return (*made, part.process)

    clients = []
    yield started
    for client in clients:
        client.close()
    nursery.close()


def _events(sqs) -> list[dict]:
    url = sqs.get_queue_url(QueueName="UploadsQueue")["QueueUrl"]
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    return [record for event in found for record in event.get("Records", [])]


def test_an_uploaded_object_is_announced_to_the_uploads_queue_with_its_version(start):
    s3, sqs, _ = start()
    version = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"1")["VersionId"]

    (record,) = _events(sqs)
    assert record["s3"]["object"]["versionId"] == version
    assert record["s3"]["object"]["key"] == "incoming%2Fsupplier%3D7%2F%D0%BF%D1%80%D0%B0%D0%B9%D1%81+1.csv"


def test_objects_survive_a_kill_with_version_and_metadata(start):
    s3, _, process = start()
    version = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"1;2", Metadata={"request-id": "abc"})["VersionId"]
    process.kill()
    process.wait()
    s3, _, _ = start()

    found = s3.get_object(Bucket=BUCKET, Key=KEY, VersionId=version)
    assert (found["Body"].read(), found["Metadata"]) == (b"1;2", {"request-id": "abc"})


def test_stored_readings_survive_too_and_are_not_price_lists(start):
    s3, sqs, process = start()
    s3.put_object(Bucket=READINGS, Key="layouts/supplier=7/abc", Body=b"{}")
    process.kill()
    process.wait()
    s3, sqs, _ = start()

    assert s3.get_object(Bucket=READINGS, Key="layouts/supplier=7/abc")["Body"].read() == b"{}"
    assert s3.list_objects_v2(Bucket=BUCKET).get("Contents", []) == []
    assert _events(sqs) == []


def test_only_an_unprocessed_notification_is_sent_again(start, tmp_path):
    s3, sqs, process = start()
    s3.put_object(Bucket=BUCKET, Key="incoming/supplier=7/read.csv", Body=b"1")
    s3.put_object(Bucket=BUCKET, Key="incoming/supplier=7/unread.csv", Body=b"2")
    read = next(record for record in _events(sqs) if "unread" not in record["s3"]["object"]["key"])
    Mirror(tmp_path / "bucket").mark_read(json.dumps({"Records": [read]}))
    process.kill()
    process.wait()
    _, sqs, _ = start()

    assert [record["s3"]["object"]["key"].rpartition("%2F")[2] for record in _events(sqs)] == ["unread.csv"]


def test_a_presigned_form_takes_the_file_with_its_metadata(start):
    import httpx

    s3, sqs, _ = start()
    form = s3.generate_presigned_post(
        BUCKET, KEY, {"x-amz-meta-request-id": "abc"}, [{"x-amz-meta-request-id": "abc"}], ExpiresIn=60
    )
    with httpx.Client() as client:
        response = client.post(form["url"], data=form["fields"], files={"file": ("прайс 1.csv", b"1;2")})

    assert response.is_success
    assert s3.head_object(Bucket=BUCKET, Key=KEY)["Metadata"] == {"request-id": "abc"}
    assert _events(sqs)[0]["eventName"] == "ObjectCreated:Post"


def test_a_message_that_fails_too_often_ends_in_the_dead_letter_queue(start):
    _, sqs, _ = start()
    chunks, dead = (sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in ("ChunksQueue", "ChunksDeadLetters"))
    sqs.send_message(QueueUrl=chunks, MessageBody="{}")
    received = 0
    while messages := sqs.receive_message(QueueUrl=chunks, VisibilityTimeout=0).get("Messages"):
        received += len(messages)

    assert received == 8
    assert sqs.receive_message(QueueUrl=dead)["Messages"][0]["Body"] == "{}"


@pytest.mark.parametrize("key", ["../../outside", ".objects/x", "a/", "x" * 300, "/etc/passwd"])
def test_no_key_reaches_a_file_outside_the_mirror_or_its_own_records(tmp_path, key):
    mirror = Mirror(tmp_path / "mirror")
    mirror.save(Copy(key, "1", {}), b"body")

    assert list(tmp_path.iterdir()) == [tmp_path / "mirror"]
    assert [(copy.key, body) for copy, body in mirror.copies()] == [(key, b"body")]
