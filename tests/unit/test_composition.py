import pytest

from quarry.adapters.qdrant.batches import QdrantBatches
from quarry.dependencies.composition import Composition
from quarry.errors import StoreUnavailable
from quarry.fallback.manager import DatabaseFallbackManager
from quarry.runtime import run
from quarry.settings import Settings


@pytest.fixture
def compose(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return lambda **settings: Composition(Settings(**settings))


def test_nothing_is_made_before_its_use(compose):
    composition = compose()
    before = set(vars(composition))

    assert composition.qdrant is composition.qdrant

    assert set(vars(composition)) - before == {"qdrant", "embedder"}


def test_a_database_and_its_breaker_are_one_for_all_that_use_it(compose):
    composition = compose(breaker_failures=7)

    assert composition.breakers == [composition.postgresql.breaker, composition.qdrant.breaker]
    assert [breaker.store for breaker in composition.breakers] == ["PostgreSQL", "Qdrant"]
    assert composition.batches is composition.batches


def test_both_databases_hold_batches_unless_postgresql_is_not_used(compose):
    assert isinstance(compose().batches, DatabaseFallbackManager)

    alone = compose(qdrant_only_mode=True)

    assert isinstance(alone.batches, QdrantBatches)
    assert (alone.relational, [breaker.store for breaker in alone.breakers]) == (None, ["Qdrant"])
    with pytest.raises(StoreUnavailable):
        _ = alone.postgresql


def test_search_is_made_once_of_the_selected_databases(compose):
    composition = compose()

    assert composition.search.service is composition.search.service
    assert {"postgresql", "qdrant", "redis"} <= set(vars(composition))


class Part:
    """Holds a connection, as the composition's parts do."""

    def __init__(self, name, seen):
        self._name, self._seen = name, seen

    def drop_connections(self):
        self._seen.append(f"{self._name} dropped")

    def close(self):
        self._seen.append(self._name)


class AsyncPart(Part):
    async def close(self):
        super().close()


@pytest.fixture
def held(compose):
    """A composition of which some parts were made, and what becomes of them."""
    composition, seen = compose(), []
    for name, kind in {"aws": Part, "qdrant": AsyncPart, "postgresql": Part, "tunnel": Part}.items():
        setattr(composition, name, kind(name, seen))
    return composition, seen


def test_closing_closes_what_was_made_postgresql_before_its_tunnel_and_makes_nothing(held):
    composition, seen = held
    before = set(vars(composition))

    run(composition.close())

    assert seen == ["postgresql", "tunnel", "qdrant", "aws"]
    assert set(vars(composition)) == before


def test_before_a_snapshot_is_used_connections_of_what_was_made_are_dropped(held):
    composition, seen = held
    before = set(vars(composition))

    run(composition.drop_connections())

    assert seen == ["postgresql dropped", "tunnel", "qdrant"]
    assert set(vars(composition)) == before


def test_a_part_that_the_settings_leave_out_is_not_closed(compose):
    composition = compose()
    assert composition.tunnel is None

    run(composition.close())
