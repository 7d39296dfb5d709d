"""One connection to PostgreSQL through pg8000: our own socket, verified TLS, time limits."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson
import pg8000.legacy
from pg8000.converters import string_array_in
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import Pool, QueuePool

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_UUID, _UUID_ARRAY = 2950, 2951
_MOMENT = 1184  # timestamptz; the driver's own reading takes ten times as long
DEFAULT_PORT = 5432
# An environment that freezes inside a transaction must not hold its locks for long.
_IDLE_IN_TRANSACTION_MS = 60_000

OpenSocket = Callable[[str, int, float], socket.socket]


def direct(host: str, port: int, timeout: float) -> socket.socket:
    """A plain TCP connection with keep-alive."""
    opened = socket.create_connection((host, port), timeout)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


class _Connection(pg8000.legacy.Connection):  # type: ignore[misc]
    def close(self) -> None:
        """Give the socket back whatever state it is in: pg8000 leaves it to the garbage collector after a fault."""
        stream = self._sock
        try:
            super().close()
        finally:
            with suppress(OSError, ValueError):
                stream.close()


def cut(connection: Connection) -> None:
    """End at once whatever another thread waits for on ``connection``."""
    with suppress(OSError, AttributeError, SQLAlchemyError):
        # Of the plain socket: TLS would want to say goodbye.
        socket.socket.shutdown(connection.connection.dbapi_connection._usock, socket.SHUT_RDWR)  # type: ignore[union-attr]  # noqa: SLF001


class PostgreSQLServer:
    """Where the database is and how it is reached. ``tunnel`` opens the socket where a direct one cannot be had.

    TLS is used and verified for every host but this machine; ``ca_file`` demands it there too, and behind a tunnel.
    """

    def __init__(
        self, url: str, *, connect_timeout: float, ca_file: str | None = None, tunnel: OpenSocket | None = None
    ) -> None:
        self._url = make_url(url)
        self._connect_timeout = connect_timeout
        self._ca_file = ca_file
        self._open = tunnel or direct
        self._plain = not ca_file and (tunnel is not None or self.host in _LOCAL_HOSTS)

    @property
    def host(self) -> str:
        return self._url.host or "localhost"

    @cached_property
    def _tls(self) -> ssl.SSLContext | bool:
        """Made once: reading the authorities for each connection costs 60 ms."""
        return False if self._plain else ssl.create_default_context(cafile=self._ca_file)

    def connect(self, read_timeout: float) -> pg8000.legacy.Connection:
        """An open connection whose statements end within ``read_timeout`` seconds, on the server and on the socket."""
        opened = self._open(self.host, self._url.port or DEFAULT_PORT, self._connect_timeout)
        try:
            connection = _Connection(
                self._url.username or "postgres",
                host=self.host,  # the name that TLS verifies
                database=self._url.database,
                password=self._url.password,
                ssl_context=self._tls,
                sock=opened,
                application_name="quarry",
                startup_params={
                    "statement_timeout": str(int(read_timeout * 1000)),
                    "idle_in_transaction_session_timeout": str(_IDLE_IN_TRANSACTION_MS),
                    "TimeZone": "UTC",
                    "jit": "off",
                },
            )
        except BaseException:
            opened.close()
            raise
        # The server cancels first; the socket's limit is for a server that has gone silent.
        connection._usock.settimeout(read_timeout + self._connect_timeout)  # noqa: SLF001
        connection.register_in_adapter(_UUID, str)
        connection.register_in_adapter(_UUID_ARRAY, string_array_in)
        connection.register_in_adapter(_MOMENT, datetime.fromisoformat)
        return connection

    def engine(self, read_timeout: float, *, poolclass: type[Pool] = QueuePool, **options: Any) -> Engine:
        """SQLAlchemy's engine over :meth:`connect`."""
        return create_engine(
            "postgresql+pg8000://",
            creator=lambda: self.connect(read_timeout),
            poolclass=poolclass,
            json_deserializer=orjson.loads,
            hide_parameters=True,  # a price list is nobody's business in a log
            **options,
        )
