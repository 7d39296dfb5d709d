"""X-Ray: what an invocation waits for, as parts of the segment that Lambda makes of it.

Lambda says in the environment whether an invocation is traced, and a daemon beside the function takes datagrams. That
is all that is used: X-Ray's SDK, which Powertools' tracer is made of, takes long to import.
Through queues the trace goes on by itself: botocore sends its header with each call, and SQS keeps it with the message.
"""

import os
import socket
import time
from contextlib import suppress
from functools import lru_cache
from types import TracebackType
from typing import Final

import orjson

from quarry.errors import StoreError

_HEADER: Final = b'{"format": "json", "version": 1}\n'
_TRACE: Final = "_X_AMZN_TRACE_ID"
_DAEMON: Final = "AWS_XRAY_DAEMON_ADDRESS"


class part:  # noqa: N801 - used as a function
    """Around a call of a store: ``with tracing.part("Qdrant"):``. Nothing is done unless the invocation is traced."""

    __slots__ = ("_name", "_parent", "_started")

    def __init__(self, name: str) -> None:
        self._name = name
        self._parent = _parent(os.environ.get(_TRACE, "")) if _DAEMON in os.environ else None
        self._started = time.time() if self._parent else 0.0

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._parent is None:
            return
        trace, parent = self._parent
        said = {
            "name": self._name,
            "id": os.urandom(8).hex(),
            "trace_id": trace,
            "parent_id": parent,
            "type": "subsegment",
            "namespace": "remote",
            "start_time": self._started,
            "end_time": time.time(),
            **({_outcome(kind): True} if kind and issubclass(kind, Exception) else {}),
        }
        host, _, port = os.environ.get(_DAEMON, "").rpartition(":")
        with suppress(OSError, ValueError, OverflowError):
            address = host, int(port)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto(_HEADER + orjson.dumps(said), address)


def _outcome(kind: type[Exception]) -> str:
    """In X-Ray's terms: an error if the store refused what it was sent, a fault if it failed itself."""
    return "error" if issubclass(kind, StoreError) else "fault"


@lru_cache(maxsize=2)
def _parent(header: str) -> tuple[str, str] | None:
    """Trace and segment of an invocation; None of one that is not traced."""
    fields = dict(field.split("=", 1) for field in header.split(";") if "=" in field)
    if fields.get("Sampled") != "1" or not fields.keys() >= {"Root", "Parent"}:
        return None
    return fields["Root"], fields["Parent"]
