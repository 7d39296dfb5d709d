"""Events for webhooks, written in the transaction of what they say, and their way until they are delivered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson

from quarry.adapters.interfaces import IRelationalDatabase, Session
from quarry.adapters.postgresql.copying import json_text
from quarry.domain.webhooks import FIRST_DELAY, GIVEN_UP_AFTER, LONGEST_DELAY, Event

# For the webhooks of that moment; an event that was noted before stays as it is.
_NOTE: Final = """
INSERT INTO webhook_deliveries (webhook, event_id, body)
SELECT w.name, e.id, e.body
FROM json_to_recordset(CAST(:events AS json)) AS e(id uuid, kind text, body text)
JOIN webhooks w ON e.kind = ANY(w.events) ORDER BY w.name, e.id
ON CONFLICT DO NOTHING
"""
# Until the lease ends nobody else sends it; who died meanwhile has perhaps sent it, and it is sent again.
_CLAIM: Final = """
UPDATE webhook_deliveries d SET next_at = now() + CAST(:lease AS interval)
FROM (
    SELECT webhook, event_id FROM webhook_deliveries
    WHERE next_at <= now() AND webhook IN (SELECT name FROM webhooks)
    ORDER BY next_at LIMIT :limit FOR UPDATE SKIP LOCKED
) AS due, webhooks w
WHERE d.webhook = due.webhook AND d.event_id = due.event_id AND w.name = d.webhook
RETURNING d.webhook, d.event_id, d.body, w.url, w.secret
"""
_DELIVERED: Final = """
UPDATE webhook_deliveries SET attempts = attempts + 1, next_at = NULL, delivered_at = now(), last_error = NULL
WHERE webhook = :webhook AND event_id = CAST(:event AS uuid)
"""
_FAILED: Final = """
UPDATE webhook_deliveries SET attempts = attempts + 1, last_error = :error,
    next_at = CASE WHEN created_at > now() - CAST(:longest AS interval)
        THEN now() + least(CAST(:first AS interval) * power(2, least(attempts, 20)), CAST(:slowest AS interval)) END,
    given_up_at = CASE WHEN created_at <= now() - CAST(:longest AS interval) THEN now() END
WHERE webhook = :webhook AND event_id = CAST(:event AS uuid)
RETURNING given_up_at IS NOT NULL AS given_up
"""
# Other messages for a failing receiver wait as if they had not been claimed.
_POSTPONE: Final = """
UPDATE webhook_deliveries SET next_at = now() + CAST(:first AS interval)
WHERE webhook = :webhook AND (next_at <= now() OR event_id = ANY(CAST(:claimed AS uuid[])))
"""
_CLEAN: Final = """
DELETE FROM webhook_deliveries WHERE (webhook, event_id) IN (
    SELECT webhook, event_id FROM webhook_deliveries
    WHERE created_at < now() - CAST(:age AS interval) ORDER BY created_at LIMIT :most
)
"""
_DELETED_AT_ONCE: Final = 10_000
_LONGEST_ERROR: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    webhook: str
    event_id: str
    body: str
    url: str
    secret: str = field(repr=False)


def has_webhooks(session: Session) -> bool:
    return bool(session.value("SELECT EXISTS (SELECT FROM webhooks)"))


def note_events(session: Session, events: Sequence[Event]) -> None:
    """For every webhook that is to be notified of them."""
    session.execute(_NOTE, {"events": json_text([_noted(event) for event in events])})


def _noted(event: Event) -> dict[str, str]:
    return {"id": event.id, "kind": event.kind, "body": body_of(event)}


def body_of(event: Event) -> str:
    """What is sent."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return orjson.dumps({"id": event.id, "type": event.kind, "timestamp": now, "data": event.data}).decode()


class Outbox:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def claim(self, limit: int, lease: timedelta) -> list[Delivery]:
        """Messages that are due; until the lease ends only the caller has them."""
        params = {"limit": limit, "lease": _seconds(lease)}
        rows = await self._db.transaction(lambda session: session.rows(_CLAIM, params))
        return [Delivery(**row) for row in rows]

    async def delivered(self, one: Delivery) -> None:
        await self._db.execute_command(_DELIVERED, {"webhook": one.webhook, "event": one.event_id})

    async def failed(self, one: Delivery, error: str) -> bool:
        """True when it is given up."""
        params = {
            "webhook": one.webhook,
            "event": one.event_id,
            "error": error[:_LONGEST_ERROR],
            "first": _seconds(FIRST_DELAY),
            "slowest": _seconds(LONGEST_DELAY),
            "longest": _seconds(GIVEN_UP_AFTER),
        }
        rows = await self._db.transaction(lambda session: session.rows(_FAILED, params))
        return bool(rows and rows[0]["given_up"])

    async def postpone(self, webhook: str, claimed: Sequence[Delivery]) -> None:
        """Let what is due for the webhook, and what was ``claimed`` of it, wait for a moment."""
        ids = [one.event_id for one in claimed]
        await self._db.execute_command(_POSTPONE, {"webhook": webhook, "claimed": ids, "first": _seconds(FIRST_DELAY)})

    async def clean(self, older_than: timedelta) -> int:
        """Delete some of what is older, which by then is delivered or given up; returns how many."""
        params = {"age": _seconds(older_than), "most": _DELETED_AT_ONCE}
        return await self._db.execute_command(_CLEAN, params)


def _seconds(length: timedelta) -> str:
    return f"{int(length.total_seconds())} seconds"
