"""The OpenAI client against a local HTTP server that stands in for the API."""

import asyncio

import pytest

from quarry.adapters import openai
from quarry.adapters.openai import DIMENSIONS, OpenAIEmbedder
from quarry.runtime import run
from tests.integration.openai_server import Api


@pytest.fixture
def api():
    played = Api()
    yield played
    played.close()


@pytest.fixture
def embedder(api):
    made = OpenAIEmbedder("sk-test", model="text-embedding-3-small", base_url=api.url, timeout=0.3, budget=3.0)
    yield made
    run(made.close())


def test_vectors_come_in_the_order_of_the_texts(embedder, api):
    vectors = run(embedder.embed(["аб", "абвг", ""]))
    assert [vector[0] for vector in vectors] == [2.0, 4.0, 1.0]
    assert api.requests[0]["dimensions"] == DIMENSIONS


def test_many_texts_are_sent_within_the_limits_of_a_request(embedder, api, monkeypatch):
    assert openai.MAX_INPUTS == 2048
    monkeypatch.setattr(openai, "MAX_INPUTS", 20)
    vectors = run(embedder.embed(["a"] * 41))
    assert len(vectors) == 41
    assert [len(request["input"]) for request in api.requests] == [20, 20, 1]


def test_long_texts_are_cut_and_spread_over_requests(embedder, api):
    run(embedder.embed(["я" * 20_000] * 40))
    assert len(api.requests) == 2
    assert all(sum(map(len, request["input"])) <= 250_000 for request in api.requests)


@pytest.mark.parametrize("fault", [429, 500, 503, "slow", "garbage", "short"])
def test_a_passing_fault_is_retried(embedder, api, fault):
    api.script = [fault]
    assert len(run(embedder.embed(["a", "b"]))) == 2
    assert len(api.requests) == 2


def test_a_server_that_sends_only_numbers_is_supported():
    api = Api(fluent=False)
    made = OpenAIEmbedder("sk-test", model="m", base_url=api.url)
    vectors = run(made.embed(["аб"]))
    run(made.close())
    api.close()
    assert (len(vectors[0]), vectors[0][:2]) == (DIMENSIONS, [2.0, 0.1])


@pytest.fixture
def pauses(monkeypatch):
    """The pauses between tries, which are not waited for."""
    noted = []

    async def note(seconds):
        noted.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", note)
    return noted


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_that_the_server_requests_is_made(embedder, api, pauses, status):
    api.script, api.retry_after = [status], "1.5"
    run(embedder.embed(["a"]))
    assert pauses == [1.5]


@pytest.mark.parametrize("asked", ["60", "0", "-1", "nan", "inf", "soon", "Wed, 25 Nov 2026 12:00:00 GMT"])
def test_a_pause_that_outlasts_our_time_or_says_nothing_is_ours_to_choose(embedder, api, pauses, asked):
    api.script, api.retry_after = [429], asked
    run(embedder.embed(["a"]))
    assert len(pauses) == 1
    assert 0 < pauses[0] <= openai._FIRST_PAUSE_SECONDS
