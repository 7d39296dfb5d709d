"""Whatever Redis answers, the cache fails open; only an outage makes it pause."""

import logging
import socket

import pytest
import redis

from quarry.adapters import redis as adapter
from quarry.adapters.redis import RedisCache
from quarry.runtime import run
from tests.integration.borders import SECRET, closed_port, playing, reset

OUTAGES = {
    "LOADING Redis is loading the dataset in memory",
    "NOAUTH Authentication required.",
    "WRONGPASS invalid username-password pair or user is disabled.",
    "ERR max number of clients reached",
}
REFUSALS = {
    "READONLY You can't write against a read only replica.",
    "OOM command not allowed when used memory > 'maxmemory'.",
    "MOVED 3999 127.0.0.1:6381",
    "ASK 3999 127.0.0.1:6381",
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "CLUSTERDOWN The cluster is down",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist on disk.",
    "BUSY Redis is busy running a script.",
    "NOPERM this user has no permissions to run the 'get' command",
    "WRONGTYPE Operation against a key holding the wrong kind of value",
    "ERR syntax error",
}
RUBBISH = {
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "bytes": b"\x00\xff\x15\x03\r\n",
    "a length that is no number": b"$x\r\n",
    "a number that is none": b":x\r\n",
    "an unknown kind": b"?what\r\n",
    "a redirect without an address": b"-MOVED nowhere\r\n",
    "half a value": b"$5\r\nab",
    "a list": b"*1\r\n:1\r\n",
    "a map": b"%1\r\n+a\r\n+b\r\n",
    "a word": b"+what\r\n",
    "a number": b":7\r\n",
    "nothing": b"",
    "a line that does not end": b"+" + b"x" * 200_000,
    "lists within lists": b"*1\r\n" * 20_000,
}


@pytest.fixture
def cache():
    """Makes a cache over a port, and closes it."""
    made = []

    def over(port, timeout=0.3):
        made.append(RedisCache(f"redis://:{SECRET}@127.0.0.1:{port}/0", timeout))
        return made[-1]

    yield over
    for one in made:
        run(one.close())


def greeted(connection: socket.socket) -> None:
    """Take the client's greeting: a command each, all answered with OK."""
    buffer = connection.makefile("rb")
    while count := buffer.readline()[1:]:
        arguments = [buffer.read(int(buffer.readline()[1:]) + 2).strip() for _ in range(int(count))]
        if arguments[0].upper() not in {b"AUTH", b"CLIENT", b"SELECT", b"HELLO"}:
            return
        connection.sendall(b"%1\r\n+proto\r\n:3\r\n" if arguments[0] == b"HELLO" else b"+OK\r\n")


def answering(answer: bytes):
    def play(connection: socket.socket) -> None:
        greeted(connection)
        connection.sendall(answer)

    return play


async def everything(cache):
    return {
        "get": await cache.get("name"),
        "set": await cache.set("name", b"value", 60),
        "many": await cache.get_many(["one", "two"]),
        "increment": await cache.increment("generation"),
        "claim": await cache.claim("lock", 60),
        "count": await cache.count("popular", "цемент"),
        "top": await cache.top("popular", 5),
        "delete": await cache.delete("name"),
    }


NOTHING = {
    "get": None,
    "set": False,
    "many": [None, None],
    "increment": None,
    "claim": True,
    "count": None,
    "top": [],
    "delete": None,
}


@pytest.mark.parametrize("words", sorted(OUTAGES | REFUSALS))
def test_an_error_is_a_miss_and_a_pause_only_when_it_is_an_outage(cache, words, caplog):
    with playing(answering(f"-{words}\r\n".encode())) as port, caplog.at_level(logging.INFO, "quarry"):
        asked = cache(port)
        assert run(everything(asked)) == NOTHING
        assert asked.paused == (words in OUTAGES)
        assert run(everything(asked)) == NOTHING
        health = run(asked.health_check())
    assert (health.status, SECRET in health.error) == ("unhealthy", False)
    reported = [record.message for record in caplog.records]
    assert reported == ["cache is unavailable" if words in OUTAGES else "cache refuses"]
    assert SECRET not in caplog.text


@pytest.mark.parametrize("answer", RUBBISH.values(), ids=RUBBISH)
def test_an_answer_that_is_none_is_a_miss(cache, answer, monkeypatch):
    monkeypatch.setattr(adapter, "PAUSE_SECONDS", 0.0)
    with playing(answering(answer)) as port:
        found = run(everything(cache(port)))
        assert {name: type(value) for name, value in found.items() if name not in {"get", "increment"}} == {
            name: type(value) for name, value in NOTHING.items() if name not in {"get", "increment"}
        }
        assert isinstance(found["get"], bytes | None)
        assert isinstance(found["increment"], int | None)
        assert [type(value) for value in found["many"]] in ([type(None)] * 2, [bytes] * 2)
        assert run(cache(port).health_check()).status == "unhealthy"


@pytest.mark.parametrize(
    "play", [lambda connection: None, reset, lambda connection: connection.sendall(b"\x15\x03\x03")]
)
def test_a_server_that_breaks_off_is_an_outage(cache, play):
    with playing(play) as port:
        asked = cache(port)
        assert run(everything(asked)) == NOTHING
        assert asked.paused


def test_a_silent_server_costs_its_time_once(cache):
    connections = []

    def silent(connection):
        connections.append(connection)
        greeted(connection)
        connection.recv(1)

    with playing(silent) as port:
        asked = cache(port)
        assert run(everything(asked)) == NOTHING
    assert len(connections) == 1


def test_a_closed_connection_is_tried_once_more_and_no_more(cache):
    connections = []
    with playing(connections.append) as port:
        run(cache(port).get("name"))
    # One more try of the command, and each of the two is one more try of the connection.
    assert 1 < len(connections) <= 4


def test_a_tls_handshake_that_fails_is_a_miss():
    with playing(lambda connection: connection.sendall(b"rubbish, no TLS")) as port:
        asked = RedisCache(f"rediss://:{SECRET}@127.0.0.1:{port}/0", 0.3)
        assert run(everything(asked)) == NOTHING
        run(asked.close())


def test_a_host_without_a_name_is_a_miss(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    asked = RedisCache(f"redis://:{SECRET}@nowhere.invalid:{closed_port()}/0", 0.3)
    assert run(everything(asked)) == NOTHING
    run(asked.close())


def test_a_full_server_is_still_read(redis_url):
    asked = RedisCache(redis_url, 0.5)
    run(asked.set("name", b"value", 60))
    with redis.Redis.from_url(redis_url) as client:
        kept = client.config_get("maxmemory", "maxmemory-policy")
        client.config_set("maxmemory-policy", "noeviction", "maxmemory", 1)
        try:
            assert run(asked.set("other", b"value", 60)) is False
            assert run(asked.get("name")) == b"value"
        finally:
            client.config_set(*[part for pair in kept.items() for part in pair])
    run(asked.close())


@pytest.mark.parametrize(
    "url", [f"redis://:x@127.0.0.1:{SECRET}/0", f"{SECRET}://127.0.0.1", f"redis://:{SECRET}[@x/0"]
)
def test_a_url_that_cannot_be_read_is_not_shown(url):
    with pytest.raises(ValueError, match="REDIS_URL") as error:
        RedisCache(url, 1)
    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None
