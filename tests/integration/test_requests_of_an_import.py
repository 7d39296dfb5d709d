"""How often an import asks its stores: a fixed cost of each list, however few of its rows have changed."""

from collections import Counter

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

    assert planned == {"S3": 4, "Qdrant": 10, "queries": 2, "transactions": 6}
    assert requests == {"Qdrant": 13, "queries": 8, "transactions": 7}
