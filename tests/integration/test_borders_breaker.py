"""Nothing reaches a store beside its breaker: every method of every adapter, with the breaker open."""

import inspect

import pytest

from quarry import patience
from quarry.adapters.interfaces import Point, SparseVector
from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.breaker import CircuitBreaker, State
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from tests.batches import batch, record
from tests.integration.borders import playing, unasked

# They ask whether the store is there, end what was begun, or ask for nothing where there is one store alone.
PASSING_BY = {"ping", "health_check", "connect", "close", "pending", "reconcile"}
ID = "7d1c2b52-6a0f-4c5e-9a39-0f4f3f5f0c11"
BATCHES = {
    "save_batch": (batch(),),
    "replicate_header": (batch(),),
    "get_batch": ("b1",),
    "list_batches": (),
    "create_processing_records": ("b1", [record()]),
    "update_processing_status": ("b1", [record()]),
    "get_processing_progress": ("b1",),
    "has_unsettled": ("b1",),
    "get_processing_results": ("b1",),
    "get_processing_statistics": (),
    "cleanup_old_records": (),
    "pending_batches": (),
    "pending_counts": ("b1",),
    "pending_records": (),
    "discard": ("b1", [record()]),
}
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
            "search_many": ("materials", [([1.0], SparseVector([1], [1.0]))]),
            "size": ("materials",),
            "upsert": ("materials", [Point(ID, {})]),
            "delete": ("materials", ID),
            "overwrite_payloads": ("materials", {ID: {}}),
            "scroll": ("materials",),
            "retrieve": ("materials", [ID]),
            "count": ("materials",),
            "facets": ("materials", "category"),
            "ensure_materials_collection": ("materials",),
            **BATCHES,
        },
    ),
    "batches in Qdrant": (
        lambda port, breaker: QdrantVectorDatabase(f"http://127.0.0.1:{port}", model="m", breaker=breaker),
        {**BATCHES, "find_batch": ("b1",), "find_batches": ()},
    ),
    "offers in Qdrant": (
        lambda port, breaker: QdrantVectorDatabase(f"http://127.0.0.1:{port}", model="m", breaker=breaker),
        {
            "read": (["7/a"],),
            "find": ({},),
            "count": ({},),
            "counts": ("article", {}, 10),
            "write": ([{"place": "7/a"}], [1]),
            "change": ({}, {"current": False}),
        },
    ),
}


PARTS = {"offers in Qdrant": lambda database: database.offers("offers"), "batches in Qdrant": lambda it: it.batches()}


def methods(adapter) -> set[str]:
    """The names of all that can be asked of an adapter."""
    found = inspect.getmembers(type(adapter), inspect.iscoroutinefunction)
    return {name for name, _ in found if not name.startswith("_")} - PASSING_BY


@pytest.fixture
def visits():
    return []


@pytest.fixture(params=ADAPTERS)
def made(request, visits):
    """Makes adapters to a store that hangs up on whoever comes: each with its database and its breaker."""
    make, asks = ADAPTERS[request.param]
    databases = []
    with playing(visits.append) as port:

        def adapter(failures=1):
            breaker = CircuitBreaker(request.param.split()[-1], failures, open_seconds=60)
            databases.append(make(port, breaker))
            return PARTS.get(request.param, lambda it: it)(databases[-1]), databases[-1], breaker

        yield adapter, asks
        for database in databases:
            closing = database.close()
            if closing is not None:
                run(closing)


def open_breaker(breaker):
    with pytest.raises(StoreUnavailable), breaker.guard(unasked):
        raise StoreUnavailable(breaker.store)
    assert breaker.state is State.OPEN


def test_every_method_is_walked(made):
    make, asks = made

    assert methods(make()[0]) == set(asks)


def test_with_its_breaker_open_no_method_reaches_the_store(made, visits):
    make, asks = made
    adapter, _, breaker = make()
    open_breaker(breaker)

    for name, given in asks.items():
        with pytest.raises(StoreUnavailable, match="is not called again for a moment"):
            run(getattr(adapter, name)(*given))
        assert visits == [], name


def test_with_its_breaker_closed_every_method_reaches_the_store_and_its_outage_opens_the_breaker(made, visits):
    make, asks = made

    for name, given in asks.items():
        adapter, _, breaker = make()
        visits.clear()
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            run(getattr(adapter, name)(*given))
        assert visits, name
        assert (breaker.state, breaker.failures) == (State.OPEN, 1), name


def test_pings_and_health_checks_pass_by_an_open_breaker(made, visits):
    make, _ = made
    _, database, breaker = make()
    open_breaker(breaker)

    assert run(database.health_check()).status == "unhealthy"
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        run(database.ping())

    assert len(visits) >= 2


def test_whoever_waited_for_the_collection_has_waited_for_the_store(made, visits):
    """It is made sure of by a task of its own, which no answer's patience bounds."""
    make, asks = made
    adapter, *_ = make(failures=2)
    name, given = next(iter(asks.items()))

    async def twice():
        with patience.answering(1):
            with pytest.raises(StoreUnavailable, match="cannot be reached"):
                await getattr(adapter, name)(*given)
            visits.clear()
            with pytest.raises(StoreUnavailable, match="did not answer a moment ago"):
                await getattr(adapter, name)(*given)
            assert visits == []

    run(twice())
