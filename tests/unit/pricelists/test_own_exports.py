"""XML exports of a shop's own making: what elements and fields are called, where prices and categories lie."""

import pytest

from quarry.domain.reading import Role
from quarry.errors import BadPriceList
from quarry.pricelists.headers import role_of
from tests.unit.pricelists.files import offers

LAMPS = [("Лампа LED 10 Вт", "L-10", "120.50"), ("Лампа LED 15 Вт", "L-15", "150"), ("Розетка белая", "R-1", "220")]
TREE = '<categories><category id="1">Свет</category><category id="2" parentId="1">Лампы</category></categories>'


def document(item, root="catalog", before="", attributes=' currency="BYN"'):
    goods = "".join(item.format(name, article, price) for name, article, price in LAMPS)
    return f'<?xml version="1.0" encoding="UTF-8"?><{root}{attributes}>{before}<list>{goods}</list></{root}>'


def brief(content):
    return [(row.name, row.sku, str(row.price)) for row in offers(content, name="прайс.xml")]


@pytest.mark.parametrize(
    "item",
    [
        "<item><Наименование>{}</Наименование><Артикул>{}</Артикул><Цена>{}</Цена></item>",
        "<offer><produkt>{}</produkt><indeks>{}</indeks><cena>{}</cena></offer>",
        "<row><Tovar>{}</Tovar><Artikul>{}</Artikul><Cena>{}</Cena></row>",
        "<article><bezeichnung>{}</bezeichnung><artNr>{}</artNr><preis waehrung='EUR'>{}</preis></article>",
        "<product><ItemName>{}</ItemName><SupplierCode>{}</SupplierCode><UnitPrice>{}</UnitPrice></product>",
        "<good><name>{}</name><article>{}</article><prices><price type='Розничная'>{}</price></prices></good>",
    ],
)
def test_goods_are_found_whatever_their_elements_are_called(item):
    assert brief(document(item)) == LAMPS


@pytest.mark.parametrize("tag", ["product", "good", "tovar", "item", "offer"])
def test_categories_of_a_tree_hold_for_goods_of_any_name(tag):
    item = f"<{tag}><name>{{}}</name><sku>{{}}</sku><price>{{}}</price><categoryId>2</categoryId></{tag}>"
    found = offers(document(item, before=TREE), name="прайс.xml")
    assert {(row.category, row.currency) for row in found} == {(("Свет", "Лампы"), "BYN")}


def test_what_each_of_the_goods_is_called_names_no_group():
    item = "<article><bezeichnung>{}</bezeichnung><artNr>{}</artNr><preis waehrung='EUR'>{}</preis></article>"
    found = offers(document(item, root="articles", attributes=""), name="preise.xml")
    assert {(row.category, row.currency) for row in found} == {((), "EUR")}


def test_several_prices_within_an_element_keep_their_names():
    price = "<price type='Розничная' currency='BYN'>{2}</price><price type='Оптовая' currency='BYN'>9</price>"
    item = f"<product><name>{{0}}</name><sku>{{1}}</sku><prices>{price}</prices></product>"
    found = offers(document(item, before=TREE), name="прайс.xml")
    assert [[listed.label for listed in row.prices] for row in found] == [["price розничная", "price оптовая"]] * 3
    assert [str(row.price) for row in found] == ["120.50", "150", "220"]


def test_a_feed_without_names_and_any_other_goods_is_refused():
    with pytest.raises(BadPriceList, match="<name>"):
        offers(
            "<yml_catalog><shop><offers><offer id='1'><price>5</price></offer></offers></shop></yml_catalog>",
            name="a.xml",
        )


@pytest.mark.parametrize(
    ("label", "role"),
    [("ItemCode", Role.SKU), ("StockCode", Role.SKU), ("BestellNr", Role.SKU), ("UoM", Role.UNIT), ("articul", Role.SKU),
     ("supplier_aid", Role.SKU), ("Supplier", Role.BRAND), ("fName", None), ("Naimenovanie", Role.NAME), ("Ed_izm", Role.UNIT)],
)  # fmt: skip
def test_fields_of_exports_are_known(label, role):
    assert role_of(label) is role
