import io
import socket
import threading
import uuid
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import boto3
import httpx
import pytest

from quarry.adapters.s3 import S3ObjectStore
from quarry.adapters.sqs import MAX_BATCH_BYTES, SQSQueue
from quarry.errors import StoreError, StoreUnavailable
from quarry.runtime import run

KEY = "incoming/supplier=7/прайс лист +1.csv"


@pytest.fixture
def bucket(aws_url):
    name = f"bucket-{uuid.uuid4().hex}"
    client = boto3.client("s3")
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    client.close()
    return name


@pytest.fixture
def store(bucket):
    made = S3ObjectStore(bucket)
    yield made
    made.close()


@pytest.fixture
def queue_url(aws_url):
    client = boto3.client("sqs")
    url = client.create_queue(QueueName=f"queue-{uuid.uuid4().hex}")["QueueUrl"]
    client.close()
    return url


@pytest.fixture
def queue(queue_url):
    made = SQSQueue(queue_url)
    yield made
    made.close()


def bodies(queue_url):
    client = boto3.client("sqs")
    found = []
    while messages := client.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in messages]
    client.close()
    return found


def test_an_object_is_found_and_downloaded_as_it_was_put(store):
    run(store.put(KEY, b"name;price\n" * 1000, "text/csv"))
    found = run(store.head(KEY))
    assert (found.key, found.size) == (KEY, 11_000)
    target = io.BytesIO()
    run(store.download(KEY, target))
    assert target.getvalue() == b"name;price\n" * 1000


def test_each_version_is_downloaded_as_it_was(store):
    run(store.put(KEY, b"old"))
    old = run(store.head(KEY)).version
    run(store.put(KEY, b"newer"))
    newest = run(store.head(KEY))
    assert newest.version != old
    assert run(store.head(KEY, old)).size == 3
    target = io.BytesIO()
    run(store.download(KEY, target, old))
    assert target.getvalue() == b"old"


def test_a_small_object_is_read_whole_and_keys_are_listed_by_their_beginning(store):
    for name in ("layouts/supplier=7/b", "layouts/supplier=7/a", "layouts/supplier=71/c"):
        run(store.put(name, name.encode()))

    assert run(store.get("layouts/supplier=7/a")) == b"layouts/supplier=7/a"
    assert run(store.get("layouts/supplier=7/c")) is None
    assert run(store.keys("layouts/supplier=7/", 10)) == ["layouts/supplier=7/a", "layouts/supplier=7/b"]
    assert run(store.keys("layouts/supplier=7/", 1)) == ["layouts/supplier=7/a"]


def test_an_object_that_is_not_there_is_none(store):
    assert run(store.head("incoming/supplier=7/missing.csv")) is None


def test_downloading_what_is_not_there_is_refused(store):
    with pytest.raises(StoreError) as error:
        run(store.download("incoming/supplier=7/missing.csv", io.BytesIO()))
    assert error.value.code == "NoSuchKey"


class BreaksOff(BaseHTTPRequestHandler):
    """Gives five bytes of ten, and the rest to whoever asks for it of that version."""

    asked: ClassVar[list[tuple[str | None, str | None]]] = []

    def do_GET(self):
        asked = self.headers.get("Range")
        self.asked.append((asked, self.headers.get("If-Match")))
        self.send_response(206 if asked else 200)
        self.send_header("ETag", '"first"')
        self.send_header("Content-Length", "5" if asked else "10")
        self.end_headers()
        self.wfile.write(b"price" if asked else b"name;")

    def log_message(self, *about):
        """Nothing."""


def test_a_download_goes_on_where_it_broke_off(aws_url, monkeypatch):
    with ThreadingHTTPServer(("127.0.0.1", 0), BreaksOff) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        store, target = S3ObjectStore("bucket"), io.BytesIO()
        run(store.download(KEY, target))
        store.close()
        server.shutdown()
    assert target.getvalue() == b"name;price"
    assert BreaksOff.asked == [(None, None), ("bytes=5-", '"first"')]


def test_a_presigned_form_uploads_a_file_with_its_metadata(store):
    url, fields = run(store.presigned_post(KEY, max_bytes=100, expires_in=60, metadata={"request-id": "r-1"}))
    answer = httpx.post(url, data=fields, files={"file": ("прайс.csv", b"name;price")}, trust_env=False)
    assert answer.is_success
    found = run(store.head(KEY))
    assert (found.size, found.metadata) == (10, {"request-id": "r-1"})


def test_the_form_demands_its_size_and_metadata(store):
    import base64
    import json

    _, fields = run(store.presigned_post(KEY, max_bytes=100, expires_in=60, metadata={"request-id": "r-1"}))
    policy = json.loads(base64.b64decode(fields["policy"]))
    assert ["content-length-range", 0, 100] in policy["conditions"]
    assert {"x-amz-meta-request-id": "r-1"} in policy["conditions"]
    assert {"key": KEY} in policy["conditions"]


def test_messages_of_any_number_arrive_once_each(queue, queue_url):
    run(queue.send([{"request_id": "r-1", "chunk": chunk} for chunk in range(23)]))
    assert run(queue.depth()) == 23
    found = bodies(queue_url)
    assert sorted(found) == sorted(f'{{"request_id":"r-1","chunk":{chunk}}}' for chunk in range(23))


def test_large_messages_are_sent_within_the_limit_of_a_request(queue, queue_url):
    large = "я" * (MAX_BATCH_BYTES // 5)
    run(queue.send([{"text": large}] * 4))
    assert len(bodies(queue_url)) == 4


def test_sending_no_messages_makes_no_request():
    run(SQSQueue("http://127.0.0.1:1/nowhere").send([]))


def test_a_queue_that_is_not_there_is_refused(aws_url):
    queue = SQSQueue(f"{aws_url}/123456789012/missing")
    with pytest.raises(StoreError):
        run(queue.depth())
    queue.close()


def test_an_unavailable_endpoint_is_an_outage(aws_url, monkeypatch):
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    store, queue = S3ObjectStore("bucket"), SQSQueue(f"http://127.0.0.1:{port}/queue")
    with pytest.raises(StoreUnavailable):
        run(store.head(KEY))
    with pytest.raises(StoreUnavailable):
        run(queue.send([{"chunk": 1}]))
    store.close()
    queue.close()
