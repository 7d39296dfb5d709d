"""PostgreSQL behind the specification's port, over pg8000 in worker threads.

pg8000 is synchronous. Reads, writes and pings have one connection and one thread each, made at first use.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import pg8000.exceptions

from quarry import patience
from quarry.adapters.interfaces import Health, IRelationalDatabase, Renew
from quarry.adapters.postgresql.connection import OpenSocket, PostgreSQLServer, Session
from quarry.adapters.unreachable import unreachable
from quarry.breaker import CircuitBreaker
from quarry.errors import ContentRefused, QuarryError, StoreError, StoreTimeout, StoreUnavailable

T = TypeVar("T")
STORE = "PostgreSQL"

# SQLSTATEs, since pg8000's exception classes do not distinguish kinds
# (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_TIMEOUTS = frozenset({"57014", "55P03"})  # cancelled by a time limit, lock not had
_UNAVAILABLE = (
    "08",  # connection exceptions
    "3D",  # no such database
    "53",  # out of connections, memory or disk
    "57P",  # shutting down, crashed, starting up
    "58",  # the server's own disk and files
    "XX001",  # damaged data
    "XX002",  # a damaged index
    "25006",  # a standby after a failover
)
_SIGN_IN = "28"
# pg8000 says so in its text alone.
_TLS_REFUSED = "Server refuses SSL"
# PgBouncer's words; its code (08P01) stands for much else.
_POOLER = "unsupported startup parameter"
_NO_TLS = "cannot be reached: it does not offer TLS"
# An error of these ends the connection, whatever its code: nobody is let in, or no more.
_ENDING = frozenset({"FATAL", "PANIC"})
# Classes for data, constraints and limits; of a duplicate key two workers who met are the cause.
_REFUSED_VALUES = ("22", "23", "54")
_DUPLICATE = "23505"
# A connection that idles longer may have been dropped by a device between, without a word.
_IDLE_SECONDS = 60.0


@contextmanager
def postgres_errors() -> Iterator[None]:
    """The border: the driver's errors, and the bare OSErrors that it lets through, become our own."""
    try:
        yield
    except (pg8000.exceptions.Error, OSError) as error:
        raise _own(error) from error
    except UnicodeEncodeError as error:
        raise ContentRefused(STORE, "cannot hold a lone surrogate", "22021") from error


def _own(error: BaseException) -> QuarryError:
    """Our error for a driver's."""
    fields = error.args[0] if error.args else None
    if isinstance(fields, dict):
        return _answered(fields)
    # No answer of the server, hence the connection.
    return StoreUnavailable(STORE, _NO_TLS if fields == _TLS_REFUSED else unreachable(error))


def _answered(fields: Mapping[str, str]) -> QuarryError:
    code = fields.get("C")
    if code is None:
        return StoreError(STORE, fields["M"])
    if code in _TIMEOUTS:
        return StoreTimeout(STORE)
    if code.startswith(_SIGN_IN):
        return StoreUnavailable(STORE, f"refuses our credentials ({code})")
    if _POOLER in fields.get("M", ""):
        return StoreUnavailable(
            STORE, "is behind a pooler, which refuses a session's parameters: set POSTGRESQL_POOLED"
        )
    if fields.get("V") in _ENDING or code.startswith(_UNAVAILABLE):
        return StoreUnavailable(STORE, f"refuses the connection ({code})")
    refused = ContentRefused if code.startswith(_REFUSED_VALUES) and code != _DUPLICATE else StoreError
    return refused(STORE, fields.get("M", "refused"), code)


class _Connection:
    """A session that is opened by its first use, and thrown away when it broke."""

    def __init__(self, server: PostgreSQLServer) -> None:
        self._server = server
        self._session: Session | None = None

    def use(self, work: Callable[[Session], T]) -> T:
        with postgres_errors():
            self._session = self._session or self._server.session()
            try:
                return work(self._session)
            except BaseException as error:
                if not _is_kept(self._session, error):
                    self.drop()
                raise

    def abort(self) -> None:
        if self._session is not None:
            self._session.abort()

    def drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


def _is_kept(session: Session, error: BaseException) -> bool:
    """Whether the session goes on, rolled back: only a server's plain answer leaves it in step."""
    if not (isinstance(error, pg8000.exceptions.Error) and isinstance(_own(error), StoreError)):
        return False
    try:
        session.roll_back()
    except (pg8000.exceptions.Error, OSError):
        return False
    return True


class _Worker:
    """One connection and the thread that uses it."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="postgresql")
        self._used_at = 0.0

    def submit(self, work: Callable[[Session], T]) -> "Future[T]":
        return self._thread.submit(self._used, work)

    def _used(self, work: Callable[[Session], T]) -> T:
        # Wall time: the monotonic clock of an environment that was frozen or restored from a snapshot did not run.
        if time.time() - self._used_at > _IDLE_SECONDS:
            self.drop()
        done = self._connection.use(work)
        self._used_at = time.time()
        return done

    def drop(self) -> None:
        """Forget the connection; the next use opens another."""
        self._connection.drop()

    def detach(self) -> None:
        """Let the thread end by itself, and soon: the connection that it waits for is aborted."""
        self._connection.abort()
        self._thread.submit(self.drop)
        self._thread.shutdown(wait=False)

    def close(self) -> None:
        self._thread.shutdown()
        self.drop()


class _Transaction(Generic[T]):
    """Work in a transaction; an error rolls it back, where the session is used."""

    def __init__(self, work: Callable[[Session], T]) -> None:
        self._work = work
        self.begun = False

    def __call__(self, session: Session) -> T:
        session.execute("BEGIN")
        self.begun = True
        done = self._work(session)
        session.execute("COMMIT")
        return done


class _Pool:
    """A pool of one worker, which is replaced when its caller gives up on it. ``ping`` is for when it says nothing."""

    def __init__(self, server: PostgreSQLServer, ping: patience.Ping | None) -> None:
        self._server = server
        self._ping = ping
        self._worker: _Worker | None = None

    async def run(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in the worker's thread. Raises only our own errors."""
        worker = self._worker = self._worker or _Worker(_Connection(self._server))
        running = worker.submit(work)
        answer = asyncio.wrap_future(running)
        try:
            return await (patience.for_store(STORE, answer, self._ping) if self._ping else answer)
        except (StoreUnavailable, StoreTimeout, asyncio.CancelledError):
            # What had to wait for its turn leaves the worker to what came before it.
            if not (running.cancel() or running.done()):
                self._detach(worker)
            raise

    async def run_with_reconnect(self, work: Callable[[Session], T]) -> T:
        """Run ``work``, and once more on a new connection when the old one turned out to be closed.

        A transaction that has begun is not run again: it may have been committed.
        """
        worker = self._worker
        try:
            return await self.run(work)
        except StoreUnavailable:
            begun = isinstance(work, _Transaction) and work.begun
            if begun or patience.is_silent(STORE) or self._worker is not worker or worker is None:
                raise
            return await self.run(work)

    def _detach(self, worker: _Worker) -> None:
        if self._worker is worker:
            self._worker = None
        worker.detach()

    def drop(self) -> None:
        """Forget the connection; the next use opens another."""
        if self._worker is not None:
            self._worker.drop()

    def close(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()


class PostgreSQLDatabase(IRelationalDatabase):
    """``connect_timeout`` is in seconds. Every method raises our own errors alone.

    Statements for data enter ``breaker``; pings and health checks pass by it.
    """

    def __init__(
        self,
        url: str,
        *,
        connect_timeout: float = 5.0,
        ca_file: str | None = None,
        tunnel: OpenSocket | None = None,
        pooled: bool = False,
        renew: Renew | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self.breaker = breaker or CircuitBreaker(STORE)
        self._server = PostgreSQLServer(
            url, connect_timeout=connect_timeout, ca_file=ca_file, tunnel=tunnel, pooled=pooled, renew=renew
        )
        # Apart: a long COPY keeps no reader waiting, and neither of them a ping, which would look like an outage.
        self._pings = _Pool(self._server, None)
        self._reads = _Pool(self._server, self.ping)
        self._writes = _Pool(self._server, self.ping)

    def prepare(self) -> None:
        """Read what TLS needs."""
        _ = self._server.tls

    async def execute_query(self, query: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        with self.breaker.guard(self._is_healthy):
            return await self._reads.run_with_reconnect(lambda session: session.rows(query, params))

    async def execute_command(self, command: str, params: Mapping[str, Any] | None = None) -> int:
        return await self.transaction(lambda session: session.execute(command, params))

    async def transaction(self, work: Callable[[Session], T]) -> T:
        with self.breaker.guard(self._is_healthy):
            return await self._writes.run_with_reconnect(_Transaction(work))

    async def ping(self) -> None:
        """Raises StoreUnavailable when the server does not let us in; waits for as long as its caller does."""
        await self._pings.run_with_reconnect(_ping)

    async def connect(self) -> None:
        """Open the connections of a reader, so that the first question finds them open."""
        await asyncio.gather(self.ping(), self.execute_query("SELECT 1 AS here"))

    async def health_check(self) -> Health:
        started = time.perf_counter()
        try:
            await patience.in_silence(STORE, self.ping(), patience.share())
        except QuarryError as error:
            return Health(STORE, "unhealthy", error=str(error))
        return Health(STORE, "healthy", round((time.perf_counter() - started) * 1000, 1))

    async def _is_healthy(self) -> bool:
        return (await self.health_check()).status == "healthy"

    def drop_connections(self) -> None:
        """Forget connections that did not survive a snapshot; the next use opens others."""
        for pool in (self._pings, self._reads, self._writes):
            pool.drop()

    def close(self) -> None:
        for pool in (self._pings, self._reads, self._writes):
            pool.close()


def _ping(session: Session) -> None:
    session.execute("SELECT 1")
