"""Redis behind the specification's port to the cache. It fails open: no method raises."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

from quarry import patience
from quarry.adapters.interfaces import Health, ICacheDatabase, Renew
from quarry.adapters.redis_connection import Address, Command, Connection, Refusal, SignInRefused
from quarry.adapters.unreachable import CANNOT, unreachable
from quarry.errors import StoreTimeout, StoreUnavailable

log = logging.getLogger(__name__)
F = TypeVar("F", bound=Callable[..., Coroutine[Any, Any, Any]])
STORE = "Redis"
# After a failure nobody waits for Redis again so long: a silent server costs one time limit, not one a call.
PAUSE_SECONDS = 1.0
MAX_CONNECTIONS = 16
_OK = b"OK"
# Raised by bytes that are not an answer of Redis, in addition to the errors of an outage.
_FAULTS = (
    Refusal,
    OSError,
    EOFError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
    asyncio.LimitOverrunError,
    StoreTimeout,
    StoreUnavailable,
)
_CLOSED = (OSError, EOFError)


def fails_open(value: object) -> Callable[[F], F]:
    """Answer ``value`` instead of raising when Redis is unavailable or refuses."""

    def decorate(method: F) -> F:
        @wraps(method)
        async def guarded(self: "RedisCache", *args: Any, **kwargs: Any) -> Any:
            if self.paused:
                return value
            try:
                answer = await patience.in_silence(STORE, method(self, *args, **kwargs), self.timeout)
            except _FAULTS as error:
                await self.fail(error)
                return value
            self.note_success()
            return answer

        return cast("F", guarded)

    return decorate


class RedisCache(ICacheDatabase):
    """A server that says nothing for ``timeout`` seconds is unavailable, see :mod:`quarry.patience`.

    ``renew`` is asked for another URL when the sign-in was refused; the next command uses it.
    """

    def __init__(self, url: str, timeout: float, renew: Renew | None = None) -> None:
        self._url = url
        self._renew = renew
        self._address = _address(url)
        self.timeout = timeout
        self._idle: list[Connection] = []
        self._failed_at: float | None = None
        self._refusals: set[str] = set()

    @property
    def paused(self) -> bool:
        # Wall time: the monotonic clock of an environment that was frozen did not run.
        return self._failed_at is not None and time.time() - self._failed_at < PAUSE_SECONDS

    async def fail(self, error: Exception) -> None:
        if not (isinstance(error, SignInRefused) and await self._has_renewed()):
            self.note_failure(error)

    async def _has_renewed(self) -> bool:
        url = await asyncio.to_thread(self._renew, self._url) if self._renew else None
        if url is None:
            return False
        await self.close()
        self._url, self._address = url, _address(url)
        return True

    def note_failure(self, error: Exception) -> None:
        reason = _reason(error)
        if isinstance(error, Refusal) and not isinstance(error, SignInRefused):
            # Redis is there and may accept the next command: a server without free memory can still be read.
            if reason not in self._refusals:
                log.warning("cache refuses", extra={"store": STORE, "reason": reason})
            self._refusals.add(reason)
            return
        if self._failed_at is None:
            log.warning("cache is unavailable", extra={"store": STORE, "reason": reason})
        self._failed_at = time.time()

    def note_success(self) -> None:
        if self._failed_at is not None:
            log.info("cache is back", extra={"store": STORE})
        self._failed_at = None

    @fails_open(None)
    async def get(self, key: str) -> bytes | None:
        return _value(await self._ask("GET", key))

    @fails_open(False)
    async def set(self, key: str, value: bytes, ttl: int) -> bool:
        return bool(await self._ask("SET", key, value, "EX", ttl) == _OK)

    @fails_open(None)
    async def delete(self, key: str) -> None:
        await self._ask("DEL", key)

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return (await self._get_many(keys) if keys else None) or [None] * len(keys)

    @fails_open(None)
    async def _get_many(self, keys: Sequence[str]) -> list[bytes | None] | None:
        return [_value(answer) for _, answer in zip(keys, await self._ask("MGET", *keys), strict=True)]

    @fails_open(None)
    async def together(self, *commands: Command) -> list[Any] | None:
        answers = await self._run(*commands)
        for refusal in answers:
            if isinstance(refusal, Refusal):
                self.note_failure(refusal)
        return [None if isinstance(answer, Refusal) else answer for answer in answers]

    @fails_open(None)
    async def increment(self, key: str) -> int | None:
        return int(await self._ask("INCR", key))

    @fails_open(True)
    async def claim(self, key: str, ttl: int) -> bool:
        return bool(await self._ask("SET", key, b"1", "EX", ttl, "NX") == _OK)

    @fails_open(None)
    async def count(self, key: str, member: str, amount: int = 1) -> None:
        await self._ask("ZINCRBY", key, amount, member)

    async def top(self, key: str, limit: int) -> list[tuple[str, int]]:
        return list(await self._top(key, limit))

    @fails_open(())
    async def _top(self, key: str, limit: int) -> Sequence[tuple[str, int]]:
        ranking = await self._ask("ZREVRANGE", key, 0, limit - 1, "WITHSCORES")
        pairs = zip(ranking[::2], ranking[1::2], strict=True)
        return [(member.decode(errors="replace"), int(float(score))) for member, score in pairs]

    async def _ask(self, *command: str | bytes | int) -> Any:
        """The answer to one command; raises what Redis refuses with."""
        (answer,) = await self._run(command)
        if isinstance(answer, Refusal):
            raise answer
        return answer

    async def _run(self, *commands: Command) -> list[Any]:
        """The answers, refusals among them. A connection that was closed meanwhile is found by using it."""
        try:
            return await self._talk(self._idle.pop() if self._idle else await self._opened(), commands)
        except _CLOSED:
            # What else is idle may have been closed with it.
            return await self._talk(await self._opened(), commands)

    async def _opened(self) -> Connection:
        return await Connection.open(self._address)

    async def _talk(self, connection: Connection, commands: Sequence[Command]) -> list[Any]:
        try:
            answers = await connection.ask(commands)
        except BaseException:
            # What may still arrive on this connection does not answer the next command.
            connection.close()
            raise
        if len(self._idle) < MAX_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()
        return answers

    async def health_check(self) -> Health:
        started = time.perf_counter()
        try:
            if await patience.in_silence(STORE, self._ask("PING"), self.timeout) != b"PONG":
                raise ValueError("no answer to a ping")
        except _FAULTS as error:
            await self.fail(error)
            return Health(STORE, "unhealthy", error=f"{STORE} {_reason(error)}")
        self.note_success()
        return Health(STORE, "healthy", round((time.perf_counter() - started) * 1000, 1))

    def prepare(self) -> None:
        """The client is there; it connects at first use."""

    async def connect(self) -> None:
        """Open a connection, so that the first question finds it open."""
        await self.health_check()

    async def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _address(url: str) -> Address:
    try:
        return Address.of(url)
    except (ValueError, KeyError):
        # Whatever is wrong with it, it may be the password's part.
        raise ValueError("REDIS_URL is no URL of a Redis; what is special in a password must be quoted") from None


def _reason(error: Exception) -> str:
    if isinstance(error, SignInRefused):
        return "refuses our credentials"
    if isinstance(error, Refusal):
        return f"refuses ({error.code})"
    reason = unreachable(error)
    return f"{reason} ({type(error).__name__})" if reason == CANNOT else reason


def _value(answer: object) -> bytes | None:
    if answer is None or isinstance(answer, bytes):
        return answer
    raise TypeError("no value")


class NullCache(ICacheDatabase):
    """No cache at all: every read is a miss and Redis is never contacted."""

    async def get(self, key: str) -> bytes | None:
        return None

    async def set(self, key: str, value: bytes, ttl: int) -> bool:
        return False

    async def delete(self, key: str) -> None:
        return None

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return [None] * len(keys)

    async def together(self, *commands: Command) -> list[Any] | None:
        return None

    async def increment(self, key: str) -> int | None:
        return None

    async def claim(self, key: str, ttl: int) -> bool:
        return True

    async def count(self, key: str, member: str, amount: int = 1) -> None:
        return None

    async def top(self, key: str, limit: int) -> list[tuple[str, int]]:
        return []

    async def health_check(self) -> Health:
        return Health(STORE, "disabled")

    def prepare(self) -> None:
        return None

    async def connect(self) -> None:
        return None

    async def close(self) -> None:
        return None
