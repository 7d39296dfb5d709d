"""The flags by which stores are left out, through the functions' own handlers.

A store that must not be contacted has the address of a listener that records every connection.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import boto3
import httpx
import pytest

from local.processes import free_port
from local.template import REGION
from quarry.dependencies.composition import composition
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from tests.environment import close, composed, forget
from tests.integration.functions import Answer, call, invoke, queued, restored, sample, uploaded

INGEST, BATCHES, SEARCH, HEALTH = "ingest/api.py", "batch_status/app.py", "search/app.py", "health/app.py"
CEMENT, GLUE = "Портландцемент М500 Д0, мешок 50 кг", "Клей для плитки 25 кг"
LIST = f"Наименование;Ед. изм.;Цена, руб.\n{CEMENT};мешок;450\n{GLUE};мешок;380\n"
KEY = "incoming/supplier=101/прайс.csv"
UNKNOWN = "7d1c2b52-6a0f-4c5e-9a39-0f4f3f5f0c11"
MATERIAL = {"id": "a1", "name": "Грунтовка глубокого проникновения 10 л", "unit": "шт", "price": "700"}
REDIS_OFF = {"DISABLE_REDIS_CONNECTION": "true"}
QDRANT_ONLY = {"QDRANT_ONLY_MODE": "true", "ENABLE_SSH_TUNNEL": "true", "SSH_USER": "quarry"}
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGa2gkY3FfcR1AkXxX9pJ2qG0w1d0oXbq1m3W6yB0v3y"
RETRY_AFTER = "retry-after"


class Watched:
    """Listens in place of a store; closes every connection, and counts them."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.visits = 0
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self._listener.accept()
                self.visits += 1
                visitor.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()

    def settings(self, store: str) -> dict[str, str]:
        return {
            "PostgreSQL": {"POSTGRESQL_URL": f"postgresql://quarry@127.0.0.1:{self.port}/quarry"},
            "Qdrant": {"QDRANT_URL": f"http://127.0.0.1:{self.port}"},
            "Redis": {"REDIS_URL": f"redis://127.0.0.1:{self.port}/0"},
            "SSH server": {"SSH_HOST": "127.0.0.1", "SSH_PORT": str(self.port), "SSH_HOST_KEY": HOST_KEY},
        }[store]


@contextmanager
def watched(*stores: str) -> Iterator[tuple[dict[str, str], dict[str, Watched]]]:
    """Settings that put listeners in the stores' places, and the listeners by store."""
    watches = {store: Watched() for store in stores}
    found = {name: value for store, watch in watches.items() for name, value in watch.settings(store).items()}
    yield found, watches
    for watch in watches.values():
        watch.close()


@pytest.fixture
def environment(request, collection):
    with restored(), composed(request) as patch:
        bucket = collection.replace("_", "-")
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        s3.close()
        use(patch, BUCKET_NAME=bucket)
        yield patch


def use(patch, **settings: str) -> None:
    """A cold start with other settings."""
    close()
    for name, value in settings.items():
        patch.setenv(name, value)
    forget()


def answered(status: int, answer: Answer) -> dict[str, Any]:
    assert answer.status == status, answer
    return answer.body


def drop(content: str) -> str:
    """Upload a list by the form that the API gives, and have it planned; its request id."""
    opened = answered(201, call(INGEST, "POST", "/pricelists", {"supplier_id": 101, "file_name": "прайс.csv"}))
    form = opened["upload"]
    httpx.post(form["url"], data=form["fields"], files={"file": content.encode()}).raise_for_status()
    stored = run(composition().bucket.head(form["fields"]["key"]))
    assert invoke("ingest/plan.py", uploaded(form["fields"]["key"], stored.version))["batchItemFailures"] == []
    return opened["request_id"]


def process() -> None:
    for event in queued():
        assert invoke("ingest/process.py", event)["batchItemFailures"] == []


def work() -> list[Answer]:
    """The service's whole job, from an upload to the upkeep; returns the answers that report the cache's state."""
    listed = drop(LIST)
    submitted = answered(202, call(INGEST, "POST", "/batches", {"supplier_id": 102, "materials": [MATERIAL]}))
    process()
    for request_id, rows in ((listed, 2), (submitted["request_id"], 1)):
        path = f"/batches/{request_id}"
        progress = answered(200, call(BATCHES, "GET", path))
        assert (progress["status"], progress["completed"], progress["degraded"]) == ("completed", rows, False)
        assert len(answered(200, call(BATCHES, "GET", f"{path}/results"))["items"]) == rows
        reported = answered(200, call(BATCHES, "GET", f"{path}/errors"))["items"]
        assert [fault for fault in reported if fault["severity"] == "error"] == []
        assert answered(202, call(BATCHES, "POST", f"{path}/retry"))["retried"] == 0
    assert answered(200, call(BATCHES, "GET", f"/batches/{listed}/changes"))["summary"]["new"] == 2
    assert len(answered(200, call(BATCHES, "GET", "/batches"))["items"]) == 2
    assert answered(200, call(BATCHES, "GET", "/batches/statistics"))["rows"] == 3

    upkeep = invoke("maintenance/app.py", sample("schedule_upkeep.json"))
    assert {step["status"] for step in upkeep.values()} == {"done"}
    assert invoke("maintenance/app.py", sample("schedule_cleanup.json")) == {"deleted": 0}
    return [*searched(), *looked_up()]


def searched() -> list[Answer]:
    found = [call(SEARCH, "POST", "/search", {"query": "цемент м500"}), call(SEARCH, "GET", "/search", q="цемент м500")]
    for answer in found:
        assert [hit["material"]["name"] for hit in answered(200, answer)["hits"]] == [CEMENT]
    browsed = call(SEARCH, "POST", "/search", {"query": ""})
    assert answered(200, browsed)["total"]["value"] == 3
    suggested = answered(200, call(SEARCH, "GET", "/search/suggestions", q="портл"))
    assert [item["text"] for item in suggested["items"]] == ["портландцемент"]
    return [*found, browsed]


def looked_up() -> list[Answer]:
    hit = answered(200, call(SEARCH, "GET", "/search", q="клей для плитки"))["hits"][0]
    material = call(SEARCH, "GET", f"/materials/{hit['material']['id']}")
    offers = call(SEARCH, "GET", f"/materials/{hit['material']['id']}/offers")
    prices = call(SEARCH, "GET", f"/materials/{hit['material']['id']}/price-history")
    units, categories = (call(SEARCH, "GET", f"/reference/{name}") for name in ("units", "categories"))
    assert answered(200, material)["name"] == GLUE
    assert [offer["price"] for offer in answered(200, offers)["items"]] == ["380.00"]
    assert [price["price"] for price in answered(200, prices)["items"]] == ["380.00"]
    assert answered(200, units)["items"]
    answered(200, categories)
    return [answer for answer in (material, units, categories) if "x-cache" in answer.headers]


def states() -> list[str]:
    """The states of Qdrant, PostgreSQL, Redis and the tunnel, as the diagnosis reports them."""
    answered(200, call(HEALTH, "GET", "/health"))
    reported = answered(200, call(HEALTH, "GET", "/health/full"))
    assert answered(200, call(HEALTH, "GET", "/health/databases")).keys() == reported["databases"].keys()
    return [*(store["status"] for store in reported["databases"].values()), reported["tunnel"]["status"]]


def waiting() -> int:
    """Messages in the queue, also those that come later."""
    sqs = boto3.client("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    url = composition().settings.chunks_queue_url
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    sqs.close()
    return sum(int(attributes[name]) for name in names)


def unavailable(answer: Answer) -> None:
    assert answer.status == 503, answer
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers[RETRY_AFTER]) > 0


@pytest.mark.parametrize(
    ("flags", "forbidden", "expected"),
    [
        (QDRANT_ONLY, ("PostgreSQL", "SSH server"), ["healthy", "disabled", "healthy", "disabled"]),
        (REDIS_OFF, ("Redis",), ["healthy", "healthy", "disabled", "disabled"]),
        (QDRANT_ONLY | REDIS_OFF, ("PostgreSQL", "SSH server", "Redis"), ["healthy", *["disabled"] * 3]),
    ],
    ids=["without PostgreSQL", "without Redis", "with Qdrant alone"],
)
def test_everything_works_without_a_store_and_it_is_never_contacted(environment, flags, forbidden, expected):
    with watched(*forbidden) as (addresses, watches):
        use(environment, **flags, **addresses)

        answers = work()
        reported = states()

        assert {store: watch.visits for store, watch in watches.items()} == dict.fromkeys(forbidden, 0)
    caches = {answer.headers["x-cache"] for answer in answers}
    assert caches == {"off"} if "Redis" in forbidden else {"hit", "miss"} >= caches
    assert reported == expected


def test_everything_works_without_fallback_and_qdrant_holds_no_batch(environment, qdrant_url, qdrant_api_key):
    use(environment, ENABLE_FALLBACK_DATABASES="false")

    work()

    headers = {"api-key": qdrant_api_key}
    listed = httpx.get(f"{qdrant_url}/collections", headers=headers).json()["result"]["collections"]
    names = {one["name"] for one in listed}
    used = composition().settings
    assert used.materials_collection in names
    assert used.processing_collection not in names
    assert states() == ["healthy", "healthy", "healthy", "disabled"]


def test_without_fallback_an_outage_of_postgresql_is_the_answer_for_batches_and_qdrant_is_not_contacted(environment):
    away = f"postgresql://quarry@127.0.0.1:{free_port()}/quarry"
    with watched("Qdrant") as (addresses, watches):
        use(environment, ENABLE_FALLBACK_DATABASES="false", POSTGRESQL_URL=away, BREAKER_FAILURES="99", **addresses)

        unavailable(call(INGEST, "POST", "/pricelists", {"supplier_id": 101, "file_name": "прайс.csv"}))
        unavailable(call(INGEST, "POST", "/batches", {"materials": [MATERIAL]}))
        for tail in ("", "/results", "/errors", "/changes"):
            unavailable(call(BATCHES, "GET", f"/batches/{UNKNOWN}{tail}"))
        unavailable(call(BATCHES, "POST", f"/batches/{UNKNOWN}/retry"))
        unavailable(call(BATCHES, "GET", "/batches"))
        unavailable(call(BATCHES, "GET", "/batches/statistics"))
        run(composition().bucket.put(KEY, LIST.encode()))
        version = run(composition().bucket.head(KEY)).version
        for path, event in (
            ("ingest/plan.py", uploaded(KEY, version)),
            ("ingest/process.py", sample("sqs_chunk.json")),
        ):
            before = waiting()
            assert invoke(path, event)["batchItemFailures"] or waiting() > before
        with pytest.raises(StoreUnavailable, match="PostgreSQL"):
            invoke("maintenance/app.py", sample("schedule_cleanup.json"))

        assert watches["Qdrant"].visits == 0


@pytest.mark.parametrize(
    ("away", "expected"),
    [
        ("Qdrant", {"auto": 503, "vector": 503, "hybrid": 503, "sql": 200, "fuzzy": 200, "browsing": 200}),
        ("PostgreSQL", {"auto": 200, "vector": 200, "hybrid": 503, "sql": 503, "fuzzy": 503, "browsing": 503}),
    ],
)
def test_without_fallback_a_search_is_answered_by_its_first_store_or_not_at_all(environment, away, expected):
    drop(LIST)
    process()
    with watched(away) as (addresses, _):
        use(environment, ENABLE_FALLBACK_DATABASES="false", BREAKER_FAILURES="99", **REDIS_OFF, **addresses)
        # The first use of a client takes longer than a search may on a busy machine.
        run(composition().embedder.embed(["цемент"]))
        run(composition().qdrant.health_check())
        run(composition().postgresql.health_check())

        for kind, status in expected.items():
            ask = {"query": ""} if kind == "browsing" else {"query": "портландцемент", "search_type": kind}
            answer = call(SEARCH, "POST", "/search", ask)
            if status == 503:
                unavailable(answer)
            else:
                assert CEMENT in [hit["material"]["name"] for hit in answered(200, answer)["hits"]], kind


@pytest.mark.parametrize("flags", [{}, QDRANT_ONLY, REDIS_OFF], ids=["all", "without PostgreSQL", "without Redis"])
@pytest.mark.parametrize("mock", ["true", "false"])
def test_with_every_store_unavailable_a_search_is_503_or_the_mock_and_nothing_is_invented(environment, flags, mock):
    with watched("PostgreSQL", "Qdrant", "Redis", "SSH server") as (addresses, watches):
        use(environment, ENABLE_MOCK_RESPONSE=mock, **flags, **addresses)

        kinds = ({"search_type": kind} for kind in ("auto", "vector", "hybrid", "sql", "fuzzy"))
        bodies = [{"query": ""}, *({"query": "клей", "facets": ["unit"], **kind} for kind in kinds)]
        asked = [call(SEARCH, "POST", "/search", body) for body in bodies]
        asked.append(call(SEARCH, "GET", "/search", q="цемент"))
        others = [call(SEARCH, "GET", f"/materials/{UNKNOWN}{tail}") for tail in ("", "/offers", "/price-history")]
        others.append(call(SEARCH, "GET", "/reference/categories"))
        suggested = answered(200, call(SEARCH, "GET", "/search/suggestions", q="портл"))
        health = call(HEALTH, "GET", "/health/databases")

        if "QDRANT_ONLY_MODE" in flags:
            assert watches["PostgreSQL"].visits == watches["SSH server"].visits == 0
        if "DISABLE_REDIS_CONNECTION" in flags:
            assert watches["Redis"].visits == 0
        assert watches["Qdrant"].visits > 0
    for answer in asked:
        if mock == "false":
            unavailable(answer)
            continue
        assert answered(200, answer)["source"] == "mock"
        assert (answer.body["hits"], answer.body["total"]["value"], answer.body["degraded"]) == ([], 0, True)
        assert answer.headers["x-cache"] == "off"
        assert int(answer.headers[RETRY_AFTER]) > 0
    for answer in others:
        unavailable(answer)
    assert suggested["items"] == []
    assert health.status == 503
