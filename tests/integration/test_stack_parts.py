import pg8000.native
import pytest
import redis

from local import postgresql


def test_postgresql_folds_cyrillic_and_finds_trigrams(engines, empty_postgresql_url):
    database = empty_postgresql_url.rpartition("/")[2]
    with pg8000.native.Connection(
        postgresql.USER, "127.0.0.1", database, engines.postgresql.port, engines.secrets.postgresql
    ) as connection:
        connection.run("CREATE EXTENSION pg_trgm")
        found = connection.run("SELECT lower('ЦЕМЕНТ'), similarity('Цемент', 'цемнет') > 0.2")

    assert found == [["цемент", True]]


def test_redis_starts_empty_and_asks_for_its_password(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
    with (
        redis.Redis.from_url(redis_url.replace("//:", "//:wrong")) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()
