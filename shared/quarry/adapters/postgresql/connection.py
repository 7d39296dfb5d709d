"""One connection to PostgreSQL through pg8000: our own socket, verified TLS, statements by name."""

import socket
import ssl
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
import pg8000.legacy
import scramp  # type: ignore[import-untyped]
from pg8000.converters import string_array_in
from pg8000.native import to_statement

from quarry.adapters.interfaces import Renew
from quarry.adapters.postgresql.copying import array_text

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_UUID_OID, _UUID_ARRAY_OID = 2950, 2951
_JSON_OIDS = (114, 3802)
_MOMENT_OID = 1184  # timestamptz; the driver's own reading takes ten times as long
DEFAULT_PORT = 5432
# An environment that freezes inside a transaction must not hold its locks for long.
_IDLE_IN_TRANSACTION_MS = 60_000
# Who waits decides how long; this ends a statement whose client was cut off and nobody waits for (PostgreSQL 14).
_CLIENT_CHECK_MS = 2_000
# The longest that a function may run.
_STATEMENT_SECONDS = 900
# For TLS and the log-in, on a server that is busy; one that says nothing is given up by who waits.
_LOGIN_SECONDS = 30.0
_SESSION = {
    "statement_timeout": str(_STATEMENT_SECONDS * 1000),
    "client_connection_check_interval": str(_CLIENT_CHECK_MS),
    "idle_in_transaction_session_timeout": str(_IDLE_IN_TRANSACTION_MS),
    "TimeZone": "UTC",
    # Compiling costs more than statements as short as ours.
    "jit": "off",
}
_NO_URL = "POSTGRESQL_URL is no URL of a database; what is special in a password must be quoted"

OpenSocket = Callable[[str, int, float], socket.socket]
_SIGN_IN_REFUSED = "28"  # SQLSTATE's class


def direct(host: str, port: int, timeout: float) -> socket.socket:
    """A plain TCP connection with keep-alive."""
    opened = socket.create_connection((host, port), timeout)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


# What pg8000 raises on bytes that are not an answer of PostgreSQL.
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
    except ssl.SSLError:
        raise  # a certificate that is not trusted is a ValueError too
    except _NO_ANSWER as error:
        raise pg8000.legacy.InterfaceError("no answer of PostgreSQL") from error


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
            except ssl.SSLError:
                raise
            except (ArithmeticError, ValueError) as error:
                # A value that we cannot read leaves the connection whole: the rest of the answer keeps it in step.
                context.input_funcs = ()
                super().handle_messages(context)
                raise pg8000.legacy.DatabaseError({"C": "22000", "M": "a value that cannot be read"}) from error

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


@lru_cache(maxsize=256)
def _prepared(statement: str) -> tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]]:
    """The statement with numbered places, and what puts values by name into their order."""
    numbered, in_order = to_statement(statement)
    return numbered, in_order


class Session:
    """A connection with statements that have ``:name`` places, each committed by itself unless a transaction was begun.

    Arrays go as text, which the driver takes much longer to make: statements cast them to their type. What fails leaves
    as the driver raises it.
    """

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def rows(self, statement: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        context = self._run(statement, params)
        # Without columns it was not a query.
        names = [column["name"] for column in context.columns or ()]
        if not names:
            raise pg8000.legacy.DatabaseError({"M": "the statement gives no rows"})
        return [dict(zip(names, row, strict=True)) for row in context.rows]

    def value(self, statement: str, params: Mapping[str, Any] | None = None) -> Any:
        """Of a query with one row and one column."""
        (row,) = self.rows(statement, params)
        (value,) = row.values()
        return value

    def execute(self, statement: str, params: Mapping[str, Any] | None = None) -> int:
        """Returns the number of rows that were changed."""
        return int(self._run(statement, params).row_count)

    def copy(self, statement: str, stream: Any) -> None:
        """COPY from blocks of bytes or into what can be written to."""
        self._connection.execute_unnamed(statement, stream=stream)

    def roll_back(self) -> None:
        """Leave the transaction, if one was begun."""
        self._connection.rollback()

    def _run(self, statement: str, params: Mapping[str, Any] | None) -> Any:
        numbered, in_order = _prepared(statement)
        try:
            values = [
                array_text(value) if isinstance(value, list | tuple) else value for value in in_order(params or {})
            ]
        except pg8000.legacy.InterfaceError as error:
            raise pg8000.legacy.DatabaseError({"M": str(error)}) from None
        if not values:
            return self._connection.execute_simple(numbered)  # one round trip instead of three
        return self._connection.execute_unnamed(numbered, values)

    def abort(self) -> None:
        """End at once whatever another thread waits for."""
        with suppress(OSError, AttributeError):
            # Of the plain socket: TLS would want to say goodbye.
            socket.socket.shutdown(self._connection._usock, socket.SHUT_RDWR)  # noqa: SLF001

    def close(self) -> None:
        self._connection.close()


@dataclass(frozen=True, slots=True)
class _Address:
    user: str
    password: str | None
    host: str
    port: int
    database: str | None


class PostgreSQLServer:
    """Where the database is and how it is reached. ``tunnel`` opens the socket where a direct one cannot be had.

    TLS is used and verified for every host but this machine; ``ca_file`` demands it there too, and behind a tunnel.
    ``pooled`` leaves a session's parameters to the pooler that it is reached through. ``renew`` is asked for another
    URL when the sign-in was refused.
    """

    def __init__(
        self,
        url: str,
        *,
        connect_timeout: float,
        ca_file: str | None = None,
        tunnel: OpenSocket | None = None,
        pooled: bool = False,
        renew: Renew | None = None,
    ) -> None:
        self._url = url
        self._address = _parsed(url)
        self._parameters = None if pooled else _SESSION
        self._renew = renew
        self._connect_timeout = connect_timeout
        self._ca_file = ca_file
        self._open = tunnel or direct
        # SSH encrypts what goes through a tunnel, and what stays on this machine needs no encryption.
        self._plain = not ca_file and (tunnel is not None or self.host in _LOCAL_HOSTS)

    @property
    def host(self) -> str:
        return self._address.host

    @cached_property
    def tls(self) -> ssl.SSLContext | bool:
        """Made once: reading the authorities for each connection costs 60 ms."""
        return False if self._plain else ssl.create_default_context(cafile=self._ca_file)

    def connect(self) -> _Connection:
        """An open connection. Its statements may take as long as a function runs: who waits for them decides."""
        with _speaking():
            try:
                connection = self._started()
            except pg8000.legacy.DatabaseError as error:
                if not (_is_sign_in_refused(error) and self._has_renewed()):
                    raise
                connection = self._started()
        # The log-in's limit would end every longer statement; pg8000 has no setting for it.
        connection._usock.settimeout(_STATEMENT_SECONDS)  # noqa: SLF001
        connection.register_in_adapter(_UUID_OID, str)
        connection.register_in_adapter(_UUID_ARRAY_OID, string_array_in)
        connection.register_in_adapter(_MOMENT_OID, datetime.fromisoformat)
        return connection

    def session(self) -> Session:
        connection = self.connect()
        for kind in _JSON_OIDS:
            connection.register_in_adapter(kind, orjson.loads)
        return Session(connection)

    def _has_renewed(self) -> bool:
        url = self._renew(self._url) if self._renew else None
        if url is None:
            return False
        self._url, self._address = url, _parsed(url)
        return True

    def _started(self) -> _Connection:
        address = self._address
        opened = self._open(address.host, address.port, self._connect_timeout)
        try:
            opened.settimeout(_LOGIN_SECONDS)
            return _Connection(
                address.user,
                host=address.host,  # the name that TLS verifies
                database=address.database,
                password=address.password,
                ssl_context=self.tls,
                sock=opened,
                application_name="quarry",
                startup_params=self._parameters,
            )
        except BaseException:
            opened.close()
            raise


def _is_sign_in_refused(error: pg8000.legacy.DatabaseError) -> bool:
    fields = error.args[0] if error.args else None
    return isinstance(fields, dict) and str(fields.get("C", "")).startswith(_SIGN_IN_REFUSED)


def _parsed(url: str) -> _Address:
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORT
    except ValueError:
        # Whatever is wrong with it, it may be the password's part.
        raise ValueError(_NO_URL) from None
    if not (parts.scheme.startswith("postgresql") and parts.netloc):
        raise ValueError(_NO_URL)
    return _Address(
        unquote(parts.username or "postgres"),
        unquote(parts.password) if parts.password is not None else None,
        parts.hostname or "localhost",
        port,
        unquote(parts.path[1:]) or None,
    )
