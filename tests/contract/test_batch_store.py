"""One behaviour of batch records in PostgreSQL, in Qdrant, through the manager over both, and in memory."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from quarry.adapters.interfaces import IBatchProcessingRepository
from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.domain.attention import Attention
from quarry.domain.batch_queries import BatchQuery, RecordQuery
from quarry.domain.batches import BatchStatus, latest_header
from quarry.domain.clock import clock
from quarry.domain.records import MatchType, RowStatus, latest_record
from quarry.domain.rows import PriceRow, RowIssue, Severity
from quarry.fallback.manager import DatabaseFallbackManager
from quarry.repositories.postgresql.processing import ProcessingRepository
from quarry.runtime import run
from tests.batches import MOMENT, batch, days_ago, record, records, rich_record, sequences, settled
from tests.fakes import MemoryBatches


@pytest.fixture(params=["postgresql", "qdrant", "manager", "qdrant_only", "memory"])
def store(request: pytest.FixtureRequest) -> Iterator[IBatchProcessingRepository]:
    made = []

    def sql() -> ProcessingRepository:
        url = request.getfixturevalue("postgresql_url")
        db = PostgreSQLDatabase(url, connect_timeout=2)
        made.append(db.close)
        return ProcessingRepository(db)

    def vector() -> QdrantVectorDatabase:
        get = request.getfixturevalue
        held = QdrantVectorDatabase(
            get("qdrant_url"), get("qdrant_api_key"), model="m", processing_collection=get("collection")
        )
        made.append(lambda: run(held.close()))
        return held

    match request.param:
        case "postgresql":
            yield sql()
        case "qdrant":
            yield vector()
        case "memory":
            yield MemoryBatches()
        case "manager":
            yield DatabaseFallbackManager(sql(), vector())
        case _:
            yield vector().batches()
    for close in made:
        close()


def test_an_unknown_batch_is_none(store):
    assert run(store.get_batch("nothing")) is None
    assert run(store.get_processing_progress("nothing")) is None
    assert run(store.get_processing_results("nothing")) == []


def test_a_header_comes_back_as_it_was_saved(store):
    issue = RowIssue(code="empty_sheet", message="Лист пуст", severity=Severity.WARNING, sheet="Лист 2")
    header = batch(
        status=BatchStatus.COMPLETED,
        total=3,
        chunks=1,
        object_key="incoming/supplier=7/прайс.xlsx",
        object_version="v1",
        content_hash="abc",
        error_code="x",
        error_message="y",
        issues=(issue,),
        counts={"completed": 3},
        changes={"new": 3},
        finished_at=MOMENT + timedelta(seconds=2),
        rows_seen=40,
        attention=(Attention(code="no_currency", message="Валюта не названа.", sheet="Лист 2", count=3),),
    )

    run(store.save_batch(header))

    found = run(store.get_batch("b1"))
    assert replace(found, pricelist_id=None) == header


def test_a_header_gives_way_to_a_higher_revision_only(store):
    old, new = batch(total=1), batch(total=2)
    run(store.save_batch(new))

    standing = run(store.save_batch(old))

    assert standing.total == 2
    assert run(store.get_batch("b1")).total == 2


def test_a_store_keeps_the_copy_that_merging_keeps(store):
    about = list(product(RowStatus, (0, 1)))
    rows = [(record(sequence), *pair) for sequence, pair in enumerate(product(about, about))]
    first = [replace(row, status=status, retry_count=attempt) for row, (status, attempt), _ in rows]
    later = [
        replace(row, status=status, retry_count=attempt, revision=clock.next(row.revision))
        for row, _, (status, attempt) in rows
    ]
    run(store.save_batch(batch(total=len(rows))))

    for copies in (later[::2] + first[1::2], first[::2] + later[1::2]):
        run(store.update_processing_status("b1", copies))

    assert run(store.get_processing_results("b1", RecordQuery(limit=len(rows)))) == list(
        map(latest_record, first, later)
    )


def test_a_store_keeps_the_header_that_merging_keeps(store):
    statuses = (BatchStatus.PLANNING, BatchStatus.FAILED, BatchStatus.PROCESSING, BatchStatus.COMPLETED)
    for number, (status, later_status) in enumerate(product(statuses, statuses)):
        first = batch(f"b{number}", status=status, changes={"new": 1} if status.terminal else None)
        later = replace(first, status=later_status, changes=None, revision=clock.next(first.revision))
        expected = latest_header(first, later)

        for header in (later, first) if number % 2 else (first, later):
            standing = run(store.save_batch(header))

        assert replace(standing, pricelist_id=None, changes=None) == replace(expected, changes=None)


@pytest.mark.parametrize("end_first", [True, False])
def test_of_two_copies_with_one_revision_the_one_that_saw_the_end_wins(store, end_first):
    moves = batch(status=BatchStatus.PROCESSING, total=2, counts={"completed": 2})
    ends = replace(moves, status=BatchStatus.COMPLETED, counts={"completed": 1, "failed": 1})

    for header in (ends, moves) if end_first else (moves, ends):
        run(store.save_batch(header))

    found = run(store.get_batch("b1"))
    assert (found.status, found.counts) == (BatchStatus.COMPLETED, {"completed": 1, "failed": 1})


def test_a_list_whose_rows_are_recorded_is_not_taken_back_by_a_second_reader(store):
    opened = batch(status=BatchStatus.PROCESSING, total=3)
    second = {"status": BatchStatus.FAILED, "error_code": "replaced", "revision": clock.next(opened.revision)}
    run(store.save_batch(opened))

    run(store.save_batch(replace(opened, **second)))

    assert run(store.get_batch("b1")).status is BatchStatus.PROCESSING


def test_a_record_comes_back_as_it_was_written(store):
    run(store.save_batch(batch(total=1)))

    run(store.create_processing_records("b1", [rich_record()]))

    (found,) = run(store.get_processing_results("b1"))
    expected = rich_record()
    assert found == replace(expected, revision=found.revision)


def test_text_that_no_store_can_hold_is_made_sound(store):
    run(store.save_batch(batch(total=1)))
    odd = record(row=PriceRow(row=1, name="Клей\0 \ud800", sku="a\0b"))

    run(store.create_processing_records("b1", [odd]))

    (found,) = run(store.get_processing_results("b1"))
    assert (found.row.name, found.row.sku) == ("Клей ?", "ab")


def test_records_created_twice_are_counted_once(store):
    run(store.save_batch(batch(total=25)))
    rows = records(25)

    assert run(store.create_processing_records("b1", rows)) == 25
    assert run(store.create_processing_records("b1", rows)) == 0

    assert run(store.get_processing_progress("b1")).counts["pending"] == 25


def test_a_settled_record_is_not_opened_by_a_late_copy(store):
    run(store.save_batch(batch(total=1)))
    late = record()
    done = settled(replace(late, revision=1))
    run(store.create_processing_records("b1", [done]))

    assert run(store.update_processing_status("b1", [late])) == 0

    (found,) = run(store.get_processing_results("b1"))
    assert found == latest_record(done, late) == done


def test_a_later_attempt_opens_a_failed_record(store):
    run(store.save_batch(batch(total=1)))
    failed = settled(record(), RowStatus.FAILED, error_code="bad", error="нет")
    run(store.create_processing_records("b1", [failed]))

    again = replace(failed, status=RowStatus.PENDING, retry_count=1, error=None, error_code=None)

    assert run(store.update_processing_status("b1", [again])) == 1
    assert run(store.get_processing_results("b1")) == [again]


def test_two_copies_in_one_write_leave_the_one_that_wins(store):
    run(store.save_batch(batch(total=1)))
    first = record()
    done = settled(first)

    run(store.create_processing_records("b1", [done, first]))

    assert run(store.get_processing_results("b1")) == [done]


def test_progress_counts_records_by_status(store):
    run(store.save_batch(batch(total=5)))
    rows = records(5)
    run(store.create_processing_records("b1", rows))
    states = [RowStatus.COMPLETED, RowStatus.FAILED, RowStatus.NEEDS_REVIEW, RowStatus.PROCESSING]

    changed = run(store.update_processing_status("b1", [settled(*pair) for pair in zip(rows, states, strict=False)]))

    progress = run(store.get_processing_progress("b1"))
    assert changed == 4
    assert progress.counts == {"pending": 1, "processing": 1, "completed": 1, "failed": 1, "needs_review": 1}
    assert (progress.total, progress.settled, progress.degraded) == (5, 3, False)


@pytest.mark.parametrize("last", [status for status in RowStatus if not status.terminal])
def test_a_batch_has_unsettled_rows_until_its_last_one_is_settled(store, last):
    run(store.save_batch(batch(total=4)))
    rows = records(4)
    run(store.create_processing_records("b1", [*rows[:3], replace(rows[3], status=last)]))
    ends = [status for status in RowStatus if status.terminal]
    run(store.update_processing_status("b1", [settled(*pair) for pair in zip(rows, ends, strict=False)]))
    assert run(store.has_unsettled("b1"))

    run(store.update_processing_status("b1", [settled(rows[3])]))
    assert not run(store.has_unsettled("b1"))
    assert not run(store.has_unsettled("nothing"))


def test_results_page_by_sequence(store):
    run(store.save_batch(batch(total=25)))
    run(store.create_processing_records("b1", list(reversed(records(25)))))

    first = run(store.get_processing_results("b1", RecordQuery(limit=10)))
    rest = run(store.get_processing_results("b1", RecordQuery(after=first[-1].sequence, limit=100)))

    assert sequences(first) == list(range(10))
    assert sequences(rest) == list(range(10, 25))


def test_results_are_chosen_by_status_match_chunk_and_issues(store):
    run(store.save_batch(batch(total=4)))
    warned = rich_record()
    failed = settled(record(0), RowStatus.FAILED)
    created = settled(record(1), match_type=MatchType.CREATED)
    pending = record(11)
    run(store.create_processing_records("b1", [warned, failed, created, pending]))

    def chosen(**by):
        return sequences(run(store.get_processing_results("b1", RecordQuery(**by))))

    assert chosen(status=RowStatus.FAILED) == [0]
    assert chosen(match_type=MatchType.CREATED) == [1]
    assert chosen(chunk=1) == [11]
    assert chosen(with_issues=True) == [0, 3]
    assert chosen(with_issues=True, status=RowStatus.COMPLETED) == [3]


def test_batches_do_not_see_each_others_records(store):
    for name in ("b1", "b2"):
        run(store.save_batch(batch(name, total=1)))
    run(store.create_processing_records("b1", records(3, "b1")))
    run(store.create_processing_records("b2", records(2, "b2")))

    assert run(store.get_processing_progress("b2")).counts["pending"] == 2
    assert len(run(store.get_processing_results("b1"))) == 3


def test_batches_are_listed_newest_first_and_page_without_gap(store):
    for number in range(5):
        moment = MOMENT + timedelta(minutes=number // 2)  # some of them created at the same time
        run(store.save_batch(batch(f"b{number}", created_at=moment)))

    first = run(store.list_batches(BatchQuery(limit=3)))
    rest = run(store.list_batches(BatchQuery(limit=3, before=first[-1].sort_key)))

    assert [one.request_id for one in first + rest] == ["b4", "b3", "b2", "b1", "b0"]


def test_batches_are_chosen_by_status_and_supplier(store):
    run(store.save_batch(batch("b1", supplier_id=1)))
    run(store.save_batch(batch("b2", supplier_id=2, status=BatchStatus.FAILED)))

    assert [one.request_id for one in run(store.list_batches(BatchQuery(status=BatchStatus.FAILED)))] == ["b2"]
    assert [one.request_id for one in run(store.list_batches(BatchQuery(supplier_id=1)))] == ["b1"]
    assert run(store.list_batches(BatchQuery(supplier_id=1, status=BatchStatus.FAILED))) == []


def test_statistics_count_recent_batches_and_their_rows(store):
    now = days_ago(0)
    ended = {"created_at": now - timedelta(seconds=10), "finished_at": now, "status": BatchStatus.COMPLETED_WITH_ERRORS}
    run(store.save_batch(batch("b1", total=4, counts={"completed": 3, "failed": 1}, **ended)))
    run(store.save_batch(batch("b2", total=2, created_at=now)))
    run(store.save_batch(batch("old", counts={"completed": 9}, **{**ended, "created_at": days_ago(40)})))
    run(store.create_processing_records("b2", [settled(record(0, "b2"), RowStatus.NEEDS_REVIEW), record(1, "b2")]))

    found = run(store.get_processing_statistics(30))

    assert (found.batches, found.rows, found.completed, found.failed, found.needs_review) == (2, 6, 3, 1, 1)
    assert found.by_status == {"completed_with_errors": 1, "processing": 1}
    assert found.average_seconds == pytest.approx(10, abs=0.1)
    assert found.success_rate == 0.6


def test_cleanup_removes_old_ended_batches_with_their_records(store):
    old = {"created_at": days_ago(50), "updated_at": days_ago(40)}
    run(store.save_batch(batch("ended", status=BatchStatus.COMPLETED, finished_at=days_ago(40), **old)))
    run(store.save_batch(batch("abandoned", status=BatchStatus.RECEIVED, **{**old, "updated_at": days_ago(1)})))
    run(store.save_batch(batch("running", **old)))
    run(store.save_batch(batch("late", status=BatchStatus.COMPLETED, finished_at=days_ago(1), **old)))
    for name in ("ended", "running", "late"):
        run(store.create_processing_records(name, records(3, name)))

    assert run(store.cleanup_old_records(30)) == 3
    assert run(store.cleanup_old_records(30)) == 0

    assert {one.request_id for one in run(store.list_batches())} == {"running", "late"}
    assert run(store.get_processing_results("ended")) == []
    assert len(run(store.get_processing_results("running"))) == 3
