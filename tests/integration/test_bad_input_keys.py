"""Keys and file names of any kind: each upload becomes a batch, read or failed with its reason, or is refused."""

import json
import zlib
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from local.mirror import Copy, Mirror
from quarry.adapters.s3_events import uploads
from quarry.dependencies.composition import composition
from quarry.domain.batch_queries import BatchQuery
from quarry.runtime import run
from tests.integration.served import served

FOLDER = "incoming/supplier=7/"
GOOD = [
    FOLDER + name
    for name in (
        "прайс 2026.csv",
        "ПРАЙС 2026.csv",
        "a+b & c=d?.csv",
        "100%25 %2F..%2F.csv",
        'O\'Brien "price".csv',
        "🧱.csv",
        "é.csv",
        "e\u0301.csv",
        "a\\..\\b.csv",
        ".hidden",
        "$(id);`id`.csv",
        "п" * 500,
    )
] + ["incoming/supplier=0/a.csv", "incoming/supplier=0007/a.csv", "incoming/supplier=2147483647/a.csv"]
BAD = [
    FOLDER,
    FOLDER + ".",
    FOLDER + "sub/price.csv",
    FOLDER + "a\x7f\x1b[31m.csv",
    FOLDER + "a.csv/",
    "incoming/supplier=-1/a.csv",
    "incoming/supplier=99999999999/a.csv",
    "incoming/supplier=2147483648/a.csv",
    "incoming/supplier=٧/a.csv",
    "incoming/supplier=1 OR 1=1/a.csv",
    "incoming/supplier=/a.csv",
    "incoming/a.csv",
    "INCOMING/supplier=7/a.csv",
    "other/a.csv",
    "a.csv",
]
# Some of these the bucket itself refuses.
DOUBTFUL = [
    FOLDER + "a\nb.csv",
    "incoming/supplier=1/../2/a.csv",
    "../a.csv",
    "incoming/../.objects/a.json",
    FOLDER + "..",
    "nul\0.csv",
    "//a",
]


@pytest.fixture(scope="module")
def api(engines):
    with served(engines) as made:
        sqs = boto3.client("sqs")
        made.queue = sqs.create_queue(QueueName=f"{made.bucket}-uploads")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=made.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        reported = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
        boto3.client("s3").put_bucket_notification_configuration(Bucket=made.bucket, NotificationConfiguration=reported)
        yield made


def content(key):
    """A price list that no other key has."""
    return f"Наименование;Ед. изм.;Цена\nЦемент М{zlib.crc32(key.encode())};мешок;450\n".encode()


def planned(api):
    """Process every waiting notification; returns the batches by the key of their upload."""
    sqs = boto3.client("sqs")
    while found := sqs.receive_message(QueueUrl=api.queue, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            for upload in uploads(json.loads(message["Body"])):
                run(composition().ingestion.planner.plan(upload))
            sqs.delete_message(QueueUrl=api.queue, ReceiptHandle=message["ReceiptHandle"])
    api.process()
    batches = run(composition().batches.list_batches(BatchQuery(limit=1000)))
    return {batch.object_key: batch for batch in batches}


def put(api, keys):
    """Keys that the bucket took."""
    s3, taken = boto3.client("s3"), []
    for key in keys:
        try:
            s3.put_object(Bucket=api.bucket, Key=key, Body=content(key))
        except ClientError:
            continue
        taken.append(key)
    return taken


def test_a_key_with_the_supplier_is_read_whatever_its_file_is_called(api):
    assert put(api, GOOD) == GOOD
    batches = planned(api)

    assert {key: (batches[key].status, batches[key].total) for key in GOOD} == dict.fromkeys(GOOD, ("completed", 1))
    for key in GOOD:
        shown = api.ask("GET", f"/batches/{batches[key].request_id}").json()
        assert (shown["file_name"], shown["status"]) == (key.rpartition("/")[2], "completed")
        assert shown["supplier_id"] == int(key.split("/")[1].partition("=")[2])


def _stored(key):
    """PostgreSQL holds no NUL."""
    return key.replace("\0", "")


def test_any_other_key_is_a_failed_batch_that_says_why(api):
    taken = put(api, BAD + DOUBTFUL)
    assert set(taken) >= set(BAD)
    batches = planned(api)

    assert {key: batches[_stored(key)].error_code for key in taken} == dict.fromkeys(taken, "bad_key")
    for key in taken:
        shown = api.ask("GET", f"/batches/{batches[_stored(key)].request_id}")
        assert shown.json()["error"]["code"] == "bad_key"


@pytest.mark.parametrize(
    "name",
    [
        'a"; filename="evil.csv',
        "key=x&acl=public-read",
        "a+b & c=d?#100%25 %2F..%2F.csv",
        "\u202e🧱e\u0301é.csv ",
        "'; DROP TABLE pricelists;--",
        "я" * 200,
    ],
)
def test_a_ticket_takes_the_file_under_its_name_and_no_other(api, name):
    answer = api.ask("POST", "/pricelists", json={"supplier_id": 7, "file_name": name})
    assert answer.status_code == 201, answer.text
    ticket = answer.json()
    form = ticket["upload"]
    assert form["fields"]["key"] == FOLDER + name

    with httpx.Client(trust_env=False) as bucket:
        file = ("../../../other.csv", content(f"ticket {name}"))
        sent = bucket.post(form["url"], data=form["fields"], files={"file": file})
    assert sent.status_code == 204, sent.text
    planned(api)

    shown = api.ask("GET", f"/batches/{ticket['request_id']}").json()
    assert (shown["status"], shown["file_name"]) == ("completed", name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "../a.csv",
        "a/b.csv",
        "a\\b.csv",
        "a\r\nX-Amz-Acl: public-read\r\n\r\n.csv",
        "nul\0.csv",
        "a\x7f.csv",
        "a\x85.csv",
        "a" * 201,
        "${filename}",
        "a${filename}.csv",
    ],
)
def test_no_ticket_is_issued_for_a_file_name_that_is_not_plain(api, name):
    answer = api.ask("POST", "/pricelists", json={"supplier_id": 7, "file_name": name})

    assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (422, ["/file_name"])


def test_the_mirror_keeps_every_key_apart_and_within_its_folder(tmp_path):
    mirror = Mirror(tmp_path / "bucket")
    keys = [*GOOD, *BAD, *DOUBTFUL, "incoming", FOLDER + "a.csv", FOLDER + "a.csv/b", "incoming//a.csv", ".unread/a"]
    for number, key in enumerate(keys):
        mirror.save(Copy(key, str(number), {}), key.encode())

    assert {copy.key: body.decode() for copy, body in mirror.copies()} == {key: key for key in keys}
    assert [path.name for path in Path(tmp_path).iterdir()] == ["bucket"]
    assert {path.name for path in Path(tmp_path, "bucket").iterdir()} == {".objects", ".unread", "incoming", "other"}
