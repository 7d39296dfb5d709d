"""Imports taken back: who may, when, and that one undo is one."""

from datetime import timedelta

import pytest

from quarry.domain.batches import BatchKind, BatchStatus
from quarry.domain.callers import Caller
from quarry.domain.messages import ChunkMessage, UndoMessage
from quarry.errors import Conflict, NotFound, NotSupported, StoreUnavailable
from quarry.runtime import run
from quarry.services.maintenance import StalledBatches
from quarry.services.undoing import ListUndoing
from tests.batches import batch
from tests.unit.services.conftest import KEY, LIST, delivery


@pytest.fixture
def imported(ingest):
    ingest.objects.drop(KEY, LIST)
    ingest.notified()
    ingest.processed()
    assert ingest.batch.status is BatchStatus.COMPLETED
    return ingest


def begin(ingest, **about):
    return run(ingest.undoing.begin(ingest.batch.request_id, **about))


def refusal(ingest, request_id=None):
    with pytest.raises(Conflict) as refused:
        run(ingest.undoing.begin(request_id or ingest.batch.request_id))
    return refused.value.code


def test_an_import_is_undone_by_the_queue(imported):
    imported.index.pending = 2500
    bumps = imported.generation.bumps
    assert begin(imported).batch.status is BatchStatus.UNDOING
    assert imported.lists.undone == []
    imported.processed()
    assert (imported.batch.status, imported.batch.changes["new"]) == (BatchStatus.UNDONE, 0)
    assert (imported.lists.undone, imported.index.pending) == ([imported.batch.pricelist_id], 0)
    assert imported.generation.bumps == bumps + 1
    assert refusal(imported) == "undone"


def test_an_undo_that_is_sent_twice_is_one(imported):
    begin(imported)
    begin(imported)
    assert imported.chunks.messages == [UndoMessage(imported.batch.request_id).json()] * 2
    imported.processed()
    assert len(imported.lists.undone) == 1


def test_in_an_outage_the_undo_waits_and_says_so(imported):
    begin(imported)
    imported.lists.unavailable = True
    with pytest.raises(StoreUnavailable):
        run(imported.receiver.receive(delivery(imported.chunks.messages[0])))
    assert (imported.batch.status, imported.batch.waiting.attempts) == (BatchStatus.UNDOING, 1)
    imported.lists.unavailable = False
    imported.processed()
    assert (imported.batch.status, imported.batch.waiting) == (BatchStatus.UNDONE, None)


def test_without_qdrant_the_undo_ends_and_upkeep_indexes(imported):
    begin(imported)
    imported.index.unavailable = True
    imported.processed()
    assert imported.batch.status is BatchStatus.UNDONE


def test_one_that_is_overtaken_by_a_later_list_is_given_up(imported):
    begin(imported)
    imported.lists.newer = "b2"
    imported.processed()
    assert (imported.batch.status, imported.lists.undone) == (BatchStatus.COMPLETED, [])
    assert imported.batch.changes["new"] == 1


def test_what_stands_in_the_way_is_said(imported):
    imported.lists.newer = "b2"
    assert refusal(imported) == "later_list"
    imported.lists.newer, imported.lists.reading = None, "b3"
    assert refusal(imported) == "being_read"
    imported.lists.reading, imported.lists.known = None, False
    assert refusal(imported) == "not_known"
    assert imported.batch.status is BatchStatus.COMPLETED


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"status": BatchStatus.PROCESSING}, "not_ended"),
        ({"status": BatchStatus.FAILED}, "no_prices"),
        ({"status": BatchStatus.COMPLETED, "kind": BatchKind.PREVIEW}, "no_prices"),
        ({"status": BatchStatus.COMPLETED, "supplier_id": None}, "no_supplier"),
    ],
)
def test_what_cannot_be_undone_is_refused(ingest, about, code):
    run(ingest.batches.save_batch(batch(**{"supplier_id": 101, **about})))
    assert refusal(ingest) == code


def test_unknown_batches_and_those_of_others_are_not_there(imported):
    with pytest.raises(NotFound):
        run(imported.undoing.begin("nothing"))
    with pytest.raises(NotFound):
        begin(imported, caller=Caller(subject="anna", suppliers=frozenset({102})))
    assert imported.chunks.messages == []


def test_lists_whose_prices_gave_way_are_named(imported):
    imported.lists.behind = ["b0"]
    assert begin(imported).read_again == ["b0"]


def test_without_postgresql_nothing_can_be_undone(imported):
    undoing = ListUndoing(imported.batches, None, imported.chunks, imported.index, imported.generation)
    with pytest.raises(NotSupported):
        run(undoing.begin(imported.batch.request_id))


def test_an_undo_whose_message_is_lost_is_queued_again(imported):
    begin(imported)
    imported.chunks.messages.clear()
    stalled = StalledBatches(imported.batches, imported.chunks, imported.uploads, imported.waits, timedelta(minutes=2))
    later = imported.batch.updated_at + timedelta(minutes=3)
    assert run(stalled.resume(later)) == 1
    imported.processed()
    assert imported.batch.status is BatchStatus.UNDONE


def test_a_chunk_that_comes_late_does_not_end_the_batch_again(imported):
    begin(imported)
    imported.processed()
    finished = list(imported.catalogue.finished)
    imported.chunks.messages.append(ChunkMessage(imported.batch.request_id, 0).json())
    imported.processed()
    assert (imported.batch.status, imported.catalogue.finished) == (BatchStatus.UNDONE, finished)
