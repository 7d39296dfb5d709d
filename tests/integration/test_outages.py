"""Answers while connections to a store are reset, refused or silent, through applications composed as in production."""

import asyncio
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import httpx
import pytest
from sqlalchemy.engine import make_url

from local.processes import free_port
from quarry import deadline, patience
from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.dependencies.composition import composition
from quarry.domain.rows import PriceRow
from quarry.errors import StoreTimeout
from quarry.http import batches, search
from quarry.http.app import create_app
from quarry.runtime import run
from tests.batches import settled
from tests.environment import composed, forget
from tests.faults.proxy import Mode, Proxies

AWAY = [Mode.RESET, Mode.BLACK_HOLE]
NAMES = ("Портландцемент М500 Д0, мешок 50 кг", "Гипсокартон влагостойкий 2500х1200х12,5", "Труба PN 20 20х3,4")


@dataclass
class Service:
    """The functions' applications on proxied stores, with a batch of three rows."""

    proxies: Proxies
    request_id: str
    searches: int = 0

    def ask(self, method: str, path: str, **about) -> httpx.Response:
        title, router = ("search", search.router) if path.startswith("/search") else ("batches", batches.router)
        app = create_app(title, [router], patience=3)

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://quarry/api/v1") as client:
                return await client.request(method, path, **about)

        return run(asked())

    def search(self, **about) -> httpx.Response:
        """A search that no cache has seen."""
        self.searches += 1
        return self.ask("POST", "/search", json={"query": "цемент м500", "limit": self.searches, **about})

    def progress(self) -> httpx.Response:
        return self.ask("GET", f"/batches/{self.request_id}")

    def turn(self, mode: Mode, *stores: str) -> None:
        for store in stores:
            self.proxies[store].turn(mode)


@contextmanager
def _served(request, **settings: str) -> Iterator[Service]:
    engines = request.getfixturevalue("engines")
    proxies = Proxies()
    ports = {
        name: proxies.add(name, free_port(), getattr(engines, name).port).port
        for name in ("postgresql", "qdrant", "redis")
    }
    with composed(request) as patch:
        get = request.getfixturevalue
        patch.setenv("POSTGRESQL_URL", _through(get("postgresql_url"), ports["postgresql"]))
        patch.setenv("REDIS_URL", _through(get("redis_url"), ports["redis"]))
        patch.setenv("QDRANT_URL", f"http://127.0.0.1:{ports['qdrant']}")
        for name, value in settings.items():
            patch.setenv(name, value)
        forget()
        yield Service(proxies, _imported())
        proxies.close()


def _through(url: str, port: int) -> str:
    return make_url(url).set(port=port).render_as_string(hide_password=False)


def _imported() -> str:
    request_id = _submitted()
    run(composition().ingestion.processor.process_chunk(request_id, 0))
    return request_id


def _submitted() -> str:
    rows = [PriceRow(row=number, name=name, price=Decimal(450), currency="RUB") for number, name in enumerate(NAMES, 2)]
    request_id = str(uuid.uuid4())
    run(composition().ingestion.service.submit(request_id, 7, rows))
    return request_id


@pytest.fixture
def service(request) -> Iterator[Service]:
    with _served(request) as served:
        yield served


@pytest.fixture
def patient(request) -> Iterator[Service]:
    """Its open breakers stay open."""
    with _served(request, BREAKER_OPEN_SECONDS="30") as served:
        yield served


@pytest.fixture
def hasty(request) -> Iterator[Service]:
    """Its open breakers probe soon."""
    with _served(request, BREAKER_OPEN_SECONDS="0.2") as served:
        yield served


def found(answer: httpx.Response) -> tuple:
    body = answer.raise_for_status().json()
    return body["source"], body["degraded"], [hit["material"]["name"] for hit in body["hits"]][:1]


@pytest.mark.parametrize("mode", AWAY)
def test_sql_answers_while_qdrant_is_unavailable(service, mode):
    service.turn(mode, "qdrant")

    assert found(service.search()) == ("sql", True, [NAMES[0]])


@pytest.mark.parametrize("mode", AWAY)
def test_qdrant_answers_while_postgresql_is_unavailable(service, mode):
    service.turn(mode, "postgresql")

    source, _, names = found(service.search())
    assert (source, names) == ("vector", [NAMES[0]])


@pytest.mark.parametrize("mode", AWAY)
def test_a_stale_copy_answers_while_both_are_unavailable_and_503_without_one(service, mode):
    seen = found(service.search())
    service.turn(mode, "postgresql", "qdrant")
    run(composition().catalogue_cache.invalidate())

    service.searches -= 1
    copy, nothing = service.search(), service.search()

    assert found(copy) == ("stale", True, seen[2])
    assert (nothing.status_code, "Retry-After" in nothing.headers) == (503, True)
    assert nothing.headers["content-type"] == "application/problem+json"


def test_the_cache_may_be_unavailable(service):
    service.turn(Mode.BLACK_HOLE, "redis")

    answer = service.search()

    assert found(answer) == ("vector", False, [NAMES[0]])
    assert answer.headers["X-Cache"] == "off"


@pytest.mark.parametrize(("unavailable", "source"), [("qdrant", "sql"), ("postgresql", "vector")])
def test_progress_is_reported_by_the_available_store(service, unavailable, source):
    service.progress()
    service.turn(Mode.BLACK_HOLE, unavailable)

    reported = service.progress().raise_for_status().json()

    assert (reported["completed"], reported["total"], reported["source"], reported["degraded"]) == (3, 3, source, True)


def test_progress_does_not_fall_when_the_store_that_knows_more_becomes_unavailable(service):
    service.request_id = _submitted()
    manager = composition().batches
    rows = run(manager.get_processing_results(service.request_id))
    service.turn(Mode.RESET, "postgresql")
    run(manager.update_processing_status(service.request_id, [settled(row) for row in rows]))
    before = service.progress().json()["completed"]
    service.turn(Mode.PASS, "postgresql")
    service.turn(Mode.RESET, "qdrant")

    after = service.progress().json()

    assert (before, after["completed"], after["total"], after["degraded"]) == (3, 3, 3, True)


def test_progress_is_503_while_both_are_silent(service):
    service.turn(Mode.BLACK_HOLE, "postgresql", "qdrant")

    answer = service.progress()

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize("store", ["postgresql", "qdrant"])
def test_once_the_breaker_is_open_no_answer_knocks_at_the_silent_store(patient, store):
    by = {"search_type": "sql"} if store == "postgresql" else {}
    patient.turn(Mode.BLACK_HOLE, store)
    for _ in range(3):
        patient.search(**by)
    knocks = patient.proxies[store].accepted

    answers = [patient.search(**by).status_code for _ in range(10)]

    assert answers == [200] * 10
    assert patient.proxies[store].accepted == knocks


@pytest.mark.parametrize("store", ["postgresql", "qdrant"])
def test_the_breaker_closes_by_itself_when_the_store_is_back(hasty, store):
    by = {"search_type": "sql"} if store == "postgresql" else {}
    before = found(hasty.search(**by))
    hasty.turn(Mode.RESET, store)
    for _ in range(3):
        assert found(hasty.search(**by)) != before
    hasty.turn(Mode.PASS, store)

    while found(hasty.search(**by)) != before:
        time.sleep(0.05)


def test_a_statement_that_hangs_is_left_and_the_next_one_has_a_connection(postgresql_url):
    db = PostgreSQLDatabase(postgresql_url, connect_timeout=2)

    with deadline.within(0.5), pytest.raises(StoreTimeout):
        run(db.execute_query("SELECT pg_sleep(60)"))
    with deadline.within(60):
        assert run(db.execute_query("SELECT 1 AS one")) == [{"one": 1}]

    db.close()


def test_a_read_waits_for_a_slow_one_before_it_while_the_store_is_there(postgresql_url):
    db = PostgreSQLDatabase(postgresql_url, connect_timeout=2)

    async def both():
        slow = asyncio.create_task(db.execute_query("SELECT pg_sleep(2) IS NULL AS slept"))
        await asyncio.sleep(0.1)
        with patience.answering(0.5):
            return await db.execute_query("SELECT 1 AS one"), await slow

    assert run(both()) == ([{"one": 1}], [{"slept": False}])
    db.close()


def test_a_write_that_was_left_while_it_hung_changes_nothing_by_itself(postgresql_url):
    db = PostgreSQLDatabase(postgresql_url, connect_timeout=2)
    slow = "WITH waited AS (SELECT pg_sleep(1)) INSERT INTO search_terms SELECT 'слово', 1 FROM waited"

    with deadline.within(0.5), pytest.raises(StoreTimeout):
        run(db.execute_command(slow))
    run(db.execute_query("SELECT pg_sleep(2)"))

    assert run(db.execute_query("SELECT * FROM search_terms")) == []
    db.close()
