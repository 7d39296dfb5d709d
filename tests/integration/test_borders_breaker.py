"""Nothing reaches a store beside its breaker: every method of every adapter, with the breaker open."""

import inspect

import pytest

from quarry.adapters.interfaces import Point
from quarry.adapters.postgresql import PostgreSQLDatabase
from quarry.adapters.qdrant import QdrantVectorDatabase
from quarry.adapters.qdrant_offers import QdrantOffers
from quarry.breaker import CircuitBreaker, State
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from tests.batches import batch, record
from tests.integration.borders import playing, unasked

# They ask whether the store is there, or end what was begun; a collection is made sure of by what uses it.
PASSING_BY = {"ping", "health_check", "connect", "close", "ensure", "call"}
ID = "7d1c2b52-6a0f-4c5e-9a39-0f4f3f5f0c11"
ADAPTERS = {
    "PostgreSQL": (
        lambda port, breaker: PostgreSQLDatabase(f"postgresql://quarry@127.0.0.1:{port}/quarry", breaker=breaker),
        {
            "execute_query": ("SELECT 1",),
            "execute_command": ("SELECT 1",),
            "transaction": (lambda session: session.execute("SELECT 1"),),
        },
    ),
    "Qdrant": (
        lambda port, breaker: QdrantVectorDatabase(f"http://127.0.0.1:{port}", model="m", breaker=breaker),
        {
            "search": ("materials", [1.0]),
            "upsert": ("materials", [Point(ID, {})]),
            "delete": ("materials", ID),
            "overwrite_payloads": ("materials", {ID: {}}),
            "scroll": ("materials",),
            "retrieve": ("materials", [ID]),
            "count": ("materials",),
            "facets": ("materials", "category"),
            "ensure_materials_collection": ("materials",),
            "save_batch": (batch(),),
            "mirror": (batch(),),
            "get_batch": ("b1",),
            "list_batches": (),
            "create_processing_records": ("b1", [record()]),
            "update_processing_status": ("b1", [record()]),
            "get_processing_progress": ("b1",),
            "get_processing_results": ("b1",),
            "get_processing_statistics": (),
            "cleanup_old_records": (),
            "held_batches": (),
            "held_counts": ("b1",),
            "held_records": (),
            "discard": ("b1", [record()]),
        },
    ),
    "offers in Qdrant": (
        lambda port, breaker: QdrantOffers(f"http://127.0.0.1:{port}", collection="offers", breaker=breaker),
        {
            "read": (["7/a"],),
            "find": ({},),
            "count": ({},),
            "counts": ("article", [], 10),
            "write": ([{"place": "7/a"}], [1]),
            "change": ({}, {"current": False}),
        },
    ),
}


def methods(adapter) -> set[str]:
    """The names of all that can be asked of an adapter."""
    found = inspect.getmembers(type(adapter), inspect.iscoroutinefunction)
    return {name for name, _ in found if not name.startswith("_")} - PASSING_BY


@pytest.fixture
def visits():
    return []


@pytest.fixture(params=ADAPTERS)
def adapter(request, visits):
    """An adapter to a store that hangs up on whoever comes, and what is asked of it by the method's name."""
    make, asks = ADAPTERS[request.param]
    store = request.param.split()[-1]
    with playing(visits.append) as port:
        made = make(port, CircuitBreaker(store, failures=1, open_seconds=60))
        yield made, asks
        closing = made.close()
        if closing is not None:
            run(closing)


def open_breaker(breaker):
    with pytest.raises(StoreUnavailable), breaker.guard(unasked):
        raise StoreUnavailable(breaker.store)
    assert breaker.state is State.OPEN


def test_every_method_is_walked(adapter):
    made, asks = adapter

    assert methods(made) == set(asks)


def test_with_its_breaker_open_no_method_reaches_the_store(adapter, visits):
    made, asks = adapter
    open_breaker(made.breaker)

    for name, given in asks.items():
        with pytest.raises(StoreUnavailable, match="is not asked for a moment"):
            run(getattr(made, name)(*given))
        assert visits == [], name


def test_with_its_breaker_closed_every_method_reaches_the_store_and_its_outage_opens_the_breaker(adapter, visits):
    made, asks = adapter

    for name, given in asks.items():
        made.breaker = CircuitBreaker(made.breaker.store, failures=1, open_seconds=60)
        visits.clear()
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            run(getattr(made, name)(*given))
        assert visits, name
        assert made.breaker.state is State.OPEN, name


def test_pings_and_health_checks_pass_by_an_open_breaker(adapter, visits):
    made, _ = adapter
    open_breaker(made.breaker)

    assert run(made.health_check()).status == "unhealthy"
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        run(made.ping())

    assert len(visits) >= 2
