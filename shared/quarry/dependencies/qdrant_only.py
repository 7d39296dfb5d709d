"""Composition of Qdrant-only mode: what takes PostgreSQL's place in the catalogue.

Other modes make nothing of it, and do not import it.
"""

from functools import cache
from typing import TYPE_CHECKING

from quarry.dependencies import database
from quarry.dependencies.secrets import get_settings

if TYPE_CHECKING:
    from quarry.adapters.qdrant.offers import QdrantOffers
    from quarry.repositories.qdrant_catalogue import QdrantCatalogue
    from quarry.repositories.qdrant_documents import QdrantDocuments
    from quarry.repositories.qdrant_offers import QdrantOfferRepository
    from quarry.repositories.qdrant_reference import QdrantReference


@cache
def offer_points() -> "QdrantOffers":
    """The offers' collection is beside the materials'."""
    return database.qdrant().offers(f"{get_settings().materials_collection}_offers")


@cache
def documents() -> "QdrantDocuments":
    from quarry.repositories.material_points import MaterialPoints
    from quarry.repositories.noted_index import NotedIndex
    from quarry.repositories.qdrant_documents import QdrantDocuments

    collection = get_settings().materials_collection
    index = NotedIndex(database.qdrant(), database.change_log())
    points = MaterialPoints(index, database.embedder(), collection)
    return QdrantDocuments(database.qdrant(), offer_points(), points, collection)


@cache
def catalogue() -> "QdrantCatalogue":
    from quarry.repositories.qdrant_catalogue import QdrantCatalogue
    from quarry.repositories.qdrant_replacement import ListReplacement

    return QdrantCatalogue(
        database.qdrant(),
        offer_points(),
        documents(),
        ListReplacement(offer_points(), database.get_fallback_manager()),
        get_settings().materials_collection,
    )


@cache
def offers() -> "QdrantOfferRepository":
    from quarry.repositories.qdrant_offers import QdrantOfferRepository

    return QdrantOfferRepository(offer_points())


@cache
def reference() -> "QdrantReference":
    from quarry.repositories.qdrant_reference import QdrantReference

    return QdrantReference(database.qdrant(), get_settings().materials_collection)
