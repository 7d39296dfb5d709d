"""Composition of the search function."""

from functools import cache

from quarry.adapters.interfaces import Embedder
from quarry.cache.embeddings import CachedEmbedder
from quarry.cache.sessions import Sessions
from quarry.cache.warming import PopularQueries
from quarry.dependencies import database, qdrant_only, stores
from quarry.dependencies.secrets import get_settings
from quarry.dependencies.stores import Databases
from quarry.repositories.index_words import IndexWords
from quarry.repositories.materials import HybridMaterialsRepository
from quarry.repositories.offers import OfferRepository
from quarry.repositories.reference import ReferenceRepository
from quarry.services.catalogue import CatalogueService
from quarry.services.search import SearchPolicy, SearchService
from quarry.services.understanding import QueryReader


def prepare() -> None:
    database.prepare()
    database.embedder().prepare()
    search_service(stores.selected())
    catalogue_service(stores.selected())


async def connect() -> None:
    """Read the catalogue's words, make sure of the collection, and search once."""
    await search_service(stores.selected()).rehearse()


@cache
def materials(databases: Databases) -> HybridMaterialsRepository:
    settings = get_settings()
    return HybridMaterialsRepository(
        databases.vector,
        databases.relational,
        databases.cache,
        collection=settings.materials_collection,
        fallback=settings.enable_fallback_databases,
    )


@cache
def reference(databases: Databases) -> ReferenceRepository | None:
    return ReferenceRepository(databases.relational) if databases.relational else None


@cache
def query_reader(databases: Databases) -> QueryReader:
    """Words from PostgreSQL, else from the index."""
    indexed = IndexWords(databases.vector, get_settings().materials_collection)
    listed = reference(databases)
    return QueryReader(listed, indexed) if listed else QueryReader(indexed)


@cache
def query_embedder(databases: Databases) -> Embedder:
    """The embedder for queries; one that costs money is asked for each text once."""
    made = database.embedder()
    return CachedEmbedder(made, databases.cache, get_settings().stale_ttl) if made.stored else made


@cache
def search_service(databases: Databases) -> SearchService:
    settings = get_settings()
    return SearchService(
        materials(databases),
        query_embedder(databases),
        query_reader(databases),
        database.catalogue_cache(),
        Sessions(databases.cache, settings.session_ttl),
        PopularQueries(databases.cache),
        SearchPolicy(ttl=settings.search_ttl, mock=settings.enable_mock_response),
    )


@cache
def catalogue_service(databases: Databases) -> CatalogueService:
    settings = get_settings()
    return CatalogueService(
        materials(databases),
        OfferRepository(databases.relational) if databases.relational else qdrant_only.offers(),
        reference(databases) or qdrant_only.reference(),
        database.catalogue_cache(),
        material_ttl=settings.material_ttl,
        reference_ttl=settings.reference_ttl,
    )
