"""The way to Qdrant's REST API: one HTTP client an environment, our own JSON, and our own errors at the border.

The client library's models are not used here: importing them takes longer than an answer, and its encoding of points
2.5 ms a vector of 1536 numbers where orjson takes 0.03 ms. Contract tests hold our requests against them.
"""

import asyncio
import contextvars
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import orjson

from quarry import patience
from quarry.adapters.interfaces import Health, Renew
from quarry.adapters.tls import verification
from quarry.adapters.unreachable import unreachable
from quarry.breaker import CircuitBreaker
from quarry.errors import ContentRefused, StoreError, StoreUnavailable

T = TypeVar("T")
STORE = "Qdrant"
UNREADABLE = "gave an answer that cannot be read"
# Qdrant closes a connection that is idle for 5 seconds: we drop it first, so that none dies under a request.
_KEEPALIVE_SECONDS = 4.0
_MAX_CONNECTIONS = 20
_KEY_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_REFUSED_CONTENT = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
_BUSY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


@contextmanager
def qdrant_errors() -> Iterator[None]:
    """Nothing of the driver's leaves: whatever keeps an answer from being read makes the store unavailable."""
    try:
        yield
    except (httpx.TransportError, OSError) as error:
        raise StoreUnavailable(STORE, unreachable(error)) from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
        raise StoreUnavailable(STORE, UNREADABLE) from error


@contextmanager
def _readable() -> Iterator[None]:
    """Around what reads a result: one of another shape is not Qdrant's."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise StoreUnavailable(STORE, UNREADABLE) from error


def _by_status(status: int, content: bytes) -> StoreError | StoreUnavailable:
    if status in _KEY_REFUSED:
        return StoreUnavailable(STORE, f"refuses our API key ({status})")
    words = _words(content)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        # Whether Qdrant or a proxy says so: the same request would get the same answer.
        return ContentRefused(STORE, words or "the request is too large", str(status))
    if words is None or status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return StoreUnavailable(STORE, f"answered HTTP {status}")
    return (ContentRefused if status in _REFUSED_CONTENT else StoreError)(STORE, words, str(status))


def _words(content: bytes) -> str | None:
    """Qdrant's own words; None when the answer is a proxy's."""
    try:
        return str(orjson.loads(content)["status"]["error"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None


def _encoded(body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError as error:
        raise ContentRefused(STORE, f"cannot be sent this: {error}") from error


class QdrantConnection:
    """Opens at first use; nothing is retried. ``connect_timeout`` is in seconds; who waits decides for how long.

    Collections hold it, and are behind ``breaker``; pings and health checks pass by it. ``renew`` is asked for another
    key when this one was refused.
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        connect_timeout: float = 5.0,
        renew: Renew | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self.breaker = breaker or CircuitBreaker(STORE)
        self._url = url.rstrip("/")
        self._api_key = api_key
        self._renew = renew
        self._connect_timeout = connect_timeout
        self._client: httpx.AsyncClient | None = None
        self._ensured: dict[str, asyncio.Task[None]] = {}

    def prepare(self) -> None:
        """Make the client, which reads what TLS needs. Raises StoreUnavailable for an address that is not a URL."""
        if self._client is None:
            self._client = self._made()

    def _made(self) -> httpx.AsyncClient:
        try:
            address = httpx.URL(self._url)
        except httpx.InvalidURL:
            # Whatever is wrong with it, it may be a password's part.
            raise StoreUnavailable(STORE, "cannot be reached: QDRANT_URL is no URL") from None
        return httpx.AsyncClient(
            base_url=address,
            headers={"api-key": self._api_key} if self._api_key else None,
            verify=verification(address),
            # The read timeout is left to the caller: an import's upsert may take longer than a search.
            timeout=httpx.Timeout(None, connect=self._connect_timeout),
            limits=httpx.Limits(
                max_connections=_MAX_CONNECTIONS,
                max_keepalive_connections=_MAX_CONNECTIONS,
                keepalive_expiry=_KEEPALIVE_SECONDS,
            ),
        )

    def guard(self) -> AbstractContextManager[None]:
        """Around an operation: a request, and making sure of its collection before it."""
        return self.breaker.guard(self._is_healthy)

    async def call(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None = None,
        *,
        read: Callable[[Any], T],
        params: Mapping[str, str] | None = None,
        **path: str,
    ) -> T:
        """What ``read`` makes of a request's result; ``path`` fills the names in the ``url``."""
        content = None if body is None else _encoded(body)
        filled = url.format(**{name: quote(value, safe="") for name, value in path.items()})
        result = await patience.for_store(STORE, self._asked(method, filled, content, params), self._here)
        with _readable():
            return read(result)

    async def _here(self) -> None:
        # Health endpoints answer anybody: this one shows that our key is taken as well.
        await self._asked("GET", "/collections")

    async def _asked(
        self, method: str, url: str, content: bytes | None = None, params: Mapping[str, str] | None = None
    ) -> Any:
        self.prepare()
        assert self._client is not None
        headers = {"Content-Type": "application/json"} if content is not None else None
        with qdrant_errors():
            response = await self._client.request(method, url, content=content, params=params, headers=headers)
            if response.status_code in _KEY_REFUSED and await self._has_renewed():
                response = await self._client.request(method, url, content=content, params=params, headers=headers)
            if response.status_code != HTTPStatus.OK:
                raise _by_status(response.status_code, response.content)
            answer = orjson.loads(response.content)
        if not isinstance(answer, dict) or "result" not in answer:
            raise StoreUnavailable(STORE, UNREADABLE)
        return answer["result"]

    async def _has_renewed(self) -> bool:
        if self._renew is None or self._client is None or self._api_key is None:
            return False
        key = await asyncio.to_thread(self._renew, self._api_key)
        if key is None:
            return False
        self._api_key = self._client.headers["api-key"] = key
        return True

    async def ensure(self, collection: str, make: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``make`` once an environment for ``collection``; whoever comes meanwhile waits for the same run.

        Its time is its own, not that of the answer that came first.
        """
        task = self._ensured.get(collection)
        if task is None:
            task = self._ensured[collection] = asyncio.create_task(make(), context=contextvars.Context())
            task.add_done_callback(lambda done: self._keep_success(collection, done))
        # Shielded: a caller that gives up must not cancel the work for the others that wait for it.
        await asyncio.shield(task)

    def _keep_success(self, collection: str, task: "asyncio.Task[None]") -> None:
        if task.cancelled() or task.exception() is not None:
            self.forget(collection)

    def forget(self, collection: str) -> None:
        """Let the next use make sure of the collection again."""
        self._ensured.pop(collection, None)

    async def ping(self) -> None:
        """Raises when Qdrant is unavailable or refuses our key; waits as long as an answer may for one store."""
        await patience.in_silence(STORE, self._here(), patience.share())

    async def _is_healthy(self) -> bool:
        return (await self.health_check()).status == "healthy"

    async def connect(self) -> None:
        """Open a connection, so that the first question finds it open."""
        await self.ping()

    async def health_check(self) -> Health:
        started = time.perf_counter()
        try:
            await self.ping()
        except (StoreUnavailable, StoreError) as error:
            return Health(STORE, "unhealthy", error=str(error))
        return Health(STORE, "healthy", response_time_ms=round((time.perf_counter() - started) * 1000, 1))

    async def close(self) -> None:
        self._ensured.clear()
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()
