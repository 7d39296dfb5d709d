"""Whatever S3, SQS and the network to them do wrong becomes one of our own errors."""

import io
import json
from http import HTTPStatus

import pytest
from botocore.session import get_session

from quarry.adapters import aws
from quarry.adapters.s3 import S3ObjectStore
from quarry.adapters.sqs import SQSQueue
from quarry.errors import StoreError, StoreUnavailable
from quarry.runtime import run
from tests.integration.borders import SECRET, answering, closed_port, http, met, playing, received, reset

KEY = "incoming/supplier=7/list.csv"


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")  # what stands in the environment does not overrule us
    config = aws.client_config

    def quick(**options):
        return config(**options).merge(aws.Config(connect_timeout=0.3, read_timeout=0.3))

    for module in ("s3", "sqs"):
        monkeypatch.setattr(f"quarry.adapters.{module}.client_config", quick)


@pytest.fixture
def asks(monkeypatch):
    """Every use of a bucket and of a queue, by store, against the server at ``port``."""
    made = []

    def at(port):
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        store, queue = S3ObjectStore("bucket"), SQSQueue(f"http://127.0.0.1:{port}/1/queue")
        made.extend((store, queue))
        return {
            ("S3", "head"): lambda: store.head(KEY, "v1"),
            ("S3", "download"): lambda: store.download(KEY, io.BytesIO(), "v1"),
            ("S3", "put"): lambda: store.put(KEY, b"x"),
            ("SQS", "send"): lambda: queue.send([{"chunk": 1}]),
            ("SQS", "postpone"): lambda: queue.postpone("receipt", 1),
            ("SQS", "depth"): queue.depth,
        }

    yield at
    for one in made:
        one.close()


def s3_error(status, code):
    return http(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode(), "application/xml")


def sqs_error(status, code):
    body = {"__type": f"com.amazonaws.sqs#{code}", "message": "no"}
    return http(status, json.dumps(body).encode(), "application/x-amz-json-1.0")


S3_CODES = {
    (400, "InvalidArgument"): StoreError,
    (400, "ExpiredToken"): StoreUnavailable,
    (400, "InvalidToken"): StoreUnavailable,
    (400, "RequestTimeout"): StoreUnavailable,
    (403, "AccessDenied"): StoreError,
    (403, "InvalidAccessKeyId"): StoreUnavailable,
    (403, "RequestTimeTooSkewed"): StoreUnavailable,
    (403, "SignatureDoesNotMatch"): StoreUnavailable,
    (404, "NoSuchBucket"): StoreError,
    (404, "NoSuchKey"): StoreError,
    (404, "NoSuchVersion"): StoreError,
    (409, "OperationAborted"): StoreUnavailable,
    (412, "PreconditionFailed"): StoreError,
    (429, "TooManyRequestsException"): StoreUnavailable,
    (500, "InternalError"): StoreUnavailable,
    (501, "NotImplemented"): StoreUnavailable,
    (503, "SlowDown"): StoreUnavailable,
    (503, "ServiceUnavailable"): StoreUnavailable,
}
SQS_CODES = {
    (400, "QueueDoesNotExist"): StoreError,
    (400, "InvalidMessageContents"): StoreError,
    (400, "ReceiptHandleIsInvalid"): StoreError,
    (400, "AccessDeniedException"): StoreError,
    (400, "ExpiredTokenException"): StoreUnavailable,
    (400, "RequestExpired"): StoreUnavailable,
    (400, "Throttling"): StoreUnavailable,
    (400, "ThrottlingException"): StoreUnavailable,
    (400, "RequestThrottled"): StoreUnavailable,
    (400, "KmsThrottled"): StoreUnavailable,
    (403, "InvalidClientTokenId"): StoreUnavailable,
    (403, "UnrecognizedClientException"): StoreUnavailable,
    (403, "SignatureDoesNotMatch"): StoreUnavailable,
    (500, "InternalFailure"): StoreUnavailable,
    (503, "ServiceUnavailable"): StoreUnavailable,
}


@pytest.mark.parametrize(("answer", "error"), S3_CODES.items(), ids=str)
def test_each_code_of_s3_is_an_outage_or_a_refusal(asks, answer, error):
    with playing(answering(s3_error(*answer))) as port:
        found = met("S3", asks(port)["S3", "put"])
    assert type(found) is error
    assert getattr(found, "code", answer[1]) == answer[1]


@pytest.mark.parametrize(("answer", "error"), SQS_CODES.items(), ids=str)
def test_each_code_of_sqs_is_an_outage_or_a_refusal(asks, answer, error):
    with playing(answering(sqs_error(*answer))) as port:
        used = asks(port)
        for use in ("send", "postpone", "depth"):
            assert type(met("SQS", used["SQS", use])) is error


@pytest.mark.parametrize("status", [400, 403, 429, 503])
def test_a_head_without_a_body_is_judged_by_its_status(asks, status):
    with playing(answering(http(status))) as port:
        for use in ("head", "download"):
            expected = StoreUnavailable if status in {429, 503} else StoreError
            assert type(met("S3", asks(port)["S3", use])) is expected


PAGE = b"<html><body>Sign in"
FAULTS = {
    "closed": (b"", StoreUnavailable),
    "reset": (reset, StoreUnavailable),
    "no HTTP": (b"\x15\x03\x03\x00\x02\x02\x50", StoreUnavailable),
    "silent": (lambda connection: connection.recv(1), StoreUnavailable),
    "a proxy's 502": (http(502, PAGE, "text/html"), StoreUnavailable),
    "a proxy's 504": (http(504), StoreUnavailable),
}


@pytest.mark.parametrize(("answer", "error"), FAULTS.values(), ids=FAULTS)
def test_a_server_that_breaks_off_is_an_outage(asks, answer, error):
    with playing(answering(answer)) as port:
        for (store, _), ask in asks(port).items():
            assert type(met(store, ask)) is error


RUBBISH = {
    "a page": http(200, PAGE, "text/html"),
    "nothing": http(200),
    "half": http(200, b"{", length=9),
    "no UTF-8": http(200, b"\xff\xfe"),
    "a list": http(200, b"[]"),
    "another shape": http(200, b'{"Attributes": {"x": 1}, "Failed": [{}]}'),
    "a word": http(200, b'{"Attributes": {"ApproximateNumberOfMessages": "many"}, "Failed": [{"Id": "many"}]}'),
}


@pytest.mark.parametrize("answer", RUBBISH.values(), ids=RUBBISH)
def test_an_answer_of_a_queue_that_is_none_is_an_outage(asks, answer):
    with playing(answering(answer)) as port:
        for use in ("send", "depth"):
            assert type(met("SQS", asks(port)["SQS", use])) is StoreUnavailable


def test_an_answer_of_a_bucket_that_lacks_what_must_be_there_is_an_outage(asks):
    with playing(answering(http(200))) as port:
        for use in ("head", "put"):
            assert type(met("S3", asks(port)["S3", use])) is StoreUnavailable


@pytest.mark.parametrize(
    ("end", "error"), [(lambda connection: None, StoreUnavailable), (reset, StoreUnavailable), (None, StoreUnavailable)]
)
def test_a_download_that_is_cut_ends_after_a_few_tries(asks, end, error):
    tries = []

    def play(connection):
        head = received(connection)
        more = "ETag: x\r\nLast-Modified: Wed, 21 Oct 2026 07:28:00 GMT\r\n"
        if head.startswith(b"HEAD"):
            return connection.sendall(http(200, length=20, more=more))
        tries.append(head)
        connection.sendall(http(200, b"half of it", length=20, more=more))
        return (end or (lambda connection: connection.recv(1)))(connection)

    with playing(play) as port:
        assert type(met("S3", asks(port)["S3", "download"])) is error
    assert 2 <= len(tries) <= 3


def test_a_request_to_a_busy_server_is_repeated_once(asks):
    tries = []

    def play(connection):
        tries.append(received(connection))
        connection.sendall(s3_error(503, "SlowDown"))

    with playing(play) as port:
        met("S3", asks(port)["S3", "put"])
    assert len(tries) == 2


def test_a_request_that_cannot_be_sent_is_not_an_outage(asks):
    asks(closed_port())
    for bucket, key in (("b", ""), ("no bucket!", "k")):
        store = S3ObjectStore(bucket)
        assert type(met("S3", lambda store=store, key=key: store.head(key))) is StoreError
        store.close()


@pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION"])
def test_without_credentials_or_region_there_is_an_outage(asks, monkeypatch, tmp_path, variable):
    monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(aws, "_session", get_session)
    for (store, _), ask in asks(closed_port()).items():
        assert type(met(store, ask)) is StoreUnavailable


@pytest.mark.parametrize("endpoint", ["nonsense", "http://127.0.0.1:99999", "http://nowhere.invalid"])
def test_an_endpoint_that_leads_nowhere_is_an_outage(asks, monkeypatch, endpoint):
    used = asks(closed_port())
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert type(met("S3", used["S3", "head"])) is StoreUnavailable
    assert type(met("SQS", used["SQS", "depth"])) is StoreUnavailable


def test_closing_what_was_never_reached_opens_nothing():
    store, queue = S3ObjectStore("bucket"), SQSQueue("http://127.0.0.1:9/1/queue")
    store.close()
    queue.close()
    assert store._clients._made == queue._clients._made == {}


def test_what_is_not_there_is_none(asks):
    with playing(answering(http(HTTPStatus.NOT_FOUND))) as port:
        assert run(asks(port)["S3", "head"]()) is None
