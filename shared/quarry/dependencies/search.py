"""Composition of the search function."""

from functools import cache

from quarry.adapters.interfaces import Embedder, IRelationalDatabase
from quarry.cache.embeddings import CachedEmbedder
from quarry.cache.sessions import Sessions
from quarry.cache.warming import PopularQueries
from quarry.dependencies import database, qdrant_only
from quarry.dependencies.guarded import GuardedRelational, GuardedVectors, breakers
from quarry.dependencies.secrets import get_settings
from quarry.repositories.index_words import IndexWords
from quarry.repositories.materials import HybridMaterialsRepository
from quarry.repositories.offers import OfferRepository
from quarry.repositories.reference import ReferenceRepository
from quarry.services.catalogue import CatalogueService
from quarry.services.search import SearchPolicy, SearchService
from quarry.services.understanding import QueryReader


@cache
def relational() -> IRelationalDatabase | None:
    """PostgreSQL behind its breaker; none in Qdrant-only mode."""
    if get_settings().qdrant_only_mode:
        return None
    return GuardedRelational(database.postgresql(), breakers()["PostgreSQL"])


@cache
def vectors() -> GuardedVectors:
    """Qdrant behind its breaker."""
    return GuardedVectors(database.qdrant(), breakers()["Qdrant"])


@cache
def materials() -> HybridMaterialsRepository:
    settings = get_settings()
    return HybridMaterialsRepository(
        vectors(),
        relational(),
        database.redis(),
        collection=settings.materials_collection,
        fallback=settings.enable_fallback_databases,
    )


@cache
def reference() -> ReferenceRepository | None:
    postgresql = relational()
    return ReferenceRepository(postgresql) if postgresql else None


@cache
def query_reader() -> QueryReader:
    """Words from PostgreSQL, else from the index."""
    indexed = IndexWords(vectors(), get_settings().materials_collection)
    listed = reference()
    return QueryReader(listed, indexed) if listed else QueryReader(indexed)


@cache
def query_embedder() -> Embedder:
    """The embedder for queries; one that costs money is asked for each text once."""
    made = database.embedder()
    return CachedEmbedder(made, database.redis(), get_settings().stale_ttl) if made.stored else made


@cache
def search_service() -> SearchService:
    settings = get_settings()
    return SearchService(
        materials(),
        query_embedder(),
        query_reader(),
        database.catalogue_cache(),
        Sessions(database.redis(), settings.session_ttl),
        PopularQueries(database.redis()),
        SearchPolicy(ttl=settings.search_ttl, mock=settings.enable_mock_response),
    )


@cache
def catalogue_service() -> CatalogueService:
    settings = get_settings()
    postgresql = relational()
    return CatalogueService(
        materials(),
        OfferRepository(postgresql) if postgresql else qdrant_only.offers(),
        reference() or qdrant_only.reference(),
        database.catalogue_cache(),
        material_ttl=settings.material_ttl,
        reference_ttl=settings.reference_ttl,
    )


async def get_search_service() -> SearchService:
    return search_service()


async def get_catalogue_service() -> CatalogueService:
    return catalogue_service()
