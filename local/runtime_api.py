"""The Runtime API of one environment: its runtime client polls it for invocations and posts their outcomes.

See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
_BASE = "/2018-06-01/runtime"
TIMED_OUT = "Sandbox.Timedout"
THROTTLED = "TooManyRequestsException"
TOO_LARGE = "Function.ResponseSizeTooLarge"
EXITED = "Runtime.ExitError"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The handler's answer, or the type of the failure with the error as Lambda reports it."""

    payload: bytes = b""
    failure: str | None = None

    @property
    def environment_lost(self) -> bool:
        # After a timeout the handler may still be running: Lambda ends such an environment too.
        return bool(self.failure) and str(self.failure).startswith(("Sandbox.", "Runtime."))


@dataclass(frozen=True, slots=True)
class Invocation:
    request_id: str
    event: bytes
    deadline_ms: int


class Worker(Protocol):
    """The environment that the API serves."""

    @property
    def arn(self) -> str: ...

    def next(self) -> Invocation | None:
        """The next invocation; None when the environment is being closed."""

    def finish(self, request_id: str | None, outcome: Outcome) -> None:
        """Without a request id, the environment itself has failed."""


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
        """A killed environment breaks its connection; its caller learns of it from the process that ended."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Headers and body leave in one packet.
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
        # The environment is being closed: there is nothing to answer to a process that is killed.
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
        finish = self.server.worker.finish
        if kind == "restore":
            finish(None, Outcome(body, failure="Runtime.RestoreError"))
        elif answer == "error":
            finish(request_id, Outcome(body, failure=_error_type(body)))
        elif len(body) > MAX_PAYLOAD_BYTES:
            finish(request_id, Outcome(failure=TOO_LARGE))
            self._send(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        else:
            finish(request_id, Outcome(body))
        self._send(HTTPStatus.ACCEPTED)

    def handle_expect_100(self) -> bool:
        accepted = super().handle_expect_100()
        # The buffered «100 Continue» would otherwise wait for the response, and the client for it.
        self.wfile.flush()
        return accepted

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: each invocation is in the function's own log."""

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
