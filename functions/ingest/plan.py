"""S3 events, by way of the uploads queue: each dropped price list is read and its chunks are queued."""

from quarry import garbage  # noqa: F401 - before all else
from quarry.dependencies.ingestion import connect, planner, prepare_plan, upload_redelivery
from quarry.handlers.queue import queue_handler

handler = queue_handler("ingest-plan", prepare_plan, connect, planner, upload_redelivery)
