"""Whatever Qdrant, or a proxy in front of it, answers wrongly becomes one of our own errors.

The client also supports gRPC, which we never use; so only HTTP is tested.
"""

import json
import uuid

import pytest

from quarry.adapters.interfaces import Point
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.breaker import CircuitBreaker
from quarry.errors import ContentRefused, StoreError, StoreUnavailable
from quarry.runtime import run
from tests.integration.borders import SECRET, answering, closed_port, http, met, playing, reset

NAME = "Qdrant"
WORDS = json.dumps({"status": {"error": "Wrong input: no"}, "time": 0.0}).encode()
PAGE = b"<html><body>Sign in</body></html>"


def database(port):
    return QdrantVectorDatabase(f"http://127.0.0.1:{port}", SECRET, model="m")


ANSWERS = {
    **{f"{status} in Qdrant's words": (http(status, WORDS), StoreError) for status in (404, 405, 409)},
    **{f"{status} in Qdrant's words": (http(status, WORDS), ContentRefused) for status in (400, 413, 422)},
    **{f"{status} of a proxy": (http(status, PAGE, "text/html"), StoreUnavailable) for status in (400, 404, 407, 421)},
    **{f"{status} for our key": (http(status, WORDS), StoreUnavailable) for status in (401, 403)},
    **{f"{status}": (http(status, WORDS), StoreUnavailable) for status in (408, 425, 429, 500, 502, 503, 504, 507)},
    "too large for a proxy": (http(413, PAGE, "text/html"), ContentRefused),
    "429 until then": (http(429, WORDS, more="Retry-After: 3\r\n"), StoreUnavailable),
    "429 until a date": (http(429, WORDS, more="Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n"), StoreUnavailable),
    "a redirect": (http(302, more="Location: /login\r\n"), StoreUnavailable),
    "not modified": (http(304), StoreUnavailable),
    "a page": (http(200, PAGE, "text/html"), StoreUnavailable),
    "nothing": (http(200), StoreUnavailable),
    "no content": (http(204), StoreUnavailable),
    "half of it": (http(200, b'{"result":', length=100), StoreUnavailable),
    "JSON that ends early": (http(200, b'{"result": {'), StoreUnavailable),
    "JSON that is deep": (http(200, b"[" * 100_000), StoreUnavailable),
    "JSON of something else": (http(200, b'{"status": "ok"}'), StoreUnavailable),
    "a list": (http(200, b"[]"), StoreUnavailable),
    "a number": (http(200, b"1"), StoreUnavailable),
    "no UTF-8": (http(200, b'{"result": "\xff\xfe"}'), StoreUnavailable),
    "rubbish that says it is gzip": (http(200, b"rubbish", more="Content-Encoding: gzip\r\n"), StoreUnavailable),
    "no HTTP": (b"\x15\x03\x03\x00\x02\x02\x50", StoreUnavailable),
    "a close": (b"", StoreUnavailable),
    "a reset": (reset, StoreUnavailable),
    "silence": (lambda connection: connection.recv(1), StoreUnavailable),
    "silence in the middle": (
        lambda connection: connection.sendall(http(200, b"{", length=9)) or connection.recv(1),
        StoreUnavailable,
    ),
}


@pytest.mark.parametrize(("answer", "error"), ANSWERS.values(), ids=ANSWERS)
def test_each_answer_is_an_outage_or_a_refusal(answer, error):
    with playing(answering(answer)) as port:
        db = database(port)
        assert type(met(NAME, db.ping)) is error
        assert type(met(NAME, lambda: db.search("materials", [1.0]))) is error
        assert type(met(NAME, lambda: db.upsert("materials", [Point(str(uuid.uuid4()), {})]))) is error
        health = run(db.health_check())
        assert (health.status, SECRET in health.error) == ("unhealthy", False)
        run(db.close())


@pytest.mark.parametrize("result", [True, 7, "x", [], [7], {}, {"points": 7}, {"points": [7]}, {"points": [{}]}])
def test_a_result_of_another_shape_is_an_outage(result):
    body = json.dumps({"result": result}).encode()
    with playing(answering(http(200, body))) as port:
        patient = CircuitBreaker(NAME, failures=1000)
        db = QdrantVectorDatabase(f"http://127.0.0.1:{port}", model="m", breaker=patient)
        offers = db.offers("offers")
        asks = {
            "search": lambda: db.search("materials", [1.0]),
            "scroll": lambda: db.scroll("materials"),
            "retrieve": lambda: db.retrieve("materials", ["x"]),
            "count": lambda: db.count("materials"),
            "facets": lambda: db.facets("materials", "category"),
            "batch": lambda: db.get_batch("x"),
            "counts": lambda: db.pending_counts("x"),
            "offers": lambda: offers.find({}),
            "offer": lambda: offers.read(["x"]),
            "number of offers": lambda: offers.count({}),
        }
        for ask in asks.values():
            # Once with the collection still to be made sure of, once with that done.
            assert type(met(NAME, ask)) is StoreUnavailable
        for name in ("materials", "processing_records", "offers"):
            run(db._connection.ensure(name, nothing))
        readable = {"retrieve", "batch", "offer"} if result in ([], {}) else set()
        for name in set(asks) - readable:
            assert type(met(NAME, asks[name])) is StoreUnavailable
        run(db.close())


async def nothing():
    """Replaces the check that the collection exists."""


@pytest.mark.parametrize("value", ["lone \ud800 surrogate", 1 << 70, object()])
def test_what_cannot_be_sent_is_refused(qdrant_url, qdrant_api_key, collection, value):
    db = QdrantVectorDatabase(qdrant_url, qdrant_api_key, model="m")
    tests = {"must": [{"key": "category", "match": {"value": value}}]}
    assert type(met(NAME, lambda: db.count(collection, tests))) is ContentRefused
    assert run(db.count(collection)) == 0
    run(db.close())


def test_an_address_that_leads_nowhere_is_an_outage():
    for url in (f"http://127.0.0.1:{closed_port()}", f"http://127.0.0.1:{SECRET}", "http://[", "qdrant"):
        db = QdrantVectorDatabase(url, SECRET, model="m")
        assert type(met(NAME, db.ping)) is StoreUnavailable
        assert run(db.health_check()).status == "unhealthy"
        run(db.close())


def test_a_tls_handshake_that_fails_is_an_outage():
    with playing(lambda connection: connection.sendall(b"rubbish, no TLS")) as port:
        db = QdrantVectorDatabase(f"https://127.0.0.1:{port}", SECRET, model="m")
        assert type(met(NAME, db.ping)) is StoreUnavailable
        run(db.close())
