"""Batch records while a store is unavailable, while it returns, and after that."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from local.processes import free_port
from quarry.adapters.batch_store import Answer, Reconciled
from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.breaker import State
from quarry.domain.batch_queries import BatchQuery, RecordQuery
from quarry.domain.batches import BatchStatus
from quarry.domain.clock import clock
from quarry.domain.records import MatchType, RowStatus
from quarry.errors import AllDatabasesUnavailableError, StoreError, StoreUnavailable
from quarry.fallback.manager import DatabaseFallbackManager
from quarry.repositories.postgresql.processing import ProcessingRepository
from quarry.runtime import run
from tests.batches import batch, days_ago, record, records, sequences, settled
from tests.integration.fallback_model import Held, Switched


@dataclass
class Outages:
    """The stores, and managers that reach both, one or none of them: the others are unavailable to them."""

    sql: ProcessingRepository
    vector: QdrantVectorDatabase
    away_sql: ProcessingRepository
    away_vector: QdrantVectorDatabase

    def manager(self, *, sql: bool = True, vector: bool = True, **options) -> DatabaseFallbackManager:
        return DatabaseFallbackManager(
            self.sql if sql else self.away_sql,
            self.vector if vector else self.away_vector,
            **options,
        )


@pytest.fixture
def stores(postgresql_url, qdrant_url, qdrant_api_key, collection) -> Iterator[Outages]:
    limits = {"connect_timeout": 1}
    here = PostgreSQLDatabase(postgresql_url, **limits)
    unavailable = PostgreSQLDatabase(f"postgresql://quarry@127.0.0.1:{free_port()}/quarry", **limits)
    vector = QdrantVectorDatabase(qdrant_url, qdrant_api_key, model="m", processing_collection=collection)
    away_vector = QdrantVectorDatabase(f"http://127.0.0.1:{free_port()}", model="m", processing_collection=collection)
    yield Outages(ProcessingRepository(here), vector, ProcessingRepository(unavailable), away_vector)
    here.close()
    unavailable.close()
    run(vector.close())
    run(away_vector.close())


def test_what_is_written_while_postgresql_is_unavailable_is_seen_at_once_and_by_all(stores):
    outage, everyone = stores.manager(sql=False), stores.manager()

    run(outage.save_batch(batch(total=12, chunks=2)))
    run(outage.create_processing_records("b1", records(12)))

    during = run(outage.get_processing_progress("b1"))
    after = run(everyone.get_processing_progress("b1"))
    assert (during.pending, during.source, during.degraded) == (12, "vector", True)
    assert after.pending == 12
    assert sequences(run(everyone.get_processing_results("b1", RecordQuery(chunk=1)))) == [10, 11]


def test_only_postgresql_alone_is_certain_that_rows_are_left(stores):
    """Where Qdrant has a part, or all, the counts say it."""
    rows = records(2)
    everyone, outage = stores.manager(), stores.manager(sql=False)
    run(everyone.save_batch(batch(total=2)))
    run(everyone.create_processing_records("b1", rows))
    assert run(everyone.has_unsettled("b1"))
    assert run(stores.manager(vector=False).has_unsettled("b1"))

    run(outage.update_processing_status("b1", [settled(rows[0])]))
    assert not run(outage.has_unsettled("b1"))
    assert not run(everyone.has_unsettled("b1"))

    run(everyone.reconcile())
    assert run(everyone.has_unsettled("b1"))


def test_a_pending_status_is_merged_into_reads_even_before_it_is_moved(stores):
    rows = records(4)
    everyone = stores.manager()
    run(everyone.save_batch(batch(total=4)))
    run(everyone.create_processing_records("b1", rows))
    run(stores.vector.update_processing_status("b1", [settled(rows[1]), settled(rows[2], RowStatus.FAILED)]))

    # What PostgreSQL refuses cannot be moved: the copies are merged in memory.
    class Refusing(ProcessingRepository):
        async def update_processing_status(self, request_id, records):
            raise StoreError("PostgreSQL", "read-only")

    reading = DatabaseFallbackManager(Refusing(stores.sql._db), stores.vector)

    progress = run(reading.get_processing_progress("b1"))
    assert (progress.pending, progress.completed, progress.failed, progress.source) == (2, 1, 1, "hybrid")
    assert progress.degraded
    assert sequences(run(reading.get_processing_results("b1", RecordQuery(status=RowStatus.PENDING)))) == [0, 3]
    assert sequences(run(reading.get_processing_results("b1", RecordQuery(status=RowStatus.FAILED)))) == [2]
    assert sequences(run(reading.get_processing_results("b1", RecordQuery(limit=3)))) == [0, 1, 2]


def test_reconciling_moves_all_and_then_forgets_it(stores):
    outage = stores.manager(sql=False)
    run(outage.save_batch(batch(total=5)))
    run(outage.create_processing_records("b1", records(5)))

    moved = run(stores.manager().reconcile())
    again = run(stores.manager().reconcile())

    assert (moved.batches, moved.records) == (1, 5)
    assert (again.batches, again.records) == (0, 0)
    assert run(stores.sql.get_processing_progress("b1")).pending == 5
    assert run(stores.vector.get_processing_results("b1")) == []
    assert run(stores.manager().pending()) == 0


def test_a_copy_that_changes_while_it_is_moved_stays(stores):
    old = record()
    new = settled(old)
    run(stores.vector.save_batch(batch(total=1)))
    run(stores.vector.create_processing_records("b1", [old]))
    run(stores.vector.update_processing_status("b1", [new]))

    run(stores.vector.discard("b1", [old]))

    assert run(stores.vector.get_processing_results("b1")) == [new]


def test_moving_a_late_copy_does_not_open_what_postgresql_has_settled(stores):
    row = record()
    run(stores.sql.save_batch(batch(total=1)))
    run(stores.sql.create_processing_records("b1", [settled(row)]))
    run(stores.vector.create_processing_records("b1", [row]))

    run(stores.manager().reconcile())

    assert run(stores.sql.get_processing_progress("b1")).completed == 1


def test_progress_continues_from_what_was_seen_when_postgresql_becomes_unavailable(stores):
    rows = records(10)
    everyone = stores.manager()
    run(everyone.save_batch(batch(total=10, counts={"pending": 10})))
    run(everyone.create_processing_records("b1", rows))
    run(everyone.update_processing_status("b1", [settled(row) for row in rows[:6]]))
    before = run(everyone.get_processing_progress("b1"))

    after = run(stores.manager(sql=False).get_processing_progress("b1"))

    assert (before.completed, before.degraded) == (6, False)
    assert (after.completed, after.pending, after.total) == (6, 4, 10)
    assert (after.source, after.degraded) == ("vector", True)


def test_rows_that_are_in_postgresql_alone_do_not_seem_to_be_none(stores):
    everyone = stores.manager()
    run(everyone.save_batch(batch(total=3)))
    run(everyone.create_processing_records("b1", records(3)))

    with pytest.raises(AllDatabasesUnavailableError, match="these rows"):
        run(stores.manager(sql=False).get_processing_results("b1"))


def test_an_unknown_batch_is_not_denied_while_postgresql_is_unavailable(stores):
    found = run(stores.manager(sql=False).find_batch("b1"))

    assert (found.value, found.degraded) == (None, True)


def test_the_list_has_pending_headers_in_order(stores):
    everyone = stores.manager()
    run(everyone.save_batch(batch("b1")))
    run(everyone.save_batch(batch("b2")))
    run(stores.manager(sql=False).save_batch(batch("b1", status=BatchStatus.COMPLETED)))
    run(stores.manager(sql=False).save_batch(batch("b3")))

    assert [one.request_id for one in run(everyone.list_batches())] == ["b3", "b2", "b1"]
    assert [one.request_id for one in run(everyone.list_batches(BatchQuery(status=BatchStatus.COMPLETED)))] == ["b1"]
    assert [one.request_id for one in run(everyone.list_batches(BatchQuery(status=BatchStatus.PROCESSING)))] == [
        "b3",
        "b2",
    ]


def test_statistics_count_what_was_pending(stores):
    run(stores.manager(sql=False).save_batch(batch(created_at=days_ago(1))))

    assert run(stores.manager().get_processing_statistics()).batches == 1
    assert run(stores.manager(sql=False).get_processing_statistics()).degraded


def test_everything_works_while_qdrant_is_unavailable_and_says_so(stores):
    alone = stores.manager(vector=False)
    run(alone.save_batch(batch(total=2)))
    run(alone.create_processing_records("b1", records(2)))

    progress = run(alone.get_processing_progress("b1"))

    assert (progress.pending, progress.source, progress.degraded) == (2, "sql", True)
    assert len(run(alone.get_processing_results("b1"))) == 2
    assert [one.request_id for one in run(alone.list_batches())] == ["b1"]


def test_with_both_unavailable_every_operation_says_so(stores):
    nothing = stores.manager(sql=False, vector=False)

    for asked in (
        nothing.save_batch(batch()),
        nothing.get_batch("b1"),
        nothing.list_batches(),
        nothing.create_processing_records("b1", records(1)),
        nothing.get_processing_progress("b1"),
        nothing.get_processing_results("b1"),
        nothing.get_processing_statistics(),
    ):
        with pytest.raises(AllDatabasesUnavailableError):
            run(asked)


def test_without_fallback_the_first_stores_failure_is_the_answer(stores):
    strict = stores.manager(sql=False, fallback=False)

    for asked in (strict.save_batch(batch()), strict.get_batch("b1"), strict.get_processing_progress("b1")):
        with pytest.raises(StoreUnavailable, match="PostgreSQL"):
            run(asked)
    assert run(stores.vector.get_batch("b1")) is None


def test_a_header_that_qdrant_took_reaches_postgresql_though_it_was_read_before(stores):
    first = batch(total=1)
    everyone = stores.manager()
    run(everyone.save_batch(first))
    run(everyone.create_processing_records("b1", [settled(record())]))
    ended = replace(first, status=BatchStatus.COMPLETED, revision=clock.next(first.revision))
    run(stores.manager(sql=False).save_batch(ended))

    assert run(everyone.get_processing_progress("b1")).batch.status is BatchStatus.COMPLETED
    run(everyone.reconcile())

    assert run(stores.sql.get_batch("b1")).status is BatchStatus.COMPLETED


def test_counts_that_were_seen_stay_when_the_header_is_saved_again(stores):
    header = batch(total=2, counts={"pending": 2})
    everyone = stores.manager()
    run(everyone.save_batch(header))
    run(everyone.create_processing_records("b1", [settled(record(0)), record(1)]))
    run(everyone.get_processing_progress("b1"))

    run(everyone.save_batch(header))

    assert run(stores.manager(sql=False).get_processing_progress("b1")).settled == 1


def test_counts_that_were_seen_outlast_a_header_whose_writer_did_not_see_them(stores):
    header = batch(total=2)
    everyone = stores.manager()
    run(everyone.save_batch(header))
    run(everyone.create_processing_records("b1", [settled(record(0)), record(1)]))
    run(everyone.get_processing_progress("b1"))

    run(everyone.save_batch(replace(header, revision=clock.next(header.revision))))

    assert run(stores.manager(sql=False).get_processing_progress("b1")).settled == 1


def test_statistics_count_the_records_that_qdrant_took(stores):
    row = record()
    run(stores.manager().save_batch(batch(total=1, created_at=days_ago(1))))
    run(stores.manager().create_processing_records("b1", [row]))
    run(stores.manager(sql=False).update_processing_status("b1", [settled(row)]))

    found = run(stores.manager().get_processing_statistics())

    assert (found.completed, found.degraded) == (1, False)


def test_progress_says_so_when_qdrant_becomes_unavailable_in_between(stores):
    run(stores.manager().save_batch(batch(total=1)))
    leaving = Switched("Qdrant", stores.vector, Held())
    leaving.breaks_after = 1

    progress = run(DatabaseFallbackManager(stores.sql, leaving).get_processing_progress("b1"))

    assert progress.degraded


def test_statistics_are_answered_when_pending_records_cannot_be_moved(stores):
    run(stores.manager().save_batch(batch("b1", created_at=days_ago(1))))
    run(stores.manager(sql=False).save_batch(batch("b2", created_at=days_ago(1))))

    class Refusing(ProcessingRepository):
        async def save_batch(self, batch):
            raise StoreError("PostgreSQL", "read-only")

    found = run(DatabaseFallbackManager(Refusing(stores.sql._db), stores.vector).get_processing_statistics())

    assert (found.batches, found.degraded) == (1, True)


def test_rows_made_new_are_counted_with_those_that_qdrant_took(stores):
    rows = records(3)
    run(stores.sql.save_batch(batch(total=3)))
    run(stores.sql.create_processing_records("b1", rows))
    held = [settled(one, match_type=MatchType.CREATED) for one in rows[:2]]

    assert run(stores.sql.progress_with("b1", held)).created == 2


def test_a_store_alone_answers_as_the_only_one(stores):
    only = stores.vector.batches()
    run(only.save_batch(batch(total=2)))
    run(only.create_processing_records("b1", records(2)))

    progress = run(only.get_processing_progress("b1"))

    assert (progress.pending, progress.source, progress.degraded) == (2, "vector", False)
    assert run(only.find_batch("b1")) == Answer(run(only.get_batch("b1")), "vector")
    assert run(only.find_batches()).value == run(only.list_batches())
    assert (run(only.pending()), run(only.reconcile())) == (0, Reconciled())


def test_repeated_outages_open_the_breaker_and_bad_input_does_not(stores):
    outage = stores.manager(sql=False)
    for _ in range(3):
        run(outage.get_batch("b1"))
    assert stores.away_sql._db.breaker.state is State.OPEN

    everyone = stores.manager()
    run(everyone.save_batch(batch()))
    too_large = replace(record(), sequence=2**40)
    for _ in range(4):
        with pytest.raises(StoreError):
            run(everyone.create_processing_records("b1", [too_large]))
    assert stores.sql._db.breaker.state is State.CLOSED
