"""Why a store cannot be reached is said by its health and by one line of the log, without a secret."""

import logging
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.adapters.redis import RedisCache
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from tests.integration.tls_servers import TLSFront, certificate

UNTRUSTED = "cannot be reached: its certificate is not trusted (self-signed certificate)"
PASSWORD = "what-nobody-may-read"


@pytest.fixture
def fronted(tmp_path):
    """Puts TLS with a certificate of a private authority in front of a server; returns the new port."""
    fronts = []

    def front(url, **about):
        made = TLSFront(urlsplit(url).port, certificate(tmp_path / f"{len(fronts)}.pem", "127.0.0.1"), **about)
        fronts.append(made)
        return made.port

    yield front
    for each in fronts:
        each.close()


@pytest.fixture
def stores(fronted, tmp_path, postgresql_url, redis_url, qdrant_url, qdrant_api_key):
    """A store of each kind behind a certificate that is not trusted, and a question to it."""
    other = certificate(tmp_path / "other.pem", "127.0.0.1")
    port = fronted(postgresql_url, asked=True)
    postgresql = PostgreSQLDatabase(
        postgresql_url.replace(f":{urlsplit(postgresql_url).port}/", f":{port}/"), connect_timeout=5, ca_file=other
    )
    redis = RedisCache(f"rediss://127.0.0.1:{fronted(redis_url)}/0", 5)
    qdrant = QdrantVectorDatabase(f"https://127.0.0.1:{fronted(qdrant_url)}", qdrant_api_key, model="m")
    yield {
        "PostgreSQL": (postgresql, lambda: postgresql.execute_query("SELECT 1 AS one")),
        "Redis": (redis, lambda: redis.get("key")),
        "Qdrant": (qdrant, lambda: qdrant.get_batch("r1")),
    }
    postgresql.close()
    run(redis.close())
    run(qdrant.close())


@pytest.mark.parametrize("name", ["PostgreSQL", "Redis", "Qdrant"])
def test_a_certificate_that_is_not_trusted_is_named(stores, name, caplog):
    store, ask = stores[name]

    health = run(store.health_check())
    for _ in range(2):
        with suppress(StoreUnavailable):  # the cache fails open
            run(ask())

    assert (health.status, health.error) == ("unhealthy", f"{name} {UNTRUSTED}")
    lines = [record for record in caplog.records if UNTRUSTED in str(vars(record).get("reason"))]
    assert [(record.levelno, record.store) for record in lines] == [(logging.WARNING, name)]


def wrong(url):
    return url.replace(urlsplit(url).password, PASSWORD)


def test_a_sign_in_that_is_refused_is_named(postgresql_url, redis_url, qdrant_url, caplog):
    postgresql = PostgreSQLDatabase(wrong(postgresql_url), connect_timeout=5)
    redis = RedisCache(wrong(redis_url), 5)
    qdrant = QdrantVectorDatabase(qdrant_url, PASSWORD, model="m")

    found = [run(store.health_check()).error for store in (postgresql, redis, qdrant)]
    with pytest.raises(StoreUnavailable):
        run(postgresql.execute_query("SELECT 1 AS one"))
    with pytest.raises(StoreUnavailable):
        run(qdrant.get_batch("r1"))

    assert found == [
        "PostgreSQL refuses our credentials (28P01)",
        "Redis refuses our credentials",
        "Qdrant refuses our API key (401)",
    ]
    reasons = {record.store: record.reason for record in caplog.records if hasattr(record, "reason")}
    assert reasons == {
        "PostgreSQL": "PostgreSQL refuses our credentials (28P01)",
        "Redis": "refuses our credentials",
        "Qdrant": "Qdrant refuses our API key (401)",
    }
    assert PASSWORD not in caplog.text
    postgresql.close()
    run(redis.close())
    run(qdrant.close())


def test_a_port_where_nothing_listens_is_named():
    redis, qdrant = RedisCache("redis://127.0.0.1:9/0", 5), QdrantVectorDatabase("http://127.0.0.1:9", model="m")
    postgresql = PostgreSQLDatabase("postgresql://u:p@127.0.0.1:9/d", connect_timeout=5)

    for name, store in (("Redis", redis), ("Qdrant", qdrant), ("PostgreSQL", postgresql)):
        assert run(store.health_check()).error == f"{name} cannot be reached: nothing listens at its address"
    postgresql.close()
