"""PostgreSQL through an SSH server, in process.

    pg8000 ── socket pair ── two threads ── SSH channel ── SSH server ── PostgreSQL

A connection gets a real socket, so that TLS and time limits work on it as on any other. The SSH connection is shared,
kept alive, and made anew when it is found broken. The server's key is always verified.
"""

import asyncio
import base64
import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING

from quarry.adapters.interfaces import Health, Renew

# Imported where it is used: it is in a layer of its own, which only functions with a tunnel have.
if TYPE_CHECKING:
    import paramiko

log = logging.getLogger(__name__)
STORE = "SSH tunnel"
KEEP_ALIVE_SECONDS = 15.0
# A link that was silent for longer may have been cut while the environment was frozen, and only seem to be open.
_STALE_SECONDS = 60.0
_ANSWER_SECONDS = 5.0
_BUFFER_BYTES = 32 * 1024
# One kind of RSA key signs in these ways; the first is refused by no server of today.
_RSA_SIGNATURES = ("rsa-sha2-512", "rsa-sha2-256")
_KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")


class SSHTunnel:
    """Opens sockets through the SSH server; any failure is a ConnectionError or TimeoutError, as of a direct socket.

    ``host_key`` is the server's public key as a line of known_hosts or as ``type base64``. ``renew`` is asked for
    another private key, and another passphrase, when the sign-in was refused.
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
        keep_alive: float = KEEP_ALIVE_SECONDS,
        renew: tuple[Renew, Renew] | None = None,
    ) -> None:
        self._address = (host, port)
        self._user = user
        self._key_type, self._key = _parsed(host_key)
        self._private_key = private_key
        self._passphrase = passphrase
        self._keep_alive = keep_alive
        self._renew = renew
        self._lock = threading.Lock()
        self._transport: paramiko.Transport | None = None
        self._heard_at = 0.0
        self._fault: str | None = None

    def __call__(self, host: str, port: int, timeout: float) -> socket.socket:
        """A socket to ``host`` as the SSH server sees it; ``timeout`` in seconds bounds each step."""
        import paramiko

        started = time.monotonic()
        if not self._lock.acquire(timeout=timeout):
            raise TimeoutError(f"{STORE}: another connection still waits for the server")
        try:
            channel = self._channel(host, port, timeout)
        except (paramiko.SSHException, OSError, EOFError) as error:
            self._fault = _reason(error)
            log.warning("SSH tunnel failed", extra={"reason": self._fault or str(error)})
            # paramiko reports a timeout only in the error's text.
            late = time.monotonic() - started >= timeout
            raise (TimeoutError if late else ConnectionError)(f"{STORE}: {type(error).__name__}") from None
        finally:
            self._lock.release()
        self._fault = None
        return _bridged(channel, timeout)

    async def health_check(self) -> Health:
        """Whether the open link answers; none is opened."""
        return await asyncio.to_thread(self._health)

    def _health(self) -> Health:
        transport, fault = self._transport, self._fault
        if transport is None and fault is None:
            return Health(STORE, "degraded", error="not opened yet")
        started = time.perf_counter()
        if transport is None or not self._answered(transport):
            return Health(STORE, "unhealthy", error=fault or "closed; opened when used")
        took = round((time.perf_counter() - started) * 1000, 1)
        return Health(STORE, "degraded" if fault else "healthy", took, error=fault)

    def close(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def _channel(self, host: str, port: int, timeout: float) -> "paramiko.Channel":
        import paramiko

        used = self._transport
        if used is not None and used.is_active() and time.time() - self._heard_at < _STALE_SECONDS:
            try:
                return _opened(used, host, port, timeout)
            except paramiko.ChannelException:
                raise  # the SSH server is well, and cannot reach PostgreSQL
            except (paramiko.SSHException, OSError, EOFError):
                if used.is_active():  # the time is over; the next use shall not wait for this link again
                    self.close()
                    raise
                log.info("SSH tunnel is opened anew")
        self.close()
        self._transport = self._connected(timeout)
        self._heard_at = time.time()
        threading.Thread(target=self._watch, args=(self._transport,), name="ssh-keep-alive", daemon=True).start()
        return _opened(self._transport, host, port, timeout)

    def _watch(self, transport: "paramiko.Transport") -> None:
        """Keep the link alive while nobody uses it, and notice when it is dead."""
        while transport.is_active():
            transport.join(self._keep_alive)
            self._answered(transport)

    def _answered(self, transport: "paramiko.Transport") -> bool:
        """Ask the server for any answer, and close a link that gives none, for everyone who waits on it."""
        patience = threading.Timer(_ANSWER_SECONDS, transport.close)
        patience.daemon = True
        patience.start()
        # paramiko's own keep-alive wants no answer, and so misses the link that was cut without a word.
        with suppress(OSError, EOFError):
            transport.global_request("keepalive@openssh.com", wait=True)
        patience.cancel()
        if not transport.is_active():
            return False
        self._heard_at = time.time()
        return True

    def _connected(self, timeout: float) -> "paramiko.Transport":
        import paramiko

        try:
            return self._signed_in(timeout)
        except paramiko.AuthenticationException:
            if not self._has_renewed():
                raise
        return self._signed_in(timeout)

    def _has_renewed(self) -> bool:
        if self._renew is None:
            return False
        of_key, of_passphrase = self._renew
        key = of_key(self._private_key or "")
        if key is None:
            return False
        self._private_key, self._passphrase = key, of_passphrase(self._passphrase or "") or self._passphrase
        vars(self).pop("_pkey", None)
        return True

    def _signed_in(self, timeout: float) -> "paramiko.Transport":
        import paramiko

        private_key = self._pkey
        if private_key is None:
            raise paramiko.AuthenticationException("SSH_PRIVATE_KEY is no key that its passphrase opens")
        transport = paramiko.Transport(socket.create_connection(self._address, timeout))
        try:
            transport.banner_timeout = transport.auth_timeout = timeout
            # Ask for the kind of key that we know, or a server with several would show another.
            transport.get_security_options().key_types = (
                _RSA_SIGNATURES if self._key_type == "ssh-rsa" else (self._key_type,)
            )
            transport.start_client(timeout=timeout)
            self._verify(transport)
            transport.auth_publickey(self._user, private_key)
        except BaseException:
            transport.close()
            raise
        return transport

    def _verify(self, transport: "paramiko.Transport") -> None:
        import paramiko

        if transport.get_remote_server_key().asbytes() != self._key:
            raise paramiko.SSHException("the server's key is not the one in SSH_HOST_KEY")

    @cached_property
    def _pkey(self) -> "paramiko.PKey | None":
        """Read once: a passphrase is made slow to try."""
        from cryptography.exceptions import UnsupportedAlgorithm

        for passphrase in (self._passphrase, None):
            with suppress(ValueError, TypeError, UnsupportedAlgorithm):
                return _private_key(self._private_key or "", passphrase)
        return None


def _private_key(text: str, passphrase: str | None) -> "paramiko.PKey":
    """Opened by cryptography, since paramiko tries the passphrase for each kind of key anew."""
    import paramiko
    from cryptography.hazmat.primitives import serialization

    load = serialization.load_ssh_private_key if "OPENSSH" in text else serialization.load_pem_private_key
    key = load(text.encode(), passphrase.encode() if passphrase else None)
    form, protection = serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    opened = key.private_bytes(serialization.Encoding.PEM, form, protection).decode()
    kinds: tuple[type[paramiko.PKey], ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
    for kind in kinds:
        with suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(StringIO(opened))
    raise ValueError("a kind of key that is not known")


def _opened(transport: "paramiko.Transport", host: str, port: int, timeout: float) -> "paramiko.Channel":
    return transport.open_channel("direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=timeout)


def _reason(error: Exception) -> str | None:
    """What is wrong with the tunnel; nothing, where the server could not reach PostgreSQL."""
    import paramiko

    if isinstance(error, paramiko.ChannelException):
        unreached = error.code == paramiko.common.OPEN_FAILED_CONNECT_FAILED
        return None if unreached else "the SSH server refuses to forward"
    return str(error) or type(error).__name__


def _parsed(host_key: str) -> tuple[str, bytes]:
    words = host_key.split()
    marked = words[:1] and words[0].startswith("@")  # revoked, or an authority's
    for kind, text in pairwise(words):
        if kind in _KEY_TYPES and not marked:
            key = base64.b64decode(text, validate=True)
            if key.startswith(len(kind).to_bytes(4) + kind.encode()):
                return kind, key
    raise ValueError(f"SSH_HOST_KEY must be a line of known_hosts, or «type base64»; types: {', '.join(_KEY_TYPES)}")


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
            while data := read(_BUFFER_BYTES):
                write(data)
        close()

    def inwards() -> None:
        pump(channel.recv, ours.sendall)
        # Closed by whoever is last: the number of a socket that is closed under a reader may be another's by then.
        outwards.join()
        ours.close()

    outwards = threading.Thread(target=pump, args=(ours.recv, channel.sendall), name="ssh-tunnel-out", daemon=True)
    outwards.start()
    threading.Thread(target=inwards, name="ssh-tunnel-in", daemon=True).start()
    return theirs
