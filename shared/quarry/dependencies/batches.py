"""Composition of the batch status function."""

from functools import cache

from quarry.cache.progress import ShownProgress
from quarry.dependencies import database, qdrant_only
from quarry.dependencies.secrets import get_settings
from quarry.repositories.offers import OfferHistory, OfferRepository
from quarry.services.batches import BatchProcessingService
from quarry.services.readings import Readings


@cache
def batch_service() -> BatchProcessingService:
    shown = ShownProgress(database.redis())
    return BatchProcessingService(database.get_fallback_manager(), database.chunks_queue(), offers(), shown)


def prepare() -> None:
    database.prepare()
    database.chunks_queue().prepare()
    database.readings().prepare()
    batch_service()


async def connect() -> None:
    """Make sure of the collection of records."""
    await database.get_fallback_manager().find_batch("none")


@cache
def offers() -> OfferHistory:
    return qdrant_only.offers() if get_settings().qdrant_only_mode else OfferRepository(database.postgresql())


async def get_readings() -> Readings:
    return database.readings()


async def get_batch_service() -> BatchProcessingService:
    return batch_service()
