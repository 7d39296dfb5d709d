"""Redis behind the specification's port to the cache. It fails open: no method raises."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, InvalidResponse, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError

from quarry import patience
from quarry.adapters.interfaces import Health, ICacheDatabase, Renew
from quarry.adapters.unreachable import CANNOT, unreachable
from quarry.errors import StoreTimeout, StoreUnavailable

log = logging.getLogger(__name__)
Command = tuple[str | bytes | int, ...]
F = TypeVar("F", bound=Callable[..., Coroutine[Any, Any, Any]])
NAME = "Redis"
# After a failure nobody waits for Redis again so long: a silent server costs one time limit, not one a call.
PAUSE_SECONDS = 1.0
MAX_CONNECTIONS = 16
# redis-py's own errors, and what it raises on bytes that are not an answer of Redis.
_FAULTS = (
    RedisError,
    OSError,
    EOFError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    StoreTimeout,
    StoreUnavailable,
)
# Of the driver, for a connection that nobody waits for any more.
_CONNECT_SECONDS = 10.0


def fails_open(value: object) -> Callable[[F], F]:
    """Answer ``value`` instead of raising when Redis is unavailable or refuses."""

    def decorate(method: F) -> F:
        @wraps(method)
        async def guarded(self: "RedisCache", *args: Any, **kwargs: Any) -> Any:
            if self.paused:
                return value
            try:
                answer = await patience.in_silence(NAME, method(self, *args, **kwargs), self.timeout)
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
        self._redis = _client(url)
        self.timeout = timeout
        self._idle: list[Any] = []
        self._failed_at: float | None = None
        self._refusals: set[str] = set()

    @property
    def paused(self) -> bool:
        # Wall time: the monotonic clock of an environment that was frozen did not run.
        return self._failed_at is not None and time.time() - self._failed_at < PAUSE_SECONDS

    async def fail(self, error: Exception) -> None:
        if not (isinstance(error, AuthenticationError) and await self._has_renewed()):
            self.note_failure(error)

    async def _has_renewed(self) -> bool:
        url = await asyncio.to_thread(self._renew, self._url) if self._renew else None
        if url is None:
            return False
        await self.close()
        self._url, self._redis = url, _client(url)
        return True

    def note_failure(self, error: Exception) -> None:
        reason = _reason(error)
        if isinstance(error, ResponseError):
            # It is there, and may grant the next command: a server that is full can still be read.
            if reason not in self._refusals:
                log.warning("cache refuses", extra={"store": NAME, "reason": reason})
            self._refusals.add(reason)
            return
        if self._failed_at is None:
            log.warning("cache is unavailable", extra={"store": NAME, "reason": reason})
        self._failed_at = time.time()

    def note_success(self) -> None:
        if self._failed_at is not None:
            log.info("cache is back", extra={"store": NAME})
        self._failed_at = None

    @fails_open(None)
    async def get(self, key: str) -> bytes | None:
        return _value(await self._redis.get(key))

    @fails_open(False)
    async def set(self, key: str, value: bytes, ttl: int) -> bool:
        return bool(await self._redis.set(key, value, ex=ttl))

    @fails_open(None)
    async def delete(self, key: str) -> None:
        await self._redis.delete(key)

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return (await self._get_many(keys) if keys else None) or [None] * len(keys)

    @fails_open(None)
    async def _get_many(self, keys: Sequence[str]) -> list[bytes | None] | None:
        return [_value(answer) for _, answer in zip(keys, await self._redis.mget(list(keys)), strict=True)]

    @fails_open(None)
    async def together(self, *commands: Command) -> list[Any] | None:
        answers = await self._run(*commands)
        for refusal in answers:
            if isinstance(refusal, ResponseError):
                self.note_failure(refusal)
        return [None if isinstance(answer, ResponseError) else answer for answer in answers]

    async def _run(self, *commands: Command) -> list[Any]:
        """The answers, refusals among them.

        Not by the library's pipeline: before each use its pool looks whether something lies unread in a connection,
        which takes the event loop several rounds. A connection that was closed meanwhile is found by using it.
        """
        connection = self._idle.pop() if self._idle else self._redis.connection_pool.make_connection()
        try:
            try:
                answers = await _answers(connection, commands)
            except RedisConnectionError:
                await connection.disconnect(nowait=True)
                answers = await _answers(connection, commands)
        except BaseException:
            # What it may still bring is not the answer to the next question.
            await connection.disconnect(nowait=True)
            raise
        if len(self._idle) < MAX_CONNECTIONS:
            self._idle.append(connection)
        else:
            await connection.disconnect(nowait=True)
        return answers

    @fails_open(None)
    async def increment(self, key: str) -> int | None:
        return int(await self._redis.incr(key))

    @fails_open(True)
    async def claim(self, key: str, ttl: int) -> bool:
        (answer,) = await self._run(("SET", key, b"1", "EX", ttl, "NX"))
        if isinstance(answer, ResponseError):
            raise answer
        return bool(answer)

    @fails_open(None)
    async def count(self, key: str, member: str, amount: int = 1) -> None:
        await self._redis.zincrby(key, amount, member)

    async def top(self, key: str, limit: int) -> list[tuple[str, int]]:
        return list(await self._top(key, limit))

    @fails_open(())
    async def _top(self, key: str, limit: int) -> Sequence[tuple[str, int]]:
        ranking = await self._redis.zrevrange(key, 0, limit - 1, withscores=True)
        return [(member.decode(errors="replace"), int(score)) for member, score in ranking]

    async def health_check(self) -> Health:
        started = time.perf_counter()
        try:
            if not await patience.in_silence(NAME, self._redis.ping(), self.timeout):
                raise InvalidResponse
        except _FAULTS as error:
            await self.fail(error)
            return Health(NAME, "unhealthy", error=f"{NAME} {_reason(error)}")
        self.note_success()
        return Health(NAME, "healthy", round((time.perf_counter() - started) * 1000, 1))

    def prepare(self) -> None:
        """The client is there; it connects at first use."""

    async def connect(self) -> None:
        """Open a connection, so that the first question finds it open."""
        await self.health_check()

    async def close(self) -> None:
        with suppress(*_FAULTS):
            while self._idle:
                await self._idle.pop().disconnect(nowait=True)
            await self._redis.aclose()


async def _answers(connection: Any, commands: Sequence[Command]) -> list[Any]:
    """What Redis answers to each command, a refusal among it."""
    await connection.send_packed_command(connection.pack_commands(commands))
    answers: list[Any] = []
    for _ in commands:
        try:
            answers.append(await connection.read_response())
        except ResponseError as error:
            answers.append(error)
    return answers


def _client(url: str) -> Any:
    try:
        # redis-py's own limits and retries add up to a minute against a silent server. Each method here has its limit,
        # at which the call is cancelled: of the driver's own, each answer would cost a timer and each question a task.
        return Redis.from_url(
            url,
            socket_timeout=None,
            socket_connect_timeout=_CONNECT_SECONDS,
            # One more try finds a connection closed meanwhile, as after a freeze; a timeout is never tried again.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
            max_connections=MAX_CONNECTIONS,
        )
    except ValueError:
        # Whatever is wrong with it, it may be the password's part.
        raise ValueError("REDIS_URL is no URL of a Redis; what is special in a password must be quoted") from None


def _reason(error: Exception) -> str:
    if isinstance(error, AuthenticationError):
        return "refuses our credentials"
    if isinstance(error, ResponseError):
        return f"refuses ({type(error).__name__})"
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
        return Health(NAME, "disabled")

    def prepare(self) -> None:
        return None

    async def connect(self) -> None:
        return None

    async def close(self) -> None:
        return None
