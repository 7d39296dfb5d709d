"""Readings, corrections, previews and second readings through the functions' own handlers."""

import json

import boto3
import pytest

from quarry.dependencies.composition import composition
from tests.environment import composed, with_bucket
from tests.integration.functions import call, invoke, queued, restored, uploaded

INGEST, BATCHES = "ingest/api.py", "batch_status/app.py"
KEY = "incoming/supplier=101/прайс.csv"
LIST = "Наименование;Ед. изм.;Цена, руб.\nЦемент М500;мешок;450\nКлей;мешок;380\n"
LAYOUT = {
    "fingerprint": "0123abcd",
    "columns": [{"letter": "A", "role": "name"}, {"letter": "C", "role": None}],
}


@pytest.fixture
def bucket(request, collection):
    """S3 and the name of the bucket that holds price lists and readings."""
    with restored(), composed(request) as patch:
        s3, name = with_bucket(patch, collection)
        yield s3, name


def planned(key, version):
    assert invoke("ingest/plan.py", uploaded(key, version))["batchItemFailures"] == []
    for event in queued():
        assert invoke("ingest/process.py", event)["batchItemFailures"] == []


@pytest.fixture
def batch(bucket):
    """The id of an imported list."""
    s3, name = bucket
    planned(KEY, s3.put_object(Bucket=name, Key=KEY, Body=LIST.encode())["VersionId"])
    (only,) = call(BATCHES, "GET", "/batches").body["items"]
    assert (only["status"], only["rows_seen"]) == ("completed", 3)
    return only["request_id"]


def test_how_a_list_was_read_is_reported_sheet_by_sheet(batch):
    answer = call(BATCHES, "GET", f"/batches/{batch}/reading")
    assert (answer.status, answer.body["request_id"]) == (200, batch)
    assert isinstance(answer.body["sheets"], list)
    unknown = call(BATCHES, "GET", "/batches/nothing/reading")
    assert (unknown.status, unknown.body["title"]) == (404, "Not found")


def test_rows_without_a_file_have_no_reading(bucket):
    material = {"id": "a1", "name": "Клей", "unit": "мешок", "price": "380"}
    made = call(INGEST, "POST", "/batches", {"materials": [material]}).body["request_id"]
    answer = call(BATCHES, "GET", f"/batches/{made}/reading")
    assert (answer.status, "has no file" in answer.body["detail"]) == (404, True)
    again = call(INGEST, "POST", f"/batches/{made}/reread")
    assert (again.status, "Send its materials again" in again.body["detail"]) == (409, True)


def test_a_correction_is_kept_for_the_supplier(bucket):
    s3, name = bucket
    assert call(INGEST, "PUT", "/suppliers/101/layouts", LAYOUT).status == 200
    (kept,) = s3.list_objects_v2(Bucket=name, Prefix="layouts/supplier=101/")["Contents"]
    content = json.loads(s3.get_object(Bucket=name, Key=kept["Key"])["Body"].read())
    assert content["roles"] == {"A": "name", "C": None}
    assert content["read_by"] == "person"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"columns": [{"letter": "A", "role": "goods"}]}, "/columns/0/role"),
        ({"columns": [{"letter": "1", "role": "name"}]}, "/columns/0/letter"),
        ({"columns": []}, "/columns"),
        ({"fingerprint": "../.."}, "/fingerprint"),
        ({"header_rows": [0]}, "/header_rows/0"),
    ],
)
def test_a_correction_that_says_nothing_is_refused_by_field(bucket, change, pointer):
    answer = call(INGEST, "PUT", "/suppliers/101/layouts", LAYOUT | change)
    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"].startswith(pointer)


def test_a_list_is_read_again_under_an_id_of_its_own(bucket, batch):
    answer = call(INGEST, "POST", f"/batches/{batch}/reread")
    assert (answer.status, answer.body["rereads"]) == (202, batch)
    again = answer.body["request_id"]
    sqs, url = boto3.client("sqs"), composition().settings.uploads_queue_url
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    notice = json.loads(message["Body"])["Records"][0]
    assert notice["requestId"] == again
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    event = uploaded(KEY, notice["s3"]["object"]["versionId"])
    body = json.loads(event["Records"][0]["body"])
    body["Records"][0]["requestId"] = again
    event["Records"][0]["body"] = json.dumps(body)
    assert invoke("ingest/plan.py", event)["batchItemFailures"] == []
    for chunk in queued():
        assert invoke("ingest/process.py", chunk)["batchItemFailures"] == []
    progress = call(BATCHES, "GET", f"/batches/{again}").body
    assert (progress["status"], progress["completed"]) == ("completed", 2)
    assert call(BATCHES, "GET", f"/batches/{again}/changes").body["summary"]["unchanged"] == 2


def test_a_preview_imports_nothing(bucket):
    s3, name = bucket
    ticket = call(INGEST, "POST", "/pricelists/preview", {"supplier_id": 101, "file_name": "прайс.csv"})
    assert ticket.status == 201
    key, request_id = ticket.body["upload"]["fields"]["key"], ticket.body["request_id"]
    stored = s3.put_object(Bucket=name, Key=key, Body=LIST.encode(), Metadata={"request-id": request_id})
    planned(key, stored["VersionId"])
    progress = call(BATCHES, "GET", f"/batches/{request_id}").body
    assert (progress["kind"], progress["status"], progress["total"]) == ("preview", "completed", 0)
    assert call(BATCHES, "GET", f"/batches/{request_id}/reading").status == 200
    assert call(BATCHES, "GET", f"/batches/{request_id}/changes").body["items"] == []
