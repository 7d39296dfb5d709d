"""Our requests to OpenAI and our parsing of its answers, compared with OpenAI's own package."""

from typing import get_type_hints

import openai
import pydantic
import pytest
from openai.types import CreateEmbeddingResponse, EmbeddingCreateParams

from quarry.adapters.openai import DIMENSIONS, MAX_INPUTS, OpenAIEmbedder
from quarry.adapters.openai_api import BASE_URL
from quarry.runtime import run
from tests.integration.openai_server import Api

TEXTS = ["цемент М500", "Кабель ВВГнг 3х2,5 \u00ab\u2116 1\u00bb", "a" * 300]
KEY = "sk-test"


@pytest.fixture
def api():
    played = Api()
    yield played
    played.close()


@pytest.fixture
def ours(api):
    made = OpenAIEmbedder(KEY, model="text-embedding-3-small", base_url=api.url)
    yield made
    run(made.close())


@pytest.fixture
def theirs(api):
    with openai.OpenAI(api_key=KEY, base_url=api.url, max_retries=0) as made:
        yield made


def ask(client):
    """The package requests base64 by default, and decodes it."""
    return client.embeddings.create(input=TEXTS, model="text-embedding-3-small", dimensions=DIMENSIONS)


def test_our_request_is_the_one_that_the_package_makes(api, ours, theirs):
    run(ours.embed(TEXTS))
    ask(theirs)

    assert api.requests[0] == api.requests[1]
    assert api.paths[0] == api.paths[1]
    assert api.headers[0]["authorization"] == api.headers[1]["authorization"]
    assert api.headers[0]["content-type"] == api.headers[1]["content-type"]
    assert openai.OpenAI(api_key=KEY, base_url=None).base_url == f"{BASE_URL}/"


def test_our_requests_are_of_the_packages_type(api, ours):
    run(ours.embed(["a"] * (MAX_INPUTS + 1)))

    hints = get_type_hints(EmbeddingCreateParams)
    assert len(api.requests) == 2
    for request in api.requests:
        assert EmbeddingCreateParams.__required_keys__ <= request.keys() <= hints.keys()
        for name, value in request.items():
            pydantic.TypeAdapter(hints[name]).validate_python(value, strict=True)


def test_the_answers_that_we_read_are_of_the_packages_type(api, ours):
    """As numbers: the package decodes base64 before its type checks them."""
    typed = CreateEmbeddingResponse.model_validate_json(api.embeddings(TEXTS), strict=True)

    expected = [item.embedding for item in sorted(typed.data, key=lambda item: item.index)]
    for vector, wanted in zip(run(ours.embed(TEXTS)), expected, strict=True):
        assert vector == pytest.approx(wanted, rel=1e-6)


def test_we_read_the_same_vectors_as_the_package(ours, theirs):
    assert [list(vector) for vector in run(ours.embed(TEXTS))] == [
        list(item.embedding) for item in sorted(ask(theirs).data, key=lambda item: item.index)
    ]
