"""How long the stores' certificates are still valid, as a handshake shows it."""

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from quarry import patience
from quarry.errors import StoreUnavailable
from quarry.settings import Settings

_SECONDS = 1.0
# The time limit of a handshake that nobody waits for any more.
_SOCKET_SECONDS = 5.0
_DAY_SECONDS = 86_400.0
# What a client of PostgreSQL sends to ask for TLS, and the server's answer if it supports TLS.
_SSL_REQUEST, _GRANTED = b"\x00\x00\x00\x08\x04\xd2\x16\x2f", b"S"
_LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1", "")


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate of a server; ``asked_for``: TLS begins only after PostgreSQL's request for it."""

    store: str
    host: str
    port: int
    ca_file: str | None = None
    asked_for: bool = False

    async def days_left(self) -> int:
        """Raises StoreUnavailable when the certificate cannot be read or must not be trusted."""
        try:
            return await patience.in_silence(
                f"certificate of {self.store}", asyncio.to_thread(self._days_left), _SECONDS
            )
        except ssl.SSLCertVerificationError as error:
            raise StoreUnavailable(
                self.store, f"has a certificate that is not trusted: {error.verify_message}"
            ) from error
        except OSError as error:
            raise StoreUnavailable(self.store) from error

    def _days_left(self) -> int:
        context = ssl.create_default_context(cafile=self.ca_file)
        with socket.create_connection((self.host, self.port), _SOCKET_SECONDS) as plain:
            if self.asked_for:
                plain.sendall(_SSL_REQUEST)
                if plain.recv(1) != _GRANTED:
                    raise ConnectionError("no TLS")
            with context.wrap_socket(plain, server_hostname=self.host) as encrypted:
                ends = str((encrypted.getpeercert() or {})["notAfter"])
        return int((ssl.cert_time_to_seconds(ends) - time.time()) // _DAY_SECONDS)


def certificates(settings: Settings) -> Mapping[str, Certificate]:
    """The certificates of the stores that are reached by TLS, by store name; one behind a tunnel is left out."""
    found = {}
    for store, url, scheme, port in (
        ("Qdrant", settings.qdrant_url, "https", 443),
        ("Redis", "" if settings.disable_redis_connection else settings.redis_url.get_secret_value(), "rediss", 6379),
    ):
        address = urlsplit(url)
        if address.scheme == scheme and address.hostname:
            found[store] = Certificate(store, address.hostname, address.port or port)
    if not (settings.qdrant_only_mode or settings.enable_ssh_tunnel):
        address = urlsplit(settings.postgresql_url.get_secret_value())
        host = address.hostname or ""
        if settings.postgresql_ca_file or host not in _LOCAL_HOSTS:
            store = "PostgreSQL"
            found[store] = Certificate(store, host, address.port or 5432, settings.postgresql_ca_file, asked_for=True)
    return found
