"""A caller can stop waiting for a store, and no wait is longer than the rest of the invocation."""

import asyncio
import io
import json

import boto3
import pytest

from quarry import deadline, patience
from quarry.adapters.openai import OpenAIEmbedder
from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.adapters.redis import RedisCache
from quarry.adapters.s3 import S3ObjectStore
from quarry.adapters.sqs import SQSQueue
from quarry.breaker import CircuitBreaker, State
from quarry.dependencies.settings import read_settings
from quarry.errors import StoreError, StoreTimeout, StoreUnavailable
from quarry.runtime import run
from tests.integration.borders import SECRET, answering, http, playing, unasked


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


@pytest.fixture
def heard():
    """How many connections the silent server has."""
    return []


@pytest.fixture
def silent(heard, monkeypatch):
    """The port of a server that sends nothing until its client disconnects."""

    def play(connection):
        heard.append(connection)
        while connection.recv(65536):
            pass

    with playing(play) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        yield port


ADAPTERS = {
    "PostgreSQL": (
        lambda port: PostgreSQLDatabase(f"postgresql://quarry@127.0.0.1:{port}/quarry", connect_timeout=9),
        lambda made: made.execute_query("SELECT 1"),
    ),
    "Qdrant": (
        lambda port: QdrantVectorDatabase(f"http://127.0.0.1:{port}", model="m"),
        lambda made: made.ping(),
    ),
    "Redis": (lambda port: RedisCache(f"redis://127.0.0.1:{port}/0", 9), lambda made: made.get("name")),
    "OpenAI": (
        lambda port: OpenAIEmbedder(SECRET, model="m", base_url=f"http://127.0.0.1:{port}/v1", timeout=9),
        lambda made: made.embed(["цемент"]),
    ),
    "S3": (lambda port: S3ObjectStore("bucket"), lambda made: made.download("key", io.BytesIO())),
    "SQS": (lambda port: SQSQueue(f"http://127.0.0.1:{port}/1/queue"), lambda made: made.depth()),
}


@pytest.fixture(params=ADAPTERS)
def adapter(request, silent):
    """A store's name, an adapter to it that finds the silent server, and what is asked of it."""
    make, ask = ADAPTERS[request.param]
    made = make(silent)
    yield request.param, lambda: ask(made)
    closing = made.close()
    if closing is not None:
        run(closing)


def test_cancelling_ends_the_wait_and_is_not_an_outage(adapter, heard):
    store, ask = adapter
    breaker = CircuitBreaker(store, failures=1, open_seconds=60)

    async def given_up():
        waiting = asyncio.ensure_future(ask())
        while not heard:  # noqa: ASYNC110 - it is the server that hears
            await asyncio.sleep(0.01)
        waiting.cancel()
        with breaker.guard(unasked):
            await waiting

    with pytest.raises(asyncio.CancelledError):
        run(given_up())
    assert breaker.state is State.CLOSED


@pytest.mark.parametrize("adapter", ["PostgreSQL", "Qdrant", "OpenAI"], indirect=True)
def test_a_silent_store_is_unavailable_when_the_patience_of_the_answer_is_spent(adapter):
    _, ask = adapter

    async def answered():
        with patience.answering(0.4):
            await ask()

    with pytest.raises(StoreUnavailable):
        run(answered())


@pytest.mark.parametrize("adapter", sorted(set(ADAPTERS) - {"Redis", "OpenAI"}), indirect=True)
def test_every_wait_ends_with_the_time_of_the_function(adapter):
    _, ask = adapter

    async def bounded():
        with deadline.within(0.4):
            await ask()

    with pytest.raises(StoreTimeout):
        run(bounded())


def test_an_answer_that_trickles_ends_with_the_budget():
    stop = []

    def trickle(connection):
        connection.sendall(http(200, length=1000))
        while not stop:
            connection.sendall(b" ")
            connection.settimeout(0.05)
            try:
                connection.recv(1)
            except TimeoutError:
                continue
            return

    with playing(answering(trickle)) as port:
        made = OpenAIEmbedder(SECRET, model="m", base_url=f"http://127.0.0.1:{port}/v1", timeout=0.3)
        with pytest.raises(StoreUnavailable):
            run(asyncio.wait_for(made.embed(["цемент"]), 10))
        stop.append(True)
        run(made.close())


@pytest.fixture
def named(monkeypatch):
    """Settings whose Redis is named by a secret."""
    monkeypatch.setenv("REDIS_URL_SECRET", "redis")


def test_a_secret_is_read_by_its_name(aws_url, named):
    client = boto3.client("secretsmanager")
    client.create_secret(Name="redis", SecretString=f"redis://:{SECRET}@redis.example.com\n")
    try:
        assert read_settings().redis_url.get_secret_value() == f"redis://:{SECRET}@redis.example.com"
    finally:
        client.delete_secret(SecretId="redis", ForceDeleteWithoutRecovery=True)
        client.close()


def test_a_secret_that_is_not_there_is_refused(aws_url, named):
    with pytest.raises(StoreError) as refused:
        read_settings()
    assert refused.value.code == "ResourceNotFoundException"


def test_a_silent_secrets_manager_is_given_up_while_the_function_still_runs(silent, named):
    with pytest.raises(StoreUnavailable):
        read_settings()


def test_a_secret_of_bytes_is_an_outage_that_reveals_nothing(monkeypatch, named):
    values = [{"ARN": "arn:redis", "Name": "redis", "SecretBinary": SECRET}]
    body = json.dumps({"SecretValues": values, "Errors": []}).encode()
    with playing(answering(http(200, body, "application/x-amz-json-1.1"))) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        with pytest.raises(StoreUnavailable) as unread:
            read_settings()
    assert SECRET not in str(unread.value)
