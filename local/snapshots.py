"""A function's prepared process, of which each environment is a copy: what SnapStart is on Lambda."""

import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from local.processes import Nursery, alive
from local.template import FunctionSpec

# What nobody waits for leaves the processors to answers.
BEHIND_ANSWERS = 5


class InitFailed(RuntimeError):
    """The handler could not be loaded; ``error`` is what the runtime client tells, as JSON."""

    def __init__(self, error: bytes) -> None:
        super().__init__("the handler could not be loaded")
        self.error = error


class Copy:
    """A running copy; it may end at any time."""

    def __init__(self, pid: int, nursery: Nursery) -> None:
        self._pid = pid
        self._nursery = nursery
        self._gone = threading.Event()
        nursery.adopt(pid)
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def alive(self) -> bool:
        return not self._gone.is_set() and alive(self._pid)

    def wait(self) -> None:
        """Until it ends."""
        self._gone.wait()

    def stop(self) -> None:
        """Take it away without a word, as Lambda does, and wait until it is gone."""
        with suppress(ProcessLookupError):
            if not self._gone.is_set():
                os.kill(self._pid, signal.SIGKILL)
        self.wait()

    def _watch(self) -> None:
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(self._pid)
            try:
                ends = select.poll()
                ends.register(descriptor, select.POLLIN)
                ends.poll()
            finally:
                os.close(descriptor)
        self._nursery.release(self._pid)
        self._gone.set()


class Snapshot:
    """The prepared process of a function; started at its first use, and anew when it died."""

    def __init__(self, spec: FunctionSpec, variables: Mapping[str, str], nursery: Nursery) -> None:
        self._spec = spec
        self._variables = variables
        self._nursery = nursery
        self._lock = threading.Lock()
        self._channel: socket.socket | None = None
        self._lines: Any = None

    def copy(self, runtime_api: str) -> Copy:
        """A copy that asks ``runtime_api`` (host:port) for its work. Raises InitFailed."""
        with self._lock:
            told = self._ask(runtime_api) if self._channel else None
            if told is None:
                self._start()
                told = self._ask(runtime_api)
            if told is None:
                raise InitFailed(b"")
            return Copy(told["pid"], self._nursery)

    def close(self) -> None:
        """Let the process end; the copies go on."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        if self._channel:
            self._lines.close()
            self._channel.close()
            self._channel = None

    def _start(self) -> None:
        self._forget()
        self._channel, theirs = socket.socketpair()
        niceness = 0 if self._spec.routes else BEHIND_ANSWERS
        with theirs:
            self._nursery.start(
                self._spec.name,
                [sys.executable, "-m", "local.prepared", str(theirs.fileno()), str(niceness), self._spec.handler],
                env={
                    **self._variables,
                    "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
                    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1",
                },
                cwd=self._spec.folder,
                stop_signal=signal.SIGKILL,
                pass_fds=(theirs.fileno(),),
            )
        self._lines = self._channel.makefile("rb")
        told = self._told()
        if told is None or "error" in told:
            self._forget()
            raise InitFailed(json.dumps((told or {}).get("error", {})).encode())

    def _ask(self, runtime_api: str) -> dict[str, Any] | None:
        """What the process tells of a new copy; None when it is gone."""
        assert self._channel
        try:
            self._channel.sendall(f"{runtime_api}\n".encode())
        except OSError:
            return None
        return self._told()

    def _told(self) -> dict[str, Any] | None:
        try:
            line = self._lines.readline()
        except OSError:
            return None
        return dict(json.loads(line)) if line else None
