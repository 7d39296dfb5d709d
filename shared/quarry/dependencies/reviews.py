"""Composition of people's decisions about materials."""

from collections.abc import Sequence

from quarry.dependencies.composition import Composition, composition
from quarry.repositories.postgresql.reviews import ReviewRepository
from quarry.services.reviews import ReviewService


def review_service(made: Composition) -> ReviewService:
    async def remove(material_ids: Sequence[str]) -> None:
        await made.qdrant.delete(made.settings.materials_collection, material_ids)
        # Outdated after the index is written: an answer that was made in between would still show the old state.
        await made.change_log.note(material_ids, [])

    repository = ReviewRepository(made.relational) if made.relational else None
    return ReviewService(repository, made.ingestion.indexing, remove, made.change_log)


async def get_review_service() -> ReviewService:
    return composition().reviews
