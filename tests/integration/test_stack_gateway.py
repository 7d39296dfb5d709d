"""HTTP in, an event for the function, its answer out."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.gateway import Gateway
from local.runtime_api import THROTTLED, TIMED_OUT, Outcome
from local.template import FunctionSpec, Route
from quarry.runtime import run

ROUTES = (
    Route("GET", "/api/v1/batches/{request_id}", public=False, scopes=("catalogue:read",)),
    Route("GET", "/api/v1/batches/statistics", public=False, scopes=("catalogue:read",)),
    Route("POST", "/api/v1/search", public=False, scopes=("catalogue:read",)),
    Route("GET", "/api/v1/health", public=True, scopes=()),
)


class Recorded:
    """Takes the place of a function, and records the events that it gets."""

    def __init__(self, outcome: Outcome) -> None:
        self.spec = FunctionSpec("Recorded", Path(), "app.handler", 1, 128, "python3.13", {}, routes=ROUTES)
        self.events: list[dict[str, Any]] = []
        self._outcome = outcome

    def invoke(self, event, wait=30.0):
        self.events.append(json.loads(json.dumps(event)))
        return self._outcome


def _answer(**fields: Any) -> Outcome:
    return Outcome(json.dumps({"statusCode": 200, "body": "{}", **fields}).encode())


def _ask(function: Recorded, method: str, path: str, *, token: str | None = None, **request: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Gateway([function], token))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return await client.request(method, path, **request)

    return run(ask())


def test_a_request_becomes_an_event_of_payload_format_2():
    function = Recorded(_answer())
    _ask(
        function,
        "GET",
        "/api/v1/batches/a%20b?limit=5&status=a&status=b",
        headers=[("X-One", "1"), ("X-One", "2"), ("Cookie", "a=1; b=2")],
    )

    (event,) = function.events
    assert event["version"] == "2.0"
    assert event["routeKey"] == "GET /api/v1/batches/{request_id}"
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/api/v1/batches/a b"
    assert event["pathParameters"] == {"request_id": "a b"}
    assert event["rawQueryString"] == "limit=5&status=a&status=b"
    assert event["queryStringParameters"] == {"limit": "5", "status": "a,b"}
    assert event["headers"]["x-one"] == "1,2"
    assert event["cookies"] == ["a=1", "b=2"]
    assert "body" not in event


def test_text_bodies_travel_as_text_and_others_as_base64():
    function = Recorded(_answer())
    _ask(function, "POST", "/api/v1/search", json={"query": "цемент"})
    _ask(function, "POST", "/api/v1/search", content=b"\xff\x00", headers={"content-type": "application/zip"})

    text, binary = function.events
    assert (json.loads(text["body"]), text["isBase64Encoded"]) == ({"query": "цемент"}, False)
    assert (base64.b64decode(binary["body"]), binary["isBase64Encoded"]) == (b"\xff\x00", True)


def test_an_exact_route_goes_before_one_with_a_parameter():
    function = Recorded(_answer())
    _ask(function, "GET", "/api/v1/batches/statistics")

    assert function.events[0]["routeKey"] == "GET /api/v1/batches/statistics"


def test_the_functions_status_headers_cookies_and_binary_body_come_back():
    body = base64.b64encode(b"\x00\x01").decode()
    answered = _answer(
        statusCode=201, headers={"X-Cache": "hit"}, cookies=["a=1", "b=2"], body=body, isBase64Encoded=True
    )

    response = _ask(Recorded(answered), "GET", "/api/v1/health")

    assert (response.status_code, response.content, response.headers["x-cache"]) == (201, b"\x00\x01", "hit")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome(failure="KeyError"), 500),
        (Outcome(failure="Runtime.ExitError"), 500),
        (Outcome(failure=TIMED_OUT), 504),
        (Outcome(failure=THROTTLED), 503),
    ],
)
def test_a_functions_failure_is_a_problem_with_the_id_that_the_functions_log_has(outcome, status):
    function = Recorded(outcome)
    response = _ask(function, "GET", "/api/v1/health")

    _assert_problem(response, status)
    assert response.json()["request_id"] == function.events[0]["requestContext"]["requestId"]
    assert ("retry-after" in response.headers) == (status == 503)


def _assert_problem(response: httpx.Response, status: int) -> None:
    body = response.json()
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert set(body) == {"type", "title", "status", "detail", "instance", "request_id", "errors"}
    assert (body["status"], body["instance"]) == (status, response.request.url.path)
    assert body["request_id"] == response.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/", "/api/v1/batches/", "/api/v1/search/", "/api/v1/nothing"])
def test_an_address_that_the_template_does_not_route_is_not_found(path):
    function = Recorded(_answer())

    _assert_problem(_ask(function, "GET", path), 404)
    assert function.events == []


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("DELETE", "/api/v1/health", "GET"), ("GET", "/api/v1/search", "POST")]
)
def test_a_method_that_an_address_does_not_support_is_refused_with_those_that_it_does(method, path, allowed):
    function = Recorded(_answer())
    response = _ask(function, method, path)

    _assert_problem(response, 405)
    assert response.headers["allow"] == allowed
    assert function.events == []


@pytest.mark.parametrize("size", [6 * 1024 * 1024 + 1, 10 * 1024 * 1024 + 1])
def test_bodies_over_the_limits_are_refused(size):
    function = Recorded(_answer())
    response = _ask(
        function, "POST", "/api/v1/search", content=b"x" * size, headers={"content-type": "application/json"}
    )

    _assert_problem(response, 413)
    assert function.events == []


def test_with_a_token_only_the_public_route_is_open():
    function = Recorded(_answer())

    assert _ask(function, "GET", "/api/v1/health", token="secret").status_code == 200
    _assert_problem(_ask(function, "GET", "/api/v1/batches/1", token="secret"), 401)
    wrong = {"authorization": "Bearer guess"}
    assert _ask(function, "GET", "/api/v1/batches/1", token="secret", headers=wrong).status_code == 401
    assert len(function.events) == 1


def test_the_right_token_is_accepted_with_the_routes_scopes():
    function = Recorded(_answer())
    right = {"authorization": "Bearer secret"}

    assert _ask(function, "GET", "/api/v1/batches/1", token="secret", headers=right).status_code == 200
    claims = function.events[0]["requestContext"]["authorizer"]["jwt"]["claims"]
    assert claims["scope"] == "catalogue:read"


def test_what_follows_the_token_is_what_a_callers_token_would_say():
    function = Recorded(_answer())
    claims = {"authorization": "Bearer secret?sub=anna&supplier_id=101&scope=catalogue:read other"}

    assert _ask(function, "GET", "/api/v1/batches/1", token="secret", headers=claims).status_code == 200
    assert function.events[0]["requestContext"]["authorizer"]["jwt"] == {
        "claims": {"sub": "anna", "supplier_id": "101", "scope": "catalogue:read other"},
        "scopes": ["catalogue:read", "other"],
    }


def test_a_token_without_the_routes_scope_is_refused():
    function = Recorded(_answer())
    narrow = {"authorization": "Bearer secret?scope=pricelists:write"}

    _assert_problem(_ask(function, "GET", "/api/v1/batches/1", token="secret", headers=narrow), 403)
    assert function.events == []
