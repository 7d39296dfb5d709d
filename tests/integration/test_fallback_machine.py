"""Two environments on both real stores through random outages: every read is compared with a simple model."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.adapters.qdrant.filters import all_of
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.domain.batch_queries import BatchQuery, RecordQuery
from quarry.domain.batches import Batch, BatchStatus
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus, latest_record
from quarry.errors import AllDatabasesUnavailableError, StoreUnavailable
from quarry.repositories.postgresql.processing import ProcessingRepository
from quarry.runtime import run
from tests.batches import batch, record
from tests.integration.fallback_model import Environment, Model, fold

# More and other examples by hand: EXAMPLES=500 SEED=1.
EXAMPLES, SEED = int(os.environ.get("EXAMPLES", "30")), os.environ.get("SEED")
MOST_BATCHES, MOST_ROWS = 2, 3
SETTLED = [RowStatus.COMPLETED, RowStatus.FAILED, RowStatus.NEEDS_REVIEW]
ENDED = [BatchStatus.COMPLETED, BatchStatus.COMPLETED_WITH_ERRORS]
Stores = list[tuple[ProcessingRepository, QdrantVectorDatabase]]
# Which environment works, and whether it reaches PostgreSQL and Qdrant.
Who = tuple[int, bool, bool]
ALL = (0, True, True)
REACHES = [(True, True), (True, True), (True, False), (False, True), (False, True), (False, False)]
environments = st.builds(lambda number, reach: (number, *reach), st.sampled_from([0, 1]), st.sampled_from(REACHES))
numbers = st.integers(0, 20)


class Outages(RuleBasedStateMachine):
    stores: ClassVar[Stores]
    figures: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        run(_clear(*self.stores[0]))
        self.model = Model()
        self.environments = [Environment(number, *pair, self.model) for number, pair in enumerate(self.stores)]
        self.headers: dict[str, list[Batch]] = {}
        self.copies: dict[tuple[str, int], list[ProcessingRecord]] = {}
        self.shown: dict[str, int] = {}

    def _environment(self, who: Who) -> Environment:
        number, sql, vector = who
        environment = self.environments[number]
        environment.sql.unavailable, environment.vector.unavailable = not sql, not vector
        return environment

    # Writes: what is acknowledged must have reached a store, and a failure is an outage of both.

    def _write(self, environment: Environment, work: Any) -> bool:
        self.figures[f"written, {environment.reach}"] += 1
        try:
            run(work)
        except AllDatabasesUnavailableError:
            return False
        assert not environment.cut_off
        return True

    def _save(self, who: Who, header: Batch) -> None:
        self.headers.setdefault(header.request_id, []).append(header)
        environment = self._environment(who)
        if self._write(environment, environment.manager.save_batch(header)):
            stands = self.model.truth.headers[header.request_id]
            assert (stands.status.rows_recorded, stands.revision) >= (header.status.rows_recorded, header.revision)

    def _update(self, who: Who, copies: list[ProcessingRecord], *, new: bool = False) -> None:
        environment, request_id = self._environment(who), copies[0].request_id
        manager = environment.manager
        write = manager.create_processing_records if new else manager.update_processing_status
        for copy in copies:
            self.copies.setdefault((request_id, copy.sequence), []).append(copy)
        if self._write(environment, write(request_id, copies)):
            for copy in copies:
                stands = self.model.truth.of(request_id)[copy.row_id]
                assert latest_record(stands, copy) == stands

    def _batch(self, number: int) -> str:
        return sorted(self.headers)[number % len(self.headers)]

    def _row(self, number: int) -> list[ProcessingRecord]:
        return self.copies[sorted(self.copies)[number % len(self.copies)]]

    @initialize()
    def begin(self) -> None:
        self.plan(ALL, MOST_ROWS, recorded=True)

    @precondition(lambda self: len(self.headers) < MOST_BATCHES)
    @rule(who=environments, total=st.integers(1, MOST_ROWS), recorded=st.booleans())
    def plan(self, who: Who, total: int, recorded: bool) -> None:
        clock = self._environment(who).clock
        name = f"b{len(self.headers)}"
        moment = datetime.now(UTC) - timedelta(minutes=len(self.headers) // 2)
        header = {"status": BatchStatus.PLANNING, "created_at": moment, "total": total, "chunks": 1}
        self._save(who, batch(name, revision=clock.next(), **header))
        if recorded:
            rows = [record(sequence, name, revision=clock.next()) for sequence in range(total)]
            self._update(who, rows, new=True)

    @precondition(lambda self: self.headers)
    @rule(who=environments, of=numbers, sequence=st.integers(0, MOST_ROWS - 1))
    def record_a_row(self, who: Who, of: int, sequence: int) -> None:
        name = self._batch(of)
        if sequence < (self.headers[name][0].total or 0):
            self._update(who, [record(sequence, name, revision=self._environment(who).clock.next())], new=True)

    @precondition(lambda self: self.headers)
    @rule(who=environments, of=numbers, read=numbers, status=st.sampled_from(BatchStatus))
    def save_a_header(self, who: Who, of: int, read: int, status: BatchStatus) -> None:
        """After any earlier one: the writer may have read it long ago."""
        known = self.headers[self._batch(of)]
        base = known[-1 - read % len(known)]
        truth = self.model.truth
        counts = truth.counts(base.request_id) if base.request_id in truth.headers else {}
        settled = sum(counts.get(one, 0) for one in SETTLED) == base.total
        if status in ENDED and not settled:
            status = BatchStatus.PROCESSING
        self._save(
            who,
            replace(
                base,
                status=status,
                revision=self._environment(who).clock.next(base.revision),
                counts=counts if settled else base.counts,
                finished_at=base.created_at if status in ENDED else None,
            ),
        )

    @precondition(lambda self: self.headers)
    @rule(who=environments, of=numbers, which=numbers)
    def save_an_old_header_again(self, who: Who, of: int, which: int) -> None:
        known = self.headers[self._batch(of)]
        self._save(who, known[which % len(known)])

    @precondition(lambda self: self.copies)
    @rule(who=environments, of=numbers, status=st.sampled_from([RowStatus.PROCESSING, *SETTLED]), read=numbers)
    def update_a_row(self, who: Who, of: int, status: RowStatus, read: int) -> None:
        known = self._row(of)
        base = known[-1 - read % len(known)]
        match = MatchType.CREATED if status is RowStatus.COMPLETED else None
        revision = self._environment(who).clock.next(base.revision)
        self._update(who, [replace(base, status=status, revision=revision, match_type=match)])

    @precondition(lambda self: self.copies)
    @rule(who=environments, of=numbers)
    def try_a_failed_row_again(self, who: Who, of: int) -> None:
        stands = fold(self._row(of))
        if stands.status is RowStatus.FAILED:
            self.shown.pop(stands.request_id, None)
            revision = self._environment(who).clock.next(stands.revision)
            again = {"status": RowStatus.PENDING, "retry_count": stands.retry_count + 1}
            self._update(who, [replace(stands, revision=revision, **again)])

    @precondition(lambda self: self.copies)
    @rule(who=environments, of=numbers, which=numbers)
    def deliver_an_old_copy_again(self, who: Who, of: int, which: int) -> None:
        known = self._row(of)
        self._update(who, [known[which % len(known)]])

    @rule(who=environments, store=st.sampled_from(["sql", "vector"]))
    def lose_the_next_answer(self, who: Who, store: str) -> None:
        getattr(self._environment(who), store).loses_answer = True

    @rule(who=environments, store=st.sampled_from(["sql", "vector", None]), calls=st.integers(0, 8))
    def reconcile(self, who: Who, store: str | None, calls: int) -> None:
        """To its end, or until a store becomes unavailable half-way."""
        environment = self._environment(who)
        if store:
            getattr(environment, store).breaks_after = calls
        try:
            run(environment.manager.reconcile())
        except StoreUnavailable:
            pass
        else:
            assert not environment.vector.unavailable
        environment.sql.breaks_after = environment.vector.breaks_after = None

    # Reads.

    def _read(self, environment: Environment, work: Any) -> Any:
        """The answer; None when both stores are unavailable, which must be reported exactly then."""
        self.figures[f"read, {environment.reach}"] += 1
        could_lose = environment.may_lose_answers
        try:
            answer = run(work)
        except AllDatabasesUnavailableError:
            assert environment.cut_off
            return None
        assert not environment.cut_off
        degraded = getattr(answer, "degraded", None)
        if degraded is not None:
            assert degraded or not environment.lacks_a_store
            # An answer that was lost on the way may be taken for an outage, but nothing else.
            assert environment.lacks_a_store or not degraded or environment.may_lose_answers < could_lose
        return answer

    @precondition(lambda self: self.headers)
    @rule(who=environments, of=numbers)
    def read_a_header(self, who: Who, of: int) -> None:
        environment, name = self._environment(who), self._batch(of)
        expected = self.model.seen_by(environment).headers.get(name)

        found = self._read(environment, environment.manager.find_batch(name))

        if found:
            assert _lasting(found.value) == _lasting(expected)

    @rule(
        who=environments,
        status=st.sampled_from([None, *BatchStatus]),
        limit=st.integers(1, 4),
        before=st.one_of(st.none(), numbers),
    )
    def read_the_list(self, who: Who, status: BatchStatus | None, limit: int, before: int | None) -> None:
        environment = self._environment(who)
        seen = self.model.seen_by(environment)
        place = self.headers[self._batch(before)][0].sort_key if before is not None and self.headers else None
        work = environment.manager.find_batches(BatchQuery(status=status, limit=limit, before=place))

        found = self._read(environment, work)

        if found:
            assert list(map(_lasting, found.value)) == list(map(_lasting, seen.listed(status, place, limit)))

    @precondition(lambda self: self.headers)
    @rule(who=environments, of=numbers)
    def read_progress(self, who: Who, of: int) -> None:
        environment, name = self._environment(who), self._batch(of)
        seen, manager = self.model.seen_by(environment), environment.manager
        if name not in seen.headers and environment.sql.unavailable:
            with pytest.raises(AllDatabasesUnavailableError):
                run(manager.get_processing_progress(name))
            return
        expected = seen.counts(name) if name in seen.headers else None
        header = seen.headers.get(name)

        progress = self._read(environment, manager.get_processing_progress(name))

        if environment.cut_off:
            return
        assert (progress is None) == (header is None)
        if progress is None or header is None:
            return
        assert _lasting(progress.batch) == _lasting(header)
        assert progress.total == header.total
        if not environment.sql.unavailable:
            assert progress.counts == expected
        if not environment.vector.unavailable:
            assert progress.settled >= self.shown.get(name, 0)
            if not progress.degraded:
                self.shown[name] = progress.settled

    @precondition(lambda self: self.headers)
    @rule(
        who=environments,
        of=numbers,
        status=st.sampled_from([None, *RowStatus]),
        match_type=st.sampled_from([None, MatchType.CREATED]),
        after=st.integers(-1, 2),
        limit=st.integers(1, 5),
    )
    def read_results(self, who: Who, of: int, after: int, limit: int, **by: Any) -> None:
        environment, name = self._environment(who), self._batch(of)
        seen = self.model.seen_by(environment)
        expected = seen.results(name, by["status"], by["match_type"], after, limit)
        work = environment.manager.get_processing_results(name, RecordQuery(after=after, limit=limit, **by))
        whole = name in seen.headers and len(seen.of(name)) >= (seen.headers[name].total or 0)
        if environment.sql.unavailable and not environment.vector.unavailable and not whole:
            with pytest.raises(AllDatabasesUnavailableError, match="these rows"):
                run(work)
            return

        found = self._read(environment, work)

        assert found is None or found == expected

    @rule(who=environments)
    def read_statistics(self, who: Who) -> None:
        environment = self._environment(who)

        found = self._read(environment, environment.manager.get_processing_statistics(30))

        # A lost answer interrupts the move of pending records, and that is reported.
        if found and (environment.lacks_a_store or not found.degraded):
            counted = self.model.vector if environment.sql.unavailable else self.model.sql
            assert (found.batches, found.completed, found.failed, found.needs_review) == counted.statistics()
            assert found.degraded or not any(self.model.vector.records.values())

    def teardown(self) -> None:
        for environment in self.environments:
            environment.sql.back()
            environment.vector.back()
        run(self.environments[0].manager.reconcile())
        (sql, vector), truth = self.stores[0], self.model.truth
        assert run(vector.pending_batches()) == []
        assert run(vector.pending_records()) == {}
        for name, header in truth.headers.items():
            assert _lasting(run(sql.get_batch(name))) == _lasting(header)
        for name in truth.records:
            assert run(sql.get_processing_results(name, RecordQuery(limit=99))) == truth.results(
                name, None, None, -1, 99
            )


async def _clear(sql: ProcessingRepository, vector: QdrantVectorDatabase) -> None:
    await sql._db.execute_command("DELETE FROM processing_results")
    await sql._db.execute_command("DELETE FROM pricelists")
    await vector._records.delete(all_of())


def _lasting(header: Batch | None) -> Batch | None:
    """Without PostgreSQL's number, and without the counts as last seen, which an open batch's readers do not get."""
    if header is None:
        return None
    return replace(header, pricelist_id=None, counts=header.counts if header.status in ENDED else {})


@pytest.fixture
def stores(postgresql_url: str, qdrant_url: str, qdrant_api_key: str, collection: str) -> Iterator[Stores]:
    limits = {"connect_timeout": 5}
    databases = [PostgreSQLDatabase(postgresql_url, **limits) for _ in range(2)]
    vectors = [
        QdrantVectorDatabase(qdrant_url, qdrant_api_key, model="m", processing_collection=collection) for _ in range(2)
    ]
    yield list(zip(map(ProcessingRepository, databases), vectors, strict=True))
    for database, vector in zip(databases, vectors, strict=True):
        database.close()
        run(vector.close())


def test_every_read_is_right_through_any_outages(stores):
    bound = type("Bound", (Outages,), {"stores": stores, "figures": (figures := Counter())})
    bounds = settings(
        max_examples=EXAMPLES,
        stateful_step_count=40,
        deadline=None,
        derandomize=SEED is None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(int(SEED))(bound) if SEED else bound, settings=bounds)
    print(dict(sorted(figures.items())))  # noqa: T201
    reached = ("PostgreSQL and Qdrant", "PostgreSQL", "Qdrant", "none")
    assert all(figures[f"{done}, {what}"] for done in ("read", "written") for what in reached)
