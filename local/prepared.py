"""What runs in a function's process: the real runtime client, prepared once and then copied.

``python -m local.prepared FD NICENESS HANDLER`` loads the handler, as Lambda does before it takes a snapshot, and
reports that on the socket FD. Each line read from there is the address of a Runtime API. The process then forks and
answers with the copy's pid; the copy continues as a restored environment: its hooks run, and it polls that API::

    local.snapshots          this process                    copy
          │ ◀─ {"prepared"} ─────│
          │── "127.0.0.1:4711" ─▶│─ fork ────────────────────▶│ restore hooks
          │ ◀─ {"pid": 815} ─────│                            │── GET next ──▶ Runtime API on port 4711
"""

import importlib
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

# The client's C extension reads the Runtime API's address when it is imported. It is kept out here; each copy imports
# it after the fork, with an address of its own.
sys.modules["runtime_client"] = None  # type: ignore[assignment]
from awslambdaric import bootstrap, lambda_runtime_client  # noqa: E402

del sys.modules["runtime_client"]


class PreparedClient(lambda_runtime_client.LambdaRuntimeClient):  # type: ignore[misc]
    """Blocks where Lambda would take the snapshot, and returns from there once in each copy."""

    def __init__(self, channel: socket.socket) -> None:
        super().__init__("")
        self._channel = channel

    def post_init_error(self, error_response_data: dict[str, Any], error_type_override: str | None = None) -> None:
        self._send({"error": error_response_data})

    def restore_next(self) -> None:
        # The kernel reaps the copies, since nobody waits for them here: local.snapshots watches them by their pidfd.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        self._send({"prepared": True})
        with self._channel.makefile() as lines:
            for line in lines:
                pid = os.fork()
                if pid == 0:
                    self._resume(line.strip())
                    return
                self._send({"pid": pid})
        # The channel was closed: end without the exit handlers that the handler's modules registered.
        os._exit(0)

    def _resume(self, address: str) -> None:
        # The channel belongs to the parent alone: an open copy of it would hide that the parent has ended.
        self._channel.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.lambda_runtime_address = os.environ["AWS_LAMBDA_RUNTIME_API"] = address
        lambda_runtime_client.runtime_client = importlib.import_module("runtime_client")
        lambda_runtime_client.runtime_client.initialize_client(lambda_runtime_client._user_agent())  # noqa: SLF001
        super().restore_next()

    def _send(self, message: dict[str, Any]) -> None:
        self._channel.sendall(json.dumps(message).encode() + b"\n")


def main(descriptor: str, niceness: str, handler: str) -> None:
    _lower_priority(int(niceness))
    bootstrap.run(handler, PreparedClient(socket.socket(fileno=int(descriptor))))


def _lower_priority(niceness: int) -> None:
    """Let functions with callers go first. Where Linux groups processes by session, the group's niceness counts."""
    os.nice(niceness)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))


if __name__ == "__main__":
    main(*sys.argv[1:])
