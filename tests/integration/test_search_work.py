"""The calls of a search to the stores: as few as possible, counted on the real engines."""

import threading
from collections import Counter
from uuid import UUID

import pytest

from quarry.adapters.interfaces import Point
from quarry.cache.catalogue_cache import CatalogueCache
from quarry.cache.change_log import ChangeLog
from quarry.cache.sessions import Sessions
from quarry.cache.warming import PopularQueries
from quarry.domain.query import SearchRequest
from quarry.repositories.materials import HybridMaterialsRepository
from quarry.repositories.postgresql.reference import ReferenceRepository
from quarry.repositories.qdrant.material_points import EXCERPT
from quarry.repositories.qdrant.noted_index import NotedIndex
from quarry.runtime import run
from quarry.services.indexing import IndexingService
from quarry.services.search import SearchPolicy, SearchService
from tests.integration.searching import CATALOGUE, EMBEDDER, connect, fill, identity


class Counted:
    """Passes everything on, and counts the calls."""

    def __init__(self, inner):
        self._inner = inner
        self.calls = Counter()

    def __getattr__(self, name):
        method = getattr(self._inner, name)

        def call(*args, **options):
            self.calls[name] += 1
            return method(*args, **options)

        return call


@pytest.fixture
def stack(postgresql_url, qdrant_url, qdrant_api_key, redis_url, collection):
    made = connect(postgresql_url, qdrant_url, qdrant_api_key, redis_url, collection)
    fill(made.postgresql)
    run(made.indexing().index_pending(1000))
    yield made
    made.close()


@pytest.fixture
def index(stack):
    """Indexing that records its changes for the cache, as in the ingest functions."""
    noted = NotedIndex(stack.qdrant, ChangeLog(stack.redis))
    return IndexingService(stack.postgresql, noted, EMBEDDER, stack.collection)


def service_over(stack, vectors, redis):
    cache = CatalogueCache(redis, stale_ttl=3600)
    trade = stack.trade(cache)
    run(trade.showing([101]))
    return SearchService(
        HybridMaterialsRepository(vectors, stack.postgresql, collection=stack.collection),
        EMBEDDER,
        stack.reader(),
        cache,
        Sessions(redis, 600),
        PopularQueries(redis),
        SearchPolicy(ttl=300, mock=False),
        trade,
    )


def search(service, query, limit=20):
    return run(service.search(SearchRequest(query), limit))


def test_a_hit_is_one_round_trip_and_a_miss_three(stack):
    vectors, redis = Counted(stack.qdrant), Counted(stack.redis)
    service = service_over(stack, vectors, redis)
    redis.calls.clear()
    assert search(service, "гипсокартон", 1).state == "miss"
    assert (redis.calls, vectors.calls) == ({"together": 2, "claim": 1}, {"search": 1, "retrieve": 1})
    redis.calls.clear()
    vectors.calls.clear()
    assert search(service, "гипсокартон", 1).state == "hit"
    assert (redis.calls, vectors.calls) == ({"together": 1}, {})
    assert run(PopularQueries(stack.redis).top(5)) == [("гипсокартон", 2)]


def test_a_point_of_another_version_of_the_code_is_ranked_by_its_document(stack):
    before = search(service_over(stack, stack.qdrant, stack.redis), "труба pn").value["hits"]
    pipe = identity("Труба PN 20 20х3,4")
    documents = run(stack.qdrant.retrieve(stack.collection, [pipe]))
    assert documents[pipe].pop(EXCERPT)
    run(stack.qdrant.overwrite_payloads(stack.collection, documents))
    run(stack.redis.increment("quarry:generation"))
    vectors = Counted(stack.qdrant)
    answer = search(service_over(stack, vectors, stack.redis), "труба pn")
    assert (answer.state, answer.value["hits"]) == ("miss", before)
    assert vectors.calls == {"search": 1, "retrieve": 2}


def test_a_new_price_is_in_the_next_answer_and_answers_about_other_goods_stay(stack, index):
    service = stack.search()
    for query in ("труба pn 20", "клей для обоев"):
        search(service, query)
    pipe = identity("Труба PN 20 20х3,4")
    change = "UPDATE raw_products SET unit_price = 61, price_per_base_unit = 61 WHERE material_id = CAST(:id AS uuid)"
    run(stack.postgresql.execute_command(change, {"id": pipe}))
    run(index.index([pipe]))
    assert search(service, "клей для обоев").state == "hit"
    answer = search(service, "труба pn 20")
    prices = {hit["material"]["id"]: hit["offers"][0]["price"] for hit in answer.value["hits"]}
    assert (answer.state, prices[pipe]) == ("miss", "61.00")


def test_new_goods_are_in_the_next_answer_that_they_belong_to(stack, index):
    service = stack.search()
    before = {query: len(search(service, query).value["hits"]) for query in ("гипсокартон", "kiilto")}
    new = CATALOGUE[7].__class__("Гипсокартон огнестойкий 2500х1200х12,5", "500", "166")
    fill(stack.postgresql, [new])
    run(index.index([identity(new.name)]))
    assert (search(service, "kiilto").state, before["kiilto"]) == ("hit", 3)
    answer = search(service, "гипсокартон")
    assert (answer.state, len(answer.value["hits"])) == ("miss", before["гипсокартон"] + 1)


def test_points_that_are_not_materials_are_not_hits(stack):
    stray = Point(str(UUID(int=7)), {"text": "труба"}, {EMBEDDER.model: EMBEDDER.matrix(["труба"])[0]}, {})
    run(stack.qdrant.upsert(stack.collection, [stray]))
    found = run(stack.qdrant.search(stack.collection, EMBEDDER.matrix(["труба"])[0], 1))
    hits = search(service_over(stack, stack.qdrant, stack.redis), "труба").value["hits"]
    run(stack.qdrant.delete(stack.collection, stray.id))
    assert found[0].id == stray.id
    assert hits
    assert stray.id not in {hit["material"]["id"] for hit in hits}


def test_of_the_words_only_what_is_new_is_read(stack):
    reference = ReferenceRepository(stack.postgresql)
    first = run(reference.vocabulary())
    assert run(reference.vocabulary(first.until)).counts == {}
    write = "INSERT INTO search_terms (term, count) VALUES (:term, 1)"
    run(stack.postgresql.execute_command(write, {"term": "новое"}))
    later = run(reference.vocabulary(first.until))
    assert later.counts == {"новое": 1}
    assert run(reference.vocabulary(later.until)).counts == {}


def test_words_of_a_transaction_that_was_running_are_read_once_it_is_over(stack, postgresql_url):
    reference = ReferenceRepository(stack.postgresql)
    written, go_on = threading.Event(), threading.Event()
    other = connect(postgresql_url, "http://127.0.0.1:9", None, None, "none")

    def slowly(session):
        session.execute("INSERT INTO search_terms (term, count) VALUES ('медленно', 1)")
        written.set()
        go_on.wait()

    writer = threading.Thread(target=lambda: run_apart(other.postgresql.transaction(slowly)))
    writer.start()
    written.wait()
    meanwhile = run(reference.vocabulary())
    run(stack.postgresql.execute_command("INSERT INTO search_terms (term, count) VALUES ('скоро', 1)"))
    soon = run(reference.vocabulary(meanwhile.until))
    go_on.set()
    writer.join()
    assert soon.counts.keys() == {"скоро"}
    assert "медленно" in run(reference.vocabulary(soon.until)).counts
    other.close()


def run_apart(coroutine):
    """On a loop of the thread's own."""
    import asyncio

    return asyncio.run(coroutine)
