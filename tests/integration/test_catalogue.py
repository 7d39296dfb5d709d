import asyncio
from decimal import Decimal

import pytest

from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.domain.materials import material_id
from quarry.domain.records import MatchType
from quarry.domain.rows import ListedPrice, PriceKind, Vat
from quarry.domain.text import normalize_name
from quarry.errors import StoreError
from quarry.repositories.postgresql.catalogue import CatalogueRepository
from quarry.runtime import run
from tests.integration.catalogue_samples import Importer, key_of, row

CEMENT = "Портландцемент М500 Д0, мешок 50 кг"
PLASTER = "Штукатурка гипсовая «Ротбанд» 30 кг"


@pytest.fixture
def catalogue(db):
    return CatalogueRepository(db)


@pytest.fixture
def importer(db, catalogue):
    return Importer(db, catalogue)


def only(db, table):
    (found,) = run(db.execute_query(f"SELECT * FROM {table}"))
    return found


def test_a_new_row_becomes_a_material_with_an_offer(importer, db):
    priced = row(
        CEMENT,
        "450.5",
        sku="A-17",
        unit="мешок",
        category=("Сухие смеси", "Цемент"),
        vat=Vat.INCLUDED,
        stock=Decimal(12),
        in_stock=True,
        sheet="Лист1",
        row=7,
        prices=(
            ListedPrice(label="Розн.", kind=PriceKind.RETAIL, price=Decimal("450.5"), currency="RUB", vat="included"),
        ),
    )
    pricelist = importer.open()
    receipt = importer.write(pricelist, [priced])
    assert (receipt.inserted, receipt.materials_created) == (1, 1)

    material = only(db, "materials")
    assert receipt.to_index == [material["id"]] == [material_id(normalize_name(CEMENT))]
    assert (material["name"], material["use_category"], material["sku"]) == (CEMENT, "Сухие смеси / Цемент", "A-17")
    assert (material["unit"], material["base_unit"]) == ("мешок", "кг")
    assert (material["origin_pricelist_id"], material["indexed_at"]) == (pricelist, None)

    offer = only(db, "raw_products")
    assert (offer["supplier_id"], offer["pricelistid"], offer["first_pricelistid"]) == (101, pricelist, pricelist)
    assert (offer["unit_price"], offer["currency"], offer["vat"]) == (Decimal("450.5000"), "RUB", "included")
    assert (offer["price_per_base_unit"], offer["base_unit"]) == (Decimal("9.0100"), "кг")
    assert (offer["stock"], offer["in_stock"], offer["sheet"], offer["row_number"]) == (12, True, "Лист1", 7)
    assert (offer["match_type"], offer["is_processed"], offer["superseded_at"]) == ("created", True, None)
    assert offer["prices"] == [
        {"label": "Розн.", "kind": "retail", "price": "450.50", "currency": "RUB", "vat": "included"}
    ]
    assert only(db, "categories")["name"] == "Сухие смеси / Цемент"


def test_a_row_without_a_price_is_kept(importer, db):
    importer.write(importer.open(), [row(CEMENT, None)])
    offer = only(db, "raw_products")
    assert (offer["unit_price"], offer["price_per_base_unit"], offer["prices"]) == (None, None, None)


def test_a_row_under_review_has_an_offer_and_no_material(importer, db):
    receipt = importer.write(importer.open(), [row(CEMENT)], match=MatchType.REVIEW)
    assert (receipt.inserted, receipt.materials_created, list(receipt.to_index)) == (1, 0, [])
    offer = only(db, "raw_products")
    assert (offer["material_id"], offer["match_type"], offer["is_processed"]) == (None, "review", False)
    assert run(db.execute_query("SELECT * FROM materials")) == []


def test_writing_a_chunk_twice_leaves_the_same_state(importer):
    rows = [row(CEMENT, sku="A-17"), row(PLASTER), row(PLASTER, "120")]
    pricelist = importer.open()
    links = importer.links(pricelist, rows)
    first = run(importer.catalogue.write(pricelist, 101, links))
    before = importer.state()
    second = run(importer.catalogue.write(pricelist, 101, links))
    assert importer.state() == before
    assert (first.inserted, second.inserted, second.unchanged, second.materials_created) == (3, 0, 3, 0)
    assert list(second.to_index) == []


def test_a_chunk_that_broke_off_can_be_written_whole(importer):
    rows = [row(CEMENT), row(PLASTER)]
    pricelist = importer.open()
    importer.write(pricelist, rows[:1])
    receipt = importer.write(pricelist, rows)
    assert (receipt.inserted, receipt.unchanged, receipt.materials_created) == (1, 1, 1)


def test_an_unchanged_row_moves_on_and_costs_no_index(importer, db):
    importer.run_list([row(CEMENT, sku="A-17", row=3)])
    run(db.execute_command("UPDATE materials SET indexed_at = now()"))
    second, receipt, _ = importer.run_list([row(CEMENT, sku="A-17", row=9)])
    assert (receipt.unchanged, receipt.inserted, receipt.updated, list(receipt.to_index)) == (1, 0, 0, [])
    offer = only(db, "raw_products")
    assert (offer["pricelistid"], offer["previous_pricelistid"], offer["first_pricelistid"]) == (second, 1, 1)
    assert offer["row_number"] == 9
    assert only(db, "materials")["indexed_at"] is not None


def test_another_price_ends_the_old_offer_and_keeps_it(importer, db):
    importer.run_list([row(CEMENT, "450", sku="A-17")])
    run(db.execute_command("UPDATE materials SET indexed_at = now()"))
    second, receipt, _ = importer.run_list([row(CEMENT, "470", sku="A-17")])
    assert (receipt.updated, receipt.inserted) == (1, 0)
    assert list(receipt.to_index) == [only(db, "materials")["id"]]
    assert only(db, "materials")["indexed_at"] is None
    old, new = run(db.execute_query("SELECT * FROM raw_products ORDER BY id"))
    assert (old["unit_price"], old["superseded_by"], old["superseded_pricelistid"]) == (450, new["id"], second)
    assert old["superseded_at"] is not None
    assert (new["unit_price"], new["first_pricelistid"], new["superseded_at"]) == (470, second, None)


def test_other_details_at_the_same_price_amend_the_offer(importer, db):
    importer.run_list([row(CEMENT, sku="A-17", stock=Decimal(5))])
    run(db.execute_command("UPDATE materials SET indexed_at = now()"))
    _, receipt, _ = importer.run_list([row(CEMENT, sku="A-17", stock=Decimal(4))])
    assert (receipt.updated, len(receipt.to_index)) == (1, 1)
    offer = only(db, "raw_products")
    assert (offer["stock"], offer["first_pricelistid"]) == (4, 1)
    assert only(db, "materials")["indexed_at"] is None


def test_an_older_list_never_overwrites_a_newer_one(importer):
    older, newer = importer.open(), importer.open()
    importer.write(newer, [row(CEMENT, "470", sku="A-17")])
    receipt = importer.write(older, [row(CEMENT, "450", sku="A-17")])
    assert (receipt.outdated, receipt.updated, receipt.inserted) == (1, 0, 0)
    assert importer.current() == {CEMENT: ("4.7E+2", newer)}


def test_suppliers_do_not_touch_each_others_offers(importer, db):
    importer.run_list([row(CEMENT, "450", sku="A-17")], supplier=101)
    _, receipt, _ = importer.run_list([row(CEMENT, "430", sku="A-17")], supplier=202)
    assert (receipt.inserted, receipt.materials_created) == (1, 0)
    offers = run(db.execute_query("SELECT material_id FROM raw_products WHERE superseded_at IS NULL"))
    assert len(offers) == 2
    assert len({offer["material_id"] for offer in offers}) == 1


def test_rows_without_a_supplier_are_one_suppliers_rows(importer, db):
    for price in ("450", "470"):
        importer.write(importer.open(supplier=None, kind="materials"), [row(CEMENT, price)], supplier=None)
    current = run(db.execute_query("SELECT unit_price FROM raw_products WHERE superseded_at IS NULL"))
    assert current == [{"unit_price": Decimal("470.0000")}]


def test_no_row_fails_on_its_length_or_amount(importer, db):
    name = "Плита " + "очень длинная " * 400
    huge = row(
        name,
        "1e15",
        sku="A" * 5000,
        unit="у" * 100,
        category=("К" * 150, "к" * 150),
        stock=Decimal("1e20"),
        description="о",
    )
    spaceless = row("x" * 3000)
    assert importer.write(importer.open(), [huge, spaceless]).inserted == 2
    cut, whole = run(db.execute_query("SELECT * FROM materials ORDER BY name DESC"))
    assert cut["name"].startswith("Плита очень длинная")
    assert cut["name"].split()[-1] in {"очень", "длинная"}
    assert (len(cut["name"]) <= 200, cut["description"]) == (True, f"{name}\nо")
    assert (len(whole["name"]), whole["description"]) == (200, "x" * 3000)
    offer = run(db.execute_query("SELECT * FROM raw_products ORDER BY name DESC"))[0]
    assert len(offer["name"]) <= 500
    assert (len(offer["sku"]), len(offer["unit"]), offer["category"]) == (200, 50, "К" * 150)
    assert (offer["unit_price"], offer["stock"]) == (None, None)


def test_odd_characters_are_kept_and_nul_is_dropped(importer, db):
    odd = "Труба\t«\\N» \x00; DROP TABLE 20х3,4 \ud800"
    importer.write(importer.open(), [row(odd, description="a\x00b\\")])
    assert only(db, "raw_products")["name"] == odd.replace("\x00", "").replace("\ud800", "?")
    assert only(db, "materials")["description"] == "ab\\"


def test_words_of_new_materials_are_counted_once_a_material(importer, db):
    importer.write(importer.open(), [row("Клей плиточный клей 25 кг"), row("Клей обойный"), row("Клей обойный", "90")])
    words = {each["term"]: each["count"] for each in run(db.execute_query("SELECT term, count FROM search_terms"))}
    assert words == {"клей": 2, "плиточный": 1, "обойный": 1}


def test_two_workers_that_write_the_same_materials_agree(importer, postgresql_url, db):
    other = PostgreSQLDatabase(postgresql_url, connect_timeout=5)
    one, two = importer.open(supplier=101), importer.open(supplier=202)
    rows = [row(f"Кирпич облицовочный М{place}") for place in range(300)]
    first = importer.links(one, rows, 101)
    second = list(reversed(importer.links(two, rows, 202)))

    async def both():
        return await asyncio.gather(
            importer.catalogue.write(one, 101, first), CatalogueRepository(other).write(two, 202, second)
        )

    receipts = run(both())
    other.close()
    assert [receipt.inserted for receipt in receipts] == [300, 300]
    assert sum(receipt.materials_created for receipt in receipts) == 300
    assert run(db.execute_query("SELECT count(*) AS n FROM materials")) == [{"n": 300}]


def test_two_lists_of_one_supplier_that_write_at_once_both_end(importer, postgresql_url):
    other = PostgreSQLDatabase(postgresql_url, connect_timeout=5)
    one, two = importer.open(), importer.open()
    names = [f"Кирпич облицовочный М{place}" for place in range(300)]
    first = importer.links(one, [row(name, "10") for name in names])
    second = importer.links(two, [row(name, "11") for name in names])

    async def both():
        await asyncio.gather(
            importer.catalogue.write(one, 101, first), CatalogueRepository(other).write(two, 101, second)
        )

    run(both())
    other.close()
    assert set(importer.current().values()) == {("11", two)}


def test_a_refusal_that_is_not_a_collision_is_raised(importer):
    pricelist = importer.open()
    links = importer.links(pricelist, [row(CEMENT, currency="ROUBLES")])
    with pytest.raises(StoreError) as error:
        run(importer.catalogue.write(pricelist, 101, links))
    assert error.value.code == "22001"


def test_a_name_written_otherwise_is_the_same_material(importer, catalogue):
    importer.run_list([row(CEMENT)])
    found = run(catalogue.resolve(202, [key_of(row("портландцемент  м-500 д0 (мешок, 50кг)"))]))
    assert found["0"].material_id == material_id(normalize_name(CEMENT))
    assert found["0"].origin_pricelist_id == 1


def test_a_suppliers_article_means_its_material_under_another_name(importer, catalogue):
    importer.run_list([row(CEMENT, sku="A-17")])
    renamed = key_of(row("ПЦ М500 Д0 50 кг", sku="a-17"))
    assert run(catalogue.resolve(101, [renamed], 2))["0"].material_id == material_id(normalize_name(CEMENT))
    assert run(catalogue.resolve(202, [renamed], 2)) == {}
    assert run(catalogue.resolve(None, [renamed], 2)) == {}


def test_an_article_with_other_numbers_is_another_product(importer, catalogue):
    importer.run_list([row(CEMENT, sku="A-17")])
    assert run(catalogue.resolve(101, [key_of(row("ПЦ М400 Д0 50 кг", sku="A-17"))], 2)) == {}


def test_an_article_of_many_products_means_none_of_them(importer, catalogue):
    importer.run_list([row("Затирка белая", sku="KNAUF"), row("Затирка серая", sku="KNAUF")])
    assert run(catalogue.resolve(101, [key_of(row("Затирка синяя", sku="KNAUF"))], 2)) == {}


def test_an_article_of_several_rows_of_a_list_means_none_of_them(importer, catalogue):
    importer.run_list([row("Затирка белая", sku="KNAUF")])
    keys = [key_of(row("Затирка синяя", sku="KNAUF"), "0"), key_of(row("Затирка алая", sku="knauf"), "1")]
    assert run(catalogue.resolve(101, keys, 2)) == {}


def test_a_lists_own_rows_do_not_say_what_an_article_means(importer, catalogue):
    pricelist = importer.open()
    importer.write(pricelist, [row("Затирка белая", sku="KNAUF")])
    assert run(catalogue.resolve(101, [key_of(row("Затирка синяя", sku="KNAUF"))], pricelist)) == {}
