"""When a batch's rows are counted: once all are settled, and now and then before."""

from itertools import count

import pytest

from quarry.domain.batches import BatchStatus
from quarry.runtime import run
from quarry.services.finishing import BatchFinisher
from tests.batches import batch, records, settled
from tests.fakes import MemoryBatches, MemoryCatalogue, MemoryGeneration, MemoryIndex

ROWS = 40


def ended(seconds: float) -> MemoryBatches:
    """A batch whose rows were settled one by one, so many seconds apart."""
    store, rows, moments = MemoryBatches(), records(ROWS), count(0.0, seconds)
    finisher = BatchFinisher(store, MemoryCatalogue(), MemoryIndex(), MemoryGeneration(), moments.__next__)
    run(store.save_batch(batch(total=ROWS)))
    run(store.create_processing_records("b1", rows))
    for row in rows:
        assert not run(store.get_batch("b1")).status.terminal
        run(store.update_processing_status("b1", [settled(row)]))
        run(finisher.finish_if_settled("b1"))
    assert run(store.get_batch("b1")).status is BatchStatus.COMPLETED
    return store


@pytest.mark.parametrize(("seconds", "counted"), [(0.0, 2), (1.0, 5), (60.0, ROWS)])
def test_rows_are_counted_at_the_end_and_every_ten_seconds_before(seconds, counted):
    assert ended(seconds).counted == counted
