"""Estimates through the whole API: priced, kept, corrected, by the queue where they are large, and in outages."""

import io
import json

import boto3
import openpyxl
import pytest

from quarry.dependencies.composition import composition
from quarry.domain.messages import EstimateMessage
from quarry.domain.uploads import Upload
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
    assert line["needed"] == {"amount": "2211", "without_waste": "2010", "unit": "кг"}
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


BILL = """Смета;;;
№;Наименование материалов;Ед. изм.;Объём
;Фундамент;;
1;Цемент М500;кг;2010
;Стены;;
2;Профиль стоечный 75х50;м;100
3;Штукатурка гипсовая ручная;кг;
"""


def dropped(api, content, name="Дом.csv", **about):
    """Upload a bill, read it and price it as the functions do; returns the request id."""
    ticket = api.ask("POST", "/pricelists", json={"kind": "estimate", "file_name": name, **about})
    assert ticket.status_code == 201, ticket.text
    form = ticket.json()["upload"]
    boto3.client("s3").put_object(
        Bucket=api.bucket,
        Key=form["fields"]["key"],
        Body=content,
        Metadata={
            field.removeprefix("x-amz-meta-"): value
            for field, value in form["fields"].items()
            if field.startswith("x-amz-meta-")
        },
    )
    run(composition().ingestion.planner.plan(Upload(form["fields"]["key"], None)))
    for message in queued():
        run(composition().estimates.chunks.price(EstimateMessage.parse(message)))
    return ticket.json()["request_id"]


def test_a_dropped_bill_becomes_an_estimate_with_its_headings_and_what_it_leaves_out(api):
    request_id = dropped(api, BILL.encode(), terms={"waste_percent": "10"})
    batch = api.ask("GET", f"/batches/{request_id}").json()
    assert (batch["status"], batch["kind"], batch["percent"]) == ("completed", "estimate", 100.0)
    remarks = api.ask("GET", f"/batches/{request_id}/errors").json()["items"]
    assert [(one["row"], one["code"]) for one in remarks] == [(7, "no_quantity")]
    estimate = api.ask("GET", f"/estimates/{request_id}").json()
    assert (estimate["name"], estimate["waste_percent"]) == ("Дом", "10")
    assert [(one["group"], one["name"], one["quantity"], one["unit"]) for one in estimate["lines"]] == [
        ("Фундамент", "Цемент М500", "2010", "кг"),
        ("Стены", "Профиль стоечный 75х50", "100", "м"),
    ]
    assert estimate["lines"][0]["best"]["packages"] == "89"


def test_a_file_without_lines_is_refused_with_the_reason(api):
    request_id = dropped(api, "Наименование;Цена\nЦемент;450\n".encode())
    batch = api.ask("GET", f"/batches/{request_id}").json()
    assert (batch["status"], batch["error"]["code"]) == ("failed", "no_lines")
    assert "«Количество»" in batch["error"]["message"]


@pytest.mark.parametrize(("language", "name", "none"), [("ru", "Смета", "нет"), ("en", "Estimate", "none")])
def test_a_workbook_calculates_what_the_estimate_says_and_is_read_back_as_the_same(api, language, name, none):
    made = priced(api, waste_percent="5", name="Дом")
    answer = api.ask("GET", f"/estimates/{made['id']}/export", headers={"Accept-Language": language})
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book[name]
    says = {"ru": "В названии есть всё, что требуется.", "en": "It says all that is asked for."}
    assert says[language] in [sheet[f"Q{row}"].value for row in range(4, 8)]
    assert sheet["O2"].value == "=SUM(O4:O7)"
    assert sheet["O4"].value == "=K4*N4"
    sheet["D4"].value = 50
    sheet["R5"].value = none
    changed = io.BytesIO()
    book.save(changed)
    request_id = dropped(api, changed.getvalue(), name="снова.xlsx")
    again = api.ask("GET", f"/estimates/{request_id}").json()
    assert (again["id"], again["request_id"]) == (made["id"], request_id)
    assert [one["name"] for one in again["lines"]] == [one["name"] for one in made["lines"]]
    assert (again["lines"][0]["quantity"], again["lines"][0]["best"]["packages"]) == ("50", "3")
    assert (again["lines"][1]["chosen"], again["lines"][1]["status"]) == (True, "unserved")
    assert again["waste_percent"] == "5"


def test_texts_of_a_workbook_are_no_formulas(api):
    made = priced(api, lines=[{"name": '=HYPERLINK("http://x") Цемент М500', "quantity": 1, "unit": "кг"}])
    book = openpyxl.load_workbook(io.BytesIO(api.ask("GET", f"/estimates/{made['id']}/export").content))
    assert (book["Estimate"]["C4"].data_type, book["Estimate"]["C4"].value[:10]) == ("s", "=HYPERLINK")


def test_an_estimate_whose_messages_are_lost_is_queued_again(api):
    made = api.ask("POST", "/estimates", json={"lines": [LINES[0]] * (DIRECT_LINES + 1)}).json()
    lost = queued()
    stalled = composition().estimates.stalled
    run(
        composition().databases.relational.execute_command("UPDATE estimates SET updated_at = now() - interval '1 day'")
    )
    assert run(stalled.resume()) == 1
    again = queued()
    assert sorted(map(str, again)) == sorted(map(str, lost))
    for message in again:
        run(composition().estimates.chunks.price(EstimateMessage.parse(message)))
    assert api.ask("GET", f"/estimates/{made['id']}").json()["status"] == "priced"
    assert run(stalled.resume()) == 0


def test_old_estimates_are_removed_with_their_lines_and_choices_stay(api):
    made = priced(api)
    api.ask("PUT", f"/estimates/{made['id']}/lines/1", json={"material_id": None})
    relational = composition().databases.relational
    run(relational.execute_command("UPDATE estimates SET created_at = now() - interval '2 years'"))
    assert run(composition().estimates.stalled.remove()) > 0
    assert api.ask("GET", f"/estimates/{made['id']}").status_code == 404
    assert run(relational.execute_query("SELECT count(*) AS lines FROM estimate_lines"))[0]["lines"] == 0
    assert priced(api, lines=LINES[:1])["lines"][0]["chosen"]


def test_a_line_that_breaks_pricing_holds_up_no_other(api, monkeypatch):
    made = api.ask("POST", "/estimates", json={"lines": [LINES[at % 4] for at in range(DIRECT_LINES + 1)]}).json()
    service = composition().estimates
    whole = service.service.pricer.price

    async def breaks(lines, *about):
        if any(line.line == 2 for line in lines):
            raise ValueError
        return await whole(lines, *about)

    monkeypatch.setattr(service.service.pricer, "price", breaks)
    messages = [EstimateMessage.parse(one) for one in queued()]
    with pytest.raises(ValueError):
        run(service.chunks.price(messages[0]))
    for message in messages:
        run(service.chunks.price(message, receives=4))
    done = api.ask("GET", f"/estimates/{made['id']}").json()
    assert done["status"] == "priced"
    assert (done["lines"][1]["status"], "broke off" in done["lines"][1]["why"]) == ("unserved", True)
    assert done["lines"][0]["status"] == "matched"
