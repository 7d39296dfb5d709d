"""The drill of docs/operations.md: PostgreSQL dumped and restored elsewhere, the index rebuilt, nothing lost."""

import json
import os
import subprocess
import uuid
from urllib.parse import urlsplit

import pytest
import redis

from local.postgresql import binaries
from quarry.dependencies import maintenance
from quarry.dependencies.composition import composition
from quarry.runtime import run
from tests.integration.served import served

NAMES = [
    "Цемент М500 мешок 50 кг",
    "Клей плиточный 25 кг",
    "Гипсокартон 12,5 мм",
    "Арматура А500С 12 мм",
    "Песок 40 кг",
]
QUERIES = ["цемент м500", "клей плиточный", "арматура", "гипсокартон 12,5"]
_TABLES = """
SELECT table_name AS name FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name
"""
# Of the order of rows nothing is promised.
_CONTENT = "SELECT count(*) AS rows, md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS content FROM {} t"


@pytest.fixture
def api(engines):
    """A catalogue with a history: two suppliers, prices that changed, names, synonyms and rates of people."""
    with served(engines) as api:
        for supplier, price in ((7, 100), (8, 90), (7, 110)):
            api.submit(materials(price), supplier_id=supplier)
        for method, path, body in (
            ("PUT", "/suppliers/7", {"name": "Стройбаза"}),
            ("PUT", "/synonyms", {"term": "гкл", "means": "гипсокартон"}),
            (
                "PUT",
                "/reference/exchange-rates",
                {"rates": [{"currency": "USD", "rate": "81.5", "date": "2026-11-26"}]},
            ),
        ):
            assert api.ask(method, path, json=body).status_code == 200
        yield api


def materials(price):
    return [
        {"id": str(place), "name": name, "unit": "шт", "price": str(price + place)} for place, name in enumerate(NAMES)
    ]


def rows():
    """Each table with the number of its rows and a digest of what they hold."""
    database = composition().postgresql
    names = [row["name"] for row in run(database.execute_query(_TABLES))]
    assert {"materials", "raw_products", "pricelists", "processing_results", "synonyms", "suppliers"} <= set(names)
    return {name: run(database.execute_query(_CONTENT.format(name)))[0] for name in names}


def answers(api):
    """All that callers can see, without the times that answers took."""
    found = {}
    for query in QUERIES:
        body = api.ask("GET", "/search", params={"q": query}).json()
        found[query] = {name: body[name] for name in ("source", "degraded", "hits", "total")}
        for hit in body["hits"]:
            for path in ("", "/offers", "/price-history"):
                address = f"/materials/{hit['material']['id']}{path}"
                found[address] = api.ask("GET", address).json()
    for address in ("/batches", "/suppliers", "/synonyms", "/reference/exchange-rates", "/batches/statistics"):
        found[address] = api.ask("GET", address).json()
    for one in found["/batches"]["items"]:
        found[one["request_id"]] = api.ask("GET", f"/batches/{one['request_id']}/results").json()
    assert all(found[query]["hits"] for query in QUERIES)
    return json.loads(json.dumps(found))


def client(program, *arguments):
    """A program of PostgreSQL's, as the page calls it."""
    done = subprocess.run(
        [binaries() / program, *arguments], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr


def restored_elsewhere(engines, api, tmp_path):
    """Dump, lose everything but the dump, and restore into an empty database of another name."""
    old = composition().settings
    dump = tmp_path / "quarry.dump"
    client("pg_dump", "--format=custom", f"--file={dump}", old.postgresql_url.get_secret_value())
    new = engines.database("template1")
    client("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={new}", str(dump))
    with redis.Redis.from_url(engines.redis.url) as store:
        store.flushall()
    # A cluster without a collection of ours.
    lost = f"{old.processing_collection}_{uuid.uuid4().hex[:8]}"
    api.changed(POSTGRESQL_URL=new, MATERIALS_COLLECTION=f"{lost}_materials", PROCESSING_COLLECTION=lost)
    assert urlsplit(new).path != urlsplit(old.postgresql_url.get_secret_value()).path


def rebuilt(api):
    state = api.ask("POST", "/index/rebuild", json={"start": True}).json()
    while state["finished_at"] is None:
        state = api.ask("POST", "/index/rebuild", json={}).json()
    return state["done"]


def test_after_a_restore_every_row_and_every_answer_is_as_before(engines, api, tmp_path):
    kept, seen = rows(), answers(api)

    restored_elsewhere(engines, api, tmp_path)

    assert rows() == kept
    assert rebuilt(api) == kept["materials"]["rows"] == len(NAMES)
    assert run(composition().qdrant.count(composition().settings.materials_collection)) == len(NAMES)
    assert answers(api) == seen


def test_an_import_that_was_under_way_goes_on_from_the_dump(engines, api, tmp_path):
    submitted = api.ask("POST", "/batches", json={"materials": materials(200), "supplier_id": 9}).json()["request_id"]
    api.changed(STALLED_AFTER_SECONDS="0")

    restored_elsewhere(engines, api, tmp_path)
    # The messages are lost with the queue.
    queue = composition().chunks_queue
    queue._client.purge_queue(QueueUrl=composition().settings.chunks_queue_url)
    assert rebuilt(api) == len(NAMES)
    assert api.ask("GET", f"/batches/{submitted}").json()["pending"] == len(NAMES)

    assert run(maintenance.maintenance().upkeep())["resume_batches"] == {"status": "done", "messages": 1}
    api.process()

    progress = api.ask("GET", f"/batches/{submitted}").json()
    assert (progress["status"], progress["completed"]) == ("completed", len(NAMES))
    offers = api.ask("GET", "/search", params={"q": QUERIES[0]}).json()["hits"][0]["offers"]
    assert {offer["supplier_id"] for offer in offers} == {7, 8, 9}
