"""Composition of the batch status function."""

from quarry.dependencies.composition import composition
from quarry.services.batches import BatchProcessingService
from quarry.services.changes import ChangeService


def prepare() -> None:
    made = composition()
    made.prepare()
    made.chunks_queue.prepare()
    made.readings.prepare()
    _ = made.batch_service, made.changes, made.trade_reader


async def connect() -> None:
    """Make sure of the collection of records."""
    await composition().batches.find_batch("none")


async def get_batch_service() -> BatchProcessingService:
    return composition().batch_service


async def get_change_service() -> ChangeService:
    return composition().changes
