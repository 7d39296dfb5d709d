"""How often an import asks its stores: a fixed cost of each list, however few of its rows have changed."""

from collections import Counter
from dataclasses import replace

import pytest

from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.adapters.qdrant.connection import QdrantConnection
from quarry.adapters.s3 import S3ObjectStore
from quarry.dependencies.composition import composition
from quarry.runtime import run
from tests.integration.test_unchanged_rows import CEMENT, GLUE, HEADER, PIPE, SAND, bucket, imported, process, uploaded

__all__ = ["bucket", "uploaded"]
LISTED = HEADER + CEMENT + GLUE + PIPE + SAND


@pytest.fixture
def requests(monkeypatch):
    made = Counter()

    def count(kind, method, store):
        asked = getattr(kind, method)

        def counted(self, *args, **kwargs):
            made[store] += 1
            return asked(self, *args, **kwargs)

        monkeypatch.setattr(kind, method, counted)

    count(QdrantConnection, "call", "Qdrant")
    count(S3ObjectStore, "_run", "S3")
    count(PostgreSQLDatabase, "transaction", "transactions")
    count(PostgreSQLDatabase, "execute_query", "queries")
    return made


def test_a_list_with_one_changed_price(uploaded, requests):
    imported(uploaded(LISTED))
    for price in ("41,50", "42,50"):  # the first one may count what is due
        upload = uploaded(LISTED.replace("40,71", price))
        requests.clear()
        run(composition().ingestion.planner.plan(upload))
        planned = Counter(requests)
        requests.clear()
        process()

    assert planned == {"S3": 5, "Qdrant": 7, "queries": 2, "transactions": 6}
    assert requests == {"Qdrant": 11, "queries": 8, "transactions": 7}


def test_a_header_that_was_just_read_is_replaced_by_two_requests(uploaded, requests):
    batch, _ = imported(uploaded(LISTED))
    store = composition().batches
    known = run(store.get_batch(batch.request_id))
    requests.clear()
    run(store.save_batch(known.wait("a reason") if not known.status.terminal else known.reopen()))

    assert requests["Qdrant"] == 2


def test_a_header_that_another_environment_replaced_meanwhile_is_read_again(uploaded):
    batch, _ = imported(uploaded(LISTED))
    ours, another = composition().qdrant, composition().qdrant.batches()
    known = run(ours.get_batch(batch.request_id))
    newer = known.reopen().wait("another one")
    run(another.replicate_header(newer))
    older = known.reopen()
    run(ours.replicate_header(replace(older, revision=newer.revision - 1)))

    assert run(another.get_batch(batch.request_id)).waiting == newer.waiting
    newest = newer.wait("ours")
    run(ours.replicate_header(newest))
    assert run(another.get_batch(batch.request_id)).waiting == newest.waiting
