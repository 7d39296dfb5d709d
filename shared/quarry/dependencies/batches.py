"""Composition of the batch status function."""

from functools import cache

from quarry.dependencies import database
from quarry.dependencies.secrets import get_settings
from quarry.repositories.offers import OfferRepository
from quarry.services.batches import BatchProcessingService


@cache
def batch_service() -> BatchProcessingService:
    offers = None if get_settings().qdrant_only_mode else OfferRepository(database.postgresql())
    return BatchProcessingService(database.get_fallback_manager(), database.chunks_queue(), offers)


async def get_batch_service() -> BatchProcessingService:
    return batch_service()
