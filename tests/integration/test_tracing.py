"""A traced invocation reports what it waited for, as X-Ray's daemon takes it; another reports nothing."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local.processes import free_port
from quarry import tracing
from quarry.adapters.sqs import SQSQueue
from quarry.dependencies.composition import composition
from quarry.errors import StoreError, StoreUnavailable
from quarry.runtime import run
from tests.environment import composed, forget, with_bucket
from tests.integration.functions import call, restored

TRACE, SEGMENT = "1-67891233-abcdef012345678912345678", "463ac35c9f6413ad"
TRACED = f"Root={TRACE};Parent={SEGMENT};Sampled=1;Lineage=1:a87bd80c:0"


class Daemon:
    """What X-Ray's daemon is sent."""

    def __init__(self, listening):
        self._listening = listening

    def taken(self):
        parts = []
        while True:
            try:
                header, _, document = self._listening.recvfrom(65_536)[0].partition(b"\n")
            except BlockingIOError:
                return parts
            assert json.loads(header) == {"format": "json", "version": 1}
            parts.append(json.loads(document))


@pytest.fixture
def daemon(monkeypatch):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.setblocking(False)
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{listening.getsockname()[1]}")
        monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACED)
        yield Daemon(listening)


@pytest.fixture
def functions(request, collection):
    with restored(), composed(request) as patch:
        with_bucket(patch, collection)
        yield patch


def test_each_store_that_an_answer_waited_for_is_a_part_of_its_segment(functions, daemon):
    assert call("search/app.py", "GET", "/search", q="клей").status == 200
    parts = daemon.taken()

    assert {part["name"] for part in parts} >= {"PostgreSQL", "Qdrant", "Redis"}
    assert {(part["trace_id"], part["parent_id"]) for part in parts} == {(TRACE, SEGMENT)}
    assert len({part["id"] for part in parts}) == len(parts)
    for part in parts:
        assert (part["type"], part["namespace"], len(part["id"])) == ("subsegment", "remote", 16)
        assert part["end_time"] - part["start_time"] >= 0
        assert "fault" not in part


def test_uploads_and_queues_are_parts_too(functions, daemon):
    assert call("ingest/api.py", "POST", "/pricelists", {"supplier_id": 1, "file_name": "a.csv"}).status == 201
    run(composition().chunks_queue.depth())
    assert {part["name"] for part in daemon.taken()} >= {"S3", "SQS", "PostgreSQL"}


def test_a_refusal_is_an_error_and_an_outage_a_fault(functions, daemon):
    with pytest.raises(StoreError):
        run(composition().postgresql.execute_query("SELECT nothing"))
    functions.setenv("POSTGRESQL_URL", f"postgresql://quarry@127.0.0.1:{free_port()}/quarry")
    forget()
    with pytest.raises(StoreUnavailable):
        run(composition().postgresql.execute_query("SELECT 1"))
    one, *others = [part for part in daemon.taken() if part["name"] == "PostgreSQL"]
    assert (one.get("error"), one.get("fault")) == (True, None)
    assert {(part.get("error"), part.get("fault")) for part in others} == {(None, True)}


@pytest.mark.parametrize("header", ["", TRACED.replace("Sampled=1", "Sampled=0"), "Root=1-2-3", "nonsense"])
def test_what_is_not_traced_reports_nothing(daemon, monkeypatch, header):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    with tracing.part("Qdrant"):
        pass
    assert daemon.taken() == []


def test_a_daemon_that_cannot_be_reached_disturbs_nobody(daemon, monkeypatch):
    for address in ("", "nowhere", "127.0.0.1:none", "127.0.0.1:99999"):
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", address)
        with tracing.part("Qdrant"):
            pass


class Headers(BaseHTTPRequestHandler):
    """Notes the headers of calls, and refuses them."""

    def do_POST(self):
        self.server.seen.append(self.headers["X-Amzn-Trace-Id"])
        self.send_error(400)

    def log_message(self, *_):
        """No line for each request."""


def test_a_message_carries_the_trace_through_the_queue(daemon, monkeypatch):
    with ThreadingHTTPServer(("127.0.0.1", 0), Headers) as server:
        server.seen = []
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        for name, value in {"ENDPOINT_URL": url, "DEFAULT_REGION": "eu-central-1", "ACCESS_KEY_ID": "k"}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "plan")
        queue = SQSQueue(f"{url}/1/chunks")
        with pytest.raises(StoreError):
            run(queue.send([{"request_id": "b1", "chunk": 0}]))
        queue.close()
        server.shutdown()
        thread.join()
    assert server.seen
    assert all(header.startswith(f"Root={TRACE};") for header in server.seen)
