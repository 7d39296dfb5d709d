"""Two lists of a supplier, several workers, many random orders: only the later upload's offers are current."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from quarry.adapters.qdrant.filters import all_of, equals
from quarry.dependencies.composition import composition
from quarry.domain.batches import Batch, BatchKind, BatchStatus
from quarry.domain.rows import PriceRow
from quarry.pricelists import ReadRow
from quarry.runtime import run
from quarry.services.finishing import BatchFinisher
from quarry.services.processing import ChunkProcessor, Thresholds
from quarry.services.waits import BatchWaits
from tests.environment import composed, forget

MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)
OLDER = {f"A-{number}": 100 + number for number in range(6)}
NEWER = {f"A-{number}": 200 + number for number in (0, 1, 2, 4, 6, 7)}


class Crash(BaseException):
    """A worker dies."""


class Mortal:
    """What a worker uses, until it dies at ``step``."""

    def __init__(self, inner, step):
        self._inner = inner
        self._step = step

    def __getattr__(self, name):
        if name == self._step:
            raise Crash
        return getattr(self._inner, name)


class Unindexed:
    """The vector store's copy of the catalogue is not under test where PostgreSQL has the offers."""

    async def index(self, material_ids):
        return 0

    async def index_pending(self, limit):
        return 0


@pytest.fixture(params=[("false", range(15)), ("true", range(100, 108))], ids=["PostgreSQL", "Qdrant only"])
def seeds(request):
    only_qdrant, seeds = request.param
    with composed(request) as patch:
        patch.setenv("QDRANT_ONLY_MODE", only_qdrant)
        patch.setenv("CHUNK_ROWS", "2")
        forget()
        yield seeds


def opened(prices: dict[str, int], supplier: int, hour: int) -> Batch:
    header = Batch.new(
        f"{supplier}-{hour}",
        BatchKind.PRICELIST,
        BatchStatus.PLANNING,
        supplier_id=supplier,
        file_name=f"прайс {hour}.xlsx",
        uploaded_at=MORNING + timedelta(hours=hour, seconds=supplier),
    )
    rows = [
        ReadRow(PriceRow(row=2, name=f"Кирпич М{sku[2:]}", sku=sku, unit="шт", price=Decimal(price)))
        for sku, price in prices.items()
    ]
    return run(composition().ingestion.opener.open(run(composition().batches.save_batch(header)), rows))[0]


async def take(batch: Batch, chunk: int, step: str | None) -> None:
    store, catalogue = Mortal(composition().batches, step), Mortal(composition().ingestion.catalogue, step)
    index = composition().ingestion.indexing if composition().settings.qdrant_only_mode else Unindexed()
    finisher = BatchFinisher(store, catalogue, index, Mortal(composition().catalogue_cache, step))
    processor = ChunkProcessor(store, catalogue, index, finisher, Thresholds(match=0.9, review=0.8), BatchWaits(store))
    await processor.process_chunk(batch.request_id, chunk)


async def workers(deliveries, chance: random.Random) -> None:
    """Three at once; a delivery whose worker died, and sometimes one that succeeded, is repeated later."""
    waiting = list(deliveries)

    async def work() -> None:
        while waiting:
            batch, chunk = waiting.pop(chance.randrange(len(waiting)))
            step = chance.choice([None, None, "update_processing_status", "finish", "save_batch", "invalidate"])
            await asyncio.sleep(chance.random() / 50)
            try:
                await take(batch, chunk, step)
            except Crash:
                waiting.append((batch, chunk))
            else:
                if chance.random() < 0.2:
                    waiting.append((batch, chunk))

    await asyncio.gather(work(), work(), work())


def current(supplier: int) -> dict[str, int]:
    if composition().settings.qdrant_only_mode:
        tests = all_of(equals("supplier_id", supplier), equals("current", True))
        return {
            offer["sku"]: int(Decimal(offer["price"]))
            for offer in run(composition().qdrant_only.offer_points.find(tests))
        }
    query = "SELECT sku, unit_price FROM raw_products WHERE supplier_id = :supplier AND superseded_at IS NULL"
    rows = run(composition().postgresql.execute_query(query, {"supplier": supplier}))
    return {each["sku"]: int(each["unit_price"]) for each in rows}


def test_whatever_the_order_of_steps_and_crashes_only_the_newer_lists_offers_are_current(seeds):
    for supplier in seeds:
        chance = random.Random(supplier)
        uploads = [(OLDER, 1), (NEWER, 2)]
        chance.shuffle(uploads)
        batches = [opened(prices, supplier, hour) for prices, hour in uploads]
        run(workers([(batch, chunk) for batch in batches for chunk in range(3)], chance))

        assert current(supplier) == NEWER, f"seed {supplier}"
        ended = [run(composition().batches.get_batch(batch.request_id)) for batch in batches]
        assert {batch.status for batch in ended} == {BatchStatus.COMPLETED}, f"seed {supplier}"
