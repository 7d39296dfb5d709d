"""Statistics over hours whose figures were added up, on PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest

from quarry.domain.batches import BatchStatus
from quarry.repositories.postgresql.batch_hours import BatchHours
from quarry.repositories.postgresql.processing import ProcessingRepository
from quarry.runtime import run
from tests.batches import batch, revised

NOW = datetime.now(UTC)
MORNING = NOW.replace(minute=10, second=0, microsecond=0) - timedelta(days=2)
SINCE = NOW - timedelta(days=5)


@pytest.fixture
def batches(db):
    return ProcessingRepository(db)


@pytest.fixture
def hours(db):
    return BatchHours(db)


def ended(request_id, created_at, *, completed, failed=0, seconds=60):
    status = BatchStatus.COMPLETED_WITH_ERRORS if failed else BatchStatus.COMPLETED
    moments = {
        "created_at": created_at,
        "updated_at": created_at,
        "finished_at": created_at + timedelta(seconds=seconds),
    }
    counts = {"completed": completed, "failed": failed}
    return batch(request_id, status=status, total=completed + failed, counts=counts, **moments)


def save(batches, *saved):
    for one in saved:
        run(batches.save_batch(one))


def added_up(db):
    return run(db.execute_query("SELECT hour FROM batch_hours ORDER BY hour"))


def test_statistics_are_the_same_before_and_after_hours_are_added_up(batches, hours, db):
    save(
        batches,
        ended("b1", MORNING, completed=10, seconds=30),
        ended("b2", MORNING + timedelta(minutes=5), completed=3, failed=2, seconds=90),
        ended("b3", MORNING + timedelta(hours=3), completed=7),
        ended("b4", NOW, completed=1),
    )
    before = run(batches.get_processing_statistics(5))
    assert (before.batches, before.rows, before.completed, before.failed) == (4, 23, 21, 2)
    assert before.average_seconds == 60

    run(hours.add_up(SINCE, 100))

    assert [row["hour"] for row in added_up(db)] == [
        moment.replace(minute=0) for moment in (MORNING, MORNING + timedelta(hours=3))
    ]
    assert run(batches.get_processing_statistics(5)) == before
    assert run(hours.add_up(SINCE, 100)) == 0


def test_hours_that_are_added_up_are_not_read_again(batches, hours, db):
    save(batches, *[ended(f"b{number}", MORNING, completed=number) for number in range(5)])
    save(batches, ended("first", MORNING - timedelta(days=1), completed=0))
    run(hours.add_up(SINCE, 100))
    run(db.execute_command("UPDATE pricelists SET counts = '{}' WHERE request_id <> 'first'"))
    assert run(batches.get_processing_statistics(5)).completed == 10


def test_an_hour_with_a_batch_that_has_not_ended_is_counted_each_time(batches, hours, db):
    open_batch = batch("open", created_at=MORNING, updated_at=MORNING, status=BatchStatus.PROCESSING)
    save(batches, open_batch, ended("b1", MORNING, completed=2))
    run(hours.add_up(SINCE, 100))
    assert added_up(db) == []

    save(batches, revised(open_batch, status=BatchStatus.COMPLETED, counts={"completed": 5}, finished_at=NOW))
    run(hours.add_up(SINCE, 100))
    assert len(added_up(db)) == 1
    assert run(batches.get_processing_statistics(5)).completed == 7


def test_a_batch_that_is_tried_again_has_its_hour_counted_anew(batches, hours, db):
    first = ended("b1", MORNING, completed=2, failed=3)
    save(batches, first)
    run(hours.add_up(SINCE, 100))

    save(batches, revised(first, status=BatchStatus.COMPLETED, counts={"completed": 5, "failed": 0}))

    assert added_up(db) == []
    again = run(batches.get_processing_statistics(5))
    assert (again.completed, again.failed, again.batches) == (5, 0, 1)


def test_what_is_cleaned_up_is_no_longer_counted(batches, hours, db):
    save(batches, ended("b1", MORNING, completed=2), ended("b2", NOW, completed=4))
    run(hours.add_up(SINCE, 100))
    run(batches.cleanup_old_records(1))
    assert run(batches.get_processing_statistics(5)).completed == 4
    assert added_up(db) == []
