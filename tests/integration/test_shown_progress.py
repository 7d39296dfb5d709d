import pytest

from quarry.adapters.redis import NullCache, RedisCache
from quarry.cache.progress import ShownProgress
from quarry.domain.progress import Progress
from quarry.runtime import run
from tests.batches import batch


@pytest.fixture
def cache(redis_url):
    opened = RedisCache(redis_url, 1.0)
    yield opened
    run(opened.close())


def progress(settled: int, *, degraded: bool, total: int = 10) -> Progress:
    return Progress(batch=batch(total=total), completed=settled, pending=total - settled, degraded=degraded)


def shown(environment: ShownProgress, settled: int, **about) -> int:
    return run(environment.no_less_than_shown(progress(settled, **about))).settled


def test_a_degraded_answer_shows_no_less_than_any_environment_did(cache):
    one, other = ShownProgress(cache), ShownProgress(cache)

    assert shown(one, 7, degraded=False) == 7
    assert shown(other, 5, degraded=True) == 7
    assert shown(other, 8, degraded=True) == 8
    assert shown(one, 6, degraded=True) == 8


def test_without_redis_an_environment_remembers_what_it_showed():
    alone = ShownProgress(NullCache())

    assert [shown(alone, 7, degraded=False), shown(alone, 5, degraded=True)] == [7, 7]


def test_a_cache_that_was_unavailable_and_knows_less_lowers_nothing(cache):
    class Leaving:
        """Redis, which is unavailable for a while."""

        there = True

        async def get(self, key):
            return await cache.get(key) if self.there else None

        async def set(self, key, value, ttl):
            return self.there and await cache.set(key, value, ttl)

    leaving = Leaving()
    environment = ShownProgress(leaving)
    shown(environment, 5, degraded=False)
    leaving.there = False
    shown(environment, 8, degraded=False)
    leaving.there = True

    assert shown(environment, 6, degraded=True) == 8
    assert shown(environment, 8, degraded=True) == 8
    assert shown(ShownProgress(cache), 6, degraded=True) == 8


def test_exact_counts_are_shown_even_when_they_are_lower(cache):
    environment = ShownProgress(cache)

    assert [shown(environment, 7, degraded=True), shown(environment, 5, degraded=False)] == [7, 5]
    assert shown(environment, 4, degraded=True) == 5


def test_rows_that_are_tried_again_are_open_again_in_every_environment(cache):
    one, other = ShownProgress(cache), ShownProgress(cache)
    shown(one, 10, degraded=False)

    run(one.forget("b1"))

    assert shown(other, 8, degraded=True) == 8


def test_counts_of_another_total_or_of_nothing_are_ignored(cache):
    environment = ShownProgress(cache)
    shown(environment, 7, degraded=False, total=10)
    assert shown(environment, 5, degraded=True, total=20) == 5

    run(cache.set("quarry:progress:b1", b'{"pending": "x"}', 60))
    assert shown(ShownProgress(cache), 5, degraded=True) == 5
