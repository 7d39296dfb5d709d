"""Composition of Qdrant-only mode: what takes PostgreSQL's place in the catalogue."""

from functools import cache
from typing import TYPE_CHECKING

from quarry.dependencies import database
from quarry.dependencies.secrets import get_settings
from quarry.repositories.material_points import MaterialPoints
from quarry.repositories.noted_index import NotedIndex
from quarry.repositories.qdrant_catalogue import QdrantCatalogue
from quarry.repositories.qdrant_documents import QdrantDocuments
from quarry.repositories.qdrant_offers import QdrantOfferRepository
from quarry.repositories.qdrant_reference import QdrantReference
from quarry.repositories.qdrant_replacement import ListReplacement

if TYPE_CHECKING:
    from quarry.adapters.qdrant_offers import QdrantOffers


@cache
def offer_points() -> "QdrantOffers":
    """The offers' collection stands beside the materials'."""
    from quarry.adapters.qdrant_offers import QdrantOffers

    settings = get_settings()
    key = settings.qdrant_api_key
    return QdrantOffers(
        settings.qdrant_url,
        key.get_secret_value() if key else None,
        collection=f"{settings.materials_collection}_offers",
        connect_timeout=settings.connect_timeout,
    )


@cache
def documents() -> QdrantDocuments:
    collection = get_settings().materials_collection
    index = NotedIndex(database.qdrant(), database.change_log())
    points = MaterialPoints(index, database.embedder(), collection)
    return QdrantDocuments(database.qdrant(), offer_points(), points, collection)


@cache
def catalogue() -> QdrantCatalogue:
    return QdrantCatalogue(
        database.qdrant(),
        offer_points(),
        documents(),
        ListReplacement(offer_points(), database.get_fallback_manager()),
        get_settings().materials_collection,
    )


@cache
def offers() -> QdrantOfferRepository:
    return QdrantOfferRepository(offer_points())


@cache
def reference() -> QdrantReference:
    return QdrantReference(database.qdrant(), get_settings().materials_collection)
