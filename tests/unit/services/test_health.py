"""What the service reports of its parts, whichever of them are unavailable."""

import pytest

from quarry.adapters.interfaces import Health
from quarry.breaker import CircuitBreaker
from quarry.errors import StoreUnavailable
from quarry.repositories.postgresql.figures import SCHEMA_REVISION, Counts, FigureRepository
from quarry.runtime import run
from quarry.services.health import Check, HealthService
from tests.fakes import MemoryQueue


class Figures(FigureRepository):
    def __init__(self):
        self.unavailable = False

    async def revision(self):
        self._reach()
        return SCHEMA_REVISION

    async def counts(self):
        self._reach()
        return Counts(materials=5, offers=9, unindexed=1)

    def _reach(self):
        if self.unavailable:
            raise StoreUnavailable("PostgreSQL")


class Embedder:
    model = "navec"

    async def health_check(self):
        return Health(self.model, "healthy", 1.0)


def part(store, status="healthy"):
    async def ping():
        if status == "silent":
            raise StoreUnavailable(store)
        return Health(store, status, 1.0)

    return Check(store, ping)


def number(value):
    async def ask():
        if value is None:
            raise StoreUnavailable("Qdrant")
        return value

    return ask


@pytest.fixture
def figures():
    return Figures()


@pytest.fixture
def queue():
    return MemoryQueue()


@pytest.fixture
def make(figures, queue):
    def made(vector="healthy", relational="healthy", cache="healthy", **about):
        given = {
            "tunnel": Check("SSH tunnel", None),
            "queues": {"uploads": queue},
            "embedder": Embedder(),
            "certificates": {"Qdrant": number(60), "Redis": number(None)},
            "figures": figures,
            "points": number(5),
            "pending": number(0),
            "waiting": number(0),
            "breakers": [CircuitBreaker("Qdrant")],
            "settings": {"base_currency": "RUB"},
        }
        stores = {"vector": part("Qdrant", vector), "relational": part("PostgreSQL", relational)}
        return HealthService(**stores, cache=part("Redis", cache), **{**given, **about})

    return made


@pytest.mark.parametrize(
    ("vector", "relational", "cache", "serving"),
    [
        ("healthy", "healthy", "healthy", True),
        ("healthy", "unhealthy", "unhealthy", True),
        ("silent", "healthy", "healthy", True),
        ("unhealthy", "silent", "healthy", False),
        ("unhealthy", "disabled", "healthy", False),
    ],
)
def test_one_database_that_answers_is_enough_and_a_cache_alone_is_not(make, vector, relational, cache, serving):
    assert run(make(vector, relational, cache).databases()).serving is serving


def test_a_store_that_says_nothing_is_unhealthy_and_one_that_is_not_used_is_disabled(make):
    found = run(make(vector="silent", relational="disabled").databases())

    assert found.vector_database == Health("Qdrant", "unhealthy", error="Qdrant does not answer")
    assert found.relational_database.status == "disabled"


def test_a_part_without_a_ping_is_not_asked(make):
    assert run(make().full()).tunnel == Health("SSH tunnel", "disabled")


def test_the_diagnosis_has_every_figure(make, queue):
    run(queue.send([{"chunk": 1}]))

    found = run(make().full())

    assert found.counts == {
        "materials": 5,
        "offers": 9,
        "points": 5,
        "unindexed": 1,
        "unreconciled": 0,
        "batches_waiting": 0,
    }
    assert (found.queues, found.revision, found.certificates) == (
        {"uploads": 1},
        SCHEMA_REVISION,
        {"Qdrant": 60, "Redis": None},
    )
    assert found.breakers == [{"store": "Qdrant", "state": "closed", "failures": 0, "retry_in_seconds": 0.0}]


def test_what_is_unavailable_is_not_known_and_the_rest_is(make, figures, queue):
    figures.unavailable = queue.unavailable = True

    found = run(make(relational="silent", points=number(None)).full())

    assert (found.queues, found.revision) == ({"uploads": None}, None)
    assert (found.counts["materials"], found.counts["points"], found.counts["unreconciled"]) == (None, None, 0)
    assert found.databases.serving


def test_without_postgresql_nothing_of_it_is_asked(make):
    found = run(make(relational="disabled", figures=None).full())

    assert (found.revision, found.counts["offers"]) == (None, None)
