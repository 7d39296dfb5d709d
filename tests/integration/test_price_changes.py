"""What lists changed over time and across suppliers: written when they end, and asked for over the API."""

import runpy
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from local import ROOT
from quarry.domain.changes import ChangeFilter, Priced, change_kind, summarised
from quarry.repositories.postgresql.price_changes import PriceChanges, record_changes
from quarry.runtime import run
from tests.environment import composed, forget
from tests.integration.catalogue_samples import row
from tests.integration.functions import call, restored

BATCHES = "batch_status/app.py"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def api(request, importer):
    """Three suppliers' lists: 1 sells cement and glue and raises them, 2 sells cement, 3 sells bricks."""
    with restored(), composed(request):
        importer.run_list([cement("400"), glue("200"), row("Гипс", "90", category=("Смеси",))], 1)
        importer.run_list([cement("410")], 2)
        importer.run_list([row("Кирпич", "15", category=("Стены",))], 3)
        importer.run_list([cement("440"), glue("190")], 1)
        importer.run_list([cement("430")], 2)
        yield importer


def cement(price, **about):
    return row("Цемент М500", price, unit="мешок", category=("Вяжущие",), **about)


def glue(price):
    return row("Клей плиточный", price, unit="мешок", category=("Смеси",))


def changes(**query):
    answer = call(BATCHES, "GET", "/changes", **query)
    assert answer.status == 200, answer.body
    return answer.body


def said(answer):
    return [(one["supplier_id"], one["kind"], one["name"], one["change_percent"]) for one in answer["items"]]


DEARER_AT_2 = (2, "dearer", "Цемент М500", 4.9)
OF_1 = [
    (1, "cheaper", "Клей плиточный", -5.0),
    (1, "dearer", "Цемент М500", 10.0),
    (1, "gone", "Гипс", None),
]


def test_the_newest_list_is_first(api):
    found = said(changes())
    assert found[0] == DEARER_AT_2
    assert sorted(found[1:4]) == OF_1
    assert {kind for _, kind, *_ in found[4:]} == {"new"}
    assert len(found) == 9


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"kind": "dearer"}, [DEARER_AT_2, OF_1[1]]),
        ({"kind": "cheaper", "supplier_id": 2}, []),
        ({"supplier_id": 2, "kind": "dearer"}, [DEARER_AT_2]),
        ({"min_percent": "5"}, OF_1[:2]),
        ({"min_percent": "5.1"}, [OF_1[1]]),
        ({"group": "Смеси", "kind": "gone"}, [OF_1[2]]),
        ({"group": "Стены"}, [(3, "new", "Кирпич", None)]),
        ({"until": "2001-01-01", "since": "2000-01-01"}, []),
        ({"since": "2000-01-01", "until": "2000-01-01"}, []),
    ],
)
def test_changes_are_chosen_by_what_is_asked(api, asked, expected):
    assert sorted(said(changes(**asked))) == sorted(expected)


def test_a_days_changes_are_within_that_day(api):
    today = datetime.now(UTC).date()
    assert len(changes(since=today.isoformat(), until=today.isoformat())["items"]) == 9
    assert changes(since=(today + timedelta(days=1)).isoformat())["items"] == []


def test_a_materials_changes_are_those_of_its_offers(api):
    material = changes(kind="dearer")["items"][0]["material_id"]
    found = said(changes(material_id=material))
    assert [one[:2] for one in found] == [(2, "dearer"), (1, "dearer"), (2, "new"), (1, "new")]


def test_an_item_says_both_prices_with_their_units_and_whose_list_it_was(api):
    run(api.db.execute_command("INSERT INTO suppliers (id, name, name_key) VALUES (2, 'База', 'база')"))
    page = changes(supplier_id=2, kind="dearer")
    assert page["digest"]["by_supplier"][0]["supplier_name"] == "База"
    (item,) = page["items"]
    shown = {name: item[name] for name in ("old_price", "new_price", "currency", "old_unit", "unit", "category")}
    assert shown == {
        "old_price": "410.00",
        "new_price": "430.00",
        "currency": "RUB",
        "old_unit": "мешок",
        "unit": "мешок",
        "category": "Вяжущие",
    }
    assert (item["supplier_name"], item["request_id"]) == ("База", "r-5")


def test_the_digest_counts_by_kind_and_by_supplier_on_the_first_page(api):
    page = changes(limit=1)
    assert page["digest"] == {
        "total": {"value": 9, "relation": "eq"},
        "by_kind": {"new": 5, "dearer": 2, "cheaper": 1, "gone": 1},
        "by_supplier": [
            {"supplier_id": 1, "supplier_name": None, "by_kind": {"new": 3, "dearer": 1, "cheaper": 1, "gone": 1}},
            {"supplier_id": 2, "supplier_name": None, "by_kind": {"new": 1, "dearer": 1}},
            {"supplier_id": 3, "supplier_name": None, "by_kind": {"new": 1}},
        ],
    }
    assert changes(limit=1, cursor=page["next_cursor"])["digest"] is None


def test_pages_follow_each_other_without_gap_or_repetition(api):
    whole, cursor, pages = said(changes()), None, []
    while True:
        page = changes(limit=2, **({"cursor": cursor} if cursor else {}))
        pages += said(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == whole


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"since": "gestern"}, "/since"),
        ({"since": "2026-02-30"}, "/since"),
        ({"since": "5"}, "/since"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "/since"),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "/since"),
        ({"kind": "changed"}, "/kind/0"),
        ({"min_percent": "-1"}, "/min_percent"),
        ({"material_id": "x"}, "/material_id"),
        ({"cursor": "x"}, "/cursor"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_field(api, asked, pointer):
    answer = call(BATCHES, "GET", "/changes", **asked)
    assert (answer.status, [one["pointer"] for one in answer.body["errors"]]) == (422, [pointer])


def test_without_postgresql_the_answer_says_where_one_lists_changes_are(request):
    with restored(), composed(request) as patch:
        patch.setenv("QDRANT_ONLY_MODE", "true")
        forget()
        answer = call(BATCHES, "GET", "/changes")
    assert answer.status == 501
    assert "Qdrant-only mode" in answer.body["detail"]


def test_a_list_that_is_finished_again_keeps_its_moment(importer, db):
    pricelist, _, _ = importer.run_list([cement("400")])
    run(db.execute_command("UPDATE price_changes SET at = :at", {"at": LONG_AGO}))
    importer.write(pricelist, [glue("5")])
    run(importer.catalogue.finish(pricelist))
    rows = run(db.execute_query("SELECT at, kind FROM price_changes"))
    assert rows == [{"at": LONG_AGO, "kind": "new"}] * 2


def test_what_a_late_list_lets_a_newer_one_end_is_the_newer_ones_change(importer, db):
    early, late = importer.open(), importer.open()
    importer.write(late, [cement("400")])
    run(importer.catalogue.finish(late))
    importer.write(early, [glue("5")])
    run(importer.catalogue.finish(early))
    rows = run(db.execute_query("SELECT pricelist_id, kind FROM price_changes ORDER BY pricelist_id, kind"))
    assert [(one["pricelist_id"], one["kind"]) for one in rows] == [(early, "new"), (late, "gone"), (late, "new")]
    (header,) = run(db.execute_query("SELECT changes FROM pricelists WHERE id = :id", {"id": late}))
    assert (header["changes"]["new"], header["changes"]["gone"]) == (1, 1)


def test_the_migration_writes_what_lists_changed_that_ended_before(importer, db):
    importer.run_list([cement("400"), cement("420"), glue("5"), row("Гипс", "90")], 1)
    importer.run_list([cement("440"), glue("5"), row("Гипс", None)], 1)
    importer.write(importer.open(2), [row("Кирпич", "15")], 2)  # has not ended
    written = "SELECT pricelist_id, offer_id, old_offer_id, supplier_id, kind, percent, category FROM price_changes"
    before = run(db.execute_query(f"{written} ORDER BY 1, 2"))
    assert len(before) == 7
    run(db.execute_command("TRUNCATE price_changes"))
    file = ROOT / "migrations" / "versions" / "20261126_price_changes.py"
    run(db.execute_command(runpy.run_path(str(file))["EARLIER"]))
    assert run(db.execute_query(f"{written} ORDER BY 1, 2")) == before


def test_rows_of_one_product_are_told_apart_from_new_and_gone_ones(importer):
    assert importer.run_list([cement("400"), cement("420"), glue("5")])[2]["duplicate"] == 1
    _, _, summary = importer.run_list([cement("400"), glue("5")])
    assert summary == {"new": 0, "gone": 1, "dearer": 0, "cheaper": 0, "unchanged": 2, "duplicate_gone": 1}


def priced(price, currency="RUB", unit="мешок", base_unit="кг", per_base=None):
    return Priced(*(None if one is None else Decimal(one) for one in (price,)), currency, unit, base_unit, per_base)


STATES = [
    None,
    priced(None),
    priced("500"),
    priced("500", currency="USD"),
    priced("0"),
    priced("500", per_base=Decimal(10)),
    priced("11000", unit="т", per_base=Decimal(11)),
    priced("500", unit="шт", base_unit="шт", per_base=Decimal(500)),
    priced("500", unit="меш", base_unit=None),
    priced("510", unit=None, base_unit=None),
]
OFFER = """
INSERT INTO raw_products (supplier_id, offer_key, name, unit_price, currency, unit, base_unit, price_per_base_unit,
    first_pricelistid, superseded_pricelistid, superseded_by, superseded_at)
VALUES (1, :key, 'x', :price, :currency, :unit, :base_unit, :per_base, :first, :ended, :successor,
    CASE WHEN CAST(:ended AS integer) IS NOT NULL THEN now() END) RETURNING id
"""


def test_postgresql_compares_prices_as_the_domain_does(importer, db):
    expected = {}

    def insert(session):
        for old in STATES:
            for new in STATES:
                for key in ("a|0", "a|2"):
                    if old or new:
                        place = 100 + len(expected)
                        expected[place] = change_kind(old, new, duplicate=key == "a|2")
                        _insert(session, place, key, old, new)
        for place in expected:
            record_changes(session, place)

    run(db.transaction(insert))
    rows = run(db.execute_query("SELECT pricelist_id, kind, percent FROM price_changes"))
    found = {one["pricelist_id"]: (one["kind"], one["percent"]) for one in rows}
    assert found == {place: one for place, one in expected.items() if one[0] != "unchanged"}


def _insert(session, place, key, old, new):
    successor = None
    for state, first, ended in ((new, place, None), (old, 1, place)):
        if state:
            values = {
                "key": f"{place}{key}",
                "price": state.price,
                "currency": state.currency,
                "unit": state.unit,
                "base_unit": state.base_unit,
                "per_base": state.price_per_base_unit,
                "first": first,
                "ended": ended,
                "successor": successor,
            }
            successor = session.value(OFFER, values)


def test_a_summary_counts_what_is_told_apart_as_one_of_the_five():
    counts = {"new": 1, "duplicate": 2, "unit_changed": 4, "price_removed": 8, "dearer": 16}
    assert summarised(counts) == {
        "new": 7,
        "gone": 8,
        "dearer": 16,
        "cheaper": 0,
        "unchanged": 0,
        "unit_changed": 4,
        "duplicate": 2,
        "price_removed": 8,
    }


MANY = """
INSERT INTO price_changes (pricelist_id, offer_id, old_offer_id, supplier_id, at, kind, percent, category)
SELECT n / 1000, n, NULL, n / 1000 % 40, now() - (60 - n / 1000) * interval '6 hours',
    CASE WHEN n % 100 < 90 THEN 'new' WHEN n % 100 < 95 THEN 'dearer' ELSE 'cheaper' END,
    CASE WHEN n % 100 >= 90 THEN n % 50 END, 'группа ' || n % 30
FROM generate_series(1, 60000) AS n
"""


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"kinds": ("dearer",)},
        {"supplier_id": 7},
        {"supplier_id": 7, "kinds": ("gone",)},
        {"group": "группа 5", "kinds": ("cheaper",)},
        {"min_percent": Decimal(40)},
    ],
)
def test_a_page_among_many_changes_is_read_by_an_index(db, monkeypatch, asked):
    run(db.execute_command(MANY))
    run(db.execute_command("ANALYZE price_changes"))
    plans = []
    execute = db.execute_query

    async def explained(query, params):
        plans.append("\n".join(one["QUERY PLAN"] for one in await execute(f"EXPLAIN {query}", params)))
        return []

    monkeypatch.setattr(db, "execute_query", explained)
    place = datetime.now(UTC) - timedelta(hours=18), 57, 5
    run(PriceChanges(db).page(ChangeFilter(since=LONG_AGO, **asked), place, 21))
    assert "ix_price_changes_" in plans[0]
    assert "Seq Scan" not in plans[0]


def test_old_changes_are_deleted_some_at_a_time(db):
    run(db.execute_command(MANY))
    changes, age = PriceChanges(db), timedelta(days=10)
    deleted = []
    while number := run(changes.clean(age)):
        deleted.append(number)
    assert deleted
    assert max(deleted) <= 20_000
    (rest,) = run(
        db.execute_query("SELECT min(at) > now() - interval '10 days' AS recent, count(*) AS n FROM price_changes")
    )
    assert rest["recent"]
    assert rest["n"] + sum(deleted) == 60_000
