"""One connection to PostgreSQL through pg8000: our own socket, verified TLS, time limits."""

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson
import pg8000.legacy
import scramp  # type: ignore[import-untyped]
from pg8000.converters import string_array_in
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
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


# What pg8000 raises on bytes that are no answer of PostgreSQL.
_NO_ANSWER = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
    scramp.ScramException,
    struct.error,
)


@contextmanager
def _speaking() -> Iterator[None]:
    """Let a server that is none look like a connection that broke."""
    try:
        yield
    except _NO_ANSWER as fault:
        raise pg8000.legacy.InterfaceError("no answer of PostgreSQL") from fault


class _Connection(pg8000.legacy.Connection):  # type: ignore[misc]
    def __init__(self, *args: Any, **about: Any) -> None:
        try:
            super().__init__(*args, **about)
        except BaseException:
            # pg8000 closes the socket, which its file still holds open.
            with suppress(AttributeError, OSError, ValueError):
                self._sock.close()
            raise

    def handle_messages(self, context: Any) -> None:
        with _speaking():
            try:
                super().handle_messages(context)
            except (ArithmeticError, ValueError) as fault:
                # A value that we cannot read is no fault of the connection, which the rest of the answer keeps in step.
                context.input_funcs = ()
                super().handle_messages(context)
                raise pg8000.legacy.DatabaseError({"C": "22000", "M": "a value that cannot be read"}) from fault

    def handle_ERROR_RESPONSE(self, data: bytes, context: Any) -> None:  # noqa: N802 - pg8000's name
        super().handle_ERROR_RESPONSE(data, context)
        context.error.args[0].setdefault("C", "08P01")

    def close(self) -> None:
        """Give the socket back whatever state it is in: pg8000 leaves it to the garbage collector after a fault."""
        stream = self._sock
        with suppress(OSError, ValueError, pg8000.legacy.InterfaceError):
            super().close()
        with suppress(OSError, ValueError, AttributeError):
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
        self._url = _parsed(url)
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
        with _speaking():
            connection = self._started(read_timeout)
        # The server cancels first; the socket's limit is for a server that has gone silent.
        connection._usock.settimeout(read_timeout + self._connect_timeout)  # noqa: SLF001
        connection.register_in_adapter(_UUID, str)
        connection.register_in_adapter(_UUID_ARRAY, string_array_in)
        connection.register_in_adapter(_MOMENT, datetime.fromisoformat)
        return connection

    def _started(self, read_timeout: float) -> _Connection:
        opened = self._open(self.host, self._url.port or DEFAULT_PORT, self._connect_timeout)
        try:
            return _Connection(
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


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # Whatever is wrong with it, it may be the password's part.
        raise ValueError(
            "POSTGRESQL_URL is no URL of a database; what is special in a password must be quoted"
        ) from None
