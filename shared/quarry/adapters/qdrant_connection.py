"""The way to Qdrant: one client an environment, explicit time limits, and our own errors at the border."""

import asyncio
import contextvars
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from quarry import deadline
from quarry.adapters.interfaces import Health
from quarry.errors import StoreError, StoreTimeout, StoreUnavailable

if TYPE_CHECKING:
    import httpx
    from qdrant_client import AsyncQdrantClient
    from qdrant_client.http.exceptions import ApiException

STORE = "Qdrant"
UNREADABLE = "gave an answer that cannot be read"
# Qdrant closes a connection that is idle for 5 seconds: we drop it first, so that none dies under a request.
_KEEPALIVE_SECONDS = 4.0
_MAX_CONNECTIONS = 20
_READING_POSTS = ("/query", "/query/batch", "/scroll", "/count", "/facet", "/points")


_KEY_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_BUSY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


@contextmanager
def qdrant_errors() -> Iterator[None]:
    """Nothing of the driver's leaves: an outage is StoreUnavailable, a refusal StoreError with the HTTP status."""
    from qdrant_client.common.client_exceptions import QdrantException
    from qdrant_client.http.exceptions import ApiException

    try:
        yield
    except QdrantException as exc:
        raise StoreUnavailable(STORE, "is overloaded") from exc
    except ApiException as exc:
        raise _translated(exc) from exc
    except (ValueError, RecursionError) as exc:
        raise StoreUnavailable(STORE, UNREADABLE) from exc
    except TimeoutError as exc:
        raise StoreTimeout(STORE) from exc
    except OSError as exc:
        raise StoreUnavailable(STORE) from exc


@contextmanager
def readable() -> Iterator[None]:
    """Around what reads a result: one of another shape is not Qdrant's."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as exc:
        raise StoreUnavailable(STORE, UNREADABLE) from exc


def _translated(error: "ApiException") -> StoreError | StoreUnavailable:
    import httpx
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

    if isinstance(error, UnexpectedResponse):
        return _by_status(error.status_code or 0, error.content)
    if isinstance(error, ResponseHandlingException):
        source = error.source
        if isinstance(source, httpx.TimeoutException | TimeoutError):
            return StoreTimeout(STORE)
        if isinstance(source, httpx.TransportError | OSError):
            return StoreUnavailable(STORE)
    return StoreUnavailable(STORE, UNREADABLE)


def _by_status(status: int, content: bytes) -> StoreError | StoreUnavailable:
    if status in _KEY_REFUSED:
        return StoreUnavailable(STORE, f"refuses our API key ({status})")
    words = _words(content)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        # Whoever says so: the same request would meet the same answer.
        return StoreError(STORE, words or "the request is too large", str(status))
    if words is None or status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return StoreUnavailable(STORE, f"answered HTTP {status}")
    return StoreError(STORE, words, str(status))


def _words(content: bytes) -> str | None:
    """Qdrant's own words; null when the answer is a proxy's."""
    try:
        return str(orjson.loads(content)["status"]["error"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None


def _encoded(body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError as exc:
        raise StoreError(STORE, f"cannot be sent this: {exc}") from exc


class QdrantConnection:
    """Opens at first use. Reads have ``query_timeout``, writes ``write_timeout`` seconds; nothing is retried."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        connect_timeout: float = 1.0,
        query_timeout: float = 2.0,
        write_timeout: float = 30.0,
    ) -> None:
        self._url = url
        self._api_key = api_key
        self._connect_timeout = connect_timeout
        self._query_timeout = query_timeout
        self._write_timeout = write_timeout
        self._client: AsyncQdrantClient | None = None
        self._ensured: dict[str, asyncio.Task[None]] = {}

    async def client(self) -> "AsyncQdrantClient":
        """The environment's client; importing its package costs 0.4 s, so that waits until it is needed."""
        if self._client is None:
            try:
                self._client = self._connect()
            except ValueError:
                # Whatever is wrong with it, it may be a password's part.
                raise StoreUnavailable(STORE, "cannot be reached: QDRANT_URL is no URL") from None
        return self._client

    def _connect(self) -> "AsyncQdrantClient":
        import httpx
        from qdrant_client import AsyncQdrantClient

        client = AsyncQdrantClient(
            url=self._url,
            # As a header: the client's own argument warns of plain HTTP, which is right on the laptop.
            headers={"api-key": self._api_key} if self._api_key else None,
            check_compatibility=False,
            # Named, because the client turns keep-alive off for 127.0.0.1.
            limits=httpx.Limits(
                max_connections=_MAX_CONNECTIONS,
                max_keepalive_connections=_MAX_CONNECTIONS,
                keepalive_expiry=_KEEPALIVE_SECONDS,
            ),
        )
        client.http.client.add_middleware(self._limit_time)
        return client

    async def _limit_time(
        self, request: "httpx.Request", send: "Callable[[httpx.Request], Awaitable[httpx.Response]]"
    ) -> "httpx.Response":
        """The client's own timeouts are whole seconds, one for all requests; httpx takes ours from the request."""
        import httpx

        reading = request.method == "GET" or (request.method == "POST" and request.url.path.endswith(_READING_POSTS))
        seconds = self._query_timeout if reading else self._write_timeout
        request.extensions["timeout"] = httpx.Timeout(seconds, connect=self._connect_timeout).as_dict()
        # httpx limits each wait for a part of the answer; this limits them together.
        async with asyncio.timeout(deadline.share()):
            return await send(request)

    async def call(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, str] | None = None,
        **path: str,
    ) -> Any:
        """The ``result`` of a request whose JSON we make and read ourselves.

        The client's own encoding of points costs 2.5 ms a vector of 1536 numbers; orjson's 0.03 ms.
        """
        content = None if body is None else _encoded(body)
        client = await self.client()
        with qdrant_errors():
            answer = await client.http.client.request(
                type_=dict[str, Any],
                method=method,
                url=url,
                path_params=path,
                params=dict(params or {}),
                headers={"Content-Type": "application/json"},
                content=content,
            )
        if "result" not in answer:
            raise StoreUnavailable(STORE, UNREADABLE)
        return answer["result"]

    async def ensure(self, collection: str, make: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run ``make`` once an environment for ``collection``; whoever comes meanwhile waits for the same run.

        Its time is its own, not that of the answer that came first.
        """
        task = self._ensured.get(collection)
        if task is None:
            task = self._ensured[collection] = asyncio.create_task(make(), context=contextvars.Context())
            task.add_done_callback(lambda done: self._keep_success(collection, done))
        # Shielded: a caller that gives up does not take the collection from those who wait with it.
        await asyncio.shield(task)

    def _keep_success(self, collection: str, task: "asyncio.Task[None]") -> None:
        if task.cancelled() or task.exception() is not None:
            self.forget(collection)

    def forget(self, collection: str) -> None:
        """Let the next use make sure of the collection again."""
        self._ensured.pop(collection, None)

    async def ping(self) -> None:
        """Raises when Qdrant is away or refuses our key."""
        await self.call("GET", "/collections")

    async def health_check(self) -> Health:
        try:
            await self.client()  # which may have to be imported
            started = time.perf_counter()
            await self.ping()
        except (StoreUnavailable, StoreError) as exc:
            return Health(STORE, "unhealthy", error=str(exc))
        return Health(STORE, "healthy", response_time_ms=round((time.perf_counter() - started) * 1000, 1))

    async def close(self) -> None:
        self._ensured.clear()
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()
