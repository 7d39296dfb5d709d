"""S3 events from the uploads queue: reads each uploaded price list and queues its chunks."""

from quarry import beginning  # noqa: F401 - must be the first import
from quarry.dependencies.ingestion import connect, planner, prepare_plan, upload_redelivery
from quarry.handlers.queue import queue_handler

handler = queue_handler("ingest-plan", prepare_plan, connect, planner, upload_redelivery)
