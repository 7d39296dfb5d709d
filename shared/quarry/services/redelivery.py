"""Messages of a queue: what becomes of one that cannot be handled now.

Handled ones are deleted, by whoever delivered them. While a store is unavailable a message is sent again, as a new one
that comes later: so the number of times that a message was received counts only attempts that failed or died, and no
outage brings one to the dead letters, however long it lasts. A wait that was cut short by the function's own end is no
outage.
"""

import json
import logging
import math
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from quarry import deadline
from quarry.adapters.interfaces import MessageQueue
from quarry.errors import QuarryError, StoreUnavailable
from quarry.observability import count

log = logging.getLogger(__name__)
# Seconds: an outage that ends is noticed within two minutes, and one that lasts costs few requests.
LONGEST_WAIT_SECONDS = 120
TRIES = "tries"
# Nearly an hour of waiting: then an alarm reports it.
_MANY_TRIES = 30


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it was received; ``receives`` is 1 for the first time."""

    message: Mapping[str, Any]
    receives: int
    sent_at: datetime
    receipt: str

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Delivery":
        """Of a record of an SQS event."""
        attributes = record["attributes"]
        return cls(
            message=json.loads(record["body"]),
            receives=int(attributes["ApproximateReceiveCount"]),
            sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
            receipt=record["receiptHandle"],
        )


class Redelivery:
    def __init__(self, queue: MessageQueue) -> None:
        self._queue = queue

    async def attempt(self, delivery: Delivery, work: Callable[[Delivery], Awaitable[None]]) -> bool:
        """Handle a message; false when it was sent again instead. What ``work`` raises otherwise is raised."""
        try:
            await work(delivery)
        except Exception as error:
            with deadline.unbounded():
                # The work has used up its time; sending its message again has a time of its own.
                if isinstance(error, StoreUnavailable):
                    await self._send_again(delivery, str(error))
                    return False
                # Otherwise the message would come again only after the visibility timeout, many minutes later.
                with suppress(QuarryError):
                    await self._queue.postpone(delivery.receipt, wait(delivery.receives))
                raise
        return True

    async def _send_again(self, delivery: Delivery, reason: str) -> None:
        log.warning("a store is unavailable: the message is sent again", extra={"reason": reason})
        # Counted by us: what is sent again is a new message, whose receives SQS counts from 1.
        tries = delivery.message.get(TRIES, 0) + 1
        await self._queue.send([{**delivery.message, TRIES: tries}], delay=wait(tries))
        if tries >= _MANY_TRIES:
            count("SentAgain")


def wait(tries: int) -> int:
    """Seconds: 2, 4, 8 … each shortened by chance, so that what failed together does not come together."""
    return math.ceil(min(2.0 ** min(tries, 16), LONGEST_WAIT_SECONDS) * random.uniform(0.5, 1))  # noqa: S311 - no secret
