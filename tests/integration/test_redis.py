import asyncio
import logging
import socket
from contextlib import closing

import pytest
import redis

from quarry.adapters.redis import NullCache, RedisCache
from quarry.runtime import run

TIMEOUT = 0.5


@pytest.fixture
def cache(redis_url):
    made = RedisCache(redis_url, TIMEOUT)
    yield made
    run(made.close())


@pytest.fixture
def silent_server():
    """A server that accepts connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def closed_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    return f"redis://127.0.0.1:{port}/0"


def test_a_value_is_kept_until_it_is_deleted(cache):
    assert run(cache.set("name", b"value", 60))
    assert run(cache.get("name")) == b"value"
    run(cache.delete("name"))
    assert run(cache.get("name")) is None


def test_a_value_expires(cache):
    run(cache.set("name", b"value", 1))

    async def until_gone():
        while await cache.get("name"):  # noqa: ASYNC110 - it is Redis that forgets
            await asyncio.sleep(0.05)

    run(until_gone())


def test_many_values_come_in_the_order_of_their_keys(cache):
    run(cache.set("one", b"1", 60))
    run(cache.set("three", b"3", 60))
    assert run(cache.get_many(["three", "two", "one"])) == [b"3", None, b"1"]
    assert run(cache.get_many([])) == []


def test_a_counter_grows_by_one(cache):
    assert [run(cache.increment("generation")) for _ in range(3)] == [1, 2, 3]


def test_only_the_first_claims_a_key(cache):
    assert run(cache.claim("lock", 60))
    assert not run(cache.claim("lock", 60))
    run(cache.delete("lock"))
    assert run(cache.claim("lock", 60))


def test_a_ranking_lists_the_highest_counts_first(cache):
    for word, times in {"цемент": 3, "песок": 1, "брус": 2}.items():
        run(cache.count("popular", word, times))
    assert run(cache.top("popular", 2)) == [("цемент", 3), ("брус", 2)]


def test_a_healthy_server_says_how_long_it_took(cache):
    health = run(cache.health_check())
    assert (health.type, health.status, health.error) == ("Redis", "healthy", None)
    assert health.response_time_ms >= 0


@pytest.mark.parametrize("fault", ["silent_server", "closed_port"])
def test_an_unavailable_server_is_a_miss_and_never_an_error(fault, request):
    cache = RedisCache(request.getfixturevalue(fault), 0.1)
    assert run(cache.get("name")) is None
    assert run(cache.set("name", b"value", 60)) is False
    assert run(cache.get_many(["one", "two"])) == [None, None]
    assert run(cache.increment("generation")) is None
    assert run(cache.claim("lock", 60)) is True
    assert run(cache.count("popular", "цемент")) is None
    assert run(cache.top("popular", 5)) == []
    assert run(cache.delete("name")) is None
    health = run(cache.health_check())
    assert (health.status, health.response_time_ms) == ("unhealthy", None)
    run(cache.close())


def test_an_outage_is_logged_once(closed_port, caplog):
    cache = RedisCache(closed_port, 0.1)
    with caplog.at_level(logging.INFO, "quarry"):
        for _ in range(5):
            run(cache.get("name"))
            run(cache.health_check())
    assert [record.message for record in caplog.records] == ["cache is unavailable"]


def test_the_cache_is_used_again_when_the_server_is_back(redis_url, caplog):
    cache = RedisCache(redis_url, TIMEOUT)
    with caplog.at_level(logging.INFO, "quarry"):
        cache.note_failure(ConnectionError())
        assert run(cache.set("name", b"value", 60)) is False
        assert run(cache.health_check()).status == "healthy"
        assert run(cache.set("name", b"value", 60)) is True
    assert [record.message for record in caplog.records] == ["cache is unavailable", "cache is back"]
    run(cache.close())


def test_a_connection_that_the_server_closed_is_replaced(cache, redis_url):
    async def at_once():
        return await asyncio.gather(*(cache.set("name", b"value", 60) for _ in range(3)))

    assert run(at_once()) == [True] * 3  # by three connections, which are idle now
    with redis.Redis.from_url(redis_url) as administration:
        administration.client_kill_filter(_type="normal", skipme=True)
    assert run(cache.get("name")) == b"value"


def test_a_database_of_its_own_is_selected(cache, redis_url):
    address, _, _ = redis_url.rpartition("/")
    other = RedisCache(f"{address}/1", TIMEOUT)
    assert run(other.set("name", b"other", 60))
    assert run(cache.get("name")) is None
    assert run(other.get("name")) == b"other"
    run(other.delete("name"))
    run(other.close())


def test_a_database_that_there_is_none_of_is_a_miss(redis_url, caplog):
    address, _, _ = redis_url.rpartition("/")
    cache = RedisCache(f"{address}/4000", TIMEOUT)
    with caplog.at_level(logging.INFO, "quarry"):
        assert run(cache.set("name", b"value", 60)) is False
    assert [record.message for record in caplog.records] == ["cache refuses"]


def test_a_socket_of_the_machine_is_reached(tmp_path):
    async def answering(reader, writer):
        await reader.readuntil(b"GET\r\n$4\r\nname\r\n")
        writer.write(b"$5\r\nvalue\r\n")
        writer.close()
        await writer.wait_closed()

    async def asked():
        path = tmp_path / "redis.sock"
        async with await asyncio.start_unix_server(answering, path):
            cache = RedisCache(f"unix://{path}", TIMEOUT)
            value = await cache.get("name")
            await cache.close()
            return value

    assert run(asked()) == b"value"


def test_large_values_and_many_answers_come_whole(cache):
    large = bytes(range(256)) * 4096
    words = [f"слово {number}" for number in range(5_000)]
    assert run(cache.set("large", large, 60))
    for word in words[:3]:
        run(cache.count("popular", word))
    answers = run(cache.together(*(("ECHO", word) for word in words), ("GET", "large")))
    assert answers == [*(word.encode() for word in words), large]


def test_a_wrong_type_is_a_miss(cache):
    run(cache.count("popular", "цемент"))
    assert run(cache.get("popular")) is None


def test_the_cache_that_is_none_misses_and_says_disabled():
    cache = NullCache()
    assert run(cache.set("name", b"value", 60)) is False
    assert run(cache.get("name")) is None
    assert run(cache.get_many(["one"])) == [None]
    assert run(cache.increment("generation")) is None
    assert run(cache.claim("lock", 60)) is True
    assert run(cache.count("popular", "цемент")) is None
    assert run(cache.top("popular", 1)) == []
    assert run(cache.delete("name")) is None
    assert run(cache.health_check()).status == "disabled"
