"""Whatever OpenAI, or a proxy in front of it, answers wrongly becomes one of our own errors; retries are few."""

import base64
import json
import struct

import pytest

from quarry.adapters.openai import DIMENSIONS, OpenAIEmbedder
from quarry.errors import StoreError, StoreUnavailable
from quarry.runtime import run
from tests.integration.borders import SECRET, answering, closed_port, http, met, playing, reset

NAME = "OpenAI"
PAGE = b"<html><body>Sign in</body></html>"
VECTOR = [0.5] * DIMENSIONS


def refusal(status, code=None, **more):
    return http(status, json.dumps({"error": {"message": f"no {SECRET}", "type": "t", "code": code}}).encode(), **more)


def embeddings(*vectors):
    rows = [{"index": place, "embedding": vector} for place, vector in enumerate(vectors)]
    return http(200, json.dumps({"data": rows, "model": "m"}).encode())


def encoded(vector):
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


# How many requests are made for each of them within the tries that a call has.
ANSWERS = {
    **{f"{status}": (refusal(status), StoreError, 1) for status in (400, 404, 413, 422)},
    **{f"{status} for our key": (refusal(status), StoreUnavailable, 1) for status in (401, 403)},
    **{f"{status}": (refusal(status), StoreUnavailable, 4) for status in (408, 409, 429, 500, 502, 503, 504)},
    "a rate limit": (refusal(429, "rate_limit_exceeded"), StoreUnavailable, 4),
    "a rate limit until then": (refusal(429, more="Retry-After: 60\r\n"), StoreUnavailable, 4),
    "a spent quota": (refusal(429, "insufficient_quota"), StoreUnavailable, 1),
    "a proxy's 502": (http(502, PAGE, "text/html"), StoreUnavailable, 4),
    "a redirect in circles": (http(302, more="Location: /v1/embeddings\r\n"), StoreUnavailable, None),
    "a page": (http(200, PAGE, "text/html"), StoreUnavailable, 4),
    "nothing": (http(200), StoreUnavailable, 4),
    "half of it": (http(200, b'{"data":', length=100), StoreUnavailable, 4),
    "JSON that ends early": (http(200, b'{"data": ['), StoreUnavailable, 4),
    "JSON that is deep": (http(200, b"[" * 100_000), StoreUnavailable, 4),
    "JSON of something else": (http(200, b'{"status": "ok"}'), StoreUnavailable, 4),
    "a list": (http(200, b"[]"), StoreUnavailable, 4),
    "no UTF-8": (http(200, b'{"data": "\xff"}'), StoreUnavailable, 4),
    "rubbish that says it is gzip": (http(200, b"rubbish", more="Content-Encoding: gzip\r\n"), StoreUnavailable, 4),
    "too few vectors": (embeddings(), StoreUnavailable, 4),
    "too many vectors": (embeddings(VECTOR, VECTOR), StoreUnavailable, 4),
    "a short vector": (embeddings(VECTOR[1:]), StoreUnavailable, 4),
    "a vector with NaN": (embeddings([*VECTOR[1:], float("nan")]), StoreUnavailable, 4),
    "a vector with infinity": (embeddings([*VECTOR[1:], float("-inf")]), StoreUnavailable, 4),
    "a vector of words": (embeddings(["x"] * DIMENSIONS), StoreUnavailable, 4),
    "a vector of huge numbers": (embeddings([10**400] * DIMENSIONS), StoreUnavailable, 4),
    "no vector": (embeddings(None), StoreUnavailable, 4),
    "base64 of NaN": (embeddings(encoded([*VECTOR[1:], float("nan")])), StoreUnavailable, 4),
    "base64 of a short vector": (embeddings(encoded(VECTOR[1:])), StoreUnavailable, 4),
    "no base64": (embeddings("цемент"), StoreUnavailable, 4),
    "no HTTP": (b"\x15\x03\x03\x00\x02\x02\x50", StoreUnavailable, 4),
    "a close": (b"", StoreUnavailable, 4),
    "a reset": (reset, StoreUnavailable, 4),
    "silence": (lambda connection: connection.recv(1), StoreUnavailable, 4),
}


def embedder(address):
    return OpenAIEmbedder(SECRET, model="m", base_url=address, timeout=0.3, budget=30.0)


@pytest.mark.parametrize(("answer", "error", "tries"), ANSWERS.values(), ids=ANSWERS)
def test_each_answer_is_an_outage_or_a_refusal_after_few_tries(answer, error, tries, monkeypatch):
    monkeypatch.setattr("quarry.adapters.openai._FIRST_PAUSE_SECONDS", 0.001)
    asked = []
    play = answering(answer)

    def counted(connection):
        asked.append(connection)
        play(connection)

    with playing(counted) as port:
        made = embedder(f"http://127.0.0.1:{port}/v1")
        assert isinstance(met(NAME, lambda: made.embed(["цемент"]), seconds=120), error)
        assert tries is None or len(asked) == tries
        health = run(made.health_check())
        assert (health.status, SECRET in health.error) == ("unhealthy", False)
        run(made.close())


def test_a_lone_surrogate_is_sent_as_a_question_mark():
    bodies = []

    def play(connection):
        answering(bodies.append)(connection)
        connection.sendall(embeddings(VECTOR))

    with playing(play) as port:
        made = embedder(f"http://127.0.0.1:{port}/v1")
        assert len(run(made.embed(["lone \ud800 surrogate"]))) == 1
        run(made.close())


@pytest.mark.parametrize("address", ["http://127.0.0.1:port/v1", "http://[/v1", "nonsense", "ftp://127.0.0.1/v1"])
def test_an_address_that_leads_nowhere_is_an_outage(address, monkeypatch):
    monkeypatch.setattr("quarry.adapters.openai._FIRST_PAUSE_SECONDS", 0.001)
    made = embedder(address)
    assert type(met(NAME, lambda: made.embed(["цемент"]))) is StoreUnavailable
    assert run(made.health_check()).status == "unhealthy"
    run(made.close())


def test_a_tls_handshake_that_fails_is_an_outage(monkeypatch):
    monkeypatch.setattr("quarry.adapters.openai._FIRST_PAUSE_SECONDS", 0.001)
    with playing(lambda connection: connection.sendall(b"rubbish, no TLS")) as port:
        made = embedder(f"https://127.0.0.1:{port}/v1")
        assert type(met(NAME, lambda: made.embed(["цемент"]))) is StoreUnavailable
        run(made.close())


def test_a_closed_port_is_an_outage_and_no_pause_outlasts_the_budget():
    made = OpenAIEmbedder(SECRET, model="m", base_url=f"http://127.0.0.1:{closed_port()}/v1", timeout=0.3, budget=0.1)
    assert type(met(NAME, lambda: made.embed(["цемент"]))) is StoreUnavailable
    run(made.close())


@pytest.mark.parametrize("ending", ["\n", " ", "\r\nX: y", "é", "\0"])
def test_a_key_that_no_header_can_carry_is_not_shown(ending):
    made = OpenAIEmbedder(SECRET + ending, model="m", base_url=f"http://127.0.0.1:{closed_port()}/v1", timeout=0.3)
    assert type(met(NAME, lambda: made.embed(["цемент"]))) is StoreUnavailable
    assert SECRET not in run(made.health_check()).error
