"""XML exports of a shop's own making: what elements and fields are called, where prices and categories lie."""

import pytest

from quarry.domain.reading import Role
from quarry.errors import BadPriceList
from quarry.pricelists.headers import role_of
from tests.unit.pricelists.files import offers

LAMPS = [("Лампа LED 10 Вт", "L-10", "120.50"), ("Лампа LED 15 Вт", "L-15", "150"), ("Розетка белая", "R-1", "220")]
BMECAT = (
    "<ARTICLE mode='new'><SUPPLIER_AID>{1}</SUPPLIER_AID>"
    "<ARTICLE_DETAILS><DESCRIPTION_SHORT>{0}</DESCRIPTION_SHORT></ARTICLE_DETAILS>"
    "<ARTICLE_PRICE_DETAILS><ARTICLE_PRICE price_type='net_list'><PRICE_AMOUNT>{2}</PRICE_AMOUNT></ARTICLE_PRICE>"
    "</ARTICLE_PRICE_DETAILS></ARTICLE>"
)
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
    [
        *(("ItemCode", Role.SKU), ("StockCode", Role.SKU), ("BestellNr", Role.SKU), ("articul", Role.SKU)),
        *(("supplier_aid", Role.SKU), ("Supplier", Role.BRAND), ("fName", None), ("UoM", Role.UNIT)),
        *(("Naimenovanie", Role.NAME), ("Ed_izm", Role.UNIT)),
    ],
)
def test_fields_of_exports_are_known(label, role):
    assert role_of(label) is role


@pytest.mark.parametrize(
    "item",
    [
        "<item><good art='{1}' name='{0}'/><cena>{2}</cena></item>",
        "<item><product><name>{0}</name><code>{1}</code></product><price>{2}</price></item>",
        "<item><info><name>{0}</name><artikul>{1}</artikul></info><prices><retail>{2}</retail><opt>3</opt></prices></item>",
        "<item><codes><article>{1}</article><ean>46012345</ean></codes><tovar>{0}</tovar><cena>{2}</cena></item>",
        "<Товар><Наименование>{0}</Наименование><Реквизит имя='Артикул'>{1}</Реквизит><Цена>{2}</Цена></Товар>",
        BMECAT,
        "<product kod='{1}'><naimenovanie>{0}</naimenovanie><price>{2}</price></product>",
    ],
)
def test_what_is_said_of_goods_may_lie_within_elements_of_its_own(item):
    assert brief(document(item)) == LAMPS


def test_the_money_of_a_price_is_its_own_even_under_the_root_of_a_marketplace():
    item = "<item><name>{}</name><code>{}</code><price><value>{}</value><currency>KZT</currency></price></item>"
    assert {row.currency for row in offers(document(item, root="price", attributes=""), name="прайс.xml")} == {"KZT"}
    item = "<item><name>{}</name><code>{}</code><price>{}</price></item>"
    assert {row.currency for row in offers(document(item, root="price"), name="прайс.xml")} == {"BYN"}


@pytest.mark.parametrize(
    ("known_as", "article"),
    [("AB-1203", "AB-1203"), ("00417", "00417"), ("17", None), ("0dd409c9-def6-0ca8-8c5d", None)],
)
def test_an_id_that_is_written_as_articles_are_is_one_where_nothing_else_is(known_as, article):
    item = f"<item id='{known_as}'><tovar>{{0}}</tovar><cena>{{2}}</cena></item>"
    found = offers(document(item), name="прайс.xml")
    assert {(row.external_id, row.sku) for row in found} == {(known_as, article)}
