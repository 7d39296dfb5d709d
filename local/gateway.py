"""What API Gateway does: turn an HTTP request into an event, and a function's answer into the response."""

import asyncio
import base64
import hmac
import re
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from local.events import http_event
from local.lambdas import Function
from local.runtime_api import MAX_PAYLOAD_BYTES, THROTTLED, TIMED_OUT, Outcome
from local.template import Route
from quarry.http.problems import problem

MAX_BODY_BYTES = 10 * 1024 * 1024
# A request takes a thread while its function runs; functions have far fewer environments, which is the real limit.
MAX_THREADS = 64
_DETAILS = {
    HTTPStatus.UNAUTHORIZED: "Send the token that quarry up printed as Authorization: Bearer <token>.",
    HTTPStatus.FORBIDDEN: "Your token has not the scope that this address requires.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address. The addresses are listed in the OpenAPI document.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not support that method; the header Allow lists those it does.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large for one request. Send it in smaller parts.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The function failed; its log says why, under this request id.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Too many requests at once. Try again in a moment.",
    HTTPStatus.GATEWAY_TIMEOUT: "The function did not answer in time. Try again, or ask for less at once.",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A route and the function behind it."""

    route: Route
    function: Function

    @property
    def key(self) -> str:
        return f"{self.route.method} {self.route.path}"

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The path's parameters, or None when the request is for another route."""
        if method != self.route.method:
            return None
        found = _pattern(self.route.path).fullmatch(path)
        return found.groupdict() if found else None


@cache
def _pattern(route: str) -> re.Pattern[str]:
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(route))
    # A greedy parameter takes the rest of the path.
    return re.compile(re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", pattern))


class Gateway:
    """An ASGI application. Its own errors are problem documents, as a function's are: callers handle one format.

    With a ``token``, each route that is not public requires it as a bearer token. It stands for any caller's: claims
    may follow it as in an address, ``<token>?sub=anna&supplier_id=101&scope=pricelists:write``.
    """

    def __init__(self, functions: Sequence[Function], token: str | None) -> None:
        targets = [Target(route, function) for function in functions for route in function.spec.routes]
        # A literal path wins over a parameter in the same place, as in API Gateway.
        self._targets = sorted(targets, key=lambda target: target.route.path.count("{"))
        self._token = token
        self._workers = ThreadPoolExecutor(MAX_THREADS, "gateway")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            with suppress(ClientDisconnect):
                await (await self._respond(Request(scope, receive)))(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        request.scope["request_id"] = uuid.uuid4().hex[:16]
        # Not request.url.path: that one ends at a «?» or «#» which the caller sent percent-encoded.
        path = request.scope["path"]
        found = self._find(request.method, path)
        if found is None:
            return self._unrouted(request)
        target, parameters = found
        claims: dict[str, str] | None = None
        if self._token and not target.route.public:
            claims = self._claims(request, target.route)
            if claims is None:
                return _error_response(request, HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})
            if not set(target.route.scopes) & set(claims["scope"].split()):
                return _error_response(request, HTTPStatus.FORBIDDEN)
        body = await _body(request)
        if body is None:
            return _error_response(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        event = http_event(
            request.method,
            path,
            request.scope["query_string"].decode("latin-1"),
            request.headers.items(),
            body,
            route=target.key,
            parameters=parameters,
            source_ip=request.client.host if request.client else "127.0.0.1",
            claims=claims,
            request_id=request.scope["request_id"],
        )
        # Lambda limits the event, in which a binary body is a third larger.
        if len(body) * (4 / 3 if event["isBase64Encoded"] else 1) > MAX_PAYLOAD_BYTES:
            return _error_response(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        # invoke() blocks until the function has answered.
        outcome = await asyncio.get_running_loop().run_in_executor(self._workers, target.function.invoke, event)
        return _response(request, outcome)

    def _find(self, method: str, path: str) -> tuple[Target, dict[str, str]] | None:
        for target in self._targets:
            parameters = target.match(method, path)
            if parameters is not None:
                return target, parameters
        return None

    def _unrouted(self, request: Request) -> Response:
        methods = {target.route.method for target in self._targets}
        allowed = sorted(method for method in methods if self._find(method, request.scope["path"]))
        if allowed:
            return _error_response(request, HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": ", ".join(allowed)})
        return _error_response(request, HTTPStatus.NOT_FOUND)

    def _claims(self, request: Request, route: Route) -> dict[str, str] | None:
        """What the caller's token says; None for another one."""
        sent, _, claims = request.headers.get("authorization", "").removeprefix("Bearer ").partition("?")
        if not hmac.compare_digest(sent.encode(), (self._token or "").encode()):
            return None
        return {"sub": "local", "scope": " ".join(route.scopes), **dict(parse_qsl(claims))}


async def _body(request: Request) -> bytes | None:
    """The request's body; None when it is larger than API Gateway accepts, or announces that it will be."""
    if int(request.headers.get("content-length", 0)) > MAX_BODY_BYTES:
        return None
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _response(request: Request, outcome: Outcome) -> Response:
    if outcome.failure == TIMED_OUT:
        return _error_response(request, HTTPStatus.GATEWAY_TIMEOUT)
    if outcome.failure == THROTTLED:
        return _error_response(request, HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "1"})
    if outcome.failure:
        return _error_response(request, HTTPStatus.INTERNAL_SERVER_ERROR)
    answer = orjson.loads(outcome.payload)
    if not isinstance(answer, Mapping) or "statusCode" not in answer:
        # Payload format 2.0: any other JSON is the body of a 200.
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


def _error_response(request: Request, status: HTTPStatus, headers: Mapping[str, str] | None = None) -> Response:
    headers = {"X-Request-Id": request.scope["request_id"], **(headers or {})}
    return problem(request, status, status.phrase, _DETAILS[status], headers=headers)
