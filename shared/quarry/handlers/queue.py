"""A queue function's handler: each message of an SQS event is handled alone."""

import logging
from collections.abc import Callable
from typing import Any, Protocol, cast

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from quarry import deadline
from quarry.dependencies.environment import Connect, Prepare, make_ready
from quarry.observability import get_logger
from quarry.runtime import run
from quarry.services.redelivery import Delivery, Redelivery

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
    unavailable: their work is yet to be done. Lambda reads the former alone.
    """
    logger = get_logger(service)
    make_ready(prepare, connect)
    # A message that fails alone is no failure of the function: it comes again, and ends in the dead-letter queue.
    processor = BatchProcessor(
        EventType.SQS, raise_on_entire_batch_failure=False, logger=logging.getLogger("quarry.handlers")
    )

    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        sent_again: list[str] = []

        def handle(record: SQSRecord) -> None:
            if not run(redelivery().attempt(Delivery.of(record.raw_event), receiver().receive)):
                sent_again.append(record.message_id)

        with deadline.within_function(context):
            answer = process_partial_response(event, handle, processor, context)
        return {**answer, "sentAgain": sent_again}

    return cast("Handler", logger.inject_lambda_context(clear_state=True)(handler))
