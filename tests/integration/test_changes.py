"""Which cached answers a change of the catalogue outdates, on a real Redis."""

import pytest

from quarry.adapters.interfaces import Point, SparseVector
from quarry.adapters.redis import NullCache, RedisCache
from quarry.cache.catalogue_cache import CacheState, CatalogueCache, Computed
from quarry.cache.change_log import CHANGES, ChangeLog, Depends, tag
from quarry.domain.lexical import index_of, lexical_vector
from quarry.repositories.qdrant.noted_index import NotedIndex
from quarry.runtime import run

PIPE, STEEL, SIZE = (index_of(word) for word in ("труб", "стальн", "20x3.4"))
OF_A_PIPE = Depends([tag("a")], [(0.3, [PIPE]), (0.2, [STEEL]), (0.5, [SIZE])], 0.8, everything=False)


@pytest.fixture
def store(redis_url):
    made = RedisCache(redis_url, 1.0)
    yield made
    run(made.close())


def ask(cache, depends=OF_A_PIPE, key="k"):
    async def compute(_changed):
        return Computed({}, depends=depends)

    return run(cache.fetch(key, 60, compute)).state


@pytest.mark.parametrize(
    ("ids", "new", "state"),
    [
        (["a"], [], CacheState.MISS),
        (["b"], [], CacheState.HIT),
        (["b"], [[PIPE, SIZE]], CacheState.MISS),
        (["b"], [[PIPE, STEEL]], CacheState.HIT),
        (["b", "c"], [[PIPE], [SIZE]], CacheState.HIT),
        (["b", "c"], [[STEEL], [PIPE, STEEL, SIZE]], CacheState.MISS),
        ([], [], CacheState.HIT),
    ],
)
def test_an_answer_is_outdated_by_what_it_shows_and_by_what_belongs_to_it(store, ids, new, state):
    cache = CatalogueCache(store, stale_ttl=600)
    ask(cache)
    run(ChangeLog(store).note(ids, new))
    assert ask(cache) is state


def test_an_environment_that_comes_later_knows_of_earlier_changes(store):
    ask(CatalogueCache(store, stale_ttl=600))
    run(ChangeLog(store).note(["a"]))
    assert ask(CatalogueCache(store, stale_ttl=600)) is CacheState.MISS
    assert ask(CatalogueCache(store, stale_ttl=600)) is CacheState.HIT


def test_a_change_while_the_answer_was_made_outdates_it(store):
    cache = CatalogueCache(store, stale_ttl=600)

    async def compute(_changed):
        await ChangeLog(store).note(["a"])
        return Computed({}, depends=OF_A_PIPE)

    run(cache.fetch("k", 60, compute))
    assert ask(cache) is CacheState.MISS


def test_the_end_of_a_list_outdates_what_depends_on_everything_alone(store):
    cache = CatalogueCache(store, stale_ttl=600)
    ask(cache)
    ask(cache, Depends(), "all")
    run(ChangeLog(store).invalidate())
    assert ask(cache) is CacheState.HIT
    assert ask(cache, Depends(), "all") is CacheState.MISS


@pytest.mark.parametrize("later", [False, True])
def test_what_is_older_than_the_changes_that_are_kept_counts_as_changed(store, later):
    cache = CatalogueCache(store, stale_ttl=600)
    ask(cache)
    run(ChangeLog(store).note(["a"]))
    for _ in range(60):
        run(ChangeLog(store).note(["b"]))
    assert run(store.together(("XLEN", CHANGES))) == [50]
    assert ask(CatalogueCache(store, stale_ttl=600) if later else cache) is CacheState.MISS


def test_answers_of_since_then_hold_while_more_changes_come_than_are_kept(store):
    cache = CatalogueCache(store, stale_ttl=600)
    for _ in range(60):
        run(ChangeLog(store).note(["b"]))
        ask(cache)
    assert ask(cache) is CacheState.HIT


def test_while_something_else_has_the_streams_name_nobody_knows_what_is_fresh(store):
    cache = CatalogueCache(store, stale_ttl=600)
    assert [ask(cache), ask(cache)] == [CacheState.MISS, CacheState.HIT]
    run(store.set(CHANGES, b"text", 60))
    assert [ask(cache), ask(cache)] == [CacheState.MISS, CacheState.MISS]
    run(store.delete(CHANGES))
    assert ask(cache) is CacheState.HIT


@pytest.mark.parametrize("damaged", [(b"ids", b"odd"), (b"words", b"odd")])
def test_a_damaged_record_outdates_what_is_older_and_nothing_else(store, damaged):
    cache = CatalogueCache(store, stale_ttl=600)
    assert [ask(cache), ask(cache)] == [CacheState.MISS, CacheState.HIT]
    run(store.together(("XADD", CHANGES, "*", *damaged)))
    assert [ask(cache), ask(cache)] == [CacheState.MISS, CacheState.HIT]
    run(ChangeLog(store).note(["a"]))
    assert ask(cache) is CacheState.MISS


def test_without_redis_nothing_is_recorded(collection):
    run(ChangeLog(NullCache()).note(["a"]))
    run(ChangeLog(RedisCache("redis://127.0.0.1:9/0", 0.2)).invalidate())


class Index:
    """Takes what is written."""

    async def upsert(self, _collection, _vectors, *, newest_by=None): ...

    async def overwrite_payloads(self, _collection, _payloads, *, newest_by=None): ...


def document(*names):
    return {"material": {"name": names[0]}, "offers": [{"name": name} for name in names]}


def test_new_points_are_recorded_with_their_words_and_others_with_their_new_names(store):
    index = NotedIndex(Index(), ChangeLog(store))
    asked = Depends([], [(1.0, [index_of("клинкер")])], 1.0, everything=False)
    cache = CatalogueCache(store, stale_ttl=600)
    words = SparseVector(*lexical_vector("Цемент клинкерный клинкер"))
    ask(cache, asked)
    run(index.upsert("materials", [Point("a", document("Цемент"), {}, {"lexical": words})]))
    assert ask(cache, asked) is CacheState.MISS
    run(index.overwrite_payloads("materials", {"a": document("Цемент", "Цемент")}))
    assert ask(cache, asked) is CacheState.HIT
    run(index.overwrite_payloads("materials", {"a": document("Цемент", "Клинкер молотый")}))
    assert ask(cache, asked) is CacheState.MISS
