"""Asking after each chunk whether rows are left costs the same in short and long lists."""

from functools import partial

import pytest

from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.repositories.postgresql import processing_sql as sql
from quarry.repositories.postgresql.processing import ProcessingRepository, settle, unsettled
from quarry.runtime import run
from tests.batches import batch, records

CHUNK = 500
MOST_PAGES = 30
BEGUN = "UPDATE processing_results SET status = 'processing' WHERE request_id = 'b1' AND sequence >= :first"
SETTLED = """
UPDATE processing_results SET status = 'completed'
WHERE request_id = 'b1' AND sequence >= :first AND sequence < :first + :rows
"""


@pytest.fixture
def db(postgresql_url):
    opened = PostgreSQLDatabase(postgresql_url, connect_timeout=5)
    run(opened.execute_command("ALTER TABLE processing_results SET (autovacuum_enabled = off)"))
    yield opened
    opened.close()


def plan(db, statement):
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
    (reported,) = run(db.transaction(partial(unsettled, statement=explain, request_id="b1")))
    return reported["QUERY PLAN"][0]["Plan"]


def indexes(node):
    own = [node["Index Name"]] if "Index Name" in node else []
    return own + [name for child in node.get("Plans", ()) for name in indexes(child)]


def pages(node):
    return node["Shared Hit Blocks"] + node["Shared Read Blocks"]


@pytest.mark.parametrize("known", ["never", "when nothing was settled", "when half was settled"])
@pytest.mark.parametrize("status", ["pending", "processing"])
def test_no_more_is_read_the_longer_a_list_is(db, known, status):
    chunks = 20
    store = ProcessingRepository(db)
    run(store.save_batch(batch(total=chunks * CHUNK)))
    run(store.create_processing_records("b1", records(chunks * CHUNK)))
    if status == "processing":
        run(db.execute_command(BEGUN, {"first": 0}))
    read = []
    for chunk in range(chunks):
        if (known, chunk) in {("when nothing was settled", 0), ("when half was settled", chunks // 2)}:
            run(db.execute_command("ANALYZE processing_results"))
        assert run(store.has_unsettled("b1"))
        found = plan(db, sql.UNSETTLED)
        assert set(indexes(found)) == {"ix_processing_results_status"}
        read.append(pages(found))
        run(db.execute_command(SETTLED, {"first": chunk * CHUNK, "rows": CHUNK}))
    assert not run(store.has_unsettled("b1"))
    assert max(read) < MOST_PAGES < pages(plan(db, sql.COUNTS))


class Explained:
    """A session that keeps the plans of what it executes."""

    def __init__(self, session):
        self._session = session
        self.plans = []

    def __getattr__(self, name):
        return getattr(self._session, name)

    def rows(self, statement, params=None):
        self._explain(statement, params)
        return self._session.rows(statement, params)

    def execute(self, statement, params=None):
        self._explain(statement, params)
        return self._session.execute(statement, params)

    def _explain(self, statement, params):
        if "processing_results" in statement and "incoming_states" in statement and "CREATE" not in statement:
            (reported,) = self._session.rows(f"EXPLAIN (FORMAT JSON) {statement}", params)
            self.plans.append(reported["QUERY PLAN"][0]["Plan"])


@pytest.mark.parametrize("known", ["never", "without this batch", "when half was settled"])
def test_settling_finds_each_row_by_its_key(db, known):
    store = ProcessingRepository(db)
    if known == "without this batch":
        for number in range(100):
            run(store.create_processing_records(f"other {number}", records(1)))
        run(db.execute_command("ANALYZE processing_results"))
    run(store.save_batch(batch(total=2 * CHUNK)))
    listed = records(2 * CHUNK)
    run(store.create_processing_records("b1", listed))
    assert run(store.update_processing_status("b1", [one.fail("x", "x") for one in listed[:CHUNK]])) == CHUNK
    if known == "when half was settled":
        run(db.execute_command("ANALYZE processing_results"))

    def work(session):
        seen = Explained(session)
        changed = settle(seen, request_id="b1", records=[one.fail("x", "x") for one in listed[CHUNK:]])
        return changed, seen.plans

    changed, plans = run(db.transaction(work))
    assert changed == CHUNK
    assert plans
    assert {name for plan in plans for name in indexes(plan)} == {"pk_processing_results"}
    assert not run(store.has_unsettled("b1"))
