"""Chunks of a batch, from the chunks queue: normalise, match, write, index."""

import logging
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from quarry import (
    deadline,
    garbage,  # noqa: F401 - before all else
)
from quarry.dependencies.environment import make_ready
from quarry.dependencies.ingestion import chunk_receiver, chunk_redelivery, connect, prepare_process
from quarry.observability import get_logger
from quarry.runtime import run
from quarry.services.redelivery import Delivery

make_ready(prepare_process, connect)
logger = get_logger("ingest-process")
# A message that fails alone is no failure of the function: it comes again, and ends in the dead-letter queue.
processor = BatchProcessor(
    EventType.SQS, raise_on_entire_batch_failure=False, logger=logging.getLogger("quarry.ingest")
)


def take(record: SQSRecord) -> None:
    run(chunk_redelivery().attempt(Delivery.of(record.raw_event), chunk_receiver().receive))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    with deadline.within_function(context):
        return process_partial_response(event, take, processor, context)
