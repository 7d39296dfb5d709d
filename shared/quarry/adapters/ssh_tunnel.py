"""PostgreSQL through an SSH server, in process.

    pg8000 ── socket pair ── two threads ── SSH channel ── SSH server ── PostgreSQL

A connection gets a real socket, so that TLS and time limits work on it as on any other. The SSH connection is shared,
kept alive, and made anew when it is found broken. The server's key is always verified.
"""

import base64
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING

from quarry.adapters.interfaces import Health

if TYPE_CHECKING:
    import paramiko

log = logging.getLogger(__name__)
NAME = "SSH tunnel"
KEEP_ALIVE_SECONDS = 15
_BUFFER = 32 * 1024
# One kind of RSA key signs in these ways; the first is refused by no server of today.
_RSA_SIGNATURES = ("rsa-sha2-512", "rsa-sha2-256")


class SSHTunnel:
    """Opens sockets through the SSH server; any failure is a ConnectionError or TimeoutError, as of a direct socket.

    ``host_key`` is the server's public key as a line of known_hosts or as ``type base64``.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        *,
        host_key: str,
        private_key: str | None = None,
        passphrase: str | None = None,
    ) -> None:
        self._address = (host, port)
        self._user = user
        self._key_type, self._key = _parsed(host_key)
        self._private_key = private_key
        self._passphrase = passphrase
        self._lock = threading.Lock()
        self._transport: paramiko.Transport | None = None

    def __call__(self, host: str, port: int, timeout: float) -> socket.socket:
        """A socket to ``host`` as the SSH server sees it; ``timeout`` in seconds bounds each step."""
        import paramiko

        with self._lock:
            try:
                channel = self._channel(host, port, timeout)
            except TimeoutError:
                raise
            except (paramiko.SSHException, OSError, EOFError) as error:
                log.warning("SSH tunnel failed", extra={"reason": str(error) or type(error).__name__})
                raise ConnectionError(f"{NAME}: {type(error).__name__}") from error
        return _bridged(channel, timeout)

    def health(self) -> Health:
        """The tunnel as it was last used; nothing is contacted."""
        transport = self._transport
        if transport is None:
            return Health(NAME, "degraded", error="not opened yet")
        active = transport.is_active()
        return Health(NAME, "healthy" if active else "unhealthy", error=None if active else "closed; opened when used")

    def close(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def _channel(self, host: str, port: int, timeout: float) -> "paramiko.Channel":
        import paramiko

        used = self._transport
        if used is not None and used.is_active():
            try:
                return _opened(used, host, port, timeout)
            except paramiko.ChannelException:
                raise  # the SSH server is well, and cannot reach PostgreSQL
            except (paramiko.SSHException, OSError, EOFError):
                # A frozen environment wakes up with a connection that only seems to stand.
                log.info("SSH tunnel is opened anew")
        self.close()
        self._transport = self._connected(timeout)
        return _opened(self._transport, host, port, timeout)

    def _connected(self, timeout: float) -> "paramiko.Transport":
        import paramiko

        transport = paramiko.Transport(socket.create_connection(self._address, timeout))
        try:
            transport.banner_timeout = transport.auth_timeout = timeout
            # Ask for the kind of key that we know, or a server with several would show another.
            transport.get_security_options().key_types = (
                _RSA_SIGNATURES if self._key_type == "ssh-rsa" else (self._key_type,)
            )
            transport.start_client(timeout=timeout)
            self._verify(transport)
            transport.auth_publickey(self._user, self._pkey())
            transport.set_keepalive(KEEP_ALIVE_SECONDS)
        except BaseException:
            transport.close()
            raise
        return transport

    def _verify(self, transport: "paramiko.Transport") -> None:
        import paramiko

        if transport.get_remote_server_key().asbytes() != self._key:
            raise paramiko.SSHException("the server's key is not the one that SSH_HOST_KEY tells")

    def _pkey(self) -> "paramiko.PKey":
        import paramiko

        kinds: tuple[type[paramiko.PKey], ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
        for kind in kinds:
            with suppress(paramiko.SSHException, ValueError):
                return kind.from_private_key(StringIO(self._private_key or ""), self._passphrase)
        raise paramiko.SSHException("SSH_PRIVATE_KEY is no key that its passphrase opens")


def _opened(transport: "paramiko.Transport", host: str, port: int, timeout: float) -> "paramiko.Channel":
    return transport.open_channel("direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=timeout)


def _parsed(host_key: str) -> tuple[str, bytes]:
    words = host_key.split()
    for kind, key in pairwise(words):
        if kind.startswith(("ssh-", "ecdsa-")):
            return kind, base64.b64decode(key, validate=True)
    raise ValueError("SSH_HOST_KEY must be a line of known_hosts, or «type base64»")


def _bridged(channel: "paramiko.Channel", timeout: float) -> socket.socket:
    import paramiko

    theirs, ours = socket.socketpair()
    theirs.settimeout(timeout)
    broken = (OSError, EOFError, paramiko.SSHException)

    def close() -> None:
        with suppress(*broken):
            channel.close()
        with suppress(OSError):
            ours.shutdown(socket.SHUT_RDWR)

    def pump(read: Callable[[int], bytes], write: Callable[[bytes], None]) -> None:
        with suppress(*broken):
            while data := read(_BUFFER):
                write(data)
        close()

    def inwards() -> None:
        pump(channel.recv, ours.sendall)
        outwards.join()
        ours.close()

    outwards = threading.Thread(target=pump, args=(ours.recv, channel.sendall), name="ssh-tunnel-out", daemon=True)
    outwards.start()
    threading.Thread(target=inwards, name="ssh-tunnel-in", daemon=True).start()
    return theirs
