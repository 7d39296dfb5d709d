"""A function's prepared process, which is copied for each environment: what SnapStart does on Lambda."""

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

# Functions without a route have no caller who waits: they leave the CPU to those that answer one.
BACKGROUND_NICENESS = 5


class InitFailed(RuntimeError):
    """The handler could not be loaded; ``report`` is the runtime client's error document, as JSON."""

    def __init__(self, report: bytes) -> None:
        super().__init__("the handler could not be loaded")
        self.report = report


class Copy:
    """A running copy of the prepared process; it may end at any time."""

    def __init__(self, pid: int, nursery: Nursery) -> None:
        self._pid = pid
        self._nursery = nursery
        self._ended = threading.Event()
        nursery.adopt(pid)
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def alive(self) -> bool:
        return not self._ended.is_set() and alive(self._pid)

    def wait(self) -> None:
        """Until it ends."""
        self._ended.wait()

    def stop(self) -> None:
        """Kill it without warning, as Lambda does, and wait until it has ended."""
        with suppress(ProcessLookupError):
            # After its end the pid may belong to another process.
            if not self._ended.is_set():
                os.kill(self._pid, signal.SIGKILL)
        self.wait()

    def _watch(self) -> None:
        with suppress(ProcessLookupError):
            # It is a grandchild, which cannot be waited for; a pidfd becomes readable when its process ends.
            descriptor = os.pidfd_open(self._pid)
            try:
                poll = select.poll()
                poll.register(descriptor, select.POLLIN)
                poll.poll()
            finally:
                os.close(descriptor)
        self._nursery.release(self._pid)
        self._ended.set()


class Snapshot:
    """The prepared process of a function; started at its first use, and again when it has ended."""

    def __init__(self, spec: FunctionSpec, variables: Mapping[str, str], nursery: Nursery) -> None:
        self._spec = spec
        self._variables = variables
        self._nursery = nursery
        self._lock = threading.Lock()
        self._channel: socket.socket | None = None
        self._lines: Any = None

    def copy(self, runtime_api: str) -> Copy:
        """A new copy that polls ``runtime_api`` (host:port). Raises InitFailed."""
        with self._lock:
            reply = self._request_copy(runtime_api) if self._channel else None
            # Not started yet, or it has ended since the last copy, which no environment notices.
            if reply is None:
                self._start()
                reply = self._request_copy(runtime_api)
            if reply is None:
                raise InitFailed(b"")
            return Copy(reply["pid"], self._nursery)

    def close(self) -> None:
        """Let the prepared process end; its copies keep running."""
        with self._lock:
            self._disconnect()

    def _disconnect(self) -> None:
        if self._channel:
            self._lines.close()
            self._channel.close()
            self._channel = None

    def _start(self) -> None:
        self._disconnect()
        self._channel, theirs = socket.socketpair()
        niceness = 0 if self._spec.routes else BACKGROUND_NICENESS
        # Closed here after the start: only the child's copy stays open, so that its end ends the lines.
        with theirs:
            self._nursery.start(
                self._spec.name,
                [sys.executable, "-m", "local.prepared", str(theirs.fileno()), str(niceness), self._spec.handler],
                env={
                    **self._variables,
                    "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
                    # A placeholder: each copy gets an address of its own.
                    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1",
                },
                cwd=self._spec.folder,
                stop_signal=signal.SIGKILL,
                pass_fds=(theirs.fileno(),),
            )
        self._lines = self._channel.makefile("rb")
        reply = self._read_reply()
        if reply is None or "error" in reply:
            self._disconnect()
            raise InitFailed(json.dumps((reply or {}).get("error", {})).encode())

    def _request_copy(self, runtime_api: str) -> dict[str, Any] | None:
        """The process's reply about a new copy; None when it has ended."""
        assert self._channel
        try:
            self._channel.sendall(f"{runtime_api}\n".encode())
        except OSError:
            return None
        return self._read_reply()

    def _read_reply(self) -> dict[str, Any] | None:
        try:
            line = self._lines.readline()
        except OSError:
            return None
        return dict(json.loads(line)) if line else None
