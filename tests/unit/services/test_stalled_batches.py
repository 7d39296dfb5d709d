"""What happens to batches whose messages are lost, and to the reasons that they wait for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from quarry.domain.batches import INTERRUPTED, Batch, BatchKind, BatchStatus
from quarry.runtime import run
from quarry.services.maintenance import MaintenanceService, StalledBatches
from tests.batches import settled
from tests.fakes import MemoryQueue
from tests.unit.services.conftest import KEY, LIST, planning


@pytest.fixture
def later():
    """Half an hour from the test's own start: of the module's import, a long suite would be past it already."""
    return datetime.now(UTC) + timedelta(minutes=30)


@pytest.fixture
def uploads():
    return MemoryQueue()


@pytest.fixture
def stalled(ingest, uploads):
    return StalledBatches(ingest.batches, ingest.chunks, uploads, ingest.waits, timedelta(minutes=20))


@pytest.fixture
def lost(ingest):
    """A list whose chunk messages were lost."""
    ingest.objects.drop(KEY, LIST, request_id="b1")
    ingest.notified()
    ingest.chunks.messages.clear()
    return ingest


def test_lost_messages_of_a_resting_batch_are_sent_again(lost, stalled, later):
    assert run(stalled.resume(later)) == 2
    lost.processed()
    assert lost.batch.status is BatchStatus.COMPLETED


def test_a_batch_that_moved_just_now_is_left_alone(lost, stalled):
    assert run(stalled.resume(datetime.now(UTC))) == 0
    assert lost.chunks.messages == []


def test_while_the_queue_has_messages_nothing_is_missed_so_soon(lost, stalled, later):
    run(lost.chunks.send([{"request_id": "another", "chunk": 0}]))
    assert run(stalled.resume(later)) == 0


def test_one_that_does_not_move_for_an_hour_is_not_kept_waiting_by_other_messages(lost, stalled):
    run(lost.chunks.send([{"request_id": "another", "chunk": 0}]))
    now = datetime.now(UTC)
    assert run(stalled.resume(now + timedelta(minutes=61))) == 0  # how far it was is known from here on
    assert run(stalled.resume(now + timedelta(minutes=59))) == 0
    assert run(stalled.resume(now + timedelta(minutes=62))) == 2


def test_one_that_moves_is_not_resumed_while_the_queue_has_messages(lost, stalled):
    run(lost.chunks.send([{"request_id": "another", "chunk": 0}]))
    run(lost.batches.update_processing_status("b1", [settled(lost.records[0])]))
    assert run(stalled.resume(datetime.now(UTC) + timedelta(minutes=61))) == 0


def test_one_that_only_was_not_ended_gets_one_message(lost, stalled, later):
    run(lost.batches.update_processing_status("b1", [settled(row) for row in lost.records]))
    assert run(stalled.resume(later)) == 1
    lost.processed()
    assert lost.batch.status is BatchStatus.COMPLETED


def test_an_ended_batch_is_left_alone(lost, stalled, later):
    run(lost.batches.update_processing_status("b1", [settled(row) for row in lost.records]))
    run(lost.finisher.finish_if_settled("b1"))
    assert run(stalled.resume(later)) == 0


def test_a_batch_says_that_it_rested(lost, stalled, later):
    run(stalled.resume(later))
    assert "queued again" in lost.batch.waiting.reason


def test_what_waited_for_days_is_sent_to_be_given_up(lost, stalled, later):
    waiting = replace(lost.batch.wait("Qdrant cannot be reached").waiting, since=later - timedelta(days=4))
    run(lost.batches.save_batch(replace(lost.batch.move_on(), waiting=waiting)))
    run(stalled.resume(later))
    lost.processed()
    assert {record.error_code for record in lost.records} == {"given_up"}
    assert lost.batch.status is BatchStatus.COMPLETED_WITH_ERRORS


def test_the_notification_of_an_upload_that_was_begun_comes_again(ingest, stalled, uploads, later):
    ingest.objects.drop(KEY, LIST, request_id="b1")
    run(ingest.batches.save_batch(planning()))
    assert run(stalled.resume(later)) == 1
    (notice,) = uploads.messages
    assert notice["Records"][0]["s3"]["object"]["versionId"] == "v1"


def test_a_ticket_without_a_file_is_waited_for_only_for_hours(ingest, stalled, uploads, later):
    run(ingest.submission.request_upload(101, "прайс.csv"))
    assert run(stalled.resume(later + timedelta(hours=2))) == 1
    assert run(stalled.resume(later + timedelta(hours=7))) == 0
    assert len(uploads.messages) == 1


def test_a_submission_that_broke_off_is_to_be_sent_again(ingest, stalled, later):
    run(ingest.batches.save_batch(Batch.new("b1", BatchKind.MATERIALS, BatchStatus.RECEIVED)))
    assert run(stalled.resume(later + timedelta(hours=2))) == 0
    assert (ingest.batch.error_code, "Send it again" in ingest.batch.error_message) == (INTERRUPTED, True)


def test_batches_that_wait_are_counted(lost):
    assert run(lost.waits.count()) == 0
    run(lost.waits.note("b1", "Qdrant cannot be reached"))
    run(lost.waits.note("nothing", "Qdrant cannot be reached"))
    assert run(lost.waits.report()) == 1


def test_a_note_in_an_outage_is_worth_no_failure(lost):
    lost.batches.unavailable = True
    run(lost.waits.note("b1", "PostgreSQL cannot be reached"))
    run(lost.waits.is_over(planning().wait("x")))
    lost.batches.unavailable = False
    assert lost.batch.waiting is None


def test_a_step_of_upkeep_that_fails_does_not_stop_the_others(ingest):
    ingest.batches.unavailable = True

    async def outage():
        return {"waiting": await ingest.waits.count()}

    async def bug():
        raise ValueError("secret")

    async def fine():
        return {"materials": 3}

    done = run(MaintenanceService(ingest.batches, {"one": outage, "two": bug, "three": fine}, 30).upkeep())
    assert done == {
        "one": {"status": "failed", "error": "PostgreSQL cannot be reached"},
        "two": {"status": "failed", "error": "ValueError"},
        "three": {"status": "done", "materials": 3},
    }


def test_cleanup_says_how_much_it_deleted(ingest):
    ingest.objects.drop(KEY, LIST)
    ingest.notified()
    ingest.processed()
    assert run(MaintenanceService(ingest.batches, {}, 30).cleanup()) == {"deleted": 0}
    assert run(MaintenanceService(ingest.batches, {}, -1).cleanup()) == {"deleted": 3}
    assert run(ingest.batches.list_batches()) == []
