"""Composition of Qdrant-only mode: what takes PostgreSQL's place in the catalogue.

Other modes make nothing of it, and do not import it.
"""

from functools import cached_property

from quarry.adapters.qdrant.offers import QdrantOffers
from quarry.dependencies.composition import Composition
from quarry.repositories.qdrant.catalogue import QdrantCatalogue
from quarry.repositories.qdrant.documents import QdrantDocuments
from quarry.repositories.qdrant.material_points import MaterialPoints
from quarry.repositories.qdrant.noted_index import NotedIndex
from quarry.repositories.qdrant.offers import QdrantOfferRepository
from quarry.repositories.qdrant.reference import QdrantReference
from quarry.repositories.qdrant.replacement import ListReplacement
from quarry.repositories.qdrant.trade import QdrantTrade


class QdrantOnly:
    def __init__(self, made: Composition) -> None:
        self._made = made
        self._collection = made.settings.materials_collection

    @cached_property
    def offer_points(self) -> QdrantOffers:
        """The offers' collection is beside the materials'."""
        return self._made.qdrant.offers(f"{self._collection}_offers")

    @cached_property
    def documents(self) -> QdrantDocuments:
        # Answers in the cache are outdated by what is written, as they are beside PostgreSQL.
        index = NotedIndex(self._made.qdrant, self._made.change_log)
        points = MaterialPoints(index, self._made.embedder, self._collection)
        return QdrantDocuments(self._made.qdrant, self.offer_points, points, self._collection)

    @cached_property
    def catalogue(self) -> QdrantCatalogue:
        # Which lists a new one replaces is read from the batches: no table of lists is there to ask.
        replacement = ListReplacement(self.offer_points, self._made.batches)
        return QdrantCatalogue(self._made.qdrant, self.offer_points, self.documents, replacement, self._collection)

    @cached_property
    def offers(self) -> QdrantOfferRepository:
        return QdrantOfferRepository(self.offer_points)

    @cached_property
    def trade(self) -> QdrantTrade:
        return QdrantTrade(self._made.qdrant.offers(f"{self._collection}_trade"), self.offer_points)

    @cached_property
    def reference(self) -> QdrantReference:
        return QdrantReference(self._made.qdrant, self._collection)
