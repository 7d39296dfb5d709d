"""A model's help with sheets whose layout is a guess, played by a local HTTP server."""

import pytest

from quarry.adapters.openai_reader import OpenAIReader
from quarry.dependencies.composition import composition
from quarry.domain.reading import Excerpt, Proposal, Role
from quarry.errors import StoreError, StoreUnavailable
from quarry.runtime import run
from tests.environment import composed, with_bucket
from tests.integration.functions import call, invoke, queued, restored, uploaded
from tests.integration.openai_server import Api

KEY = "incoming/supplier=101/прайс.csv"
# Nothing says which of the two columns of amounts is the price.
GUESS = "Полка ПН-1;1200;350\nПолка ПН-2;1500;410\nСтеллаж СТ-1;2000;980\nСтеллаж СТ-2;2200;1040\n"
LAYOUT = {
    "header_rows": [],
    "columns": [
        {"letter": letter, "role": role} for letter, role in zip("ABC", ("name", "weight", "price"), strict=True)
    ],
    "rows": [{"row": row, "kind": "goods"} for row in range(1, 5)],
}
EXCERPT = Excerpt(fingerprint="a", rows={1: ("Полка ПН-1", "350"), 3: ("Полка ПН-2", "410")})


@pytest.fixture
def api():
    played = Api()
    played.layout = LAYOUT
    yield played
    played.close()


@pytest.fixture
def model(api):
    made = OpenAIReader("sk-test", model="gpt-test", base_url=api.url, timeout=0.4)
    yield made
    run(made.close())


def test_a_model_is_shown_the_rows_and_asked_for_an_answer_of_a_structure(model, api):
    proposal = run(model.propose(EXCERPT))
    assert proposal == Proposal(
        header_rows=(),
        roles={"A": Role.NAME, "B": Role.WEIGHT, "C": Role.PRICE},
        kinds=dict.fromkeys(range(1, 5), "goods"),
    )
    (asked,) = api.requests
    assert (asked["model"], asked["response_format"]["json_schema"]["strict"]) == ("gpt-test", True)
    assert asked["messages"][1]["content"] == '{"1":["Полка ПН-1","350"],"3":["Полка ПН-2","410"]}'
    assert api.headers[0]["authorization"] == "Bearer sk-test"


@pytest.mark.parametrize("fault", [400, 401, 429, 500, "slow", "garbage"])
def test_an_outage_is_met_once_and_not_waited_for_longer_than_set(model, api, fault):
    api.script = [fault]
    with pytest.raises((StoreUnavailable, StoreError)):
        run(model.propose(EXCERPT))
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    "layout",
    [
        None,
        [],
        "no",
        {},
        {**LAYOUT, "columns": [{"letter": "A", "role": "goods"}]},
        {**LAYOUT, "header_rows": ["first"]},
        {**LAYOUT, "rows": [7]},
    ],
)
def test_an_answer_that_is_no_layout_is_an_outage(model, api, layout):
    api.layout = layout
    with pytest.raises(StoreUnavailable):
        run(model.propose(EXCERPT))


@pytest.fixture
def planned(request, collection, api):
    """Import a list through the functions' own handlers, with a model configured; its batch."""
    with restored(), composed(request) as patch:
        s3, name = with_bucket(
            patch,
            collection,
            OPENAI_API_KEY="sk-test",
            OPENAI_BASE_URL=api.url,
            READING_MODEL="gpt-test",
            READING_TIMEOUT="0.4",
        )

        def plan(content, key=KEY):
            version = s3.put_object(Bucket=name, Key=key, Body=content.encode())["VersionId"]
            assert invoke("ingest/plan.py", uploaded(key, version))["batchItemFailures"] == []
            for event in queued():
                assert invoke("ingest/process.py", event)["batchItemFailures"] == []
            return max(call("batch_status/app.py", "GET", "/batches").body["items"], key=lambda one: one["created_at"])

        yield plan


def asked(api):
    return [path for path in api.paths if path.endswith("/chat/completions")]


def test_a_guess_is_read_as_the_model_proposes_and_the_next_list_without_it(planned, api):
    batch = planned(GUESS)
    read = call("batch_status/app.py", "GET", f"/batches/{batch['request_id']}/reading").body["sheets"][0]
    assert read["read_by"] == "model"
    assert {column["letter"]: column["role"] for column in read["columns"]}["C"] == "price"
    assert [row["offer"]["price"] for row in read["sample"]] == ["350", "410", "980", "1040"]
    kept = run(composition().readings.corrections(101))
    assert [correction.read_by for correction in kept.values()] == ["model"]
    again = planned(GUESS.replace("350", "355"), KEY.replace("прайс", "прайс-2"))
    read = call("batch_status/app.py", "GET", f"/batches/{again['request_id']}/reading").body["sheets"][0]
    assert (read["read_by"], len(asked(api))) == ("model", 1)


@pytest.mark.parametrize("fault", [500, "slow", "garbage"])
def test_a_list_is_imported_as_it_was_read_when_the_model_does_not_answer(planned, api, fault):
    api.script = [fault]
    batch = planned(GUESS)
    read = call("batch_status/app.py", "GET", f"/batches/{batch['request_id']}/reading").body["sheets"][0]
    assert (batch["status"], read["read_by"], len(asked(api))) == ("completed", "reader", 1)
    assert run(composition().readings.corrections(101)) == {}
