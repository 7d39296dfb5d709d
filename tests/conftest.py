"""The real engines, started once a session; each test gets its own database, an empty Redis, its own collection."""

import asyncio
import logging
import os
import secrets
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx
import pg8000.native
import pytest
import pytest_socket
import redis

from local import ROOT, parts, postgresql
from local.processes import Nursery, free_port
from local.template import REGION
from quarry import runtime


@dataclass
class Engines:
    """The stores of this session; each is started at its first use."""

    nursery: Nursery
    home: Path

    @cached_property
    def secrets(self) -> parts.Secrets:
        return parts.Secrets(*(secrets.token_hex(16) for _ in range(3)))

    @cached_property
    def postgresql(self) -> parts.Part:
        # Durability in a power failure is not tested, and would cost seconds.
        fast = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        return parts.start_postgresql(self.nursery, self.home, free_port(), self.secrets, fast)

    @cached_property
    def migrated(self) -> str:
        """The database from which each test's own is copied."""
        name = "migrated"
        self._run(f"CREATE DATABASE {name}")
        url = postgresql.url(self.postgresql.port, self.secrets.postgresql, name)
        command = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "POSTGRESQL_URL": url})
        return name

    @cached_property
    def redis(self) -> parts.Part:
        return parts.start_redis(self.nursery, self.home, free_port(), self.secrets)

    @cached_property
    def qdrant(self) -> parts.Part:
        return parts.start_qdrant(self.nursery, self.home, free_port(), self.secrets, os.environ)

    @cached_property
    def aws(self) -> parts.Part:
        return parts.start_aws(self.nursery, self.home, free_port(), os.environ)

    def database(self, template: str) -> str:
        """The URL of a fresh database made from ``template``."""
        name = f"test_{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return postgresql.url(self.postgresql.port, self.secrets.postgresql, name)

    def drop(self, url: str) -> None:
        self._run(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def drop_collections(self, prefix: str) -> None:
        """Each maps dozens of files, and the kernel gives a process 65,530 maps."""
        if "qdrant" not in vars(self):
            return
        with httpx.Client(base_url=self.qdrant.url, headers={"api-key": self.secrets.qdrant}, timeout=60) as client:
            for one in client.get("/collections").raise_for_status().json()["result"]["collections"]:
                if one["name"].startswith(prefix):
                    client.delete(f"/collections/{one['name']}").raise_for_status()

    def close(self) -> None:
        if "_administration" in vars(self):
            self._administration.close()
        self.nursery.close()

    def _run(self, statement: str) -> None:
        self._administration.run(statement)

    @cached_property
    def _administration(self) -> pg8000.native.Connection:
        """Kept, and without TLS: to open one for each statement took most of a fixture's time."""
        port, password = self.postgresql.port, self.secrets.postgresql
        return pg8000.native.Connection(postgresql.USER, "127.0.0.1", "postgres", port, password, ssl_context=False)


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    home = tmp_path_factory.mktemp("engines")
    engines = Engines(Nursery(home / "logs"), home)
    yield engines
    engines.close()


@pytest.fixture
def postgresql_url(engines: Engines) -> Iterator[str]:
    """A fresh database at the newest revision."""
    url = engines.database(engines.migrated)
    yield url
    engines.drop(url)


@pytest.fixture
def empty_postgresql_url(engines: Engines) -> Iterator[str]:
    """A fresh database without any table of ours."""
    url = engines.database("template1")
    yield url
    engines.drop(url)


@pytest.fixture
def redis_url(engines: Engines) -> str:
    """An empty Redis."""
    with redis.Redis.from_url(engines.redis.url) as client:
        client.flushall()
    return engines.redis.url


@pytest.fixture
def qdrant_url(engines: Engines) -> str:
    return engines.qdrant.url


@pytest.fixture
def qdrant_api_key(engines: Engines) -> str:
    return engines.secrets.qdrant


@pytest.fixture
def collection(engines: Engines) -> Iterator[str]:
    """A name that no other test uses; collections whose names begin so are deleted after the test."""
    name = f"test_{uuid.uuid4().hex}"
    yield name
    engines.drop_collections(name)


@pytest.fixture
def aws_url(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of S3 and SQS, set in the environment with credentials, as boto3 reads it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", engines.aws.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return engines.aws.url


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A function's logger writes to the output of the test that made it, which is closed after that test."""
    quarry, loggers = logging.getLogger("quarry"), logging.Logger.manager.loggerDict
    before = quarry.handlers[:], quarry.level, quarry.propagate
    yield
    quarry.handlers[:], quarry.level, quarry.propagate = before
    # Powertools marks what it has set up, and takes it again for a service of the same name.
    for name in [name for name, logger in loggers.items() if getattr(logger, "init", False)]:
        del loggers[name]


@pytest.fixture(autouse=True)
def _environments_loop() -> None:
    """Whoever asks for the thread's loop meets the environment's, also after a test that ran another one."""
    asyncio.set_event_loop(runtime.loop())


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Unit tests open no socket; the others reach this machine only."""
    if "unit" in item.path.relative_to(ROOT / "tests").parts:
        pytest_socket.disable_socket(allow_unix_socket=True)
    else:
        pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
