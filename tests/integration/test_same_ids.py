"""Rows of one list that share an id, an article or a name: each is an offer, and the next list finds each again."""

import json
from datetime import UTC, datetime

import pytest

from quarry.dependencies.composition import composition
from quarry.runtime import run
from tests.environment import composed, with_bucket
from tests.integration.functions import call, invoke, queued, restored, uploaded

ROWS = [("A1", "Кран 1/2", 410), ("B2", "Кран 3/4", 560), ("A1", "Кран 1", 890)]


@pytest.fixture(autouse=True)
def drop(request, collection):
    """Imports a file through the functions' handlers; returns its progress as the API reports it."""
    with composed(request) as patch, restored():
        s3, bucket = with_bucket(patch, collection, CHUNK_ROWS="2")

        def drop(content: str, name: str = "list.csv") -> dict:
            key = f"incoming/supplier=101/{name}"
            version = s3.put_object(Bucket=bucket, Key=key, Body=content.encode())["VersionId"]
            assert invoke("ingest/plan.py", _uploaded_now(key, version))["batchItemFailures"] == []
            for event in queued():
                assert invoke("ingest/process.py", event)["batchItemFailures"] == []
            return call("batch_status/app.py", "GET", "/batches").body["items"][0]

        yield drop


def _uploaded_now(key: str, version: str) -> dict:
    """Lists are ordered by their uploads' moments, which are all one in the sample."""
    event = uploaded(key, version)
    body = json.loads(event["Records"][0]["body"])
    body["Records"][0]["eventTime"] = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    event["Records"][0]["body"] = json.dumps(body)
    return event


def table(rows=ROWS) -> str:
    return "id;name;price\n" + "".join(f"{key};{name};{price}\n" for key, name, price in rows)


def objects(rows=ROWS) -> str:
    return json.dumps([{"id": key, "name": name, "price": price} for key, name, price in rows])


def market(rows=ROWS) -> str:
    offers = "".join(
        f'<offer id="{key}"><name>{name}</name><price>{price}</price></offer>' for key, name, price in rows
    )
    return f"<yml_catalog><shop><offers>{offers}</offers></shop></yml_catalog>"


def current() -> list[tuple[str, int]]:
    found = run(
        composition().postgresql.execute_query(
            "SELECT name, unit_price FROM raw_products WHERE superseded_at IS NULL ORDER BY unit_price"
        )
    )
    return [(offer["name"], int(offer["unit_price"])) for offer in found]


@pytest.mark.parametrize(("write", "name"), [(table, "list.csv"), (objects, "list.json"), (market, "list.xml")])
def test_two_rows_with_one_id_are_two_offers_with_a_remark(drop, write, name):
    batch = drop(write(), name)

    assert (batch["status"], batch["total"], batch["offers"], batch["failed"]) == ("completed", 3, 3, 0)
    assert current() == [("Кран 1/2", 410), ("Кран 3/4", 560), ("Кран 1", 890)]
    tail = f"/batches/{batch['request_id']}"
    remarks = call("batch_status/app.py", "GET", f"{tail}/errors").body["items"]
    (remark,) = [one for one in remarks if one["code"] == "same_id"]
    first, last = (2, 4) if name == "list.csv" else (1, 3)
    assert (remark["row"], remark["value"], remark["severity"]) == (last, "A1", "warning")
    assert f"«A1» is in row {first} already" in remark["message"]
    shown = call("batch_status/app.py", "GET", f"{tail}/results").body["items"]
    assert [one["id"] for one in shown] == ["A1", "B2", "A1"]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([("7", "Кран 1/2", 410), ("7", "Кран 3/4", 560)], id="names differ"),
        pytest.param([("7", "Кран 1/2", 410), ("7", "Кран 1/2", 560)], id="prices differ"),
        pytest.param([("1", "Кран 1/2", 410), ("0", "Кран 3/4", 560)], id="ids like places"),
    ],
)
def test_the_next_list_finds_each_of_them_again(drop, rows):
    drop(table(rows))
    dearer = [(key, name, price + (price == 560)) for key, name, price in rows]
    batch = drop(table(dearer))

    assert (batch["status"], batch["offers"]) == ("completed", 2)
    assert current() == [(name, price) for _, name, price in dearer]
    changes = call("batch_status/app.py", "GET", f"/batches/{batch['request_id']}/changes").body["summary"]
    assert changes == {"new": 0, "gone": 0, "dearer": 1, "cheaper": 0, "unchanged": 1}
    remarks = call("batch_status/app.py", "GET", f"/batches/{batch['request_id']}/errors").body["items"]
    assert [one["row"] for one in remarks if one["code"] == "same_id"] == [3] * (rows[0][0] == rows[1][0])


def test_one_article_and_one_id_for_two_goods_are_two_offers(drop):
    content = "id;артикул;наименование;цена\n7;K1;Кран шаровой;410\n7;K1;Кран угловой;560\n"
    drop(content)
    batch = drop(content.replace("560", "570"), "next.csv")

    assert (batch["status"], batch["offers"]) == ("completed", 2)
    assert current() == [("Кран шаровой", 410), ("Кран угловой", 570)]
