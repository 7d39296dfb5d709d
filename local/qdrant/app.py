"""The HTTP side: routes, API key, Qdrant's envelope around answers and errors."""

import asyncio
import hmac
import logging
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from local.qdrant.handlers import READS, WRITES, Call, Handler
from local.qdrant.store import Store
from local.qdrant.strict import Refused, malformed

logger = logging.getLogger(__name__)
# The version whose shapes of requests and answers are served.
API_VERSION = "1.20.0"
_READERS = 4
_OPEN_PATHS = frozenset({"/", "/healthz", "/livez", "/readyz"})
_QUERY_PARAMETERS = frozenset({"wait", "ordering", "timeout", "consistency"})


def create_app(store: Store, api_key: str | None) -> ASGIApp:
    # Writes wait for each other anyhow; in a thread of their own they never wait in the place of a read.
    reading, writing = ThreadPoolExecutor(_READERS), ThreadPoolExecutor(1)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        for threads in (reading, writing):
            threads.shutdown()
        store.close()

    app = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/", _root),
            *(Route(path, _health) for path in ("/healthz", "/livez", "/readyz")),
            *(
                Route(path, _endpoint(store, handler, threads), methods=[method])
                for threads, served in ((reading, READS), (writing, WRITES))
                for method, path, handler in served
            ),
        ],
        exception_handlers={Refused: _refused, HTTPException: _not_served, Exception: _broken},  # type: ignore[dict-item]
    )
    return app if api_key is None else _KeyGate(app, api_key)


class _KeyGate:
    """Refuses whoever does not bring the API key; pure ASGI, since it stands before every request."""

    def __init__(self, app: ASGIApp, api_key: str) -> None:
        self._app = app
        self._key = api_key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in _OPEN_PATHS:
            refusal = self._refusal(dict(scope["headers"]))
            if refusal:
                await PlainTextResponse(refusal, 401)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, headers: dict[bytes, bytes]) -> str | None:
        bearer = headers.get(b"authorization", b"")
        given = headers.get(b"api-key") or bearer.removeprefix(b"Bearer ")
        if not given:
            return "Must provide an API key or an Authorization bearer token"
        return None if hmac.compare_digest(given, self._key) else "Invalid API key or JWT"


async def _root(_: Request) -> Response:
    engine = f"qdrant-edge {version('qdrant-edge-py')}"
    return _json({"title": "qdrant - vector search engine", "version": API_VERSION, "engine": engine})


async def _health(_: Request) -> Response:
    return PlainTextResponse("healthz check passed")


def _endpoint(store: Store, handler: Handler, threads: Executor) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        started = time.perf_counter()
        for name in request.query_params:
            if name not in _QUERY_PARAMETERS:
                raise Refused(400, f"unknown query parameter `{name}`")
        raw = await request.body()
        loop = asyncio.get_running_loop()
        result = await loop.run_in_executor(threads, _answer, handler, store, request.path_params, raw)
        return _json({"result": result, "status": "ok", "time": time.perf_counter() - started})

    return endpoint


def _answer(handler: Handler, store: Store, path: dict[str, str], raw: bytes) -> Any:
    try:
        body = orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError as exc:
        raise malformed(str(exc)) from exc
    return handler(Call(store, path, body))


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def _error(status: int, message: str) -> Response:
    return _json({"status": {"error": message}, "time": 0.0}, status)


def _refused(_: Request, exc: Refused) -> Response:
    return _error(exc.status, exc.message)


def _not_served(request: Request, _: HTTPException) -> Response:
    return _error(404, f"{request.method} {request.url.path} is not served by this server")


def _broken(request: Request, exc: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=exc)
    return _error(500, "Service internal error")
