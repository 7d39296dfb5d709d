"""The ingest services on in-memory stores."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from quarry.adapters.interfaces import LayoutModel
from quarry.domain.batch_queries import RecordQuery
from quarry.domain.batches import Batch, BatchKind, BatchStatus
from quarry.domain.records import ProcessingRecord
from quarry.pricelists import ReadOptions
from quarry.runtime import run
from quarry.services.batch_opener import BatchOpener
from quarry.services.chunks import ChunkReceiver
from quarry.services.estimate_bills import EstimateBills
from quarry.services.estimates import EstimateService
from quarry.services.finishing import BatchFinisher
from quarry.services.ingestion import IngestionService
from quarry.services.planning import PriceListPlanner
from quarry.services.processing import ChunkProcessor, Thresholds
from quarry.services.reading_help import ReadingHelp
from quarry.services.readings import Readings
from quarry.services.redelivery import Delivery
from quarry.services.undoing import ListUndoing
from quarry.services.waits import BatchWaits
from tests.fakes import (
    MemoryBatches,
    MemoryCatalogue,
    MemoryGeneration,
    MemoryIndex,
    MemoryLists,
    MemoryObjects,
    MemoryQueue,
)

CHUNK_ROWS = 2
LIST = "Наименование;Ед.;Цена\nЦемент М500;мешок;450\nКлей;мешок;300\nПесок;т;900\n".encode()
KEY = "incoming/supplier=101/прайс.csv"


@dataclass
class Ingest:
    """Everything that takes a price list, from the notification to the end of its batch."""

    batches: MemoryBatches = field(default_factory=MemoryBatches)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    chunks: MemoryQueue = field(default_factory=MemoryQueue)
    uploads: MemoryQueue = field(default_factory=MemoryQueue)
    catalogue: MemoryCatalogue = field(default_factory=MemoryCatalogue)
    index: MemoryIndex = field(default_factory=MemoryIndex)
    lists: MemoryLists = field(default_factory=MemoryLists)
    generation: MemoryGeneration = field(default_factory=MemoryGeneration)
    model: LayoutModel | None = None

    def __post_init__(self) -> None:
        self.waits = BatchWaits(self.batches)
        self.readings = Readings(MemoryObjects())
        self.finisher = BatchFinisher(self.batches, self.catalogue, self.index, self.generation)
        self.bills = EstimateBills(None, EstimateService(None, None, self.chunks, None), "RUB")
        self.opener = BatchOpener(self.batches, self.chunks, CHUNK_ROWS, None)
        self.undoing = ListUndoing(self.batches, self.lists, self.chunks, self.index, self.generation)
        self.max_file_bytes(1_000_000)
        self.thresholds(match=0.9, review=0.7)
        self.submission = IngestionService(
            self.batches, self.objects, self.uploads, self.opener, self.finisher, max_file_bytes=1000
        )

    def max_file_bytes(self, size: int) -> None:
        options = ReadOptions(max_file_bytes=size)
        self.planner = PriceListPlanner(
            self.batches,
            self.objects,
            self.opener,
            self.finisher,
            options,
            self.waits,
            self.readings,
            self.bills,
            ReadingHelp(self.model),
        )

    def thresholds(self, match: float, review: float) -> None:
        decides = Thresholds(match, review)
        processor = ChunkProcessor(self.batches, self.catalogue, self.index, self.finisher, decides, self.waits)
        self.receiver = ChunkReceiver(self.batches, processor, self.chunks, self.waits, lambda: None, self.undoing)

    def notified(self, key: str = KEY, *, receives: int = 1, sent_ago: float = 0.0) -> None:
        notice = {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": key, "versionId": "v1"}}}]}
        run(self.planner.receive(delivery(notice, receives=receives, sent_ago=sent_ago)))

    def processed(self, **about: Any) -> None:
        """Process all waiting messages, and those that they cause."""
        while self.chunks.messages:
            run(self.receiver.receive(delivery(self.chunks.messages.pop(0), **about)))

    @property
    def batch(self) -> Batch:
        (only,) = run(self.batches.list_batches())
        return only

    @property
    def records(self) -> list[ProcessingRecord]:
        return run(self.batches.get_processing_results(self.batch.request_id, RecordQuery(limit=1000)))


def delivery(message: Any, *, receives: int = 1, sent_ago: float = 0.0) -> Delivery:
    return Delivery(message, receives, datetime.now(UTC) - timedelta(seconds=sent_ago), "receipt")


def planning(**about: Any) -> Batch:
    """A batch whose file is being read."""
    given = {"supplier_id": 101, "file_name": "прайс.csv", "object_key": KEY, "object_version": "v1"}
    return Batch.new("b1", BatchKind.PRICELIST, BatchStatus.PLANNING, **{**given, **about})


@pytest.fixture
def ingest() -> Ingest:
    return Ingest()
