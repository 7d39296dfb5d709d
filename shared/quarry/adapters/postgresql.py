"""PostgreSQL behind the specification's port: SQLAlchemy over pg8000, in worker threads.

pg8000 is synchronous. Reads and writes have one connection and one thread each, with time limits of their own, made
at first use.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any, TypeVar

import pg8000.exceptions
from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from quarry import deadline
from quarry.adapters.copying import array_text
from quarry.adapters.interfaces import Health, IRelationalDatabase
from quarry.adapters.postgresql_connection import OpenSocket, PostgreSQLServer, cut
from quarry.errors import QuarryError, StoreError, StoreTimeout, StoreUnavailable

T = TypeVar("T")
NAME = "PostgreSQL"

# SQLSTATEs, since pg8000's exception classes do not tell one kind from another
# (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_TIMEOUTS = frozenset({"57014", "55P03"})  # cancelled by the time limit, lock not had
_UNAVAILABLE = (
    "08",  # connection exceptions
    "28",  # our credentials are refused
    "3D",  # no such database
    "53",  # out of connections, memory or disk
    "57P",  # shutting down, crashed, starting up
    "58",  # the server's own disk and files
    "XX001",  # damaged data
    "XX002",  # a damaged index
    "25006",  # a standby after a failover
)
# An error of these ends the connection, whatever its code: nobody is let in, or no more.
_ENDING = frozenset({"FATAL", "PANIC"})
# A connection that idles longer may have been dropped by a device between, without a word.
_IDLE_SECONDS = 60.0
_WHOLE_LIST_SECONDS = 90.0


@contextmanager
def postgres_errors() -> Iterator[None]:
    """The border: bare OSErrors are in the table since pg8000 lets them through SQLAlchemy."""
    try:
        yield
    except (DBAPIError, pg8000.exceptions.Error, OSError) as error:
        raise _own(error) from error
    except UnicodeEncodeError as error:
        raise StoreError(NAME, "cannot hold a lone surrogate", "22021") from error
    except SQLAlchemyError as error:
        raise StoreError(NAME, f"cannot be asked so ({type(error).__name__})") from error


def _own(error: BaseException) -> QuarryError:
    """Our error for a driver's."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    told = cause.args[0] if cause.args else None
    if isinstance(told, dict):
        return _answered(told)
    # No answer of the server, hence the connection: the socket's own error is the cause.
    return StoreTimeout(NAME) if isinstance(cause.__cause__ or cause, TimeoutError) else StoreUnavailable(NAME)


def _answered(told: Mapping[str, str]) -> QuarryError:
    code = told["C"]
    if code in _TIMEOUTS:
        return StoreTimeout(NAME)
    if told.get("V") in _ENDING or code.startswith(_UNAVAILABLE):
        return StoreUnavailable(NAME, f"refuses the connection ({code})")
    return StoreError(NAME, told.get("M", "refused"), code)


class _Line:
    """One connection and the thread that uses it."""

    def __init__(self, server: PostgreSQLServer, time_limit: float, options: Mapping[str, Any]) -> None:
        self._server = server
        self._time_limit = time_limit
        self._options = options
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="postgresql")
        self._engine: Engine | None = None
        self._busy: Connection | None = None
        self._used_at = 0.0

    def submit(self, work: Callable[[Connection], T]) -> "Future[T]":
        return self._thread.submit(self._guarded, work)

    def _guarded(self, work: Callable[[Connection], T]) -> T:
        with postgres_errors(), self._connected().connect() as connection:
            self._busy = connection
            try:
                done = work(connection)
            except BaseException as error:
                # Only after a server's plain answer is the connection still in step with it.
                if not isinstance(_own(error), StoreError):
                    connection.invalidate()
                raise
            finally:
                self._busy = None
            self._used_at = time.time()
            return done

    def _connected(self) -> Engine:
        # Wall time: an environment that was frozen, or restored from a snapshot, has a monotonic clock that stood.
        if self._engine is not None and time.time() - self._used_at > _IDLE_SECONDS:
            self.drop()
        if self._engine is None:
            self._engine = self._server.engine(self._time_limit, pool_size=1, max_overflow=0, **self._options)
        return self._engine

    def drop(self) -> None:
        """Forget the connection; the next use opens another."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    def abandon(self) -> None:
        """Let the thread end by itself, and soon: what it waits for is cut."""
        busy = self._busy
        if busy is not None:
            cut(busy)
        self._thread.submit(self.drop)
        self._thread.shutdown(wait=False)

    def close(self) -> None:
        self._thread.shutdown()
        self.drop()


class _Lane:
    """A line that is replaced when it hangs for longer than anybody waits."""

    def __init__(self, server: PostgreSQLServer, time_limit: float, **options: Any) -> None:
        self._make = partial(_Line, server, time_limit, options)
        self._line: _Line | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in the line's thread. Raises only our own errors."""
        line = self._line = self._line or self._make()
        running = line.submit(work)
        try:
            async with asyncio.timeout(deadline.share()):
                return await asyncio.wrap_future(running)
        except (TimeoutError, asyncio.CancelledError) as gave_up:
            # What had to wait for its turn leaves the line to the one before it.
            waited = running.cancel()
            if not (waited or running.done()):
                self._abandon(line)
            if isinstance(gave_up, TimeoutError):
                raise StoreTimeout(NAME, telling=not waited) from gave_up
            raise

    async def run_twice(self, work: Callable[[Connection], T]) -> T:
        """Run ``work``, and once more on a new connection when the old one turned out to be closed."""
        try:
            return await self.run(work)
        except StoreTimeout:
            raise
        except StoreUnavailable:
            return await self.run(work)

    def _abandon(self, line: _Line) -> None:
        if self._line is line:
            self._line = None
        line.abandon()

    def drop(self) -> None:
        """Forget the connection; the next use opens another."""
        if self._line is not None:
            self._line.drop()

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


class PostgreSQLDatabase(IRelationalDatabase):
    """Time limits are in seconds. Every method raises our own errors alone."""

    def __init__(
        self,
        url: str,
        *,
        connect_timeout: float,
        query_timeout: float,
        write_timeout: float,
        ca_file: str | None = None,
        tunnel: OpenSocket | None = None,
    ) -> None:
        server = PostgreSQLServer(url, connect_timeout=connect_timeout, ca_file=ca_file, tunnel=tunnel)
        # AUTOCOMMIT and no reset spare a read its BEGIN and ROLLBACK: two of three round trips.
        self._reads = _Lane(server, query_timeout, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
        self._writes = _Lane(server, write_timeout)
        self._whole_lists = _Lane(server, _WHOLE_LIST_SECONDS)

    async def execute_query(self, query: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        return await self._reads.run_twice(partial(_query, query, params))

    async def execute_command(self, command: str, params: Mapping[str, Any] | None = None) -> int:
        return await self.transaction(lambda connection: connection.execute(_text(command), _bound(params)).rowcount)

    async def transaction(self, work: Callable[[Connection], T], *, whole_list: bool = False) -> T:
        """Run ``work`` in a transaction, in the writing thread; committed on return, rolled back when it raises.

        Never run twice: a connection that went stale is found and replaced before ``work`` begins. What concerns a
        ``whole_list`` of up to a million rows has a lane with a longer limit.
        """
        lane = self._whole_lists if whole_list else self._writes
        await lane.run_twice(_ping)
        return await lane.run(partial(_transact, work))

    async def health_check(self) -> Health:
        started = time.perf_counter()
        try:
            await self._reads.run_twice(_ping)
        except QuarryError as error:
            return Health(NAME, "unhealthy", error=str(error))
        return Health(NAME, "healthy", round((time.perf_counter() - started) * 1000, 1))

    def drop_connections(self) -> None:
        """Forget connections that did not survive a snapshot; the next use opens others."""
        for lane in (self._reads, self._writes, self._whole_lists):
            lane.drop()

    def close(self) -> None:
        for lane in (self._reads, self._writes, self._whole_lists):
            lane.close()


@lru_cache(maxsize=256)
def _text(statement: str) -> TextClause:
    return text(statement)


def _query(query: str, params: Mapping[str, Any] | None, connection: Connection) -> list[dict[str, Any]]:
    result = connection.execute(_text(query), _bound(params))
    names = list(result.keys())
    return [dict(zip(names, row, strict=True)) for row in result]


def _bound(params: Mapping[str, Any] | None) -> dict[str, Any]:
    """Arrays as text, which the driver takes much longer to make; statements cast them to their type."""
    return {
        name: array_text(value) if isinstance(value, list | tuple) else value for name, value in (params or {}).items()
    }


def _ping(connection: Connection) -> None:
    connection.exec_driver_sql("SELECT 1")


def _transact(work: Callable[[Connection], T], connection: Connection) -> T:
    with connection.begin():
        return work(connection)
