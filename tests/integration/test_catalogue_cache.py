"""The cache's promises, on a real Redis."""

import asyncio

import pytest
import redis

from quarry.adapters.redis import NullCache, RedisCache
from quarry.cache.catalogue_cache import CacheState, CatalogueCache, Computed
from quarry.cache.change_log import CHANGES
from quarry.cache.sessions import Session, Sessions
from quarry.cache.warming import PopularQueries
from quarry.errors import StoreUnavailable
from quarry.runtime import run


@pytest.fixture
def store(redis_url):
    made = RedisCache(redis_url, 1.0)
    yield made
    run(made.close())


class Source:
    """Counts its calls; ``unavailable`` makes it fail."""

    def __init__(self, *, keep=True, seconds=0.0):
        self.asked = 0
        self.called = asyncio.Event()
        self.unavailable = False
        self.keep = keep
        self.seconds = seconds

    async def __call__(self, generation):
        self.asked += 1
        self.called.set()
        await asyncio.sleep(self.seconds)
        if self.unavailable:
            raise StoreUnavailable("Everything")
        return Computed({"asked": self.asked, "generation": generation}, keep=self.keep)


class Clock:
    now = 1_000_000.0

    def __call__(self):
        return self.now


def test_a_second_question_is_a_hit_until_its_time_is_over(store):
    clock, source = Clock(), Source()
    cache = CatalogueCache(store, stale_ttl=600, now=clock)
    assert run(cache.fetch("k", 60, source)).state is CacheState.MISS
    assert run(cache.fetch("k", 60, source)).state is CacheState.HIT
    clock.now += 61
    assert run(cache.fetch("k", 60, source)).state is CacheState.MISS
    assert source.asked == 2


def test_a_new_generation_outdates_every_entry(store):
    cache, source = CatalogueCache(store, stale_ttl=600), Source()
    run(cache.fetch("k", 60, source))
    run(cache.invalidate())
    cached = run(cache.fetch("k", 60, source))
    assert (cached.state, cached.value["generation"]) == (CacheState.MISS, 1)


def test_an_answer_computed_while_the_catalogue_changed_is_not_taken_for_new(store):
    cache = CatalogueCache(store, stale_ttl=600)

    async def compute(generation):
        await cache.invalidate()
        return Computed({"of": generation})

    run(cache.fetch("k", 60, compute))
    assert run(cache.fetch("k", 60, Source())).state is CacheState.MISS


def test_the_outdated_copy_serves_in_an_outage(store):
    cache, source = CatalogueCache(store, stale_ttl=600), Source()
    run(cache.fetch("k", 60, source))
    run(cache.invalidate())
    source.unavailable = True
    cached = run(cache.fetch("k", 60, source))
    assert (cached.state, cached.value["asked"]) == (CacheState.STALE, 1)
    with pytest.raises(StoreUnavailable):
        run(cache.fetch("unseen", 60, source))


def test_equal_questions_at_once_are_one_computation(store):
    cache, source = CatalogueCache(store, stale_ttl=600), Source(seconds=0.05)

    async def many():
        return await asyncio.gather(*(cache.fetch("k", 60, source) for _ in range(100)))

    answers = run(many())
    assert source.asked == 1
    assert {answer.value["asked"] for answer in answers} == {1}


def test_other_environments_wait_for_the_one_that_computes(store):
    source = Source(seconds=0.1)
    caches = [CatalogueCache(store, stale_ttl=600) for _ in range(5)]

    async def many():
        return await asyncio.gather(*(cache.fetch("k", 60, source) for cache in caches))

    run(many())
    assert source.asked == 1


def test_a_failed_computation_fails_for_all_who_wait_and_leaves_nothing_behind(store):
    cache, source = CatalogueCache(store, stale_ttl=600), Source(seconds=0.02)
    source.unavailable = True

    async def many():
        return await asyncio.gather(*(cache.fetch("k", 60, source) for _ in range(3)), return_exceptions=True)

    assert all(isinstance(answer, StoreUnavailable) for answer in run(many()))
    source.unavailable = False
    assert run(cache.fetch("k", 60, source)).state is CacheState.MISS


def test_who_waits_for_an_answer_does_not_give_up_with_the_one_who_makes_it(store):
    cache, source = CatalogueCache(store, stale_ttl=600), Source(seconds=0.05)

    async def asked():
        first = asyncio.ensure_future(cache.fetch("k", 60, source))
        await source.called.wait()
        second, third = (asyncio.ensure_future(cache.fetch("k", 60, source)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        return await asyncio.gather(first, second, third, return_exceptions=True)

    first, second, third = run(asked())
    assert isinstance(first, asyncio.CancelledError)
    assert second.value["asked"] == third.value["asked"] == 2


def test_whoever_gives_up_waiting_takes_the_answer_from_nobody(store):
    cache, source = CatalogueCache(store, stale_ttl=600), Source(seconds=0.05)

    async def asked():
        first, second = (asyncio.ensure_future(cache.fetch("k", 60, source)) for _ in range(2))
        await source.called.wait()
        second.cancel()
        return await asyncio.gather(first, second, return_exceptions=True)

    first, second = run(asked())
    assert first.value["asked"] == 1
    assert isinstance(second, asyncio.CancelledError)


def test_while_the_log_of_changes_cannot_be_read_the_entry_is_a_stale_copy(store):
    cache, source = CatalogueCache(store, stale_ttl=600), Source()
    run(cache.fetch("k", 60, source))
    run(store.set(CHANGES, b"of another kind", 60))
    source.unavailable = True
    assert run(cache.fetch("k", 60, source)).state is CacheState.STALE


@pytest.mark.parametrize("damage", [b"", b"\n", b"garbage", b"[]\n{}", b'{"format":1}\n{}', None])
def test_a_damaged_entry_is_a_miss(store, damage):
    cache, source = CatalogueCache(store, stale_ttl=600), Source()
    run(cache.fetch("k", 60, source))
    kept = run(store.get("quarry:k"))
    run(store.set("quarry:k", kept[:-1] if damage is None else damage, 60))
    assert run(cache.fetch("k", 60, source)).state is CacheState.MISS


def test_a_foreign_generation_counts_as_none(store):
    run(store.set("quarry:generation", b"yesterday", 60))
    assert run(CatalogueCache(store, stale_ttl=600).generation()) == 0


def test_a_degraded_answer_is_not_kept(store):
    cache, source = CatalogueCache(store, stale_ttl=600), Source(keep=False)
    assert [run(cache.fetch("k", 60, source)).state for _ in range(2)] == [CacheState.MISS] * 2


WITHOUT_REDIS = pytest.mark.parametrize("unavailable", [NullCache, lambda: RedisCache("redis://127.0.0.1:9/0", 0.2)])


@WITHOUT_REDIS
def test_without_redis_a_degraded_answer_is_not_a_miss_either(unavailable):
    cache = CatalogueCache(unavailable(), stale_ttl=600)
    assert run(cache.fetch("k", 60, Source(keep=False))).state is CacheState.OFF


@WITHOUT_REDIS
def test_without_redis_everything_is_computed(unavailable):
    cache, source = CatalogueCache(unavailable(), stale_ttl=600), Source()
    assert [run(cache.fetch("k", 60, source)).state for _ in range(2)] == [CacheState.OFF] * 2
    run(cache.invalidate())
    assert run(cache.generation()) == 0


def test_a_session_is_found_again_and_a_damaged_one_is_not(store):
    sessions = Sessions(store, 60)
    key, keep = sessions.begin(Session({"source": "vector"}, [("a", 0.5, True)]))
    assert run(sessions.find(key)) is None
    run(store.together(keep))
    assert run(sessions.find(key)) == Session({"source": "vector"}, [("a", 0.5, True)])
    run(store.set(f"quarry:session:{key}", b"garbage", 60))
    assert run(sessions.find(key)) is None


def test_popular_queries_are_counted_without_regard_to_case_and_spaces(store):
    popular = PopularQueries(store)
    for query in ("Цемент  М500", "цемент м500", "клей", "", "я" * 101):
        run(store.together(*popular.noting(query)))
    assert run(popular.top(10)) == [("цемент м500", 2), ("клей", 1)]


def test_a_query_is_shown_to_others_when_several_callers_have_asked_for_it(store):
    popular = PopularQueries(store)
    asked = {"клей": ["anna"] * 9, "брус": ["anna", "boris", "vera", "anna"], "цемент": [None] * 3}
    for query, askers in asked.items():
        for asker in askers:
            run(store.together(*popular.noting(query, asker)))
    assert [query for query, _ in run(popular.top(10))] == ["клей", "брус", "цемент"]
    assert run(popular.shared(10)) == [("брус", 4), ("цемент", 3)]


def test_who_asked_is_forgotten_after_a_week_and_never_kept_by_name(store, redis_url):
    popular = PopularQueries(store)
    run(store.together(*popular.noting("клей", "anna@example.com")))
    with redis.Redis.from_url(redis_url) as client:
        (key,) = client.keys("quarry:askers:*")
        assert 0 < client.ttl(key) <= 7 * 24 * 3600
        assert b"anna" not in client.get(key)


def test_popular_queries_are_bounded_and_counted_anew_after_a_month(store, monkeypatch):
    monkeypatch.setattr("quarry.cache.warming._MOST_QUERIES", 2)
    popular = PopularQueries(store)
    for query in ("клей", "клей", "цемент", "цемент", "брус"):
        run(store.together(*popular.noting(query)))

    async def ask(query):
        return query

    assert run(popular.warm(1, ask)) == 1
    assert run(popular.top(10)) == [("цемент", 2), ("клей", 2)]
    assert 0 < run(store.together(("TTL", "quarry:popular")))[0] <= 30 * 24 * 3600


def test_warming_stops_at_an_outage(store):
    popular = PopularQueries(store)
    run(store.together(*popular.noting("клей"), *popular.noting("цемент")))

    async def ask(query):
        raise StoreUnavailable("Qdrant")

    assert run(popular.warm(10, ask)) == 0
