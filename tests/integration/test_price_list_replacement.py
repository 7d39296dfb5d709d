import asyncio
import itertools
import threading
from decimal import Decimal

import pytest

from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.domain.materials import material_id
from quarry.domain.text import normalize_name
from quarry.repositories.postgresql.catalogue import CatalogueRepository
from quarry.repositories.postgresql.offers import OfferRepository
from quarry.repositories.postgresql.writing import write_chunk
from quarry.runtime import run
from tests.integration.catalogue_samples import row

WAITING_FOR_A_LOCK = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"

ROWS_READ = """
SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_user_tables WHERE relname = 'raw_products'
"""

NOTHING = {"new": 0, "gone": 0, "dearer": 0, "cheaper": 0, "unchanged": 0}


@pytest.fixture
def offers(db):
    return OfferRepository(db)


def bricks(*numbers, price="10", **about):
    return [row(f"Кирпич М{number}", price, **about) for number in numbers]


def names(importer, supplier=101):
    return {name.removeprefix("Кирпич М") for name in importer.current(supplier)}


def test_a_first_list_is_all_new(importer):
    assert importer.run_list(bricks(1, 2))[2] == {**NOTHING, "new": 2}


def test_the_next_list_of_a_supplier_reports_what_changed(importer, offers, db):
    importer.run_list([*bricks(1, 2, 3), *bricks(4, price="10")])
    second = [*bricks(1, price="11"), *bricks(2, price="9.5"), *bricks(3), *bricks(5)]
    pricelist, _, summary = importer.run_list(second)
    assert summary == {"new": 1, "gone": 1, "dearer": 1, "cheaper": 1, "unchanged": 1}
    assert names(importer) == {"1", "2", "3", "5"}
    stored = run(db.execute_query("SELECT changes FROM pricelists WHERE id = :id", {"id": pricelist}))
    assert stored == [{"changes": summary}]

    changed = {change.name: change for change in run(offers.changes(pricelist))}
    reported = {
        name: (each.kind, each.old_price, each.new_price, each.change_percent) for name, each in changed.items()
    }
    assert reported == {
        "Кирпич М1": ("dearer", 10, 11, 10),
        "Кирпич М2": ("cheaper", 10, Decimal("9.5"), -5),
        "Кирпич М4": ("gone", 10, None, None),
        "Кирпич М5": ("new", None, 10, None),
    }
    assert changed["Кирпич М4"].material_id == material_id(normalize_name("Кирпич М4"))
    assert {each.currency for each in changed.values()} == {"RUB"}


def test_changes_are_paged_without_gap_or_repetition(importer, offers):
    pricelist, _, _ = importer.run_list(bricks(*range(1, 8)))
    pages, after = [], None
    while page := run(offers.changes(pricelist, after, 3)):
        pages.append([change.name for change in page])
        after = page[-1].id
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(itertools.chain(*pages)) == [f"Кирпич М{number}" for number in range(1, 8)]


def test_a_chunk_reads_no_other_offers_of_its_supplier_than_its_own(importer, db):
    def read():
        run(db.transaction(lambda session: session.execute("SELECT pg_stat_force_next_flush()")))
        return run(db.execute_query(ROWS_READ))[0]["rows"]

    # As fresh as after an import: no statistics know how many there are.
    run(db.execute_command("ALTER TABLE raw_products SET (autovacuum_enabled = false)"))
    importer.write(importer.open(), bricks(*range(3_000)))
    pricelist, before = importer.open(), read()
    importer.write(pricelist, bricks(1, 2, price="11"))
    assert read() - before < 100


def test_finishing_twice_changes_nothing_more(importer):
    importer.run_list(bricks(1, 2, 3))
    pricelist, _, summary = importer.run_list(bricks(1, 2))
    before = importer.state()
    assert run(importer.catalogue.finish(pricelist)) == summary
    assert importer.state() == before


def test_a_superseded_offer_marks_its_material_for_indexing(importer, db):
    importer.run_list(bricks(1, 2))
    run(db.execute_command("UPDATE materials SET indexed_at = now()"))
    importer.run_list(bricks(1))
    waiting = run(db.execute_query("SELECT name FROM materials WHERE indexed_at IS NULL"))
    assert waiting == [{"name": "Кирпич М2"}]


def test_another_assortment_of_the_supplier_stays_in_force(importer):
    importer.run_list(bricks(1, 2, 3), file="кирпич.xlsx")
    _, _, summary = importer.run_list([row("Клей плиточный")], file="клей.xlsx")
    assert (summary["gone"], len(importer.current())) == (0, 4)


def test_an_issue_of_the_same_series_replaces_even_a_wholly_other_list(importer):
    importer.run_list(bricks(1, 2), file="Прайс 01.02.2026.xlsx")
    _, _, summary = importer.run_list([row("Клей плиточный")], file="прайс март 2026 (1).xls")
    assert summary["gone"] == 2
    assert set(importer.current()) == {"Клей плиточный"}


def test_a_fifth_of_the_materials_in_common_makes_it_the_same_list(importer):
    importer.run_list(bricks(*range(1, 11)), file="старый.xlsx")
    _, _, summary = importer.run_list(bricks(1, 2, *range(21, 29)), file="лист.xlsx")
    assert summary == {**NOTHING, "new": 8, "gone": 8, "unchanged": 2}


def test_less_than_a_fifth_in_common_leaves_both_in_force(importer):
    importer.run_list(bricks(*range(1, 11)), file="старый.xlsx")
    _, _, summary = importer.run_list(bricks(1, *range(21, 30)), file="лист.xlsx")
    assert (summary["gone"], len(importer.current())) == (0, 19)


def test_a_small_list_does_not_end_the_large_one_that_it_takes_its_goods_from(importer):
    importer.run_list(bricks(*range(1, 31)), file="весь склад.xlsx")
    _, _, summary = importer.run_list(bricks(1, 2, 3, price="12"), file="товары недели.xlsx")
    assert summary == {**NOTHING, "dearer": 3}
    assert len(importer.current()) == 30


def test_prices_that_changed_count_as_in_common(importer):
    importer.run_list(bricks(*range(1, 11)), file="старый.xlsx")
    _, _, summary = importer.run_list(bricks(*range(1, 6), price="12"), file="лист.xlsx")
    assert summary == {**NOTHING, "gone": 5, "dearer": 5}


def test_a_new_article_for_the_same_product_is_a_change_of_price(importer, offers):
    importer.run_list(bricks(1, price="10", sku="OLD-1"))
    pricelist, _, summary = importer.run_list(bricks(1, price="12", sku="NEW-1"))
    assert summary == {**NOTHING, "dearer": 1}
    (change,) = run(offers.changes(pricelist))
    assert (change.kind, change.old_price, change.new_price) == ("dearer", 10, 12)


def test_other_suppliers_and_rows_sent_without_a_list_stay_in_force(importer):
    importer.run_list(bricks(1, 2), supplier=202)
    importer.write(importer.open(kind="materials", file=None), bricks(3))
    importer.run_list(bricks(1), supplier=101)
    assert names(importer, 202) == {"1", "2"}
    assert names(importer, 101) == {"1", "3"}


def test_a_list_that_ends_after_a_newer_one_does_not_outlive_it(importer):
    older = importer.open(file="прайс 1.xlsx")
    newer, _, _ = importer.run_list(bricks(1, 2, price="12"), file="прайс 2.xlsx")
    importer.write(older, bricks(1, 3))
    run(importer.catalogue.finish(older))
    assert {name: place for name, (_, place) in importer.current().items()} == {"Кирпич М1": newer, "Кирпич М2": newer}


def test_prices_of_another_unit_are_compared_by_the_base_unit(importer, offers):
    importer.run_list([row("Цемент М500", "9000", unit="т", sku="A-1")])
    pricelist, _, summary = importer.run_list([row("Цемент М500", "9.9", unit="кг", sku="A-1")])
    assert summary == {**NOTHING, "dearer": 1}
    assert run(offers.changes(pricelist))[0].change_percent == 10


def test_a_price_in_another_currency_is_not_compared(importer):
    importer.run_list(bricks(1, price="10", currency="EUR"))
    assert importer.run_list(bricks(1, price="900", currency="RUB"))[2] == {**NOTHING, "new": 1, "currency_changed": 1}


def test_a_price_that_comes_or_goes_is_an_offer_that_does(importer):
    importer.run_list([*bricks(1, price=None), *bricks(2)])
    summary = importer.run_list([*bricks(1), *bricks(2, price=None)])[2]
    assert summary == {**NOTHING, "new": 1, "gone": 1, "price_added": 1, "price_removed": 1}


def test_the_offers_of_a_material_are_the_current_ones_and_the_one_that_a_page_ended_with(importer, offers):
    for supplier, price in {11: "10", 12: "11", 13: "12"}.items():
        importer.run_list(bricks(1, price=price), supplier=supplier)
    material = material_id(normalize_name("Кирпич М1"))
    last = next(offer.id for offer in run(offers.offers_of(material)) if offer.supplier_id == 12)
    importer.run_list(bricks(1, price="20"), supplier=12)
    current = {(offer.supplier_id, offer.price) for offer in run(offers.offers_of(material))}
    assert current == {(11, 10), (12, 20), (13, 12)}
    assert {(offer.supplier_id, offer.price) for offer in run(offers.offers_of(material, last))} == {*current, (12, 11)}


def test_the_price_history_lists_earlier_prices_the_newest_first(importer, offers):
    for price in ("10", "11", "12"):
        importer.run_list(bricks(1, price=price))
    importer.run_list(bricks(1, price="8"), supplier=202)
    material = material_id(normalize_name("Кирпич М1"))
    everyone = run(offers.price_history(material))
    assert [(offer.supplier_id, offer.price) for offer in everyone] == [(202, 8), (101, 12), (101, 11), (101, 10)]
    assert [offer.superseded_at is None for offer in everyone] == [True, True, False, False]
    first = run(offers.price_history(material, supplier_id=101, limit=2))
    rest = run(offers.price_history(material, supplier_id=101, after=first[-1].id, limit=2))
    assert [offer.price for offer in [*first, *rest]] == [12, 11, 10]


def test_an_unknown_material_has_no_offers(offers):
    material = material_id("нет такого")
    assert run(offers.offers_of(material)) == run(offers.price_history(material)) == []


def test_a_slow_worker_of_a_replaced_list_brings_nothing_back(importer):
    older, newer = importer.open(file="прайс 1.xlsx"), importer.open(file="прайс 2.xlsx")
    links = importer.links(older, bricks(1, 2, 3))
    run(importer.catalogue.write(older, 101, links))
    importer.write(newer, bricks(1, price="12"))
    run(importer.catalogue.finish(older))
    run(importer.catalogue.finish(newer))
    run(importer.catalogue.write(older, 101, links))

    assert {name: place for name, (_, place) in importer.current().items()} == {"Кирпич М1": newer}


def test_a_list_is_not_finished_in_the_midst_of_a_chunk_of_its_supplier(importer, db, postgresql_url):
    older, newer = importer.open(file="прайс 1.xlsx"), importer.open(file="прайс 2.xlsx")
    links = importer.links(older, bricks(1, 2))
    importer.write(newer, bricks(1, price="12"))
    written, going_on = threading.Event(), threading.Event()

    def slow(session):
        write_chunk(session, pricelist_id=older, supplier_id=101, links=links)
        written.set()
        going_on.wait()

    async def both():
        other = PostgreSQLDatabase(postgresql_url, connect_timeout=5)
        writing = asyncio.create_task(db.transaction(slow))
        await asyncio.to_thread(written.wait)
        finishing = asyncio.create_task(CatalogueRepository(other).finish(newer))
        try:
            while not await db.execute_query(WAITING_FOR_A_LOCK):
                assert not finishing.done()
        finally:
            going_on.set()
        summary = await finishing
        await writing
        other.close()
        return summary

    summary = run(both())

    assert summary["gone"] == 1
    assert set(importer.current()) == {"Кирпич М1"}
