"""The proxy treats connections as each mode says, and afterwards works again."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from local.processes import free_port
from tests.faults.proxy import Mode, Proxies, Proxy


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it is sent."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer(connection: socket.socket) -> None:
            with connection:
                while data := connection.recv(65536):
                    connection.sendall(data)

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=_quietly, args=(answer, connection), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def _quietly(answer, connection: socket.socket) -> None:
    with contextlib.suppress(ConnectionError):
        answer(connection)


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    proxies = Proxies()
    yield proxies.add("echo", free_port(), echo)
    proxies.close()


def connected(proxy: Proxy, timeout: float = 5.0) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout)


def echoed(connection: socket.socket, data: bytes = b"hello") -> bytes:
    connection.sendall(data)
    return received(connection, len(data))


def received(connection: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length and (part := connection.recv(65536)):
        found += part
    return found


def test_what_is_sent_arrives_whole_in_both_directions(proxy):
    data = bytes(range(256)) * 20_000
    with connected(proxy) as connection:
        sender = threading.Thread(target=connection.sendall, args=(data,))
        sender.start()
        assert received(connection, len(data)) == data
        sender.join()
    assert proxy.accepted == 1


def test_a_client_that_ends_its_sending_still_gets_its_answer(proxy):
    with connected(proxy) as connection:
        connection.sendall(b"last words")
        connection.shutdown(socket.SHUT_WR)
        assert received(connection, 100) == b"last words"


def test_reset_breaks_existing_and_new_connections(proxy):
    with connected(proxy) as open_one:
        echoed(open_one)
        proxy.turn(Mode.RESET)
        with pytest.raises(ConnectionResetError):
            open_one.recv(1)
    with pytest.raises(ConnectionResetError), connected(proxy) as new:
        new.recv(1)
    proxy.turn(Mode.PASS)
    with connected(proxy) as after:
        assert echoed(after) == b"hello"


def test_closed_refuses_new_connections(proxy):
    with connected(proxy) as open_one:
        echoed(open_one)
        proxy.turn(Mode.CLOSED)
        with pytest.raises(ConnectionResetError):
            open_one.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connected(proxy)
    proxy.turn(Mode.PASS)
    with connected(proxy) as after:
        assert echoed(after) == b"hello"


def test_a_black_hole_keeps_connections_and_every_byte_comes_after_it(proxy):
    with connected(proxy, timeout=0.2) as open_one:
        echoed(open_one)
        proxy.turn(Mode.BLACK_HOLE)
        open_one.sendall(b"first")
        with connected(proxy, timeout=0.2) as new:
            new.sendall(b"second")
            for waiting in (open_one, new):
                with pytest.raises(TimeoutError):
                    waiting.recv(1)
            proxy.turn(Mode.PASS)
            for waiting, sent in ((open_one, b"first"), (new, b"second")):
                waiting.settimeout(5)
                assert received(waiting, len(sent)) == sent


def test_5xx_answers_each_request_with_503(proxy):
    proxy.turn(Mode.ERROR)
    for _ in range(2):
        with connected(proxy) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            assert received(connection, 1000).startswith(b"HTTP/1.1 503 ")


def test_an_unavailable_store_resets_connections(proxy):
    proxy.upstream = free_port()
    with pytest.raises(ConnectionResetError), connected(proxy) as connection:
        connection.recv(1)
