"""The Runtime API of one environment, which its runtime client asks for work and tells what came of it.

See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

MAX_PAYLOAD = 6 * 1024 * 1024
_BASE = "/2018-06-01/runtime"
TIMED_OUT = "Sandbox.Timedout"
THROTTLED = "TooManyRequestsException"
TOO_LARGE = "Function.ResponseSizeTooLarge"
EXITED = "Runtime.ExitError"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an invocation came to: the handler's answer, or the failure's type with the error as Lambda tells it."""

    payload: bytes = b""
    failure: str | None = None

    @property
    def environment_lost(self) -> bool:
        return bool(self.failure) and str(self.failure).startswith(("Sandbox.", "Runtime."))


@dataclass(frozen=True, slots=True)
class Invocation:
    request_id: str
    event: bytes
    deadline_ms: int


class Worker(Protocol):
    """The environment that the API is for."""

    @property
    def arn(self) -> str: ...

    def next(self) -> Invocation | None:
        """The next invocation; None when the environment is being closed."""

    def settle(self, request_id: str | None, outcome: Outcome) -> None:
        """Without a request id the environment itself has failed."""


class RuntimeApi(ThreadingHTTPServer):
    """Serves one environment, on a port of its own."""

    daemon_threads = True

    def __init__(self, worker: Worker) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.worker = worker

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """An environment that is killed leaves its connection: who invoked it is told otherwise."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: RuntimeApi

    def do_GET(self) -> None:
        if self.path == f"{_BASE}/restore/next":
            self._send(HTTPStatus.OK)
        elif self.path == f"{_BASE}/invocation/next":
            self._send_next()
        else:
            self._send(HTTPStatus.NOT_FOUND)

    def _send_next(self) -> None:
        invocation = self.server.worker.next()
        if invocation is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self.server.worker.arn,
        }
        self._send(HTTPStatus.OK, invocation.event, headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind, _, rest = self.path.removeprefix(f"{_BASE}/").partition("/")
        request_id, _, answer = rest.partition("/")
        settle = self.server.worker.settle
        if kind == "restore":
            settle(None, Outcome(body, failure="Runtime.RestoreError"))
        elif answer == "error":
            settle(request_id, Outcome(body, failure=_error_type(body)))
        elif len(body) > MAX_PAYLOAD:
            settle(request_id, Outcome(failure=TOO_LARGE))
            self._send(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        else:
            settle(request_id, Outcome(body))
        self._send(HTTPStatus.ACCEPTED)

    def handle_expect_100(self) -> bool:
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Each invocation is in the function's own log."""

    def _send(self, status: HTTPStatus, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _error_type(body: bytes) -> str:
    try:
        return str(json.loads(body)["errorType"])
    except (ValueError, KeyError, TypeError):
        return "Function.Error"
