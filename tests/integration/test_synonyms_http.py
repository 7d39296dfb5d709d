"""Users' synonyms through the function's own handler, and in search."""

import pytest

from quarry.dependencies.composition import composition
from quarry.runtime import run
from tests.environment import composed, with_bucket
from tests.integration.functions import call, restored

INGEST = "ingest/api.py"


@pytest.fixture
def deployed(request, collection):
    with restored(), composed(request) as patch:
        with_bucket(patch, collection)
        yield


def listed():
    found, cursor = {}, None
    while True:
        query = {"limit": 100, **({"cursor": cursor} if cursor else {})}
        page = call(INGEST, "GET", "/synonyms", **query).body
        found |= {item["term"]: item["means"] for item in page["items"]}
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.usefixtures("deployed")
def test_a_synonym_is_put_listed_and_deleted():
    put = call(INGEST, "PUT", "/synonyms", {"term": "  Шкурка ", "means": "Бумага  НАЖДАЧНАЯ"})
    assert (put.status, put.body) == (200, {"term": "шкурка", "means": "бумага наждачная"})
    assert call(INGEST, "PUT", "/synonyms", {"term": "шкурка", "means": "наждак"}).status == 200
    assert listed()["шкурка"] == "наждак"

    assert call(INGEST, "DELETE", "/synonyms", term="Шкурка").body == {"deleted": "Шкурка"}
    assert "шкурка" not in listed()
    gone = call(INGEST, "DELETE", "/synonyms", term="шкурка")
    assert (gone.status, "no synonym" in gone.body["detail"]) == (404, True)


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("body", [{"term": "а"}, {"term": "а", "means": " "}, {"term": "а", "means": "А"}])
def test_a_synonym_is_two_different_texts(body):
    assert call(INGEST, "PUT", "/synonyms", body).status == 422


@pytest.mark.usefixtures("deployed")
def test_search_reads_what_users_added():
    call(INGEST, "PUT", "/synonyms", {"term": "шкурка", "means": "бумага наждачная"})
    try:
        parsed, _ = run(composition().search.query_reader.understand("шкурка", 0))
        assert parsed.text == "бумага наждачная"
    finally:
        call(INGEST, "DELETE", "/synonyms", term="шкурка")
