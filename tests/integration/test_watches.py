"""Watches of prices: looked at when a list ends, and shown over the API."""

import asyncio
import threading
from decimal import Decimal

import pytest

from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.domain.materials import material_id
from quarry.domain.text import normalize_name
from quarry.domain.watches import Watched
from quarry.errors import Conflict
from quarry.repositories.postgresql import watches as repository
from quarry.repositories.postgresql.decisions import merge
from quarry.repositories.postgresql.price_changes import record_changes
from quarry.repositories.postgresql.watches import WatchRepository
from quarry.runtime import run
from tests.environment import composed, forget
from tests.integration.catalogue_samples import row
from tests.integration.functions import call, restored

INGEST = "ingest/api.py"
CEMENT = "Цемент М500 Д0 мешок 50 кг"


@pytest.fixture
def api(request, importer):
    with restored(), composed(request) as patch:
        importer.patch = patch
        yield importer


def cement(price, **about):
    return row(CEMENT, price, **{"unit": "мешок", **about})


def identity(name=CEMENT):
    return material_id(normalize_name(name))


def ask(method, path, status=200, body=None, **query):
    answer = call(INGEST, method, path, body, **query)
    assert answer.status == status, answer.body
    return answer.body


def put(watch="цемент", below="400", unit="мешок", **about):
    body = {"below": below, "unit": unit, **(about or {"material_id": identity()})}
    return ask("PUT", f"/watches/{watch}", body=body)


def state(watch="цемент"):
    (found,) = [one for one in ask("GET", "/watches")["items"] if one["id"] == watch]
    return found


def test_a_watch_fires_once_when_the_cheapest_offer_falls_below_and_again_when_it_had_risen(api):
    api.run_list([cement("450")], 1)
    assert put()["is_below"] is False
    fired = []
    for price in ("420", "390", "380", "400", "399.99"):
        api.run_list([cement(price)], 1)
        fired.append((state()["is_below"], state()["fired"] and state()["fired"]["price"]))
    assert fired == [(False, None), (True, "390.00"), (True, "390.00"), (False, "390.00"), (True, "399.99")]


def test_what_is_below_already_is_said_and_does_not_fire(api):
    api.run_list([cement("390")], 1)
    found = put()
    assert (found["is_below"], found["cheapest"]["price"], found["fired_at"]) == (True, "390.00", None)
    api.run_list([cement("380")], 1)
    assert state()["fired_at"] is None


def test_the_cheapest_of_all_suppliers_counts(api):
    run(api.db.execute_command("INSERT INTO suppliers (id, name, name_key) VALUES (2, 'База', 'база')"))
    api.run_list([cement("450")], 1)
    put()
    api.run_list([cement("390")], 2)
    assert (state()["fired"]["supplier_id"], state()["fired"]["supplier_name"]) == (2, "База")
    api.run_list([cement("380")], 1)
    fired = state()
    assert (fired["fired"]["supplier_id"], fired["cheapest"]["supplier_id"]) == (2, 1)


def test_an_offer_that_ends_may_let_the_price_rise(api):
    api.run_list([cement("390"), row("Клей")], 1)
    put()
    api.run_list([row("Клей")], 1)
    assert (state()["is_below"], state()["cheapest"]) == (False, None)


@pytest.mark.parametrize(
    ("below", "unit", "listed", "seen"),
    [
        ("8", "кг", {"unit": "мешок", "price": "395"}, "7.90"),
        ("8000", "т", {"unit": "мешок", "price": "395"}, "7900.00"),
        ("8000", "тонн", {"unit": "т", "price": "7900"}, "7900.00"),
        ("400", "меш.", {"unit": "мешок", "price": "395"}, "395.00"),
        ("400", "ведро", {"unit": "ведро", "price": "395"}, "395.00"),
    ],
)
def test_prices_are_compared_in_the_unit_of_the_watch(api, below, unit, listed, seen):
    api.run_list([cement("900000", unit=listed["unit"])], 1)
    put(below=below, unit=unit)
    api.run_list([cement(listed["price"], unit=listed["unit"])], 1)
    assert state()["fired"]["watched_price"] == seen


def test_an_offer_in_a_unit_that_cannot_be_compared_counts_for_nothing(api):
    api.run_list([row("Гвозди", "450", unit="кг")], 1)
    put(material_id=identity("Гвозди"), unit="пачка")
    api.run_list([row("Гвозди", "5", unit="кг")], 1)
    assert (state()["is_below"], state()["cheapest"]) == (False, None)


def test_other_currencies_count_where_their_rate_is_known(api):
    api.run_list([cement("5", currency="USD")], 1)
    put()
    assert state()["cheapest"] is None
    for date, rate in (("2026-11-01", 100), ("2026-11-02", 90)):
        run(api.db.execute_command(f"INSERT INTO exchange_rates VALUES ('RUB', 'USD', '{date}', {rate}, 'x')"))
    api.run_list([cement("4", currency="USD")], 1)
    assert (state()["is_below"], state()["fired"]["watched_price"]) == (True, "360.00")


def test_a_watch_in_another_currency_is_converted_too(api):
    run(api.db.execute_command("INSERT INTO exchange_rates VALUES ('RUB', 'USD', '2026-11-02', 80, 'x')"))
    api.run_list([cement("480")], 1)
    put(material_id=identity(), currency="USD", below="5")
    api.run_list([cement("392")], 1)
    assert state()["fired"]["watched_price"] == "4.90"


def test_a_query_watches_every_material_with_all_its_words_also_new_ones(api):
    api.run_list([cement("450"), row("Цемент М400 мешок 25 кг", "150", unit="мешок")], 1)
    found = put(query="Цементы М-500")
    assert (found["query"], found["cheapest"]["price"]) == ("Цементы М-500", "450.00")
    api.run_list([row("Цемент М500 белый мешок 50 кг", "390", unit="мешок")], 2)
    assert state()["fired"]["name"] == "Цемент М500 белый мешок 50 кг"


@pytest.mark.parametrize("query", ["для и на", "!!!"])
def test_a_query_without_a_word_is_refused(api, query):
    answer = ask("PUT", "/watches/x", 422, {"query": query, "below": "1", "unit": "кг"})
    assert answer["errors"][0]["pointer"] == "/query"


def test_a_query_for_half_the_catalogue_is_refused(api):
    api.run_list([row(f"Кирпич М{number}") for number in range(1002)], 1)
    answer = ask("PUT", "/watches/x", 422, {"query": "кирпич", "below": "1", "unit": "шт"})
    assert "too general" in answer["errors"][0]["message"]


def test_a_watch_follows_its_material_into_another(api):
    api.run_list([cement("450"), row("Цемент ПЦ500", "460", unit="мешок")], 1)
    put(material_id=identity("Цемент ПЦ500"))
    run(api.db.transaction(lambda session: merge(session, into=identity(), other=identity("Цемент ПЦ500"))))
    api.run_list([cement("390"), row("Цемент ПЦ500", "460", unit="мешок")], 1)
    assert state()["fired"]["price"] == "390.00"


def test_the_same_watch_again_changes_nothing_and_another_threshold_begins_anew(api):
    api.run_list([cement("450")], 1)
    put()
    api.run_list([cement("390")], 1)
    before = state()
    assert put() == before
    assert put(below="395")["fired_at"] is None


def test_a_watch_is_deleted_by_its_id(api):
    api.run_list([cement("450")], 1)
    put()
    assert ask("DELETE", "/watches/цемент") == {"deleted": "цемент"}
    assert "GET /api/v1/watches" in ask("DELETE", "/watches/цемент", 404)["detail"]


def test_watches_are_paged_by_their_ids(api):
    api.run_list([cement("450")], 1)
    for watch in "bac":
        put(watch)
    first = ask("GET", "/watches", limit=2)
    rest = ask("GET", "/watches", limit=2, cursor=first["next_cursor"])
    assert [one["id"] for one in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"below": "1", "unit": "кг"}, 422),
        ({"below": "1", "unit": "кг", "query": "x", "material_id": "00000000-0000-0000-0000-000000000000"}, 422),
        ({"below": "0", "unit": "кг", "query": "цемент"}, 422),
        ({"below": "1", "query": "цемент"}, 422),
        ({"below": "1", "unit": "кг", "material_id": "00000000-0000-0000-0000-000000000000"}, 404),
    ],
)
def test_what_cannot_be_watched_is_refused(api, body, status):
    ask("PUT", "/watches/x", status, body)


def test_without_postgresql_the_answer_says_so(api):
    api.patch.setenv("QDRANT_ONLY_MODE", "true")
    forget()
    assert "PostgreSQL" in ask("GET", "/watches", 501)["detail"]


def test_more_watches_than_there_may_be_are_refused(db, importer, monkeypatch):
    importer.run_list([cement("450")], 1)
    monkeypatch.setattr(repository, "MOST_WATCHES", 1)
    kept = WatchRepository(db)
    about = {"material_id": identity(), "query": None, "below": Decimal(1), "unit": "кг", "currency": "RUB"}
    run(kept.put(Watched(id="a", **about), "RUB"))
    run(kept.put(Watched(id="a", **about | {"below": Decimal(2)}), "RUB"))
    with pytest.raises(Conflict):
        run(kept.put(Watched(id="b", **about), "RUB"))


def test_two_lists_that_end_at_once_do_not_fire_one_crossing_twice(db, importer, postgresql_url):
    """The second list is looked at while the first one's price is not committed yet."""
    importer.run_list([cement("450")], 1)
    importer.run_list([cement("460")], 2)
    about = {"material_id": identity(), "query": None, "below": Decimal(400), "unit": "мешок", "currency": "RUB"}
    run(WatchRepository(db).put(Watched(id="w", **about), "RUB"))
    lists = {supplier: importer.open(supplier) for supplier in (1, 2)}
    importer.write(lists[1], [cement("390")], 1)
    importer.write(lists[2], [cement("455")], 2)
    looked, go_on = threading.Event(), threading.Event()
    fired = {}

    def finish(supplier, hold):
        own = PostgreSQLDatabase(postgresql_url, connect_timeout=5)

        def work(session):
            record_changes(session, lists[supplier])
            fired[supplier] = [one.id for one in repository.look_at_list(session, lists[supplier])]
            if hold:
                looked.set()
                assert go_on.wait(60)

        asyncio.run(own.transaction(work))
        own.close()

    first = threading.Thread(target=finish, args=(1, True))
    second = threading.Thread(target=finish, args=(2, False))
    first.start()
    assert looked.wait(60)
    second.start()
    waiting = (
        "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    while not run(db.execute_query(waiting))[0]["n"]:
        pass
    go_on.set()
    first.join()
    second.join()
    assert fired == {1: ["w"], 2: []}
    (watch,) = run(WatchRepository(db).page(None, 2))
    assert (watch.is_below, watch.cheapest.price) == (True, 390)


def test_a_watch_that_is_put_while_a_list_looks_at_it_waits_for_the_list(db, importer, postgresql_url):
    pricelist, _, _ = importer.run_list([cement("450")], 1)
    about = {"material_id": identity(), "query": None, "unit": "мешок", "currency": "RUB"}
    run(WatchRepository(db).put(Watched(id="w", below=Decimal(400), **about), "RUB"))
    own = PostgreSQLDatabase(postgresql_url, connect_timeout=5)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    put = threading.Thread(
        target=lambda: asyncio.run(WatchRepository(own).put(Watched(id="w", below=Decimal(300), **about), "RUB"))
    )

    def work(session):
        session.execute(repository._LOCK, {"ids": ["w"]})
        put.start()
        while not session.value(waiting):
            session.execute("SELECT pg_stat_clear_snapshot()")
        return repository.look_at_list(session, pricelist)

    assert run(db.transaction(work)) == []
    put.join()
    own.close()
    (watch,) = run(WatchRepository(db).page(None, 2))
    assert watch.below == 300


def test_lists_that_concern_no_watch_read_no_offers_of_it(db, importer):
    importer.run_list([row(f"Кирпич М{number}") for number in range(300)], 1)
    about = {"material_id": None, "query": "кирпич", "below": Decimal(1), "unit": "шт", "currency": "RUB"}
    run(WatchRepository(db).put(Watched(id="w", **about), "RUB"))
    before = run(db.execute_query("SELECT xmin::text FROM watches"))
    importer.run_list([cement("450")], 2)
    assert run(db.execute_query("SELECT xmin::text FROM watches")) == before
    importer.run_list([row("Кирпич М7", "9")], 3)
    assert run(db.execute_query("SELECT xmin::text FROM watches")) != before
