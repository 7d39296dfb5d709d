"""API Gateway's part: an HTTP request becomes an event, a function's answer becomes the response."""

import asyncio
import base64
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from local.events import http_event
from local.lambdas import MAX_PAYLOAD, THROTTLED, TIMED_OUT, Function, Outcome
from local.template import Route

MAX_BODY = 10 * 1024 * 1024
WORKERS = 64


@dataclass(frozen=True, slots=True)
class Target:
    """A route and the function behind it."""

    route: Route
    function: Function

    @property
    def key(self) -> str:
        return f"{self.route.method} {self.route.path}"

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The path's parameters, or null when the request is for another route."""
        if method != self.route.method:
            return None
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.route.path))
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


class Gateway:
    """An ASGI application. With a ``token`` each route that is not public asks for it as a bearer token."""

    def __init__(self, functions: Sequence[Function], token: str | None) -> None:
        targets = [Target(route, function) for function in functions for route in function.spec.routes]
        # A route that names a path outright goes before one that takes it as a parameter.
        self._targets = sorted(targets, key=lambda target: target.route.path.count("{"))
        self._token = token
        self._workers = ThreadPoolExecutor(WORKERS, "gateway")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await (await self._respond(Request(scope, receive)))(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        found = self._find(request.method, request.url.path)
        if found is None:
            return _message(HTTPStatus.NOT_FOUND, "Not Found")
        target, parameters = found
        claims: dict[str, str] | None = None
        if self._token and not target.route.public:
            if not self._authorized(request):
                return _message(HTTPStatus.UNAUTHORIZED, "Unauthorized")
            claims = {"sub": "local", "scope": " ".join(target.route.scopes)}
        body = await _body(request)
        if body is None:
            return _message(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
        event = http_event(
            request.method,
            request.url.path,
            request.url.query,
            request.headers.items(),
            body,
            route=target.key,
            parameters=parameters,
            source_ip=request.client.host if request.client else "127.0.0.1",
            claims=claims,
        )
        if len(body) * (4 / 3 if event["isBase64Encoded"] else 1) > MAX_PAYLOAD:
            return _message(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
        outcome = await asyncio.get_running_loop().run_in_executor(self._workers, target.function.invoke, event)
        return _response(outcome)

    def _find(self, method: str, path: str) -> tuple[Target, dict[str, str]] | None:
        for target in self._targets:
            parameters = target.match(method, path)
            if parameters is not None:
                return target, parameters
        return None

    def _authorized(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), (self._token or "").encode())


async def _body(request: Request) -> bytes | None:
    """The request's body; null when it is larger than API Gateway takes."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            return None
        parts.append(part)
    return b"".join(parts)


def _response(outcome: Outcome) -> Response:
    if outcome.failure == TIMED_OUT:
        return _message(HTTPStatus.GATEWAY_TIMEOUT, "Endpoint request timed out")
    if outcome.failure == THROTTLED:
        return _message(HTTPStatus.SERVICE_UNAVAILABLE, "Service Unavailable")
    if outcome.failure:
        return _message(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
    answer = json.loads(outcome.payload)
    if not isinstance(answer, Mapping) or "statusCode" not in answer:
        return Response(outcome.payload, media_type="application/json")
    body = answer.get("body") or ""
    response = Response(
        base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode(),
        status_code=int(answer["statusCode"]),
        headers={name.lower(): str(value) for name, value in (answer.get("headers") or {}).items()},
    )
    for cookie in answer.get("cookies") or []:
        response.raw_headers.append((b"set-cookie", cookie.encode()))
    return response


def _message(status: HTTPStatus, text: str) -> Response:
    return Response(json.dumps({"message": text}), status, media_type="application/json")
