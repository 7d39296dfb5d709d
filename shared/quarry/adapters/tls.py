"""One TLS context for all HTTP clients, because reading the certificate authorities takes 17 ms.

PostgreSQL has its own. httpx offers HTTP's protocols on the context that it is given, and PostgreSQL refuses whoever
offers another than its own.
"""

import ssl
from functools import cache

import httpx


def verification(address: httpx.URL) -> ssl.SSLContext | bool:
    """What a client of this address verifies with; nothing is read for plain HTTP."""
    return _context() if address.scheme == "https" else False


@cache
def _context() -> ssl.SSLContext:
    return httpx.create_ssl_context()
