import contextlib
import os
import signal
import threading
import time

import pg8000.exceptions
import pg8000.native
import psutil
import pytest
import redis

from local import parts, postgresql
from local.processes import Nursery, free_port


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


def test_postgresql_that_was_killed_at_work_starts_when_its_last_statement_has_ended(tmp_path):
    nursery, port, secrets = Nursery(tmp_path / "logs"), free_port(), parts.Secrets("a", "b", "c")
    first = parts.start_postgresql(nursery, tmp_path, port, secrets)
    working = threading.Thread(target=_work, args=(port, secrets.postgresql))
    working.start()
    while not _busy(first.process.pid):
        time.sleep(0.05)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    second = parts.start_postgresql(nursery, tmp_path, port, secrets)
    working.join()

    assert second.process.poll() is None
    nursery.close()


def _work(port: int, password: str) -> None:
    """A statement that computes, and does not notice that its server has ended."""
    with (
        contextlib.suppress(pg8000.exceptions.InterfaceError, OSError),
        pg8000.native.Connection(postgresql.USER, "127.0.0.1", "postgres", port, password) as connection,
    ):
        connection.run("SELECT count(*) FROM generate_series(1, 5000000)")


def _busy(server: int) -> bool:
    return any("SELECT" in " ".join(one.cmdline()) for one in psutil.Process(server).children())
