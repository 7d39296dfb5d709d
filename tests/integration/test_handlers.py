"""What every function does around its work: logs that can be followed, metrics, snapshots."""

import gzip
import importlib.util
import json
import random
from base64 import b64decode

import pytest
from awslambdaric.lambda_runtime_hooks_runner import run_after_restore, run_before_snapshot

from local import ROOT
from quarry.dependencies.composition import composition
from quarry.errors import StoreError
from quarry.handlers.http import http_handler
from quarry.http.app import create_app
from quarry.http.routes import Routes
from quarry.runtime import run
from tests.environment import composed, invocation
from tests.integration.functions import restored


@pytest.fixture(autouse=True)
def _restored():
    with restored():
        yield


@pytest.fixture
def environment(request):
    with composed(request) as patch:
        yield patch


def event(path: str) -> dict:
    sample = json.loads((ROOT / "events/http_v2_search_short.json").read_text())
    sample["rawPath"] = sample["requestContext"]["http"]["path"] = f"/api/v1{path}"
    return sample


async def nothing() -> None:
    """Replace connections that this handler does not need."""


def written(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def counted(lines: list[dict]) -> dict[str, list[float]]:
    return {
        metric["Name"]: line[metric["Name"]]
        for line in lines
        if "_aws" in line
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }


@pytest.mark.parametrize("fault", [RuntimeError("a bug"), StoreError("PostgreSQL", "syntax error", "42601")])
def test_an_unhandled_error_is_found_in_the_log_by_the_answers_request_id(capsys, fault):
    router = Routes()

    @router.get("/broken")
    async def broken() -> None:
        raise fault

    handler = http_handler(type(fault).__name__, create_app("broken", [router]), lambda: None, nothing)
    answer = handler(event("/broken"), invocation())

    problem, lines = json.loads(b64decode(answer["body"])), written(capsys)
    (reported,) = [line for line in lines if line.get("level") == "ERROR"]
    assert (answer["statusCode"], problem["status"]) == (500, 500)
    assert str(fault) not in str(problem)
    assert reported["correlation_id"] == problem["request_id"] == answer["headers"]["x-request-id"]
    assert str(fault) in reported["exception"]
    assert counted(lines) == {"UnhandledErrors": [1.0]}


@pytest.mark.parametrize(("accepted", "compressed"), [("gzip, br", True), ("identity", False)])
def test_a_long_answer_is_compressed_for_a_client_that_reads_it(accepted, compressed):
    router = Routes()

    @router.get("/long")
    async def long() -> list[str]:
        return ["Цемент М500 Д0, мешок 50 кг"] * 100

    handler = http_handler("long", create_app("long", [router]), lambda: None, nothing)
    asked = event("/long")
    asked["headers"]["accept-encoding"] = accepted
    answer = handler(asked, invocation())

    body = gzip.decompress(b64decode(answer["body"])) if answer["isBase64Encoded"] else answer["body"]
    assert answer["headers"].get("content-encoding", "identity") == ("gzip" if compressed else "identity")
    assert answer["isBase64Encoded"] is compressed
    assert json.loads(body) == ["Цемент М500 Д0, мешок 50 кг"] * 100


def test_why_a_message_failed_is_in_the_log(environment, capsys):
    handler = _handler("ingest/process.py")
    message = {
        "messageId": "m-1",
        "receiptHandle": "unknown",
        "body": json.dumps({"request_id": "unknown", "chunk": 0}),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795512622183"},
    }

    answer = handler({"Records": [message]}, invocation())

    reported = [line for line in written(capsys) if "There is no batch unknown" in line.get("exception", "")]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}], "sentAgain": []}
    assert len(reported) == 1


def test_a_restored_environment_opens_connections_of_its_own_and_draws_other_numbers(environment):
    _handler("search/app.py")
    run_before_snapshot()
    number = _process_number()
    run(composition().qdrant.ping())
    run(composition().redis.set("kept", b"1", 60))
    random.seed(1)
    expected = random.Random(1).random()

    run_after_restore()

    assert random.random() != expected
    assert _process_number() != number
    run(composition().qdrant.ping())
    assert run(composition().redis.get("kept")) == b"1"


def _handler(path: str):
    spec = importlib.util.spec_from_file_location("handler", ROOT / "functions" / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


def _process_number() -> int:
    return run(composition().postgresql.execute_query("SELECT pg_backend_pid() AS pid"))[0]["pid"]
