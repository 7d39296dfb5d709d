"""Composition of the search function."""

from functools import cached_property
from typing import TYPE_CHECKING

from quarry.adapters.interfaces import Embedder
from quarry.cache.embeddings import CachedEmbedder
from quarry.cache.sessions import Sessions
from quarry.cache.warming import PopularQueries
from quarry.dependencies.composition import Composition, composition
from quarry.repositories.materials import HybridMaterialsRepository
from quarry.repositories.postgresql.offers import OfferRepository
from quarry.repositories.postgresql.reference import ReferenceRepository
from quarry.repositories.qdrant.index_words import IndexWords
from quarry.services.catalogue import CatalogueService
from quarry.services.search import SearchPolicy, SearchService
from quarry.services.understanding import QueryReader

if TYPE_CHECKING:
    from quarry.repositories.material_finder import MaterialFinder


class Search:
    def __init__(self, made: Composition) -> None:
        self._made = made
        self._settings = made.settings
        self._databases = made.databases

    @cached_property
    def service(self) -> SearchService:
        return SearchService(
            self._materials,
            self.embedder,
            self.query_reader,
            self._made.catalogue_cache,
            Sessions(self._databases.cache, self._settings.session_ttl),
            PopularQueries(self._databases.cache),
            SearchPolicy(ttl=self._settings.search_ttl, mock=self._settings.enable_mock_response),
            self._made.trade_reader,
        )

    @cached_property
    def catalogue(self) -> CatalogueService:
        # Offers by themselves: a document holds the cheapest ones alone.
        relational = self._databases.relational
        return CatalogueService(
            self._materials,
            OfferRepository(relational) if relational else self._made.qdrant_only.offers,
            self._reference or self._made.qdrant_only.reference,
            self._made.catalogue_cache,
            self._made.trade_reader,
            material_ttl=self._settings.material_ttl,
            reference_ttl=self._settings.reference_ttl,
        )

    @cached_property
    def _materials(self) -> HybridMaterialsRepository:
        return HybridMaterialsRepository(
            self._databases.vector,
            self._databases.relational,
            self._databases.cache,
            collection=self._settings.materials_collection,
            fallback=self._settings.enable_fallback_databases,
        )

    @cached_property
    def finder(self) -> "MaterialFinder":
        """Of materials for many names at once."""
        from quarry.repositories.material_finder import MaterialFinder
        from quarry.repositories.postgresql.documents import DocumentReader
        from quarry.repositories.postgresql.waiting_offers import WaitingOffers

        relational = self._databases.relational
        return MaterialFinder(
            self._databases.vector,
            self._materials,
            DocumentReader(relational) if relational else None,
            WaitingOffers(relational) if relational else None,
        )

    @cached_property
    def _reference(self) -> ReferenceRepository | None:
        return ReferenceRepository(self._databases.relational) if self._databases.relational else None

    @cached_property
    def query_reader(self) -> QueryReader:
        """Words from PostgreSQL, else from the index."""
        # Corrections must go on while PostgreSQL is unavailable: the index has its words too.
        indexed = IndexWords(self._databases.vector, self._settings.materials_collection)
        return QueryReader(self._reference, indexed) if self._reference else QueryReader(indexed)

    @property
    def embedder(self) -> Embedder:
        """The embedder for queries; one that costs money embeds each text once."""
        # A vector made on this machine costs less than a question to Redis.
        made = self._made.embedder
        return CachedEmbedder(made, self._databases.cache, self._settings.stale_ttl) if made.stored else made


def prepare() -> None:
    made = composition()
    made.prepare()
    made.embedder.prepare()
    # What a first request would import is imported before the snapshot: else each of its copies pays for it.
    _ = made.search.service, made.search.catalogue, made.trade


async def connect() -> None:
    """Read the catalogue's words, make sure of the collection, and search once."""
    await composition().search.service.rehearse()
