"""Webhooks: who is notified of which events, how a message is signed, and until when it is tried.

Messages are signed as Standard Webhooks describes it (https://www.standardwebhooks.com), for which there are libraries.
The signature covers the event's id and the moment of the attempt: a message that somebody recorded is of no use after a
few minutes, and an event that comes twice is known by its id.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args

EventKind = Literal["list.finished", "watch.fired"]
EVENT_KINDS: Final[tuple[EventKind, ...]] = get_args(EventKind)
TEST_KIND: Final = "test"
PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32
# The delay doubles from a minute up to six hours; after three days a message is given up.
FIRST_DELAY: Final = timedelta(minutes=1)
LONGEST_DELAY: Final = timedelta(hours=6)
GIVEN_UP_AFTER: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """``id`` is equal where one event is sent twice."""

    id: str
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook, and what became of its recent messages."""

    name: str
    url: str
    secret: str = field(repr=False)
    events: Sequence[EventKind]
    created_at: datetime
    waiting: int = 0
    given_up: int = 0
    delivered_at: datetime | None = None
    last_error: str | None = None


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(secret: str, event_id: str, moment: int, body: bytes) -> dict[str, str]:
    """The headers of one attempt; ``moment`` is in seconds since 1970."""
    signed = f"{event_id}.{moment}.".encode() + body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def secret_fault(secret: str) -> str | None:
    """Why messages cannot be signed with it."""
    try:
        return None if _key(secret) else "is empty"
    except binascii.Error:
        return f"must be base64 behind {PREFIX}"


def _key(secret: str) -> bytes:
    """A secret of the usual form is its bytes in base64; any other is its text. Raises binascii.Error."""
    if secret.startswith(PREFIX):
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    return secret.encode()
