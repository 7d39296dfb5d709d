"""The health function's routes with stores that are available, unavailable, or not used."""

from typing import Any

import httpx
import pytest

from local.processes import free_port
from quarry.dependencies.composition import composition
from quarry.http.app import create_app
from quarry.http.health import router
from quarry.runtime import run
from tests.environment import composed, forget


@pytest.fixture
def environment(request):
    with composed(request) as patch:
        yield patch


def ask(path: str) -> tuple[int, dict[str, Any]]:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(create_app("health", [router]))
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            return await client.get(f"/api/v1{path}")

    response = run(send())
    return response.status_code, response.json()


def unavailable(scheme: str, rest: str = "") -> str:
    return f"{scheme}://127.0.0.1:{free_port()}{rest}"


def test_liveness_touches_no_store(monkeypatch):
    monkeypatch.setenv("QDRANT_URL", "not an address")

    assert ask("/health") == (200, {"status": "ok", "version": "0.1.0"})


def test_the_databases_are_reported_as_specified(environment):
    status, answer = ask("/health/databases")

    assert status == 200
    assert [(part, found["type"], found["status"]) for part, found in answer.items()] == [
        ("vector_database", "Qdrant", "healthy"),
        ("relational_database", "PostgreSQL", "healthy"),
        ("cache_database", "Redis", "healthy"),
    ]
    assert all(found["response_time_ms"] >= 0 and "error" not in found for found in answer.values())


def test_one_store_is_enough_to_be_well(environment):
    environment.setenv("POSTGRESQL_URL", unavailable("postgresql", "/quarry").replace("//", "//user:geheim@"))
    environment.setenv("REDIS_URL", unavailable("redis", "/0").replace("//", "//:geheim@"))
    forget()

    status, answer = ask("/health/databases")

    assert status == 200
    assert [found["status"] for found in answer.values()] == ["healthy", "unhealthy", "unhealthy"]
    assert answer["relational_database"]["error"]
    assert "geheim" not in str(answer)


def test_without_any_store_that_answers_it_is_503(environment):
    environment.setenv("POSTGRESQL_URL", unavailable("postgresql", "/quarry"))
    environment.setenv("QDRANT_URL", unavailable("http"))
    forget()

    status, answer = ask("/health/databases")

    assert status == 503
    assert answer["cache_database"]["status"] == "healthy"


def test_stores_that_are_not_used_are_disabled(environment):
    environment.setenv("QDRANT_ONLY_MODE", "true")
    environment.setenv("DISABLE_REDIS_CONNECTION", "true")
    forget()

    status, answer = ask("/health/databases")

    assert status == 200
    assert answer["relational_database"] == {"type": "PostgreSQL", "status": "disabled"}
    assert answer["cache_database"] == {"type": "Redis", "status": "disabled"}


def test_the_full_diagnosis_reports_every_part_and_no_secret(environment):
    environment.setenv("OPENAI_BASE_URL", "https://user:geheim@example.com/v1?key=geheim")
    forget()

    status, answer = ask("/health/full")

    assert status == 200
    assert answer["queues"] == {"uploads": 0, "chunks": 0}
    counted = ("materials", "offers", "points", "unindexed", "unreconciled", "batches_waiting")
    assert answer["counts"] == dict.fromkeys(counted, 0)
    assert answer["migrations"]["expected"] == answer["migrations"]["found"]
    assert answer["tunnel"]["status"] == "disabled"
    assert answer["embeddings"]["status"] == "healthy"
    assert {state["state"] for state in answer["breakers"]} <= {"closed"}
    assert answer["settings"]["postgresql_url"] == "set"
    assert answer["settings"]["openai_base_url"] == answer["settings"]["qdrant_url"] == "set"
    assert answer["settings"]["ssh_host"] is None
    for secret in ("geheim", "example.com", "127.0.0.1", composition().settings.qdrant_api_key.get_secret_value()):
        assert secret not in str(answer)


def test_the_full_diagnosis_answers_while_postgresql_is_unavailable(environment):
    environment.setenv("POSTGRESQL_URL", unavailable("postgresql", "/quarry"))
    forget()

    status, answer = ask("/health/full")

    assert status == 200
    assert answer["migrations"]["found"] is None
    assert answer["counts"] == {
        "materials": None,
        "offers": None,
        "points": 0,
        "unindexed": None,
        "unreconciled": 0,
        "batches_waiting": 0,
    }
