"""Lambda functions on this machine: the real runtime client in child processes, and the Runtime API that it asks.

::

    invoke -> Environment [work] -> GET next (runtime client) -> handler -> POST response or error -> [outcome]

Each environment has a Runtime API on a port of its own: the runtime client tells no other name than the address
that it was given.
"""

import json
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.processes import Nursery
from local.template import ACCOUNT, REGION, FunctionSpec

INIT_SECONDS = 60.0
MAX_PAYLOAD = 6 * 1024 * 1024
BASE = "/2018-06-01/runtime"
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


class Environment:
    """One execution environment of a function; it takes one invocation at a time."""

    def __init__(self, spec: FunctionSpec, variables: Mapping[str, str], nursery: Nursery) -> None:
        self._nursery = nursery
        self._timeout = spec.timeout
        self._arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{spec.name}:live"
        self._work: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[tuple[str | None, Outcome]] = queue.SimpleQueue()
        self._initialised = threading.Event()
        self._api = _runtime_api(self)
        threading.Thread(target=self._api.serve_forever, args=(0.05,), daemon=True).start()
        self._process = nursery.start(
            spec.name,
            [sys.executable, "-m", "awslambdaric", spec.handler],
            env={**variables, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._api.server_port}"},
            cwd=spec.folder,
            # Lambda takes an environment away without a word, too.
            stop_signal=signal.SIGKILL,
        )
        threading.Thread(target=self._watch, args=(self._process,), daemon=True).start()

    def invoke(self, event: bytes) -> Outcome:
        """Run the handler once. The time for the start of the environment is not counted, as in Lambda."""
        if not self._initialised.wait(INIT_SECONDS):
            return Outcome(failure="Runtime.InitTimeout")
        invocation = Invocation(str(uuid.uuid4()), event, int((time.time() + self._timeout) * 1000))
        deadline = time.monotonic() + self._timeout
        self._work.put(invocation)
        while True:
            try:
                answered, outcome = self._outcomes.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return Outcome(failure=TIMED_OUT)
            if answered in {invocation.request_id, None}:
                return outcome

    def close(self) -> None:
        self._nursery.stop(self._process)
        self._work.put(None)
        self._api.shutdown()
        self._api.server_close()

    def next(self) -> Invocation | None:
        """The next invocation for the runtime client; null when the environment is being closed."""
        self._initialised.set()
        return self._work.get()

    def settle(self, request_id: str | None, outcome: Outcome) -> None:
        """Without a request id the environment itself has failed."""
        self._outcomes.put((request_id, outcome))
        self._initialised.set()

    @property
    def arn(self) -> str:
        return self._arn

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        self.settle(None, Outcome(failure=EXITED))


class Function:
    """A function and its environments, which are started when they are needed, at most ``concurrency`` of them."""

    def __init__(self, spec: FunctionSpec, variables: Mapping[str, str], nursery: Nursery, concurrency: int) -> None:
        self.spec = spec
        self._variables = variables
        self._nursery = nursery
        self._slots = threading.Semaphore(concurrency)
        self._idle: list[Environment] = []
        self._lock = threading.Lock()
        self._closed = False

    def invoke(self, event: Mapping[str, Any], wait: float = 30.0) -> Outcome:
        """``wait`` is the time in seconds for an environment to become free."""
        if not self._slots.acquire(timeout=wait):
            return Outcome(failure=THROTTLED)
        try:
            environment = self._take()
            outcome = environment.invoke(json.dumps(event, ensure_ascii=False).encode())
            self._give_back(environment, lost=outcome.environment_lost)
        finally:
            self._slots.release()
        return outcome

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for environment in idle:
            environment.close()

    def _take(self) -> Environment:
        """An environment that stands idle, and lives: Lambda gives no work to one that died meanwhile."""
        while True:
            with self._lock:
                if not self._idle:
                    break
                environment = self._idle.pop()
            if environment.alive:
                return environment
            environment.close()
        return Environment(self.spec, self._variables, self._nursery)

    def _give_back(self, environment: Environment, *, lost: bool) -> None:
        with self._lock:
            if not lost and not self._closed:
                self._idle.append(environment)
                return
        environment.close()


def _runtime_api(environment: Environment) -> ThreadingHTTPServer:
    """Serves https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html for one environment."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            if self.path != f"{BASE}/invocation/next":
                self._send(HTTPStatus.NOT_FOUND)
                return
            invocation = environment.next()
            if invocation is None:
                self.close_connection = True
                return
            headers = {
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": environment.arn,
            }
            self._send(HTTPStatus.OK, invocation.event, headers)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kind, _, rest = self.path.removeprefix(f"{BASE}/").partition("/")
            request_id, _, answer = rest.partition("/")
            if kind == "init":
                environment.settle(None, Outcome(body, failure="Runtime.InitError"))
            elif answer == "error":
                environment.settle(request_id, Outcome(body, failure=_error_type(body)))
            elif len(body) > MAX_PAYLOAD:
                environment.settle(request_id, Outcome(failure=TOO_LARGE))
                self._send(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                return
            else:
                environment.settle(request_id, Outcome(body))
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

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    return server


def _error_type(body: bytes) -> str:
    try:
        return str(json.loads(body)["errorType"])
    except (ValueError, KeyError, TypeError):
        return "Function.Error"
