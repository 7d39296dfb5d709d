"""S3 events, by way of the uploads queue: each dropped price list is read and its chunks are queued."""

import logging
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from quarry import (
    deadline,
    garbage,  # noqa: F401 - before all else
)
from quarry.dependencies.environment import make_ready
from quarry.dependencies.ingestion import connect, planner, prepare_plan, upload_redelivery
from quarry.observability import get_logger
from quarry.runtime import run
from quarry.services.redelivery import Delivery

make_ready(prepare_plan, connect)
logger = get_logger("ingest-plan")
# A message that fails alone is no failure of the function: it comes again, and ends in the dead-letter queue.
processor = BatchProcessor(
    EventType.SQS, raise_on_entire_batch_failure=False, logger=logging.getLogger("quarry.ingest")
)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    again: list[str] = []

    def take(record: SQSRecord) -> None:
        if not run(upload_redelivery().attempt(Delivery.of(record.raw_event), planner().receive)):
            again.append(record.message_id)

    with deadline.within_function(context):
        answer = process_partial_response(event, take, processor, context)
    # Lambda does not ask which were sent again; the laptop's stack keeps their files as not read yet.
    return {**answer, "sentAgain": again}
