"""Lambda functions on this machine: the real runtime client in child processes, and the Runtime API that it polls.

::

    invoke -> Environment [work] -> GET next (runtime client) -> handler -> POST response or error -> [outcome]

Each environment is a copy of its function's prepared process (:mod:`local.snapshots`). It has a Runtime API on a port
of its own, since a request of the runtime client does not say which environment it comes from.
"""

import json
import queue
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from local.processes import Nursery
from local.runtime_api import EXITED, THROTTLED, TIMED_OUT, Invocation, Outcome, RuntimeApi
from local.snapshots import InitFailed, Snapshot
from local.template import ACCOUNT, REGION, FunctionSpec


class Environment:
    """One execution environment of a function; it handles one invocation at a time."""

    def __init__(self, spec: FunctionSpec, snapshot: Snapshot) -> None:
        """Raises InitFailed."""
        self._timeout = spec.timeout
        self._arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{spec.name}:live"
        self._work: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[tuple[str | None, Outcome]] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._api = RuntimeApi(self)
        threading.Thread(target=self._api.serve_forever, args=(0.05,), daemon=True).start()
        try:
            self._process = snapshot.copy(self._api.address)
        except InitFailed:
            self._stop_api()
            raise
        # A process that ends without an answer must not leave its caller waiting for the timeout.
        threading.Thread(target=self._watch, daemon=True).start()

    def wait_until_ready(self) -> None:
        """Until the runtime client polls for work, or the process has ended."""
        self._ready.wait()

    def invoke(self, event: bytes) -> Outcome:
        """Run the handler once. The start of the environment does not count towards the timeout, as in Lambda."""
        self.wait_until_ready()
        invocation = Invocation(str(uuid.uuid4()), event, int((time.time() + self._timeout) * 1000))
        deadline = time.monotonic() + self._timeout
        self._work.put(invocation)
        while True:
            try:
                request_id, outcome = self._outcomes.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return Outcome(failure=TIMED_OUT)
            # Without an id the environment itself has failed, and so has this invocation.
            if request_id in {invocation.request_id, None}:
                return outcome

    def close(self) -> None:
        self._process.stop()
        # Releases the handler thread that waits for work.
        self._work.put(None)
        self._stop_api()

    def _stop_api(self) -> None:
        self._api.shutdown()
        self._api.server_close()

    def next(self) -> Invocation | None:
        """The next invocation for the runtime client; None when the environment is being closed."""
        self._ready.set()
        return self._work.get()

    def finish(self, request_id: str | None, outcome: Outcome) -> None:
        """Without a request id, the environment itself has failed."""
        self._outcomes.put((request_id, outcome))
        # An environment that failed before it was ready: whoever waits for it gets the failure as its outcome.
        self._ready.set()

    @property
    def arn(self) -> str:
        return self._arn

    @property
    def alive(self) -> bool:
        return self._process.alive

    def _watch(self) -> None:
        self._process.wait()
        self.finish(None, Outcome(failure=EXITED))


class Function:
    """A function and its environments, at most ``concurrency`` of them, started on demand."""

    def __init__(self, spec: FunctionSpec, variables: Mapping[str, str], nursery: Nursery, concurrency: int) -> None:
        self.spec = spec
        self._snapshot = Snapshot(spec, variables, nursery)
        self._slots = threading.Semaphore(concurrency)
        self._idle: list[Environment] = []
        self._lock = threading.Lock()
        self._closed = False

    def prepare(self) -> None:
        """Start an environment before the first invocation. Raises InitFailed."""
        environment = self._acquire()
        environment.wait_until_ready()
        self._release(environment, lost=not environment.alive)

    def invoke(self, event: Mapping[str, Any], wait: float = 30.0) -> Outcome:
        """``wait`` is how many seconds to wait for a free environment."""
        if not self._slots.acquire(timeout=wait):
            return Outcome(failure=THROTTLED)
        try:
            environment = self._acquire()
            outcome = environment.invoke(json.dumps(event, ensure_ascii=False).encode())
            self._release(environment, lost=outcome.environment_lost)
        except InitFailed as error:
            return Outcome(error.report, failure="Runtime.InitError")
        finally:
            self._slots.release()
        return outcome

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for environment in idle:
            environment.close()
        self._snapshot.close()

    def _acquire(self) -> Environment:
        """An idle environment that is alive, else a new one: Lambda gives no work to one that died."""
        while True:
            with self._lock:
                if not self._idle:
                    break
                environment = self._idle.pop()
            if environment.alive:
                return environment
            environment.close()
        return Environment(self.spec, self._snapshot)

    def _release(self, environment: Environment, *, lost: bool) -> None:
        with self._lock:
            # close() may have come while this one was at work; then nobody else would end it.
            if not lost and not self._closed:
                self._idle.append(environment)
                return
        environment.close()
