"""The HTTP side: API key, Qdrant's envelope around answers and errors.

Plain ASGI: a framework costs more than many a read.
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
from local.qdrant.strict import Refused, malformed

logger = logging.getLogger(__name__)
# The version whose shapes of requests and answers are served.
API_VERSION = "1.20.0"
_HEALTH_PATHS = frozenset({"/healthz", "/livez", "/readyz"})
_OPEN_PATHS = _HEALTH_PATHS | {"/"}
_QUERY_PARAMETERS = frozenset({"wait", "ordering", "timeout", "consistency"})

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Gone(Exception):
    """The client left before it had sent its request."""


class App:
    """Reads are answered on the loop, writes in a thread of their own.

    The engine keeps Python's interpreter lock while it works, so that threads would only make reads wait for each
    other's turns; a write gives way between its parts (``Collection.write``).
    """

    def __init__(self, store: Store, api_key: str | None) -> None:
        self._store = store
        self._key = None if api_key is None else api_key.encode()
        self._writing = ThreadPoolExecutor(1, "qdrant-writes")

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        try:
            raw = await _body(receive)
        except Gone:
            return
        status, kind, content = await self._answer(scope, raw)
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _live(self, receive: Receive, send: Send) -> None:
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
        except Refused as exc:
            return exc.status, b"application/json", _error(exc.message)
        except Exception:
            logger.exception("%s %s failed", method, path)
            return 500, b"application/json", _error("Service internal error")

    def _refusal(self, headers: list[tuple[bytes, bytes]]) -> bytes | None:
        """Why whoever does not bring the API key is refused."""
        if self._key is None:
            return None
        brought = dict(headers)
        given = brought.get(b"api-key") or brought.get(b"authorization", b"").removeprefix(b"Bearer ")
        if not given:
            return b"Must provide an API key or an Authorization bearer token"
        return None if hmac.compare_digest(given, self._key) else b"Invalid API key or JWT"

    async def _content(self, method: str, path: str, query: bytes, raw: bytes) -> dict[str, Any]:
        started = time.perf_counter()
        if path == "/" and method == "GET":
            engine = f"qdrant-edge {version('qdrant-edge-py')}"
            return {"title": "qdrant - vector search engine", "version": API_VERSION, "engine": engine}
        served, names = find(method, path)
        for name, _ in parse_qsl(query.decode(), keep_blank_values=True):
            if name not in _QUERY_PARAMETERS:
                raise Refused(400, f"unknown query parameter `{name}`")
        if served.writes:
            result = await asyncio.get_running_loop().run_in_executor(self._writing, self._result, served, names, raw)
        else:
            result = self._result(served, names, raw)
        return {"result": result, "status": "ok", "time": time.perf_counter() - started}

    def _result(self, served: Served, names: dict[str, str], raw: bytes) -> Any:
        try:
            body = orjson.loads(raw) if raw else None
        except orjson.JSONDecodeError as exc:
            raise malformed(str(exc)) from exc
        return served.handler(Call(self._store, names, body))


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _error(message: str) -> bytes:
    return orjson.dumps({"status": {"error": message}, "time": 0.0})
