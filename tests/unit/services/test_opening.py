"""A list's rows are compared with the list before while its header is on its way."""

import asyncio
from decimal import Decimal

import pytest

from quarry.domain.rows import PriceRow
from quarry.domain.unchanged import Repeats
from quarry.pricelists import ReadRow
from quarry.runtime import run, together
from quarry.services.batch_opener import BatchOpener
from tests.fakes import MemoryBatches, MemoryQueue
from tests.unit.services.conftest import CHUNK_ROWS, planning

ROWS = [ReadRow(PriceRow(row=row, name=f"Цемент М{row}00", price=Decimal(450))) for row in (2, 3)]


class Meeting(MemoryBatches):
    """Saves the header of a list that was read only when the search has begun as well."""

    def __init__(self, both):
        super().__init__()
        self._both = both

    async def save_batch(self, batch):
        if batch.total and not batch.rows_recorded:
            await self._both.wait()
        return await super().save_batch(batch)


class Repeated:
    """Every row repeats one of the list before."""

    def __init__(self, both):
        self._both = both
        self.settled = []

    async def lists(self, pricelist_id):
        await self._both.wait()
        return {1: "before"}

    async def find(self, batch, lists, rows):
        same = list(rows.sequences)
        return Repeats(
            same, rows.numbers, [f"row {one}" for one in same], same, [1, 1], same, [1, 1], same, [False] * 2
        )

    async def settle(self, batch, rows, chunk_rows, revision):
        self.settled += rows.sequences
        return set(rows.sequences)


def opened(*headers):
    both = asyncio.Barrier(2)
    batches, unchanged = Meeting(both), Repeated(both)
    for header in headers:
        run(MemoryBatches.save_batch(batches, header))
    opener = BatchOpener(batches, MemoryQueue(), CHUNK_ROWS, unchanged)
    return *run(opener.open(planning(), ROWS)), unchanged.settled


def test_rows_are_found_beside_the_header():
    batch, queued, settled = opened()
    assert (batch.counts["completed"], queued, settled) == (2, False, [0, 1])


def test_what_is_found_is_not_settled_where_another_reader_opened_the_batch():
    other = planning().describe(total=2, chunks=1).start_processing({})
    batch, queued, settled = opened(other)
    assert (batch.revision, queued, settled) == (other.revision, False, [])


def test_the_first_error_is_raised_when_both_have_ended():
    ended = []

    async def late():
        await asyncio.sleep(0)
        ended.append("late")

    async def fails():
        raise ValueError("first")

    with pytest.raises(ValueError, match="first"):
        run(together(fails(), late()))
    assert ended == ["late"]
