"""Qdrant follows PostgreSQL: vectors are written once, payloads when they change, failed writes again later."""

import pytest

from quarry.adapters.interfaces import SparseVector
from quarry.adapters.openai import OpenAIEmbedder
from quarry.adapters.redis import RedisCache
from quarry.cache.embeddings import CachedEmbedder
from quarry.domain.lexical import lexical_query
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from quarry.services.indexing import IndexingService
from tests.integration.openai_server import Api
from tests.integration.searching import CATALOGUE, EMBEDDER, NOWHERE, connect, fill, identity

KEY = identity(CATALOGUE[0].name)
PENDING = "SELECT count(*) AS n FROM materials WHERE indexed_at IS NULL"


@pytest.fixture
def stack(postgresql_url, qdrant_url, qdrant_api_key, redis_url, collection):
    made = connect(postgresql_url, qdrant_url, qdrant_api_key, redis_url, collection)
    fill(made.postgresql)
    yield made
    made.close()


@pytest.fixture
def api():
    played = Api()
    yield played
    played.close()


@pytest.fixture
def paid(api):
    made = OpenAIEmbedder("sk-test", model="navec-ngram-1", base_url=api.url, timeout=0.5, budget=0.4)
    yield made
    run(made.close())


def pending(stack):
    return run(stack.postgresql.execute_query(PENDING))[0]["n"]


def payload(stack, key=KEY):
    return run(stack.qdrant.retrieve(stack.collection, [key])).get(key)


def test_what_is_pending_is_indexed_in_portions_until_nothing_is(stack):
    indexing = stack.indexing()
    assert [run(indexing.index_pending(10)) for _ in range(3)] == [10, 6, 0]
    assert pending(stack) == 0
    assert run(stack.qdrant.count(stack.collection)) == 16


def test_a_changed_price_reaches_the_payload(stack):
    run(stack.indexing().index_pending(100))
    run(
        stack.postgresql.execute_command(
            "UPDATE raw_products SET unit_price = 333, price_per_base_unit = 6.66 WHERE sku = 'CEM-500'"
        )
    )
    run(stack.postgresql.execute_command("UPDATE materials SET indexed_at = NULL, updated_at = now()"))
    run(stack.indexing().index([KEY]))
    document = payload(stack)
    assert document["offers"][0]["price"] == "333.00"
    assert document["cheapest"] == {"RUB": 6.66}
    assert pending(stack) == 15


def test_a_material_that_changes_while_it_is_indexed_stays_pending(stack):
    class Meddling:
        """The vector store, with an import finishing in the middle of a write."""

        async def upsert(self, collection, points, *, newest_by):
            await stack.qdrant.upsert(collection, points, newest_by=newest_by)
            await stack.postgresql.execute_command("UPDATE materials SET updated_at = now()")

    run(IndexingService(stack.postgresql, Meddling(), EMBEDDER, stack.collection).index([KEY]))
    assert pending(stack) == 16


@pytest.mark.parametrize("indexed_before", [False, True])
def test_a_slow_write_never_covers_a_newer_one(stack, indexed_before):
    class Slow:
        """The vector store as a worker sees it that is overtaken by another one with the same material."""

        async def upsert(self, collection, points, *, newest_by):
            await overtake()
            await stack.qdrant.upsert(collection, points, newest_by=newest_by)

        async def overwrite_payloads(self, collection, payloads, *, newest_by):
            await overtake()
            await stack.qdrant.overwrite_payloads(collection, payloads, newest_by=newest_by)

    async def overtake():
        cheaper = "UPDATE raw_products SET unit_price = 333, price_per_base_unit = 6.66 WHERE sku = 'CEM-500'"
        await stack.postgresql.execute_command(cheaper)
        await stack.postgresql.execute_command("UPDATE materials SET indexed_at = NULL, updated_at = now()")
        await stack.indexing().index([KEY])

    if indexed_before:
        run(stack.indexing().index([KEY]))
    run(IndexingService(stack.postgresql, Slow(), EMBEDDER, stack.collection).index([KEY]))

    assert payload(stack)["offers"][0]["price"] == "333.00"
    assert pending(stack) == 15


def test_points_that_the_index_lost_are_written_again(stack):
    run(stack.indexing().index_pending(100))
    run(stack.qdrant.delete(stack.collection, KEY))
    run(stack.indexing().index([KEY]))
    assert payload(stack)["offers_total"] == 2


def test_while_qdrant_is_unavailable_materials_stay_pending(postgresql_url, redis_url, collection, stack):
    unavailable = connect(postgresql_url, f"http://{NOWHERE}", None, redis_url, collection)
    with pytest.raises(StoreUnavailable):
        run(unavailable.indexing().index([KEY]))
    assert pending(stack) == 16
    unavailable.close()


def test_an_embedding_that_was_paid_for_is_not_bought_again(stack, api, paid):
    run(stack.indexing(paid).index_pending(100))
    assert sum(len(request["input"]) for request in api.requests) == 16
    run(stack.postgresql.execute_command("UPDATE materials SET indexed_model = NULL, indexed_at = NULL"))
    run(stack.indexing(paid).index_pending(100))
    assert sum(len(request["input"]) for request in api.requests) == 16
    assert pending(stack) == 0


def test_while_the_provider_is_unavailable_words_find_the_material_and_its_vector_comes_later(stack, api, paid):
    api.script = [503] * 50
    # None is in step, so that nobody who asks until nothing is left goes round in a circle.
    assert run(stack.indexing(paid).index_pending(16)) == 0
    indices, values = lexical_query("портландцемент м500")
    found = run(stack.qdrant.search(stack.collection, (), 1, sparse=SparseVector(indices, values)))
    assert found[0].id == KEY
    assert pending(stack) == 16
    api.script = []
    run(stack.indexing(paid).index_pending(100))
    assert pending(stack) == 0


def test_an_equal_query_is_embedded_once(redis_url, api, paid):
    store = RedisCache(redis_url, 1.0)
    cached = CachedEmbedder(paid, store, 60)
    first = run(cached.embed(["цемент", "клей", "цемент"]))
    again = run(cached.embed(["клей"]))
    assert [len(request["input"]) for request in api.requests] == [2]
    assert list(again[0]) == list(first[1])
    run(store.close())


def test_an_embedding_that_was_kept_finds_what_the_bought_one_found(stack, redis_url, paid):
    store = RedisCache(redis_url, 1.0)
    cached = CachedEmbedder(paid, store, 60)
    run(stack.indexing(paid).index_pending(100))
    bought, kept = (
        run(stack.qdrant.search(stack.collection, run(cached.embed([CATALOGUE[0].name]))[0], 3)) for _ in range(2)
    )
    assert [found.id for found in kept] == [found.id for found in bought]
    run(store.close())


def test_what_was_in_step_an_hour_ago_is_not_looked_through_again(stack):
    indexing = stack.indexing()
    run(indexing.index_pending(100))
    assert run(indexing.index_pending(100)) == 0  # nothing is left, which is noted
    old = "UPDATE materials SET indexed_at = NULL, updated_at = now() - interval '2 hours'"
    run(stack.postgresql.execute_command(old))
    assert run(indexing.index_pending(100)) == 0
    run(stack.postgresql.execute_command("UPDATE materials SET updated_at = now() WHERE id = :id", {"id": KEY}))
    assert run(indexing.index_pending(100)) == 1
