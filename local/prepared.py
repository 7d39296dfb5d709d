"""What runs in a function's process: the real runtime client, prepared once and then copied.

``python -m local.prepared FD NICENESS HANDLER`` loads the handler as Lambda does before it takes a snapshot, and says
so on the socket FD. Each line that comes from there is the address of a Runtime API; the process forks, tells the
copy's pid, and the copy goes on as an environment that was restored: its hooks run, and it asks that API for its work.
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

# Its C part reads the Runtime API's address when it is loaded: each copy loads its own.
sys.modules["runtime_client"] = None  # type: ignore[assignment]
from awslambdaric import bootstrap, lambda_runtime_client  # noqa: E402

del sys.modules["runtime_client"]


class PreparedClient(lambda_runtime_client.LambdaRuntimeClient):  # type: ignore[misc]
    """Waits where the snapshot is taken, and returns from there once in each copy."""

    def __init__(self, channel: socket.socket) -> None:
        super().__init__("")
        self._channel = channel

    def post_init_error(self, error_response_data: dict[str, Any], error_type_override: str | None = None) -> None:
        self._tell({"error": error_response_data})

    def restore_next(self) -> None:
        # The system buries the copies, which another process watches.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        self._tell({"prepared": True})
        with self._channel.makefile() as lines:
            for line in lines:
                pid = os.fork()
                if pid == 0:
                    self._go_on(line.strip())
                    return
                self._tell({"pid": pid})
        os._exit(0)

    def _go_on(self, address: str) -> None:
        self._channel.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.lambda_runtime_address = os.environ["AWS_LAMBDA_RUNTIME_API"] = address
        lambda_runtime_client.runtime_client = importlib.import_module("runtime_client")
        lambda_runtime_client.runtime_client.initialize_client(lambda_runtime_client._user_agent())  # noqa: SLF001
        super().restore_next()

    def _tell(self, what: dict[str, Any]) -> None:
        self._channel.sendall(json.dumps(what).encode() + b"\n")


def main(descriptor: str, niceness: str, handler: str) -> None:
    _step_back(int(niceness))
    bootstrap.run(handler, PreparedClient(socket.socket(fileno=int(descriptor))))


def _step_back(niceness: int) -> None:
    """Leave the processors to answers; where the system shares them out by sessions, the session's share counts."""
    os.nice(niceness)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))


if __name__ == "__main__":
    main(*sys.argv[1:])
