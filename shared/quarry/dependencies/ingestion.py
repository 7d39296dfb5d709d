"""Composition of the ingest functions.

What only one of them does is imported where it is made: processing reads no files, and the API processes nothing.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from quarry.dependencies.composition import Composition, composition
from quarry.repositories.postgresql.finished_lists import FinishedLists
from quarry.repositories.qdrant.noted_index import NotedIndex
from quarry.services.finishing import BatchFinisher, Index
from quarry.services.indexing import IndexingService
from quarry.services.redelivery import Redelivery

if TYPE_CHECKING:
    from quarry.domain.links import Catalogue
    from quarry.services.batch_opener import BatchOpener
    from quarry.services.chunks import ChunkReceiver
    from quarry.services.ingestion import IngestionService
    from quarry.services.planning import PriceListPlanner
    from quarry.services.processing import ChunkProcessor
    from quarry.services.reading_help import ReadingHelp
    from quarry.services.rebuilding import Rebuilding
    from quarry.services.synonyms import SynonymService
    from quarry.services.trade import TradeService
    from quarry.services.undoing import ListUndoing
    from quarry.services.watches import WatchService
    from quarry.services.webhooks import WebhookService


class Ingestion:
    def __init__(self, made: Composition) -> None:
        self._made = made
        self._settings = made.settings

    @cached_property
    def service(self) -> "IngestionService":
        from quarry.services.ingestion import IngestionService

        return IngestionService(
            self._made.batches,
            self._made.bucket,
            self._made.uploads_queue,
            self.opener,
            self.finisher,
            self._settings.max_file_bytes,
        )

    @cached_property
    def synonyms(self) -> "SynonymService":
        from quarry.repositories.postgresql.synonyms import SynonymRepository
        from quarry.services.synonyms import SynonymService

        relational = self._made.relational
        return SynonymService(SynonymRepository(relational) if relational else None)

    @cached_property
    def watches(self) -> "WatchService":
        from quarry.repositories.postgresql.watches import WatchRepository
        from quarry.services.watches import WatchService

        relational = self._made.relational
        return WatchService(WatchRepository(relational) if relational else None, self._settings.base_currency)

    @cached_property
    def planner(self) -> "PriceListPlanner":
        from quarry.pricelists import ReadOptions
        from quarry.services.planning import PriceListPlanner

        options = ReadOptions(
            max_rows=self._settings.max_rows,
            max_file_bytes=self._settings.max_file_bytes,
            default_currency=self._settings.default_currency,
        )
        made = self._made
        return PriceListPlanner(
            made.batches,
            made.bucket,
            self.opener,
            self.finisher,
            options,
            made.batch_waits,
            made.readings,
            made.estimates.bills,
            self.reading_help,
        )

    @cached_property
    def reading_help(self) -> "ReadingHelp":
        """Who looks at sheets whose layout is a guess: nobody, unless a model is named."""
        from quarry.services.reading_help import ReadingHelp

        settings = self._settings
        if not settings.openai_api_key or not settings.reading_model:
            return ReadingHelp(None)
        from quarry.adapters.openai_reader import OpenAIReader

        model = OpenAIReader(
            settings.openai_api_key.get_secret_value(),
            model=settings.reading_model,
            base_url=settings.openai_base_url or None,
            timeout=settings.reading_timeout,
            renew=self._made.renewal.of("openai_api_key"),
        )
        return ReadingHelp(model)

    @cached_property
    def opener(self) -> "BatchOpener":
        from quarry.repositories.postgresql.unchanged import UnchangedRowsRepository
        from quarry.services.batch_opener import BatchOpener

        relational = self._made.relational
        # Without PostgreSQL no digests are kept, and every row is processed.
        unchanged = UnchangedRowsRepository(relational) if relational else None
        return BatchOpener(self._made.batches, self._made.chunks_queue, self._settings.chunk_rows, unchanged)

    @cached_property
    def chunk_receiver(self) -> "ChunkReceiver":
        from quarry.services.chunks import ChunkReceiver

        made = self._made
        return ChunkReceiver(
            made.batches,
            self.processor,
            made.chunks_queue,
            made.batch_waits,
            # Estimates bring search with them, which most chunks never need.
            lambda: made.estimates.chunks,
            self.undoing,
        )

    @cached_property
    def undoing(self) -> "ListUndoing":
        from quarry.repositories.postgresql.undoing import UndoneLists
        from quarry.services.undoing import ListUndoing

        made, relational = self._made, self._made.relational
        # Only PostgreSQL keeps what offers were before a list.
        lists = UndoneLists(relational) if relational else None
        return ListUndoing(made.batches, lists, made.chunks_queue, self.indexing, made.change_log)

    @cached_property
    def processor(self) -> "ChunkProcessor":
        from quarry.services.processing import ChunkProcessor, Thresholds

        match, review = self._settings.match_threshold, self._settings.review_threshold
        # Without PostgreSQL there are no reviews: an uncertain row becomes a material of its own, and can be found.
        thresholds = Thresholds(match=match, review=review if self._made.relational else match)
        return ChunkProcessor(
            self._made.batches, self.catalogue, self.indexing, self.finisher, thresholds, self._made.batch_waits
        )

    @cached_property
    def finisher(self) -> BatchFinisher:
        relational = self._made.relational
        # Qdrant's catalogue ends its lists itself: offers and their lists are in one store there.
        lists = FinishedLists(relational) if relational else self._made.qdrant_only.catalogue
        return BatchFinisher(self._made.batches, lists, self.indexing, self._made.change_log)

    @cached_property
    def catalogue(self) -> "Catalogue":
        from quarry.repositories.postgresql.catalogue import CatalogueRepository

        relational = self._made.relational
        return CatalogueRepository(relational) if relational else self._made.qdrant_only.catalogue

    @cached_property
    def indexing(self) -> Index:
        made = self._made
        if made.relational is None:
            return made.qdrant_only.documents
        index = NotedIndex(made.qdrant, made.change_log)
        return IndexingService(made.relational, index, made.embedder, self._settings.materials_collection)

    @cached_property
    def rebuilding(self) -> "Rebuilding":
        from quarry.repositories.postgresql.figures import FigureRepository
        from quarry.repositories.postgresql.rebuilding import RebuildingRepository
        from quarry.services.rebuilding import Rebuilding

        relational, indexing = self._made.relational, self.indexing
        # In Qdrant-only mode the index is the catalogue itself.
        if relational is None or not isinstance(indexing, IndexingService):
            return Rebuilding(None, None, None)
        state = RebuildingRepository(relational, self._settings.materials_collection)
        return Rebuilding(state, FigureRepository(relational), indexing)

    @cached_property
    def chunk_redelivery(self) -> Redelivery:
        return Redelivery(self._made.chunks_queue)

    @cached_property
    def upload_redelivery(self) -> Redelivery:
        return Redelivery(self._made.uploads_queue)


def prepare_api() -> None:
    made = _prepared()
    made.bucket.prepare()
    made.readings.prepare()
    made.uploads_queue.prepare()
    made.embedder.prepare()
    # Whatever a first request would make, import or read is made now; see dependencies/environment.py.
    _ = (
        made.ingestion.service,
        made.ingestion.synonyms,
        made.ingestion.watches,
        made.ingestion.undoing,
        made.trade_reader,
        made.webhooks.service,
        made.reviews,
        made.estimates.service,
        made.ingestion.rebuilding,
    )


def prepare_plan() -> None:
    made = _prepared()
    made.bucket.prepare()
    made.readings.prepare()
    made.uploads_queue.prepare()
    # No embedder: planning compares digests, and its vectors take a third of a second to read.
    _ = made.ingestion.planner, made.ingestion.upload_redelivery


def prepare_process() -> None:
    made = _prepared()
    made.embedder.prepare()
    _ = made.ingestion.chunk_receiver, made.ingestion.chunk_redelivery


def _prepared() -> Composition:
    made = composition()
    made.prepare()
    made.chunks_queue.prepare()
    return made


async def connect() -> None:
    """Open the connection for writing, and make sure of the collection of records."""
    if relational := composition().relational:
        await relational.execute_command("SELECT 1")
    await composition().batches.find_batch("none")


async def connect_api() -> None:
    """Beside that, read the catalogue's words, names and rates, and price a line once."""
    await connect()
    await composition().trade_reader.showing()
    await composition().estimates.service.pricer.rehearse()


def planner() -> "PriceListPlanner":
    return composition().ingestion.planner


def upload_redelivery() -> Redelivery:
    return composition().ingestion.upload_redelivery


def chunk_receiver() -> "ChunkReceiver":
    return composition().ingestion.chunk_receiver


def chunk_redelivery() -> Redelivery:
    return composition().ingestion.chunk_redelivery


async def get_ingestion_service() -> "IngestionService":
    return composition().ingestion.service


async def get_undoing() -> "ListUndoing":
    return composition().ingestion.undoing


async def get_synonyms() -> "SynonymService":
    return composition().ingestion.synonyms


async def get_rebuilding() -> "Rebuilding":
    return composition().ingestion.rebuilding


async def get_trade_service() -> "TradeService":
    return composition().trade


async def get_watches() -> "WatchService":
    return composition().ingestion.watches


async def get_webhooks() -> "WebhookService":
    return composition().webhooks.service
