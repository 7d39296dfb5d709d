"""Secrets from Secrets Manager: read in one call, as people and RDS keep them, and again when they are refused."""

import json
import logging
import uuid
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
import redis

from quarry.adapters import aws
from quarry.dependencies import settings as reading
from quarry.dependencies.composition import composition
from quarry.dependencies.settings import Renewal, read_settings
from quarry.errors import StoreError, StoreUnavailable
from quarry.runtime import run
from quarry.settings import Settings
from tests.environment import close, forget


@pytest.fixture
def manager(aws_url):
    return boto3.client("secretsmanager")


@pytest.fixture
def secret(manager, monkeypatch):
    """Makes a secret for a setting, and names it in the environment; returns its ARN."""
    made = []

    def make(setting, value):
        name = f"{setting}-{uuid.uuid4().hex}"
        arn = manager.create_secret(Name=name, SecretString=value)["ARN"]
        monkeypatch.setenv(f"{setting}_SECRET", arn)
        made.append(arn)
        return arn

    yield make
    for arn in made:
        manager.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


@pytest.fixture
def environment(monkeypatch):
    """A function's, whose composition is made anew."""
    forget()
    yield monkeypatch
    close()
    forget()


@pytest.fixture
def calls(monkeypatch):
    """What Secrets Manager was asked."""
    asked, made = [], reading._found

    def found(named):
        asked.append(set(named))
        return made(named)

    monkeypatch.setattr(reading, "_found", found)
    return asked


def test_secrets_are_read_in_one_call_and_without_the_newline_of_a_file(secret, monkeypatch):
    secret("QDRANT_API_KEY", "key\n")
    arn = secret("REDIS_URL", "rediss://:pw@cache:6379/0\n")
    # As people name a secret: without the six characters that AWS puts behind it.
    monkeypatch.setenv("REDIS_URL_SECRET", arn.rpartition("-")[0])
    requests = []

    def note(request, **_):
        requests.append(request.headers["X-Amz-Target"])

    aws._session().register("before-send.secretsmanager", note)
    read = read_settings()
    aws._session().unregister("before-send.secretsmanager", note)

    assert read.qdrant_api_key.get_secret_value() == "key"
    assert read.redis_url.get_secret_value() == "rediss://:pw@cache:6379/0"
    assert requests == [b"secretsmanager.BatchGetSecretValue"]


def test_a_secret_that_is_not_there_is_named(secret, monkeypatch):
    secret("QDRANT_API_KEY", "key")
    monkeypatch.setenv("REDIS_URL_SECRET", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:gone-AbCdEf")
    with pytest.raises(StoreError, match="gone-AbCdEf"):
        read_settings()


@pytest.mark.parametrize(
    ("kept", "address", "url"),
    [
        (
            {"username": "quarry", "password": "p@:/ ж"},
            "db:5432/q",
            "postgresql://quarry:p%40%3A%2F%20%D0%B6@db:5432/q",
        ),
        (
            {"username": "u", "password": "p", "engine": "postgres", "host": "rds", "port": 5433, "dbname": "d"},
            None,
            "postgresql://u:p@rds:5433/d",
        ),
        ({"username": "u", "password": "p", "host": "rds"}, None, "postgresql://u:p@rds:5432/postgres"),
        ({"username": "u", "password": "p", "host": "rds"}, "proxy/d", "postgresql://u:p@proxy/d"),
    ],
)
def test_a_secret_that_rds_manages_is_understood(secret, monkeypatch, kept, address, url):
    secret("POSTGRESQL_URL", json.dumps(kept))
    if address:
        monkeypatch.setenv("POSTGRESQL_ADDRESS", address)
    assert read_settings().postgresql_url.get_secret_value() == url


@pytest.mark.parametrize("kept", ['{"password": "hidden"}', '{"username": "u", "password": "hidden"}', '{"hidden'])
def test_a_secret_that_lacks_something_is_reported_without_what_it_has(secret, kept):
    secret("POSTGRESQL_URL", kept)
    with pytest.raises(StoreUnavailable, match="a secret for PostgreSQL") as failure:
        read_settings()
    assert "hidden" not in repr(failure.value)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__ or failure.value.__context__ is None


def test_a_password_of_postgresql_is_rotated_without_a_deployment(
    engines, secret, manager, environment, postgresql_url, calls
):
    role, database = f"role_{uuid.uuid4().hex}", urlsplit(postgresql_url).path[1:]
    engines._run(f"CREATE ROLE {role} LOGIN PASSWORD 'first'")

    def url(password):
        return f"postgresql://{role}:{password}@127.0.0.1:{urlsplit(postgresql_url).port}/{database}"

    arn = secret("POSTGRESQL_URL", url("first"))
    who = "SELECT current_user AS who"
    assert run(composition().postgresql.execute_query(who)) == [{"who": role}]

    engines._run(f"ALTER ROLE {role} PASSWORD 'second'")
    manager.put_secret_value(SecretId=arn, SecretString=url("second"))
    composition().postgresql.drop_connections()

    assert run(composition().postgresql.execute_query(who)) == [{"who": role}]
    assert len(calls) == 2  # at the start, and when the password was refused
    close()
    engines._run(f"DROP ROLE {role}")


def test_a_password_that_stays_refused_is_looked_up_twice_a_minute_at_the_most(
    secret, environment, postgresql_url, calls
):
    wrong = postgresql_url.replace(urlsplit(postgresql_url).password, "wrong-password")
    secret("POSTGRESQL_URL", wrong)
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match=r"PostgreSQL refuses our credentials \(28P01\)"):
            run(composition().postgresql.ping())
    assert len(calls) == 2


def test_a_password_of_redis_is_rotated_without_a_deployment(secret, manager, environment, redis_url, calls):
    user = f"user-{uuid.uuid4().hex}"
    address = redis_url.rpartition("@")[2]
    with redis.Redis.from_url(redis_url) as administration:
        administration.acl_setuser(user, enabled=True, passwords=["+first"], categories=["+@all"], keys=["*"])
        arn = secret("REDIS_URL", f"redis://{user}:first@{address}")
        cache = composition().redis
        assert run(cache.set("a", b"1", 60))

        administration.acl_setuser(
            user, enabled=True, passwords=["-first", "+second"], categories=["+@all"], keys=["*"]
        )
        administration.client_kill_filter(user=user)
        manager.put_secret_value(SecretId=arn, SecretString=f"redis://{user}:second@{address}")

        assert run(cache.get("a")) is None  # the cache fails open
        assert run(cache.get("a")) == b"1"
        assert run(cache.health_check()).status == "healthy"
        administration.acl_deluser(user)
    assert len(calls) == 2


def test_a_key_of_qdrant_is_rotated_without_a_deployment(secret, manager, environment, qdrant_url, qdrant_api_key):
    arn = secret("QDRANT_API_KEY", "the-key-before")
    environment.setenv("QDRANT_URL", qdrant_url)
    qdrant = composition().qdrant  # has the key of its start
    manager.put_secret_value(SecretId=arn, SecretString=qdrant_api_key)

    assert run(qdrant.health_check()).status == "healthy"


def test_a_key_of_openai_is_rotated_without_a_deployment(secret, manager, environment):
    arn = secret("OPENAI_API_KEY", "before")
    embedder = composition().embedder
    sent = []

    def answer(request):
        sent.append(request.headers["Authorization"])
        if sent[-1] != "Bearer after":
            return httpx.Response(401)
        return httpx.Response(200, json={"data": [{"index": 0, "embedding": [0.1] * 1536}]})

    connected = embedder._api.connected

    def with_answers():
        client = connected()
        client._transport = httpx.MockTransport(answer)
        client._mounts = {}
        return client

    embedder._api.connected = with_answers
    manager.put_secret_value(SecretId=arn, SecretString="after")

    assert len(run(embedder.embed(["кирпич"]))) == 1
    assert sent == ["Bearer before", "Bearer after"]


def test_without_secrets_manager_a_refused_secret_stays_what_it_is(environment, caplog):
    environment.setenv("REDIS_URL", "redis://:password@127.0.0.1:9/0")
    with caplog.at_level(logging.INFO):
        assert Renewal(read_settings()).of("redis_url")("redis://:password@127.0.0.1:9/0") is None


def test_secrets_that_cannot_be_read_again_keep_those_that_are_known(secret, monkeypatch, caplog):
    arn = secret("REDIS_URL", "redis://:known@127.0.0.1:9/0")
    renew = Renewal(read_settings()).of("redis_url")
    monkeypatch.setenv("REDIS_URL_SECRET", f"{arn}-gone")

    assert renew("redis://:known@127.0.0.1:9/0") is None
    assert "secrets cannot be read again" in caplog.text
    assert "known" not in caplog.text.replace("that are known", "")


def test_a_setting_without_a_secret_is_compared_as_it_is():
    renew = Renewal(Settings(redis_url="redis://one")).of("redis_url")
    assert renew("redis://another") == "redis://one"
