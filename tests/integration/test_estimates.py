"""Estimates through the whole API: priced, kept, corrected, by the queue where they are large, and in outages."""

import json

import boto3
import pytest

from quarry.dependencies.composition import composition
from quarry.domain.messages import EstimateMessage
from quarry.runtime import run
from quarry.services.estimates import CHUNK_LINES, DIRECT_LINES
from tests.integration.served import served

OFFERS = [
    (11, "Цемент Берег М500 мешок 50 кг", "мешок", "450", "RUB"),
    (12, "Цемент Утёс М500 мешок 25 кг", "мешок", "220", "RUB"),
    (11, "Цемент Берег М400 мешок 50 кг", "мешок", "400", "RUB"),
    (11, "Профиль стоечный Клён 75х50 3 м", "шт", "300", "RUB"),
    (13, "Профиль стоечный Клён 75х50 3 м", "шт", "270", "RUB"),
    (12, "Штукатурка гипсовая Маяна 30 кг", "мешок", "390", "RUB"),
    (13, "Штукатурка гипсовая Маяна 30 кг", "мешок", "4", "EUR"),
    (13, "Розетка Ладная с заземлением белая", "шт", "95", "RUB"),
]
LINES = [
    {"name": "Цемент М500", "quantity": "2010", "unit": "кг"},
    {"name": "Профиль стоечный 75х50", "quantity": "100", "unit": "м"},
    {"name": "Штукатурка гипсовая ручная", "quantity": 600, "unit": "кг"},
    {"name": "Дверь входная металлическая", "quantity": "1", "unit": "шт"},
]


@pytest.fixture(scope="module")
def api(engines):
    with served(engines) as served_api:
        for number, (supplier, name, unit, price, currency) in enumerate(OFFERS):
            material = {"id": str(number), "name": name, "unit": unit, "price": price, "currency": currency}
            served_api.submit([material], supplier_id=supplier)
        run(composition().ingestion.indexing.index_pending(100))
        yield served_api


@pytest.fixture(autouse=True)
def nothing_chosen(api):
    run(composition().databases.relational.execute_command("TRUNCATE estimate_choices"))


def priced(api, lines=LINES, **about):
    answer = api.ask("POST", "/estimates", json={"lines": lines, **about})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_each_line_has_its_cheapest_offer_in_whole_packages(api):
    cement, profile, plaster, _ = priced(api)["lines"]
    assert (cement["status"], cement["material"]["name"]) == ("matched", "Цемент Утёс М500 мешок 25 кг")
    assert cement["best"]["price_per_base_unit"] == "8.80"
    assert (cement["best"]["packages"], cement["best"]["cost"]) == ("81", "17820.00")
    assert [one["supplier_id"] for one in cement["offers"]] == [12, 11]
    assert (profile["best"]["supplier_id"], profile["best"]["packages"]) == (13, "34")
    assert profile["best"]["price_per_base_unit"] == "90.00"
    assert plaster["best"]["cost"] == "7800.00"


def test_an_offer_in_another_currency_is_left_out_with_the_reason(api):
    plaster = priced(api)["lines"][2]
    assert [one["supplier_id"] for one in plaster["offers"]] == [12]
    assert [(one["supplier_id"], one["reason"]) for one in plaster["left_out"]] == [(13, "its price is in EUR")]


def test_what_nobody_sells_is_unserved_and_nothing_is_offered_for_it(api):
    answer = priced(api)
    door = answer["lines"][3]
    assert (door["status"], door["best"], door["material"], door["offers"]) == ("unserved", None, None, [])
    assert answer["unserved"] == [4]


def test_totals_name_each_supplier_and_the_cheapest_choice_of_few(api):
    totals = priced(api, max_suppliers=1)["totals"]
    assert totals["cheapest"] == {"cost": "34800.00", "suppliers": 2, "served": 3}
    assert {one["supplier_id"]: (one["cost"], one["served"], one["missing"]) for one in totals["by_supplier"]} == {
        12: ("25620.00", 2, 2),
        11: ("28650.00", 2, 2),
        13: ("9180.00", 1, 3),
    }
    assert totals["with_at_most"] == {
        "suppliers": 1,
        "supplier_ids": [12],
        "cost": "25620.00",
        "served": 2,
        "proved": True,
    }


def test_waste_is_added_to_what_is_needed(api):
    (line,) = priced(api, lines=LINES[:1], waste_percent="10")["lines"]
    assert line["needed"] == {"amount": "2211", "unit": "кг"}
    assert line["best"]["packages"] == "89"


def test_an_estimate_is_found_again_and_listed_newest_first(api):
    first, second = priced(api, name="Дом"), priced(api, name="Баня")
    again = api.ask("GET", f"/estimates/{first['id']}").json()
    assert again == first
    listed = api.ask("GET", "/estimates?limit=1").json()
    assert [one["name"] for one in listed["items"]] == ["Баня"]
    following = api.ask("GET", "/estimates", params={"limit": 1, "cursor": listed["next_cursor"]}).json()
    assert [one["id"] for one in following["items"]] == [first["id"]]
    assert second["totals"] == first["totals"]


def test_lines_come_page_by_page(api):
    made = priced(api)
    page = api.ask("GET", f"/estimates/{made['id']}?limit=3").json()
    rest = api.ask("GET", f"/estimates/{made['id']}", params={"limit": 3, "cursor": page["next_cursor"]}).json()
    assert [one["line"] for one in (*page["lines"], *rest["lines"])] == [1, 2, 3, 4]
    assert rest["next_cursor"] is None


def test_a_correction_holds_for_this_and_for_later_estimates(api):
    made = priced(api)
    other = next(one for one in made["lines"][0]["offers"] if one["supplier_id"] == 11)["material_id"]
    line = api.ask("PUT", f"/estimates/{made['id']}/lines/1", json={"material_id": other}).json()
    assert (line["chosen"], line["status"], line["best"]["supplier_id"]) == (True, "matched", 11)
    assert api.ask("GET", f"/estimates/{made['id']}").json()["totals"]["cheapest"]["cost"] == "35430.00"
    later = priced(api, lines=[{"name": "цемент  М-500", "quantity": "50", "unit": "кг"}])["lines"][0]
    assert (later["chosen"], later["best"]["supplier_id"]) == (True, 11)


def test_a_line_may_be_said_to_be_none_of_the_catalogue(api):
    made = priced(api)
    line = api.ask("PUT", f"/estimates/{made['id']}/lines/1", json={"material_id": None}).json()
    assert (line["status"], line["best"]) == ("unserved", None)
    assert api.ask("GET", f"/estimates/{made['id']}").json()["unserved"] == [1, 4]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/estimates/00000000-0000-4000-8000-000000000000/lines/1", {"material_id": None}),
        ("{made}/lines/9", {"material_id": None}),
        ("{made}/lines/1", {"material_id": "00000000-0000-4000-8000-000000000000"}),
    ],
    ids=["estimate", "line", "material"],
)
def test_a_correction_of_what_is_not_there_is_refused(api, path, body):
    made = priced(api, lines=LINES[:1])
    answer = api.ask("PUT", path.format(made=f"/estimates/{made['id']}"), json=body)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": [{"name": " ", "quantity": 1}]}, "/lines/0/name"),
        ({"lines": [{"name": "Цемент", "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [LINES[0]] * 10_001}, "/lines"),
        ({"lines": LINES, "max_suppliers": 0}, "/max_suppliers"),
        ({"lines": LINES, "waste_percent": "-1"}, "/waste_percent"),
    ],
)
def test_a_bill_that_cannot_be_priced_is_refused_with_the_field(api, body, pointer):
    answer = api.ask("POST", "/estimates", json=body)
    assert answer.status_code == 422
    assert pointer in [one["pointer"] for one in answer.json()["errors"]]


def queued():
    """Messages of the chunks queue, each taken out of it."""
    sqs, url, found = boto3.client("sqs"), composition().settings.chunks_queue_url, []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_a_large_bill_is_priced_by_the_queue_in_any_order_and_more_than_once(api):
    lines = [LINES[at % 4] for at in range(DIRECT_LINES + 1)]
    answer = api.ask("POST", "/estimates", json={"lines": lines, "max_suppliers": 2})
    made = answer.json()
    assert answer.status_code == 202
    assert (made["status"], made["totals"], made["progress"]["priced"]) == ("pricing", None, 0)
    messages = queued()
    assert len(messages) == -(-len(lines) // CHUNK_LINES)
    for message in [*reversed(messages), messages[0]]:
        run(composition().estimates.chunks.price(EstimateMessage.parse(message)))
    done = api.ask("GET", f"/estimates/{made['request_id']}").json()
    assert (done["status"], done["progress"]["percent"]) == ("priced", 100.0)
    assert [one["line"] for one in done["lines"]] == list(range(1, len(lines) + 1))
    assert done["totals"]["cheapest"]["served"] == len([at for at in range(len(lines)) if at % 4 != 3])


def test_a_bill_is_priced_without_the_index(api):
    whole, there = priced(api), composition().settings.qdrant_url
    api.changed(QDRANT_URL="http://127.0.0.1:9")
    try:
        answer = priced(api)
    finally:
        api.changed(QDRANT_URL=there)
    assert answer["degraded"]
    assert [one["material"] for one in answer["lines"]] == [one["material"] for one in whole["lines"]]


def test_without_postgresql_a_bill_is_answered_and_not_kept(api):
    whole, there = priced(api), composition().settings.postgresql_url.get_secret_value()
    api.changed(POSTGRESQL_URL="postgresql://nobody@127.0.0.1:9/none")
    try:
        answer = priced(api)
        missing = api.ask("GET", f"/estimates/{answer['id']}")
        large = api.ask("POST", "/estimates", json={"lines": [LINES[0]] * (DIRECT_LINES + 1)})
    finally:
        api.changed(POSTGRESQL_URL=there)
    assert (answer["kept"], answer["degraded"]) == (False, True)
    assert [one["best"] for one in answer["lines"]] == [one["best"] for one in whole["lines"]]
    assert (missing.status_code, large.status_code) == (503, 503)
