"""Composition of the ingest functions.

What only one of them does is imported where it is made: processing reads no files, and the API processes nothing.
"""

from functools import cache
from typing import TYPE_CHECKING

from quarry.dependencies import database, qdrant_only
from quarry.dependencies.secrets import get_settings
from quarry.domain.links import Catalogue
from quarry.repositories.catalogue import CatalogueRepository
from quarry.repositories.noted_index import NotedIndex
from quarry.services.finishing import BatchFinisher, Index
from quarry.services.indexing import IndexingService
from quarry.services.redelivery import Redelivery

if TYPE_CHECKING:
    from quarry.services.chunks import ChunkReceiver
    from quarry.services.ingestion import IngestionService
    from quarry.services.opening import BatchOpener
    from quarry.services.planning import PriceListPlanner
    from quarry.services.processing import ChunkProcessor
    from quarry.services.readings import Readings


def prepare_api() -> None:
    _prepare()
    database.bucket().prepare()
    database.readings().prepare()
    database.uploads_queue().prepare()
    ingestion()


def prepare_plan() -> None:
    _prepare()
    database.bucket().prepare_downloads()
    database.readings().prepare()
    database.uploads_queue().prepare()
    planner()
    upload_redelivery()


def prepare_process() -> None:
    _prepare()
    database.embedder().prepare()
    chunk_receiver()
    chunk_redelivery()


def _prepare() -> None:
    database.prepare()
    database.chunks_queue().prepare()


async def connect() -> None:
    """Open the connection for writing, and make sure of the collection of records."""
    if postgresql := database.relational():
        await postgresql.execute_command("SELECT 1")
    await database.get_fallback_manager().find_batch("none")


@cache
def finisher() -> BatchFinisher:
    return BatchFinisher(database.get_fallback_manager(), catalogue(), indexing(), database.change_log())


@cache
def catalogue() -> Catalogue:
    if get_settings().qdrant_only_mode:
        return qdrant_only.catalogue()
    return CatalogueRepository(database.postgresql())


@cache
def indexing() -> Index:
    settings = get_settings()
    if settings.qdrant_only_mode:
        return qdrant_only.documents()
    index = NotedIndex(database.qdrant(), database.change_log())
    return IndexingService(database.postgresql(), index, database.embedder(), settings.materials_collection)


@cache
def opener() -> "BatchOpener":
    from quarry.repositories.unchanged import UnchangedRowsRepository
    from quarry.services.opening import BatchOpener

    settings = get_settings()
    unchanged = None if settings.qdrant_only_mode else UnchangedRowsRepository(database.postgresql())
    return BatchOpener(database.get_fallback_manager(), database.chunks_queue(), settings.chunk_rows, unchanged)


@cache
def planner() -> "PriceListPlanner":
    from quarry.pricelists import ReadOptions
    from quarry.services.planning import PriceListPlanner

    settings = get_settings()
    options = ReadOptions(
        max_rows=settings.max_rows,
        max_file_bytes=settings.max_file_bytes,
        default_currency=settings.default_currency,
    )
    return PriceListPlanner(
        database.get_fallback_manager(),
        database.bucket(),
        opener(),
        finisher(),
        options,
        database.batch_waits(),
        database.readings(),
    )


@cache
def processor() -> "ChunkProcessor":
    from quarry.services.processing import ChunkProcessor, Thresholds

    settings = get_settings()
    return ChunkProcessor(
        database.get_fallback_manager(),
        catalogue(),
        indexing(),
        finisher(),
        Thresholds(match=settings.match_threshold, review=settings.review_threshold),
        database.batch_waits(),
    )


@cache
def chunk_receiver() -> "ChunkReceiver":
    from quarry.services.chunks import ChunkReceiver

    return ChunkReceiver(database.get_fallback_manager(), processor(), database.chunks_queue(), database.batch_waits())


@cache
def chunk_redelivery() -> Redelivery:
    return Redelivery(database.chunks_queue())


@cache
def upload_redelivery() -> Redelivery:
    return Redelivery(database.uploads_queue())


@cache
def ingestion() -> "IngestionService":
    from quarry.services.ingestion import IngestionService

    return IngestionService(
        database.get_fallback_manager(),
        database.bucket(),
        database.uploads_queue(),
        opener(),
        finisher(),
        get_settings().max_file_bytes,
    )


async def get_ingestion_service() -> "IngestionService":
    return ingestion()


async def get_readings() -> "Readings":
    return database.readings()
