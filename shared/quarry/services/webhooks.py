"""Webhooks: who is notified of events, and how the events that were noted get there."""

import asyncio
import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from quarry import deadline
from quarry.domain.webhooks import TEST_KIND, Event, EventKind, Webhook, new_secret, secret_fault, signed_headers
from quarry.errors import InvalidRequest, NotFound, NotSupported, StoreError, StoreUnavailable
from quarry.observability import count
from quarry.repositories.postgresql.outbox import Delivery, Outbox, body_of
from quarry.repositories.postgresql.webhooks import WebhookRepository

log = logging.getLogger(__name__)
_MESSAGES_AT_ONCE: Final = 50
# Longer than one round: 50 messages to a receiver that takes ten seconds for each.
_LEASE: Final = timedelta(minutes=10)
_MOST_ROUNDS: Final = 20
# A message that is sent has this much time at least: longer than a receiver may take.
_LEFT_SECONDS: Final = 20.0


class Sender(Protocol):
    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Raises StoreUnavailable and StoreError, with the reason, unless the receiver has taken it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """``secret`` is None unless it was made just now."""

    webhook: Webhook
    secret: str | None


class WebhookService:
    """``webhooks`` is None in Qdrant-only mode."""

    def __init__(self, webhooks: WebhookRepository | None, sender: Sender, *, to_loopback: bool = False) -> None:
        self._kept = webhooks
        self._sender = sender
        self._to_loopback = to_loopback

    async def all(self) -> list[Webhook]:
        return await self._webhooks.all()

    async def put(self, name: str, url: str, events: Sequence[EventKind], secret: str | None) -> Kept:
        _check(url, to_loopback=self._to_loopback)
        if secret is not None and (fault := secret_fault(secret)):
            raise InvalidRequest("The secret cannot be used.", [("/secret", fault)])
        made = new_secret()
        values = {"name": name, "url": url, "events": list(events), "secret": secret}
        # A webhook that is there keeps its secret: only a new one is shown what was made.
        held = await self._webhooks.put(values, made)
        return Kept(await self._find(name), held if held == made else None)

    async def delete(self, name: str) -> None:
        if not await self._webhooks.delete(name):
            raise _unknown(name)

    async def test(self, name: str) -> str | None:
        """Send one message now, that is not tried again; returns why it did not get there."""
        webhook = await self._find(name)
        event = Event(id=str(uuid.uuid4()), kind=TEST_KIND, data={"webhook": name})
        return await attempt(self._sender, webhook.url, webhook.secret, event.id, body_of(event))

    async def _find(self, name: str) -> Webhook:
        found = await self._webhooks.find(name)
        if found is None:
            raise _unknown(name)
        return found

    @property
    def _webhooks(self) -> WebhookRepository:
        if self._kept is None:
            raise NotSupported("Webhooks need PostgreSQL, which is not used in Qdrant-only mode.")
        return self._kept


class WebhookDelivery:
    """Sends what is due: each receiver its messages one after the other, and none more after one that failed."""

    def __init__(self, outbox: Outbox, sender: Sender) -> None:
        self._outbox = outbox
        self._sender = sender

    async def deliver(self) -> dict[str, Any]:
        """Raises StoreUnavailable when the outbox is; nothing is lost then."""
        done = {"delivered": 0, "failed": 0, "given_up": 0}
        for _ in range(_MOST_ROUNDS):
            # A claim is a lease: when it ends, the messages of a worker that died are due again.
            claimed = await self._outbox.claim(_MESSAGES_AT_ONCE, _LEASE) if _is_time() else []
            by_webhook: defaultdict[str, list[Delivery]] = defaultdict(list)
            for one in claimed:
                by_webhook[one.webhook].append(one)
            # Receivers are served side by side, each in sequence, so that a slow one delays only itself.
            for outcome in await asyncio.gather(*map(self._to_one, by_webhook.values())):
                for name, number in outcome.items():
                    done[name] += number
            if len(claimed) < _MESSAGES_AT_ONCE:
                break
        return done

    async def _to_one(self, messages: Sequence[Delivery]) -> dict[str, int]:
        for place, one in enumerate(messages):
            if not _is_time():
                await self._outbox.postpone(one.webhook, messages[place:])
                return {"delivered": place}
            reason = await attempt(self._sender, one.url, one.secret, one.event_id, one.body)
            if reason is not None:
                given_up = await self._failed(one, reason)
                # The receiver gets its messages in their order, so that those behind a failed one wait with it.
                await self._outbox.postpone(one.webhook, messages[place + 1 :])
                return {"delivered": place, "failed": 1, "given_up": int(given_up)}
            await self._outbox.delivered(one)
        return {"delivered": len(messages)}

    async def _failed(self, one: Delivery, reason: str) -> bool:
        given_up = await self._outbox.failed(one, reason)
        about = {"webhook": one.webhook, "event": one.event_id, "reason": reason}
        log.warning("a webhook's message is given up" if given_up else "a webhook's message waits", extra=about)
        if given_up:
            count("WebhooksGivenUp")
        return given_up


def _is_time() -> bool:
    left = deadline.left()
    return left is None or left > _LEFT_SECONDS


async def attempt(sender: Sender, url: str, secret: str, event_id: str, body: str) -> str | None:
    """Why the receiver has not taken it; None when it has."""
    content = body.encode()
    headers = {
        "content-type": "application/json",
        "user-agent": "Quarry-Webhooks",
        **signed_headers(secret, event_id, int(time.time()), content),
    }
    try:
        await sender.send(url, headers, content)
    except (StoreUnavailable, StoreError) as error:
        return str(error)
    return None


def _check(url: str, *, to_loopback: bool) -> None:
    """Check what can be checked of an address without calling it. Raises InvalidRequest."""
    try:
        parts = urlsplit(url)
        # Only when it is asked for does urlsplit read the port.
        _ = parts.port
    except ValueError:
        raise InvalidRequest("The address is no URL.", [("/url", "must be a URL")]) from None
    if parts.scheme != "https" and not (to_loopback and parts.scheme == "http"):
        raise InvalidRequest("Webhooks are sent by https alone.", [("/url", "must begin with https://")])
    if not parts.hostname or parts.username is not None or parts.password is not None:
        message = "must have a host, and no user or password"
        raise InvalidRequest("The address cannot be used for a webhook.", [("/url", message)])


def _unknown(name: str) -> NotFound:
    return NotFound(f"There is no webhook «{name}»: GET /api/v1/webhooks lists those that there are.")
