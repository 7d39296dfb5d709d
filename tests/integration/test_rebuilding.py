"""The vector index is rebuilt from PostgreSQL on the real engines, and searches are answered all the while."""

import json

import pytest
from typer.testing import CliRunner

from local.cli import app
from local.processes import free_port
from quarry.adapters.local_embeddings import LocalEmbedder
from quarry.dependencies import maintenance
from quarry.dependencies.composition import composition
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from tests.integration.served import served

GOODS = [
    "Цемент М500 мешок 50 кг",
    "Клей плиточный 25 кг",
    "Гипсокартон 12,5 мм",
    "Арматура А500С 12 мм",
    "Песок 40 кг",
]
MATERIALS = [
    {"id": f"{place}", "name": f"{name}, марка {place}", "unit": "шт", "price": str(100 + place)}
    for place, name in enumerate(GOODS * 4)
]
QUERIES = ["цемент м500", "клей плиточный", "арматура 12", "гипсокартон"]


@pytest.fixture
def api(engines, monkeypatch):
    monkeypatch.setattr("quarry.services.rebuilding._MATERIALS_AT_ONCE", 6)
    with served(engines, DISABLE_REDIS_CONNECTION="true") as api:
        api.submit(MATERIALS, supplier_id=7)
        yield api


def answers(api):
    """What people find, and by which store."""
    found = {}
    for query in QUERIES:
        answer = api.ask("GET", "/search", params={"q": query})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found[query] = (body["source"], body["degraded"], [hit["material"]["id"] for hit in body["hits"]])
    return found


def rebuild(api, *, start=False):
    answer = api.ask("POST", "/index/rebuild", json={"start": start})
    assert answer.status_code == 200, answer.text
    return answer.json()


def points():
    return run(composition().qdrant.count(composition().settings.materials_collection))


def lose_the_collection():
    qdrant, name = composition().qdrant, composition().settings.materials_collection
    run(qdrant._connection.call("DELETE", "/collections/{name}", read=bool, name=name))


def test_searches_find_the_same_before_during_and_after(api):
    before = answers(api)
    assert all(source == "vector" and hits for source, _, hits in before.values())
    assert rebuild(api)["started_at"] is None

    state = rebuild(api, start=True)
    steps = [state["done"]]
    while state["finished_at"] is None:
        assert answers(api) == before
        state = rebuild(api)
        steps.append(state["done"])

    assert steps == [6, 12, 18, 20, 20]
    assert state["total"] == points() == 20
    assert answers(api) == before


def test_a_lost_collection_is_made_good_and_nobody_is_refused_meanwhile(api):
    before = answers(api)
    lose_the_collection()

    lost = answers(api)
    assert {source for source, _, _ in lost.values()} == {"sql"}
    assert all(set(hits) & set(before[query][2]) for query, (_, _, hits) in lost.items())
    state = rebuild(api, start=True)
    while state["finished_at"] is None:
        answers(api)
        state = rebuild(api)

    assert points() == 20
    assert answers(api) == before


def test_what_was_broken_off_is_finished_by_the_upkeep(api):
    before = answers(api)
    lose_the_collection()
    assert rebuild(api, start=True)["done"] == 6

    # A collection that is lost once more, in the middle: what was done counts as done.
    done = run(maintenance.maintenance().upkeep())

    assert done["rebuild_index"] == {"status": "done"}
    assert rebuild(api)["finished_at"] is not None
    assert (points(), answers(api)) == (20, before)


def test_started_anew_it_begins_with_the_first_material(api):
    rebuild(api, start=True)
    assert rebuild(api)["done"] == 12
    assert rebuild(api, start=True)["done"] == 6


def test_an_outage_stops_it_where_it_is(api, monkeypatch):
    rebuild(api, start=True)
    address = composition().settings.qdrant_url
    api.changed(QDRANT_URL=f"http://127.0.0.1:{free_port()}")
    refused = api.ask("POST", "/index/rebuild", json={})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    api.changed(QDRANT_URL=address)
    assert rebuild(api)["done"] == 12


def test_no_point_loses_its_vector_while_there_are_no_embeddings(api, monkeypatch):
    before = answers(api)
    rebuild(api, start=True)

    async def away(*_):
        raise StoreUnavailable("the embeddings")

    with monkeypatch.context() as patch:
        patch.setattr(LocalEmbedder, "embed", away)
        assert api.ask("POST", "/index/rebuild", json={}).status_code == 503
    assert answers(api) == before
    assert rebuild(api)["done"] == 12


def test_without_postgresql_there_is_nothing_to_rebuild_from(api):
    api.changed(QDRANT_ONLY_MODE="true")
    refused = api.ask("POST", "/index/rebuild", json={"start": True})
    assert (refused.status_code, "nothing that the index could be rebuilt from" in refused.json()["detail"]) == (
        501,
        True,
    )
    assert "rebuild_index" in run(maintenance.maintenance().upkeep())


def test_the_command_shows_how_far_it_is(api):
    lose_the_collection()
    done = CliRunner().invoke(app, ["reindex", "--api", api.url, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["done"] == 20
    assert done.stderr.splitlines() == ["6 of 20", "12 of 20", "18 of 20", "20 of 20"]
    assert points() == 20
