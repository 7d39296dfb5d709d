"""Servers that send scripted bytes, and the errors that an adapter makes of them."""

import logging
import socket
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from io import StringIO

import pytest

from quarry import patience
from quarry.breaker import CircuitBreaker, State
from quarry.errors import QuarryError, StoreUnavailable
from quarry.runtime import run

# Part of every URL and key that these tests pass to an adapter.
SECRET = "geheim"
# Of each answer, in seconds: a silent server is waited for half of it.
_PATIENCE = 0.6


@contextmanager
def playing(play: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that runs ``play`` for each connection and then closes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def each(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                play(connection)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=each, args=(server.accept()[0],), daemon=True).start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        yield server.getsockname()[1]
        # Closing alone does not wake who waits in accept().
        server.shutdown(socket.SHUT_RDWR)
        accepting.join()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    connection.close()


def http(status: int, body: bytes = b"", kind: str = "application/json", length: int | None = None, more="") -> bytes:
    """A raw answer; ``length`` promises other than what comes."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\nConnection: close\r\n{more}\r\n"
    return head.encode() + body


def received(connection: socket.socket) -> bytes:
    """A whole HTTP request."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(65536)
        if not part:
            raise ConnectionError
        head += part
    head, _, body = head.partition(b"\r\n\r\n")
    lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    if lines.get(b"expect") == b"100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    while len(body) < int(lines.get(b"content-length", 0)):
        body += connection.recv(65536)
    return head


def answering(answer: bytes | Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    """Play one HTTP answer: bytes, or what is done with the connection after the request."""

    def play(connection: socket.socket) -> None:
        received(connection)
        if callable(answer):
            answer(connection)
        else:
            connection.sendall(answer)

    return play


@contextmanager
def logged() -> Iterator[StringIO]:
    """Everything that any logger logs meanwhile."""
    text = StringIO()
    handler, root = logging.StreamHandler(text), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield text
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


async def unasked() -> bool:
    """A ping of a breaker that is asked but once."""
    raise AssertionError


def met(store: str, ask: Callable[[], Awaitable[object]], seconds: float = _PATIENCE) -> QuarryError:
    """The error that ``ask`` ends with: one of ours, and an outage to the breaker just when its class is one."""
    breaker = CircuitBreaker(store, failures=1, open_seconds=60)
    with patience.answering(seconds), logged() as log, pytest.raises(QuarryError) as caught, breaker.guard(unasked):
        run(ask())
    assert SECRET not in log.getvalue()
    assert (breaker.state is State.OPEN) == isinstance(caught.value, StoreUnavailable)
    assert "://" not in str(caught.value)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return caught.value
