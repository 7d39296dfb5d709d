"""A queue function's handler: each message of an SQS event is handled alone."""

import logging
from collections.abc import Callable
from typing import Any, Protocol, cast

from aws_lambda_powertools.utilities.typing import LambdaContext

from quarry import deadline
from quarry.dependencies.environment import Connect, Prepare, make_ready
from quarry.observability import get_logger
from quarry.runtime import run
from quarry.services.redelivery import Delivery, Redelivery

log = logging.getLogger(__name__)
Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


class Receiver(Protocol):
    async def receive(self, delivery: Delivery) -> None: ...


def queue_handler(
    service: str,
    prepare: Prepare,
    connect: Connect,
    receiver: Callable[[], Receiver],
    redelivery: Callable[[], Redelivery],
) -> Handler:
    """Made when the handler's file is imported; ``receiver`` and ``redelivery`` are looked up at each message.

    The answer names the messages that failed, and as ``sentAgain`` those that were sent again while a store was
    unavailable: their work is yet to be done. Lambda reads the former alone. A message that fails does not
    fail the function: it comes again, and ends in the dead-letter queue.
    """
    logger = get_logger(service)
    make_ready(prepare, connect)

    # Powertools' batch processor does the same, and imports models of all kinds of events: 40 ms of each start.
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        failed: list[dict[str, str]] = []
        sent_again: list[str] = []
        with deadline.within_function(context):
            for record in event["Records"]:
                try:
                    if not run(redelivery().attempt(Delivery.of(record), receiver().receive)):
                        sent_again.append(record["messageId"])
                except Exception:
                    log.warning("a message failed", exc_info=True, extra={"message_id": record["messageId"]})
                    failed.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failed, "sentAgain": sent_again}

    return cast("Handler", logger.inject_lambda_context(clear_state=True)(handler))
