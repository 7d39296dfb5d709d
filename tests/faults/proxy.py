"""TCP proxies that misbehave on request: one in front of each store, all in one thread."""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from enum import StrEnum
from typing import Any

# Closing with this option sends RST in place of FIN.
_RESET = struct.pack("ii", 1, 0)
_HANG_SECONDS = 900
_UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Mode(StrEnum):
    PASS = "pass"
    CLOSED = "closed"
    """Nobody listens, as after the store's death."""
    RESET = "reset"
    BLACK_HOLE = "black_hole"
    ERROR = "5xx"


class Proxy:
    """Listens on ``port`` until closed. Its methods may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, port: int, upstream: int) -> None:
        self.port = port
        self.accepted = 0
        self.mode = Mode.PASS
        self.upstream = upstream
        self._loop = loop
        self._ends: set[_End] = set()
        self._waiting: list[_Client] = []
        self._listener: asyncio.Server | None = None
        self._reserved: socket.socket | None = None
        self._call(self._listen())

    def turn(self, mode: Mode) -> None:
        """Returns when the mode is in effect, for existing connections too."""
        self._call(self._turn(mode))

    def close(self) -> None:
        self._call(self._turn(Mode.CLOSED))
        if self._reserved:
            self._reserved.close()

    async def _listen(self) -> None:
        if self._reserved:
            self._reserved.close()
        self._listener = await self._loop.create_server(self._accept, "127.0.0.1", self.port, backlog=256)

    def _accept(self) -> "_Client":
        self.accepted += 1
        return _Client(self)

    async def _turn(self, mode: Mode) -> None:
        before, self.mode = self.mode, mode
        if {before, mode} <= {Mode.PASS, Mode.BLACK_HOLE}:
            for end in self._ends:
                end.hold(mode is Mode.BLACK_HOLE)
            waiting, self._waiting = self._waiting, []
            for client in waiting:
                client.open()
        else:
            for end in list(self._ends):
                end.reset()
            self._waiting.clear()
        if mode is Mode.CLOSED and self._listener:
            self._listener.close()
            self._listener = None
            # Bound without listening, so that connections are refused and no other program takes the port.
            self._reserved = socket.socket()
            self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._reserved.bind(("127.0.0.1", self.port))
        elif mode is not Mode.CLOSED and not self._listener:
            await self._listen()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_HANG_SECONDS)


class _End(asyncio.Protocol):
    """One side of a connection; what it reads, ``other`` writes."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self.transport: asyncio.Transport | None = None
        self.other: _End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._proxy._ends.add(self)

    def data_received(self, data: bytes) -> None:
        if self.other and self.other.transport:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        if self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.write_eof()
        return True

    def connection_lost(self, fault: Exception | None) -> None:
        self._proxy._ends.discard(self)
        if self.other and self.other.transport:
            self.other.reset() if fault else self.other.transport.close()

    def pause_writing(self) -> None:
        if self.other:
            self.other.hold(True)

    def resume_writing(self) -> None:
        if self.other and self._proxy.mode is not Mode.BLACK_HOLE:
            self.other.hold(False)

    def hold(self, still: bool) -> None:
        # What is read before the other side is there would be lost.
        ready = self.other and self.other.transport
        if self.transport and not self.transport.is_closing() and (still or ready):
            self.transport.pause_reading() if still else self.transport.resume_reading()

    def reset(self) -> None:
        if self.transport:
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.transport.abort()


class _Client(_End):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._proxy.mode is Mode.RESET:
            self.reset()
        elif self._proxy.mode is not Mode.ERROR:
            self.hold(True)
            if self._proxy.mode is Mode.BLACK_HOLE:
                self._proxy._waiting.append(self)
            else:
                self.open()

    def data_received(self, data: bytes) -> None:
        if self._proxy.mode is Mode.ERROR and self.transport:
            self.transport.write(_UNAVAILABLE)
            self.transport.close()
        else:
            super().data_received(data)

    def open(self) -> None:
        self._opening = self._proxy._loop.create_task(self._open())

    async def _open(self) -> None:
        self.other = server = _End(self._proxy)
        server.other = self
        try:
            await self._proxy._loop.create_connection(lambda: server, "127.0.0.1", self._proxy.upstream)
        except OSError:
            self.reset()
            return
        if self.transport and self.transport.is_closing():
            server.reset()
        elif self._proxy.mode is Mode.PASS:
            self.hold(False)
        else:
            server.hold(True)


class Proxies:
    """The thread of the proxies, by name."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._made: dict[str, Proxy] = {}

    def add(self, name: str, port: int, upstream: int) -> Proxy:
        self._made[name] = Proxy(self._loop, port, upstream)
        return self._made[name]

    def __getitem__(self, name: str) -> Proxy:
        return self._made[name]

    def close(self) -> None:
        for proxy in self._made.values():
            proxy.close()
        asyncio.run_coroutine_threadsafe(self._drain(), self._loop).result(_HANG_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _drain(self) -> None:
        """A connection that is being made would be left open by a loop that stops."""
        ours = asyncio.current_task()
        while True:
            tasks = asyncio.all_tasks() - {ours}
            ends = [end for proxy in self._made.values() for end in list(proxy._ends)]
            if not tasks and not ends:
                return
            for end in ends:
                end.reset()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)
