"""Imports undone through the functions' own handlers, on real stores: once, whatever breaks off meanwhile."""

import json

import pytest

from local.processes import free_port
from quarry.dependencies import maintenance
from quarry.dependencies.composition import composition
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from tests.environment import composed, forget, with_bucket
from tests.integration.functions import call, invoke, queued, restored, uploaded

INGEST, BATCHES, SEARCH = "ingest/api.py", "batch_status/app.py", "search/app.py"
KEY = "incoming/supplier=101/{}.csv"
HEADER = "Артикул;Наименование;Ед. изм.;Цена, руб.;Остаток\n"
FIRST = HEADER + "А-1;Цемент М500;мешок;450;5\nА-2;Клей плиточный;мешок;380;6\nА-3;Песок речной;т;900;7\n"
# One row as before, one with another stock, one dearer, one new; one is gone.
SECOND = HEADER + "А-1;Цемент М500;мешок;450;5\nА-2;Клей плиточный;мешок;380;0\nА-4;Щебень 5-20;т;1900;1\n"
STATE = "SELECT to_jsonb(r) AS row FROM raw_products r WHERE superseded_at IS NULL ORDER BY offer_key"


@pytest.fixture
def bucket(request, collection):
    with restored(), composed(request) as patch:
        s3, name = with_bucket(patch, collection)
        yield s3, name, patch


def processed():
    """How many messages failed."""
    return sum(len(invoke("ingest/process.py", event)["batchItemFailures"]) for event in queued())


def imported(bucket, text, file="прайс 01"):
    s3, name, _ = bucket
    key = KEY.format(file)
    version = s3.put_object(Bucket=name, Key=key, Body=text.encode())["VersionId"]
    assert invoke("ingest/plan.py", uploaded(key, version))["batchItemFailures"] == []
    assert processed() == 0
    return call(BATCHES, "GET", "/batches").body["items"][0]["request_id"]


def state():
    return [row["row"] for row in run(composition().relational.execute_query(STATE))]


def status(request_id):
    return call(BATCHES, "GET", f"/batches/{request_id}").body["status"]


def prices(query):
    hits = call(SEARCH, "POST", "/search", {"query": query}).body["hits"]
    return [offer["price"] for hit in hits for offer in hit["offers"]]


def test_prices_search_history_and_changes_are_as_before(bucket):
    imported(bucket, FIRST)
    before = state()
    assert prices("песок речной") == ["900.00"]
    second = imported(bucket, SECOND.replace("450", "470"), "прайс 02")
    assert (prices("песок речной"), prices("цемент м500"), prices("щебень")) == ([], ["470.00"], ["1900.00"])

    answer = call(INGEST, "POST", f"/batches/{second}/undo")
    assert (answer.status, answer.body) == (202, {"request_id": second, "status": "undoing", "read_again": []})
    assert processed() == 0

    assert state() == before
    assert status(second) == "undone"
    assert (prices("песок речной"), prices("цемент м500"), prices("щебень")) == (["900.00"], ["450.00"], [])
    changes = call(BATCHES, "GET", f"/batches/{second}/changes").body
    assert (changes["items"], set(changes["summary"].values())) == ([], {0})
    listed = call(BATCHES, "GET", "/batches", status="undone").body["items"]
    assert [one["request_id"] for one in listed] == [second]


def test_the_same_list_again_finds_every_row_unchanged(bucket):
    imported(bucket, FIRST)
    second = imported(bucket, SECOND, "прайс 02")
    call(INGEST, "POST", f"/batches/{second}/undo")
    assert processed() == 0
    again = imported(bucket, FIRST, "прайс 03")
    summary = call(BATCHES, "GET", f"/batches/{again}/changes").body["summary"]
    assert summary == {"new": 0, "gone": 0, "dearer": 0, "cheaper": 0, "unchanged": 3}


def test_what_was_undone_can_be_read_again_and_counts(bucket):
    imported(bucket, FIRST)
    second = imported(bucket, SECOND, "прайс 02")
    call(INGEST, "POST", f"/batches/{second}/undo")
    assert processed() == 0
    call(INGEST, "POST", f"/batches/{second}/reread")
    for event in queued():
        assert invoke("ingest/plan.py", event)["batchItemFailures"] == []
    assert processed() == 0
    assert prices("щебень") == ["1900.00"]
    assert call(BATCHES, "POST", f"/batches/{second}/retry").status == 409


def test_an_undo_that_breaks_off_and_comes_again_is_one(bucket, monkeypatch):
    imported(bucket, FIRST)
    before = state()
    second = imported(bucket, SECOND, "прайс 02")
    call(INGEST, "POST", f"/batches/{second}/undo")
    call(INGEST, "POST", f"/batches/{second}/undo")
    (event, other) = queued()
    with monkeypatch.context() as patch:
        # As if the function died after its transaction: the header still says that the list is being undone.
        async def died(batch):
            raise StoreUnavailable("PostgreSQL")

        patch.setattr(composition().batches, "save_batch", died)
        invoke("ingest/process.py", event)
    assert (state(), status(second)) == (before, "undoing")
    assert [json.loads(one["Records"][0]["body"]) for one in (event, other)] == [{"undo": second}] * 2
    for message in (event, other):
        assert invoke("ingest/process.py", message)["batchItemFailures"] == []
    assert (state(), status(second)) == (before, "undone")
    refused = call(INGEST, "POST", f"/batches/{second}/undo")
    assert (refused.status, refused.body["code"]) == (409, "undone")


def test_without_qdrant_it_is_undone_and_search_follows(bucket):
    imported(bucket, FIRST)
    second = imported(bucket, SECOND, "прайс 02")
    call(INGEST, "POST", f"/batches/{second}/undo")
    _, _, environment = bucket
    with environment.context() as patch:
        patch.setenv("QDRANT_URL", f"http://127.0.0.1:{free_port()}")
        forget()
        assert processed() == 0
        assert status(second) == "undone"
    forget()
    run(maintenance.maintenance().upkeep())
    assert (prices("песок речной"), prices("щебень")) == (["900.00"], [])


def test_a_list_that_others_came_after_is_refused(bucket):
    first = imported(bucket, FIRST)
    second = imported(bucket, SECOND, "прайс 02")
    refused = call(INGEST, "POST", f"/batches/{first}/undo")
    assert (refused.status, refused.body["code"]) == (409, "later_list")
    assert second in refused.body["detail"]
    for one in (second, first):
        assert call(INGEST, "POST", f"/batches/{one}/undo").status == 202
        assert processed() == 0
    assert (state(), prices("цемент")) == ([], [])
    assert call(INGEST, "POST", "/batches/nothing/undo").status == 404
