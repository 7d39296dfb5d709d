"""Why a store cannot be reached, in words that are safe to show: no address, no secret."""

import socket
import ssl
from collections.abc import Iterator

CANNOT = "cannot be reached"


def unreachable(error: BaseException) -> str:
    """The first informative cause of the error, in words for the person who runs the store."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            # The text after the comma contains the address, which must not be shown.
            return f"{CANNOT}: its certificate is not trusted ({cause.verify_message.partition(',')[0]})"
        if isinstance(cause, ssl.SSLError):
            return f"{CANNOT}: TLS failed ({cause.reason})"
        if isinstance(cause, socket.gaierror):
            return f"{CANNOT}: its name has no address"
        if isinstance(cause, ConnectionRefusedError):
            return f"{CANNOT}: nothing listens at its address"
        if isinstance(cause, FileNotFoundError):
            return f"{CANNOT}: the file with its authorities is not there"
    return CANNOT


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes, as far as drivers give them."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
