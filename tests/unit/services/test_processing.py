"""What happens to a chunk's rows: created, matched, reviewed, failed; and to the batch when all are settled."""

import pytest

from quarry.domain.batches import BatchStatus
from quarry.domain.links import Candidate, ResolvedMaterial
from quarry.domain.records import MatchType, RowStatus
from quarry.domain.text import normalize_name
from quarry.errors import ContentRefused, NotFound, StoreError, StoreTimeout, StoreUnavailable
from quarry.runtime import run
from tests.fakes.catalogue import CHANGES
from tests.unit.services.conftest import KEY, LIST, delivery


@pytest.fixture
def queued(ingest):
    ingest.objects.drop(KEY, LIST)
    ingest.notified()
    return ingest


def states(ingest):
    return [(record.status, record.match_type) for record in ingest.records]


def test_rows_of_new_goods_make_materials_and_end_the_batch(queued):
    queued.processed()
    assert states(queued) == [(RowStatus.COMPLETED, MatchType.CREATED)] * 3
    assert (queued.batch.status, dict(queued.batch.changes)) == (BatchStatus.COMPLETED, CHANGES)
    assert len(queued.index.indexed) == len(queued.catalogue.written) == 3
    assert (queued.catalogue.finished, queued.generation.bumps) == ([queued.batch.pricelist_id], 1)


def test_a_row_is_linked_by_what_the_catalogue_knows(queued):
    known = {"Цемент М500": None, "Клей": queued.batch.pricelist_id}
    queued.catalogue.known = {
        normalize_name(name): ResolvedMaterial(material_id="m1", origin_pricelist_id=origin)
        for name, origin in known.items()
    }
    queued.catalogue.alike = [Candidate("m9", "Песок", "т")]
    queued.processed()
    assert states(queued) == [
        (RowStatus.COMPLETED, MatchType.EXACT),
        (RowStatus.COMPLETED, MatchType.CREATED),
        (RowStatus.COMPLETED, MatchType.MATCHED),
    ]


def test_a_name_that_is_only_near_waits_for_a_person(queued):
    queued.thresholds(match=1.1, review=0.7)  # nothing is near enough to be taken
    queued.catalogue.alike = [Candidate("m9", "Песок", "т")]
    queued.processed()
    assert states(queued)[2] == (RowStatus.NEEDS_REVIEW, MatchType.REVIEW)
    assert queued.records[2].material_id is None
    assert queued.batch.status is BatchStatus.COMPLETED


@pytest.mark.parametrize("fault", [ContentRefused("PostgreSQL", "too long", "22001"), ValueError("a bug")])
def test_a_row_that_is_to_blame_fails_alone(queued, fault):
    queued.catalogue.refuse = {"Клей": fault}
    queued.processed()
    assert [record.status for record in queued.records] == [
        RowStatus.COMPLETED,
        RowStatus.FAILED,
        RowStatus.COMPLETED,
    ]
    assert (queued.records[1].error_code, queued.batch.status) == ("refused", BatchStatus.COMPLETED_WITH_ERRORS)


@pytest.mark.parametrize(
    "fault", [StoreUnavailable("PostgreSQL"), StoreError("PostgreSQL", "two workers met", "23505")]
)
def test_an_error_that_no_row_causes_fails_no_row(queued, fault):
    queued.catalogue.refuse = {"Клей": fault}
    with pytest.raises(type(fault)):
        run(queued.receiver.receive(delivery(queued.chunks.messages[0])))
    assert [record.status for record in queued.records] == [RowStatus.PENDING] * 3
    assert queued.batch.waiting.reason == str(fault)


def test_a_batch_that_moves_again_no_longer_waits(queued):
    run(queued.batches.save_batch(queued.batch.wait("PostgreSQL cannot be reached")))
    run(queued.receiver.receive(delivery(queued.chunks.messages[0])))
    assert queued.batch.waiting is None


def test_rows_are_settled_also_while_the_index_is_unavailable(queued):
    queued.index.unavailable = True
    queued.processed()
    assert queued.batch.status is BatchStatus.COMPLETED
    assert queued.index.indexed == []


def test_a_chunk_that_comes_twice_is_processed_once(queued):
    messages = list(queued.chunks.messages)
    queued.processed()
    written = len(queued.catalogue.written)
    queued.chunks.messages = messages
    queued.processed()
    assert (len(queued.catalogue.written), queued.generation.bumps) == (written, 1)


def test_a_chunk_of_no_batch_is_not_found(ingest):
    with pytest.raises(NotFound):
        run(ingest.receiver.receive(delivery({"request_id": "nothing", "chunk": 0})))


def test_a_chunk_whose_workers_died_is_split_down_to_the_row(queued):
    run(queued.receiver.receive(delivery(queued.chunks.messages.pop(0), receives=3)))
    assert queued.chunks.messages[1:] == [
        {"request_id": queued.batch.request_id, "chunk": 0, "rows": [0, 0]},
        {"request_id": queued.batch.request_id, "chunk": 0, "rows": [1, 1]},
    ]


def test_a_row_whose_own_processing_died_each_time_fails(queued):
    first = queued.records[0]
    run(queued.batches.update_processing_status(first.request_id, [first.start()]))
    alone = {"request_id": first.request_id, "chunk": 0, "rows": [0, 0]}
    run(queued.receiver.receive(delivery(alone, receives=2, sent_ago=60)))
    assert (queued.records[0].status, queued.records[0].error_code) == (RowStatus.FAILED, "broken_off")


def test_an_outage_while_a_row_is_given_up_is_reported_as_an_outage(queued):
    first = queued.records[0]
    run(queued.batches.update_processing_status(first.request_id, [first.start()]))

    async def outage(request_id, chunk, rows=None):
        raise StoreUnavailable("PostgreSQL")

    queued.receiver._processor.process_chunk = outage
    alone = {"request_id": first.request_id, "chunk": 0, "rows": [0, 0]}
    with pytest.raises(StoreUnavailable):
        run(queued.receiver.receive(delivery(alone, receives=2, sent_ago=60)))
    assert queued.records[0].status is RowStatus.FAILED


def test_a_row_whose_attempt_ended_in_an_outage_is_put_back(queued):
    queued.catalogue.refuse = {"Цемент М500": StoreUnavailable("PostgreSQL")}
    alone = {"request_id": queued.batch.request_id, "chunk": 0, "rows": [0, 0]}
    with pytest.raises(StoreUnavailable):
        run(queued.receiver.receive(delivery(alone)))
    assert queued.records[0].status is RowStatus.PENDING


def test_work_that_outlasts_its_function_is_halved_and_at_last_fails(queued):
    queued.catalogue.refuse = {"Клей": StoreTimeout("PostgreSQL")}
    queued.processed()
    assert [record.status for record in queued.records] == [
        RowStatus.COMPLETED,
        RowStatus.FAILED,
        RowStatus.COMPLETED,
    ]
    assert (queued.records[1].error_code, queued.batch.status) == ("too_slow", BatchStatus.COMPLETED_WITH_ERRORS)


def test_what_nothing_moves_is_given_up_with_its_reason(queued):
    queued.chunks.messages = [{**message, "give_up": "S3 cannot be reached"} for message in queued.chunks.messages]
    queued.processed()
    assert [record.error_code for record in queued.records] == ["given_up"] * 3
    assert "S3 cannot be reached" in queued.records[0].error
    assert queued.batch.status is BatchStatus.COMPLETED_WITH_ERRORS


def test_the_end_takes_what_is_left_of_the_index_in_step(queued):
    queued.index.pending = 2500
    queued.processed()
    assert queued.index.pending == 0
