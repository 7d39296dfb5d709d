"""Webhooks in PostgreSQL."""

from typing import Any, Final

from quarry.adapters.interfaces import IRelationalDatabase, Session
from quarry.domain.webhooks import Webhook
from quarry.errors import Conflict

MOST_WEBHOOKS: Final = 20
_LISTED: Final = """
SELECT w.*, d.waiting, d.given_up, d.delivered_at, (
    SELECT last_error FROM webhook_deliveries WHERE webhook = w.name AND last_error IS NOT NULL
    ORDER BY created_at DESC LIMIT 1
) AS last_error
FROM webhooks w LEFT JOIN LATERAL (
    SELECT count(next_at) AS waiting, count(given_up_at) AS given_up, max(delivered_at) AS delivered_at
    FROM webhook_deliveries WHERE webhook = w.name
) AS d ON true
"""
_ALL: Final = f"{_LISTED} ORDER BY w.name"
_ONE: Final = f"{_LISTED} WHERE w.name = :name"
_ALONE: Final = "LOCK TABLE webhooks IN SHARE ROW EXCLUSIVE MODE"
_OTHERS: Final = "SELECT count(*) FROM webhooks WHERE name <> :name"
# Without a secret the one that is there stays.
_PUT: Final = """
INSERT INTO webhooks AS w (name, url, events, secret) VALUES (:name, :url, :events, coalesce(:secret, :new_secret))
ON CONFLICT (name) DO UPDATE SET url = excluded.url, events = excluded.events, secret = coalesce(:secret, w.secret)
RETURNING secret
"""
_DELETE: Final = """
WITH undelivered AS (DELETE FROM webhook_deliveries WHERE webhook = :name) DELETE FROM webhooks WHERE name = :name
"""


class WebhookRepository:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def all(self) -> list[Webhook]:
        """By their names."""
        return [Webhook(**row) for row in await self._db.execute_query(_ALL)]

    async def find(self, name: str) -> Webhook | None:
        rows = await self._db.execute_query(_ONE, {"name": name})
        return Webhook(**rows[0]) if rows else None

    async def put(self, values: dict[str, Any], new_secret: str) -> str:
        """``values`` are name, url, events and secret; returns the secret that holds. Raises Conflict."""

        def put(session: Session) -> str:
            session.execute(_ALONE)
            if session.value(_OTHERS, {"name": values["name"]}) >= MOST_WEBHOOKS:
                raise Conflict(f"There are {MOST_WEBHOOKS} webhooks already: delete one that is not needed any more.")
            return str(session.value(_PUT, {**values, "new_secret": new_secret}))

        return await self._db.transaction(put)

    async def delete(self, name: str) -> bool:
        """With what is on its way to it."""
        return bool(await self._db.execute_command(_DELETE, {"name": name}))
