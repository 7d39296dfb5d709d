"""CommerceML, feeds of marketplaces, web pages and XML tables; and what is refused is named."""

import io
import struct
from decimal import Decimal

import pytest

from quarry import pricelists
from quarry.domain.rows import PriceKind, Vat
from quarry.errors import BadPriceList
from tests.unit.pricelists import documents
from tests.unit.pricelists.documents import catalogue, commerce, goods, offer, package, page, xml_table, zipped
from tests.unit.pricelists.files import brief, issues, offers, read, xls, xlsx

CATALOGUE = catalogue(goods(1, "Эмаль белая"), goods(2, "Кисть 50 мм", "g1"), goods(3, "Валик"))
PACKAGE = package(offer(1, ("k1", "90"), ("k2", "120,50")), offer(2, ("k2", "0")))


@pytest.mark.parametrize(
    "content",
    [
        commerce(CATALOGUE, PACKAGE),
        commerce(PACKAGE, CATALOGUE),
        commerce(CATALOGUE, PACKAGE).decode().replace("UTF-8", "windows-1251").encode("cp1251"),
        commerce(CATALOGUE, PACKAGE).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        zipped(
            {"import.xml": commerce(CATALOGUE), "offers.xml": commerce(PACKAGE), "import_files/1.jpg": b"\xff\xd8\xff"}
        ),
        zipped({"a/offers0_1.xml": commerce(PACKAGE), "b/import0_1.xml": commerce(CATALOGUE)}),
    ],
    ids=["one", "prices first", "old page", "wide", "archive", "archive of folders"],
)
def test_a_catalogue_and_its_offers_meet(content):
    first, second, third = offers(content)

    assert (first.name, first.sku, first.unit, first.external_id) == ("Эмаль белая", "001", "шт", "id-1")
    assert (first.price, first.currency, first.vat, first.stock) == (Decimal("120.50"), "RUB", Vat.INCLUDED, 7)
    assert first.category == ("Краски", "Эмали")
    assert [(listed.label, listed.kind, listed.price) for listed in first.prices] == [
        ("Розничная", PriceKind.RETAIL, Decimal("120.50")),
        ("Оптовая", PriceKind.WHOLESALE, Decimal(90)),
    ]
    assert (second.name, second.category, [issue.code for issue in second.issues]) == (
        "Кисть 50 мм", ("Краски",), ["zero_price"],
    )  # fmt: skip
    assert (third.name, third.price, [issue.code for issue in third.issues]) == ("Валик", None, ["no_price"])


def test_offers_alone_and_a_catalogue_alone_are_read():
    alone = commerce(package(offer(1, ("k2", "5"), name="Эмаль")))

    assert brief(offers(alone)) == [("Эмаль", "шт", "5")]
    assert [row.name for row in offers(commerce(CATALOGUE))] == ["Эмаль белая", "Кисть 50 мм", "Валик"]
    assert [issue.code for issue in issues(commerce(CATALOGUE))] == ["no_prices"]


def test_prices_and_names_of_an_exchange_may_lie_in_documents_of_their_own():
    content = zipped(
        {
            "import.xml": commerce(catalogue(goods(1, "Эмаль"))),
            "offers.xml": commerce(package(offer(1, name="Эмаль"))),
            "prices.xml": commerce(package(offer(1, ("k2", "77")))),
        }
    )

    assert brief(offers(content)) == [("Эмаль", "шт", "77")]


def test_a_characteristic_tells_offers_of_one_name_apart():
    content = commerce(
        catalogue(goods(1, "Эмаль")),
        package(offer(1, ("k2", "5"), feature="белая"), offer(1, ("k2", "6"), feature="синяя")),
    )

    assert [(row.name, row.price, row.sku) for row in offers(content)] == [
        ("Эмаль белая", Decimal(5), "001"),
        ("Эмаль синяя", Decimal(6), "001"),
    ]


def test_an_exchange_without_goods_is_said():
    assert fault(commerce("<Каталог/>")) == "no_rows"


PRICE_UA = """<?xml version="1.0" encoding="windows-1251"?><!DOCTYPE price SYSTEM "http://price.example/price.dtd">
<price date="2025-01-01 10:00"><name>Магазин</name><currency code="USD">41.5</currency>
<catalog><category id="1">Сантехніка</category><category id="2" parentID="1">Мийки</category></catalog>
<items><item id="7"><name>Мийка кругла &amp;quot;Х&amp;quot;</name><categoryId>2</categoryId><price>1 250,50</price>
<vendor>Х</vendor><code>M-7</code></item><item id="7"><name>Сифон</name><categoryId>1</categoryId><price>75</price>
</item></items></price>"""
HOTLINE = """<?xml version="1.0" encoding="UTF-8"?><price><date>2025-01-01</date><firmName>Х</firmName><rate>41.5</rate>
<categories><category><id>1</id><name>Інструмент</name></category>
<category><id>2</id><parentId>1</parentId><name>Дрилі</name></category></categories>
<items><item><id>5</id><categoryId>2</categoryId><code>D5</code><name>Дриль 650 Вт</name>
<priceRUSD>50</priceRUSD><priceRUAH>2075</priceRUAH><stock>В наявності</stock></item></items></price>"""


def test_the_feed_of_price_ua_is_read_in_hryvnias():
    first, second = offers(PRICE_UA.encode("cp1251"))

    assert (first.name, first.price, first.currency, first.sku) == (
        'Мийка кругла "Х"',
        Decimal("1250.50"),
        "UAH",
        "M-7",
    )
    assert first.category == ("Сантехніка", "Мийки")
    assert [issue.code for issue in second.issues] == ["same_id"]


def test_hotline_s_categories_and_prices_are_elements_of_their_own():
    (row,) = offers(HOTLINE)

    assert (row.name, row.price, row.currency, row.external_id) == ("Дриль 650 Вт", Decimal(2075), "UAH", "5")
    assert row.category == ("Інструмент", "Дрилі")
    assert [(listed.label, listed.currency) for listed in row.prices] == [("priceruah", "UAH"), ("pricerusd", "USD")]


def test_a_feed_s_base_currency_holds_for_offers_that_name_none_and_none_is_said():
    feed = (
        '<yml_catalog><shop><currencies><currency id="UAH" rate="1"/><currency id="USD" rate="41"/></currencies>'
        '<offers><offer id="1"><name>Клей</name><price>5</price></offer></offers></shop></yml_catalog>'
    )

    assert offers(feed)[0].currency == "UAH"
    assert issues(feed) == []
    assert [issue.code for issue in issues(feed.replace("UAH", "x"))] == ["currency_assumed"]


def test_a_feed_of_items_with_names_of_another_space_is_read():
    feed = (
        '<rss xmlns:g="http://base.example/ns/1.0"><channel><item><g:id>1</g:id><title>Paint roller</title>'
        "<g:price>12.90 EUR</g:price><g:product_type>Tools &gt; Painting</g:product_type></item></channel></rss>"
    )
    (row,) = offers(feed)

    assert (row.name, row.price, row.currency, row.category) == (
        "Paint roller", Decimal("12.90"), "EUR", ("Tools", "Painting"),
    )  # fmt: skip


TABLE = [
    ["Артикул", "Наименование", "Ед.", "Цена, грн"],
    ["0017", "Уголок 50×50 &", "шт", "1 120,50"],
    ["2", "Полоса", "м", "98"],
]
GOODS = [("Уголок 50×50 &", "шт", "1120.50"), ("Полоса", "м", "98")]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "utf-16"])
def test_a_web_page_under_the_name_of_a_workbook_is_read(encoding):
    content = page(TABLE).replace("charset=utf-8", f"charset={encoding}").encode(encoding, errors="xmlcharrefreplace")
    rows = list(pricelists.read(io.BytesIO(content), "прайс.xls"))

    assert brief(rows[:2]) == GOODS
    assert (rows[0].sku, rows[0].currency, rows[0].row) == ("0017", "UAH", 2)


def test_a_page_s_merges_nested_tables_scripts_and_comments_are_understood():
    content = (
        "<!DOCTYPE html><html><!-- <table><tr><td>нет</td></tr></table> --><style>td {a: b}</style><body>"
        "<p>Цены указаны в тенге</p><table><tr><td><table border=1>"
        "<tr><th rowspan=2>Наименование</th><th colspan='2'>Цена</th></tr><tr><th>розн.</th><th>опт</th></tr>"
        "<tr><td colspan=3><b>Клеи</b></td></tr><tr><td rowspan=2>Клей</td><td>10</td><td>8</td></tr>"
        "<tr><td>20</td><td>18</td></tr><tr><td>Лак<br>НЦ<td>7<td>6</table></td></tr></table>"
        "<script>if (a < b) document.write('<td>')</script></body></html>"
    )
    rows = offers(content)

    assert [(row.name, row.price, row.currency, row.category) for row in rows] == [
        ("Клей", Decimal(10), "KZT", ("Клеи",)),
        ("Клей", Decimal(20), "KZT", ("Клеи",)),
        ("Лак НЦ", Decimal(7), "KZT", ("Клеи",)),
    ]


def test_an_xml_table_of_several_sheets_is_read():
    content = xml_table(
        {"Клеи": TABLE, "Лаки": [*TABLE[:1], ["3", "Лак", "шт", 7.5]], "Скрыт": TABLE}, hidden=["Скрыт"]
    )
    rows = offers(content)

    assert [(row.name, row.sku, row.sheet, row.row) for row in rows] == [
        ("Уголок 50×50 &", "0017", "Клеи", 2),
        ("Полоса", "2", "Клеи", 3),
        ("Лак", "3", "Лаки", 2),
    ]
    assert "sheet_hidden" in [issue.code for issue in issues(content)]


def test_an_xml_table_s_places_merges_and_kinds_of_values_are_kept():
    cells = (
        '<Row ss:Index="3"><Cell ss:Index="2" ss:MergeDown="1"><Data ss:Type="String">Наименование</Data></Cell>'
        '<Cell ss:MergeAcross="1"><Data ss:Type="String">Цена</Data></Cell></Row>'
        '<Row><Cell ss:Index="3"><Data ss:Type="String">розн.</Data></Cell>'
        '<Cell><Data ss:Type="String">опт</Data></Cell></Row>'
        '<Row><Cell ss:Index="2"><ss:Data xmlns="x" ss:Type="String"><B>Клей</B> 5</ss:Data></Cell>'
        '<Cell><Data ss:Type="Number">10.5</Data></Cell><Cell><Data ss:Type="Number">8</Data></Cell></Row>'
    )
    content = xml_table({"Лист1": []}).replace("<Table></Table>", f"<Table>{cells}</Table>")
    (row,) = offers(content)

    assert (row.name, row.row, row.price) == ("Клей 5", 5, Decimal("10.5"))
    assert [listed.kind for listed in row.prices] == [PriceKind.RETAIL, PriceKind.WHOLESALE]


def test_an_xml_table_with_entities_is_refused_unread():
    bomb = xml_table({"Лист1": TABLE}).replace("?>", '?><!DOCTYPE x [<!ENTITY a "aaaa">]>', 1)

    assert fault(bomb) == "damaged_file"
    assert fault(xml_table({"Лист1": TABLE})[:-40]) == "damaged_file"


def fault(content) -> str:
    with pytest.raises(BadPriceList) as raised:
        read(content)
    return raised.value.code


def ole_of(name: str) -> bytes:
    content = bytearray(xls([["Наименование", "Цена"], ["Цемент", 450]]))
    place = content.index("Workbook".encode("utf-16-le"))
    content[place : place + 64] = name.encode("utf-16-le").ljust(64, b"\0")
    return bytes(content)


def with_password() -> bytes:
    """The record that says that the others are enciphered, in the place of one that says nothing of cells."""
    content = bytearray(xls([["Наименование", "Цена"], ["Цемент", 450]]))
    first = content.index(struct.pack("<HH", 0x0809, 16))
    place = first + 20
    struct.pack_into("<H", content, place, 0x002F)
    return bytes(content)


def locked_ods() -> bytes:
    manifest = (
        b"<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>"
    )
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": kind, "content.xml": b"\x00\x01", "META-INF/manifest.xml": manifest})


DBF = (
    struct.pack("<BBBBIHH20x", 3, 125, 2, 1, 1, 65, 11) + b"NAME".ljust(11, b"\0") + b"C" + bytes(20) + b"\r" + b" text"
)


@pytest.mark.parametrize(
    ("content", "what", "advice"),
    [
        (b"%PDF-1.7 x", "PDF", "copy its table"),
        (b"{\\rtf1 x", "RTF", "Copy its table"),
        (b"\x89PNG\r\n\x1a\n", "picture", "table that it shows"),
        (b"RIFF1234WEBPVP8 ", "picture", "table that it shows"),
        (b"\x00\x00\x00\x18ftypheic", "picture", "table that it shows"),
        (b"Rar!\x1a\x07\x00", "RAR", "Unpack"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip", "Unpack"),
        (b"\x1f\x8b\x08", "gzip", "Unpack"),
        (bytes(257) + b"ustar" + bytes(100), "TAR", "Unpack"),
        (b"MOXCEL\x00", "1C", "save it as XLSX"),
        (b"\x09\x04\x06\x00\x00\x00\x10\x00", "Excel 4", "save it as XLSX"),
        (b"SQLite format 3\x00", "SQLite", "save it as XLSX"),
        (DBF, "DBF", "save it as XLSX"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related; x\r\n", "MHT", "save it as XLSX"),
        (ole_of("WordDocument"), "DOC", "Copy its table"),
        (ole_of("PowerPoint Document"), "PPT", "table"),
        (zipped({"word/document.xml": b"<x/>"}), "DOCX", "Copy its table"),
        (zipped({"Index/Document.iwa": b"x"}), "Numbers", "Export To, Excel"),
        (zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}), "ODT", "Copy its"),
        (zipped({"Прайс.xlsx": b"x", "Фото/1.jpg": b"x"}), "Прайс.xlsx", "Unpack"),
        ("<html><frameset><frame src='a.htm'></frameset></html>", "other files", "save it as XLSX"),
        ("<html><body>Вход для клиентов</body></html>", "without a table", "save it as XLSX"),
        ("<?xml version='1.0'?><note><to>x</to></note>", "another kind", "CommerceML"),
        ("<office:document xmlns:office='x'/>", "FODS", "ODS"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named_with_advice_that_can_be_followed(content, what, advice):
    with pytest.raises(BadPriceList) as raised:
        read(content)

    assert raised.value.code == "unknown_format"
    assert what in raised.value.message
    assert advice.casefold() in raised.value.message.casefold()


@pytest.mark.parametrize("content", [with_password(), ole_of("EncryptedPackage"), locked_ods()])
def test_a_password_is_told_apart_from_damage(content):
    assert fault(content) == "encrypted_file"


def test_text_that_begins_like_a_magic_number_is_still_a_table():
    assert brief(offers("BMW;Цена\nКлей;5\n".replace("BMW", "Наименование"))) == [("Клей", None, "5")]
    assert brief(offers("MZ;Наименование;Цена\n1;Клей;5\n")) == [("Клей", None, "5")]


def test_documents_of_these_tests_are_workbooks_too():
    assert documents.page(TABLE).count("<tr>") == 3
    assert brief(offers(xlsx([list(row) for row in TABLE])))[1] == GOODS[1]
