"""The HTTP layer: the API key, and Qdrant's envelope around answers and errors.

Plain ASGI: a web framework would cost more time than many of the reads themselves.
"""

import asyncio
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl

import orjson

from local.qdrant.handlers import Call
from local.qdrant.routes import Served, find
from local.qdrant.store import Store
from local.qdrant.strict import RequestError, malformed

logger = logging.getLogger(__name__)
# The Qdrant version whose request and response formats are served.
API_VERSION = "1.20.0"
_HEALTH_PATHS = frozenset({"/healthz", "/livez", "/readyz"})
_OPEN_PATHS = _HEALTH_PATHS | {"/"}
_QUERY_PARAMETERS = frozenset({"wait", "ordering", "timeout", "consistency"})

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class ClientDisconnected(Exception):
    """The client disconnected before it had sent the whole request."""


class App:
    """Reads run on the event loop, writes in one thread of their own.

    The engine holds Python's interpreter lock while it works, so threads would not run reads in parallel, only delay
    them. A write releases the lock between its parts (``Collection.write``).
    """

    def __init__(self, store: Store, api_key: str | None) -> None:
        self._store = store
        self._key = None if api_key is None else api_key.encode()
        # One thread: writes to a collection wait for each other anyway, in the order in which they arrived.
        self._writing = ThreadPoolExecutor(1, "qdrant-writes")

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        try:
            raw = await _body(receive)
        except ClientDisconnected:
            return
        # The body is complete before the engine is used, so a slow client holds up no one else.
        status, kind, content = await self._answer(scope, raw)
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self._writing.shutdown()
                self._store.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _answer(self, scope: Mapping[str, Any], raw: bytes) -> tuple[int, bytes, bytes]:
        method, path = scope["method"], scope["path"]
        refusal = None if path in _OPEN_PATHS else self._refusal(scope["headers"])
        if refusal:
            return 401, b"text/plain; charset=utf-8", refusal
        if path in _HEALTH_PATHS:
            return 200, b"text/plain; charset=utf-8", b"healthz check passed"
        try:
            return 200, b"application/json", orjson.dumps(await self._content(method, path, scope["query_string"], raw))
        except RequestError as error:
            return error.status, b"application/json", _error(error.message)
        except Exception:
            logger.exception("%s %s failed", method, path)
            return 500, b"application/json", _error("Service internal error")

    def _refusal(self, headers: list[tuple[bytes, bytes]]) -> bytes | None:
        """The reason to refuse a request without the right API key; None for a request that has it."""
        if self._key is None:
            return None
        sent = dict(headers)
        key = sent.get(b"api-key") or sent.get(b"authorization", b"").removeprefix(b"Bearer ")
        if not key:
            return b"Must provide an API key or an Authorization bearer token"
        return None if hmac.compare_digest(key, self._key) else b"Invalid API key or JWT"

    async def _content(self, method: str, path: str, query: bytes, raw: bytes) -> dict[str, Any]:
        started = time.perf_counter()
        if path == "/" and method == "GET":
            engine = f"qdrant-edge {version('qdrant-edge-py')}"
            return {"title": "qdrant - vector search engine", "version": API_VERSION, "engine": engine}
        route, parameters = find(method, path)
        for name, _ in parse_qsl(query.decode(), keep_blank_values=True):
            if name not in _QUERY_PARAMETERS:
                raise RequestError(400, f"unknown query parameter `{name}`")
        if route.writes:
            result = await asyncio.get_running_loop().run_in_executor(
                self._writing, self._result, route, parameters, raw
            )
        else:
            result = self._result(route, parameters, raw)
        return {"result": result, "status": "ok", "time": time.perf_counter() - started}

    def _result(self, route: Served, parameters: dict[str, str], raw: bytes) -> Any:
        try:
            body = orjson.loads(raw) if raw else None
        except orjson.JSONDecodeError as error:
            raise malformed(str(error)) from error
        return route.handler(Call(self._store, parameters, body))


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _error(message: str) -> bytes:
    return orjson.dumps({"status": {"error": message}, "time": 0.0})
