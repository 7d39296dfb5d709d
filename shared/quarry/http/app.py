"""The FastAPI application of each HTTP function: routes under ``/api/v1``, problems, request ids."""

import logging
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quarry import __version__
from quarry.errors import QuarryError
from quarry.http import problems
from quarry.http.answers import MIN_COMPRESSED_BYTES
from quarry.http.budget import AnswerBudget
from quarry.http.routes import Routes
from quarry.observability import count

log = logging.getLogger(__name__)
PREFIX = "/api/v1"
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": problems.Problem, "description": "The request is at fault"},
    "5XX": {"model": problems.Problem, "description": "The service is at fault, or a store is unavailable"},
}
MAX_BODY_BYTES = 6 * 1024 * 1024  # an invocation's payload limit


class RequestModel(BaseModel):
    """A request's body; fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Described(BaseModel):
    """Documents an answer that is built as JSON at once; nothing is built of it before the document is asked for."""

    model_config = ConfigDict(defer_build=True)


class Application(FastAPI):
    """Builds the OpenAPI document, with the models of all answers, only when it is requested."""

    def __init__(self, title: str, routers: Sequence[Routes]) -> None:
        super().__init__(
            title=f"Quarry {title}",
            version=__version__,
            openapi_url=f"{PREFIX}/openapi/{title}.json",
            docs_url=None,
            redoc_url=None,
        )
        self._routers = routers
        with _without_pydantic_1():
            for router in routers:
                router.build(self.router, PREFIX)

    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            self.openapi_schema = self._documented()
        return self.openapi_schema

    def _documented(self) -> dict[str, Any]:
        """FastAPI documents every answer as of the route's own media type; problems have theirs."""
        documented = FastAPI(title=self.title, version=self.version, responses=_PROBLEMS)
        for router in self._routers:
            router.build(documented.router, PREFIX, documented=True)
        document = documented.openapi()
        for methods in document["paths"].values():
            for operation in methods.values():
                for status in _PROBLEMS:
                    content = operation["responses"][status]["content"]
                    operation["responses"][status]["content"] = {problems.MEDIA_TYPE: next(iter(content.values()))}
        return document


@contextmanager
def _without_pydantic_1() -> Iterator[None]:
    """Keeps FastAPI from importing pydantic 1 only to ask whether an annotation is one of its models."""
    name = "pydantic.v1"
    if name in sys.modules:
        yield
        return
    # Python takes None in sys.modules for a module that cannot be imported.
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def create_app(title: str, routers: Sequence[Routes], *, patience: float | None = None) -> FastAPI:
    """One function's application; ``patience`` is in seconds, see :class:`AnswerBudget`."""
    app = Application(title, routers)
    app.add_exception_handler(QuarryError, problems.from_quarry_error)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, problems.from_http_exception)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, problems.from_validation)  # type: ignore[arg-type]
    app.add_middleware(AnswerBudget, patience=patience)
    # The lowest level makes a page of hits an eighth as long in 0.1 ms; answers of the cache are compressed already.
    app.add_middleware(GZipMiddleware, minimum_size=MIN_COMPRESSED_BYTES, compresslevel=1)
    app.add_middleware(RequestEnvelope)
    return app


class RequestEnvelope:
    """Gives each request its id, refuses bodies that no route takes, and turns what nobody caught into a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = request_id = _request_id(scope)
        request = Request(scope)
        path = scope["path"]
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                log.info("answered", extra={"method": request.method, "path": path, "status": message["status"]})
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        refusal = _refusal(request)
        if refusal:
            await problems.problem(request, *refusal)(scope, receive, send_with_id)
            return
        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            log.exception("unhandled error", extra={"path": path})
            # The invocation counts as a success: this is all that reports it, beside the API's 5xx.
            count("UnhandledErrors")
            if started:
                raise
            await problems.unexpected(request)(scope, receive, send_with_id)


def _request_id(scope: Scope) -> str:
    event: dict[str, Any] = scope.get("aws.event") or {}
    given = event.get("requestContext", {}).get("requestId")
    return str(given or uuid.uuid4())


def _refusal(request: Request) -> tuple[int, str, str] | None:
    """Status, title and detail for a body that is too large or of a type that no route reads."""
    given = request.headers.get("content-length", "")
    length = int(given) if given.isdecimal() else 0
    if length > MAX_BODY_BYTES:
        detail = f"The body has {length} bytes; at most {MAX_BODY_BYTES} are taken. Send it in smaller parts."
        return 413, "Content too large", detail
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity")
    sent = length or "transfer-encoding" in request.headers
    if sent and (content_type != "application/json" or encoding != "identity"):
        return 415, "Unsupported media type", "Send the body as application/json, not compressed."
    return None
