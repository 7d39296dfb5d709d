"""Formats and encodings are told from the content; whatever is wrong with a file as a whole is said to a person."""

import io
import json
import struct
import zipfile
from decimal import Decimal

import pytest

from quarry import pricelists
from quarry.domain.rows import PriceKind, PriceRow
from quarry.errors import BadPriceList
from tests.unit.pricelists.files import brief, issues, ods, offers, read, xls, xlsx

TABLE = "Наименование;Ед. изм.;Цена\nЦемент М500;меш;450,00\nПесок речной;м3;950\n"
GOODS = [("Цемент М500", "меш", "450.00"), ("Песок речной", "м3", "950")]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "cp1251", "cp866", "koi8-r", "utf-16", "utf-16-le", "utf-16-be"],
)
def test_any_sane_encoding_is_read(encoding):
    assert brief(offers(TABLE.encode(encoding))) == GOODS


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_any_delimiter_is_read(delimiter):
    table = "Наименование;Ед. изм.;Цена\nЦемент М500;меш;450.00\nПесок речной;м3;950\n".replace(";", delimiter)

    assert brief(offers(table)) == GOODS


def test_cyrillic_that_comes_only_after_a_megabyte_is_still_found_out():
    ascii_rows = "name;unit;price\n" + "".join(f"Brick {n}{' long' * 50};pcs;{n}.00\n" for n in range(1, 5_000))

    rows = offers((ascii_rows + "Цемент;кг;9,50\n").encode("cp1251"))

    assert len(ascii_rows) > 2**20
    assert rows[-1].name == "Цемент"


def test_a_delimiter_named_in_the_first_line_is_taken():
    assert brief(offers("sep=|\nНаименование|Ед. изм.|Цена\nЦемент М500|меш|450,00\n")) == GOODS[:1]


def test_a_quoted_cell_may_go_over_lines_and_count_as_one_row():
    rows = offers('name,price\n"Клей\nплиточный, 25 кг",450\nГрунт,90\n')

    assert [(row.row, row.name) for row in rows] == [(2, "Клей плиточный, 25 кг"), (3, "Грунт")]


def test_stray_quotes_swallow_no_rows():
    rows = offers('Наименование;Цена\n"Труба 1/2;100\nКран 3/4";200\nМуфта "А";300\n"Kiilto" клей;400\n')

    assert [row.price for row in rows] == [Decimal(100), Decimal(200), Decimal(300), Decimal(400)]
    assert rows[1].name == 'Кран 3/4"'


def test_rows_shorter_or_longer_than_the_header_are_read():
    rows = offers("Наименование;Ед.;Цена;Остаток\nЦемент;кг;9\nПесок;м3;950;10;лишнее;;\n")

    assert [(row.price, row.stock) for row in rows] == [(Decimal(9), None), (Decimal(950), Decimal(10))]


def test_the_content_decides_not_the_name():
    table = [["Наименование", "Цена"], ["Цемент", 450]]
    for content in (xlsx(table), xls(table), TABLE.encode("cp1251")):
        assert [row.name for row in pricelists.read(io.BytesIO(content), "прайс.pdf") if isinstance(row, PriceRow)]


def test_json_in_an_object_keeps_exact_numbers_and_ids():
    document = {
        "updated": "2025-01-01",
        "categories": [{"id": 1, "title": "x"}],
        "data": {"items": [{"id": "a-1", "name": "Саморез", "price": 0.0035, "unit": "шт", "category": "Метизы"}]},
    }

    rows = offers(json.dumps(document, ensure_ascii=False))

    assert [(row.external_id, row.name, row.price, row.category, row.row) for row in rows] == [
        ("a-1", "Саморез", Decimal("0.0035"), ("Метизы",), 1)
    ]


def test_json_objects_may_differ_and_nest_and_a_wrong_one_stops_no_other():
    rows = offers(
        '[{"name": "А", "price": {"value": "12,5", "currency": "EUR"}}, 7, {"sku": "x"}, {"price": 3, "name": "Б"}]'
    )

    assert [(row.row, row.name, row.price, row.currency, row.usable) for row in rows] == [
        (1, "А", Decimal("12.5"), "EUR", True),
        (2, "", None, "RUB", False),
        (3, "", None, "RUB", False),
        (4, "Б", Decimal(3), "RUB", True),
    ]


def test_json_in_an_old_encoding_is_read():
    assert offers('[{"наименование": "Цемент", "цена": 450}]'.encode("cp1251"))[0].name == "Цемент"


YML = """<?xml version="1.0" encoding="windows-1251"?>
<!DOCTYPE yml_catalog SYSTEM "shops.dtd">
<yml_catalog date="2025-01-01 12:00"><shop>
<currencies><currency id="RUR" rate="1"/></currencies>
<categories><category id="1">Инструмент</category><category id="2" parentId="1">Дрели</category></categories>
<offers>
<offer id="77" available="true"><price>3490.50</price><oldprice>3990</oldprice><currencyId>RUR</currencyId>
<categoryId>2</categoryId><name>Дрель ударная 650 Вт</name><vendorCode>DU-650</vendorCode>
<param name="Единица измерения">шт</param><description>С кейсом</description></offer>
<offer id="78" available="false"><price>0</price><currencyId>USD</currencyId><categoryId>9</categoryId>
<typePrefix>Бур</typePrefix><vendor>Зубр</vendor><model>8х160</model></offer>
<offer id="79"><price>-1</price><name>Пика</name></offer>
</offers></shop></yml_catalog>"""


def test_yml_gives_offers_with_their_tree_of_categories():
    first, second, third = offers(YML.encode("cp1251"))

    assert (first.external_id, first.sku, first.unit, first.price, first.currency) == (
        "77", "DU-650", "шт", Decimal("3490.50"), "RUB",
    )  # fmt: skip
    assert first.category == ("Инструмент", "Дрели")
    assert first.in_stock is True
    assert [(listed.kind, listed.price) for listed in first.prices] == [
        (PriceKind.RETAIL, Decimal("3490.50")),
        (PriceKind.OTHER, Decimal(3990)),
    ]
    assert (second.name, second.price, second.currency, second.in_stock) == ("Бур Зубр 8х160", None, "USD", False)
    assert [issue.code for issue in third.issues] == ["negative_price"]


def test_yml_with_entities_is_refused_unread():
    bomb = (
        '<!DOCTYPE yml_catalog [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><yml_catalog><offer>&b;</offer></yml_catalog>'
    )

    assert fault(bomb) == "damaged_file"


def fault(content, **options) -> str:
    with pytest.raises(BadPriceList) as raised:
        read(content, **options)
    assert raised.value.message
    return raised.value.code


def test_whole_file_faults_have_codes_and_advice():
    book = xlsx([["Наименование", "Цена"], ["Цемент", 450]])
    assert fault(b"") == "empty_file"
    assert fault(b"  \n\n") == "empty_file"
    assert fault(b"%PDF-1.7 ...") == "unknown_format"
    assert fault(b"<html><table><tr><td>x</td></tr></table></html>") == "no_header"
    assert fault(b"\x89PNG\r\n\x1a\n") == "unknown_format"
    assert fault(bytes(range(256)) * 10) == "unknown_format"
    assert fault(book[: len(book) // 2]) == "damaged_file"
    assert fault(b"PK\x03\x04 no archive") == "damaged_file"
    assert fault(xls([["Наименование", "Цена"], ["Цемент", 450]])[:3000]) == "damaged_file"
    assert fault('[{"name": "Цемент", "price": 4') == "damaged_file"
    assert fault('{"a": 1}') == "no_header"
    assert fault(YML.encode("cp1251")[:600]) == "damaged_file"
    assert fault("просто текст без таблицы\nи ещё строка\n") == "no_header"


def test_a_missing_header_says_which_columns_were_found():
    with pytest.raises(BadPriceList, match=r"Ед\. изм\., Остаток"):
        read("Ед. изм.;Остаток;Прочее\nкг;5;x\n")


def test_an_archive_of_another_kind_is_named():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")

    with pytest.raises(BadPriceList, match="text document"):
        read(out.getvalue())


def test_limits_are_faults_of_the_file():
    assert fault(TABLE, max_file_bytes=10) == "file_too_large"
    assert fault(TABLE, max_rows=2) == "too_many_rows"
    assert fault("name;price;" + ";" * 600 + "\nЦемент;1\n") == "too_many_columns"
    assert fault(f"name;price\n{'ж' * 40_000};1\n") == "cell_too_long"
    assert fault(xlsx([["Наименование", "Цена"], *[["Цемент", n] for n in range(20)]]), max_rows=10) == "too_many_rows"
    assert fault(json.dumps([{"name": "А", "price": 1}] * 5), max_rows=4) == "too_many_rows"


@pytest.mark.parametrize("deep", ["[" * 20_000, '{"a":' * 20_000, '[{"name": "Клей", "price": 1, "x": ' + "[" * 20_000])
def test_json_that_nests_without_end_is_refused_before_it_fills_the_memory(deep):
    with pytest.raises(BadPriceList) as caught:
        read(deep)

    assert caught.value.code == "too_deep"


def test_a_market_offer_s_name_has_a_limit():
    with pytest.raises(BadPriceList) as caught:
        read(f"<yml_catalog><offers><offer id='1'><name>{'а' * 40_000}</name></offer></offers></yml_catalog>")

    assert caught.value.code == "cell_too_long"


def test_a_workbook_that_would_swell_is_refused_before_it_is_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(100):
                part.write(b"0" * (1 << 20))

    assert fault(out.getvalue()) == "zip_bomb"


def test_a_stray_cell_far_away_is_refused_with_advice():
    import openpyxl

    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "Наименование"
    workbook.active["XFD1048576"] = "x"
    out = io.BytesIO()
    workbook.save(out)

    assert fault(out.getvalue()) == "too_many_cells"


@pytest.mark.parametrize(
    ("row", "cell", "far", "refused"),
    [
        ("1048570", "16384", "", False),  # what the spreadsheet program itself writes below and beside a table
        ("1048570", "16384", "stray", True),
    ],
)
def test_an_open_document_s_repeated_rows_count_only_above_something(row, cell, far, refused):
    cells = f'<table:table-cell table:number-columns-repeated="{cell}"/>'
    blank = f'<table:table-row table:number-rows-repeated="{row}">{cells}</table:table-row>'
    content = repeating(ods([["Наименование", "Цена"], ["Гвозди", 95], [far]]), blank)
    if refused:
        assert fault(content) == "too_many_cells"
    else:
        assert [row.name for row in offers(content)] == ["Гвозди"]


def test_an_open_document_s_repeated_goods_are_refused_before_they_fill_the_memory():
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="1000">{cell}</table:table-row>'

    assert fault(repeating(ods([["Наименование", "Цена"], ["Гвозди", 95], [""]]), row)) == "too_many_cells"


@pytest.mark.parametrize(("rows", "columns"), [("99999999", "1"), ("1", "999999"), ("9" * 5000, "1")])
def test_an_open_document_s_repeat_of_any_length_is_counted(rows, columns):
    cell = f"<table:table-cell table:number-columns-repeated='{columns}'><text:p>x</text:p></table:table-cell>"
    row = f"<table:table-row table:number-rows-repeated = '{rows}'>{cell}</table:table-row>"

    assert fault(repeating(ods([["Наименование", "Цена"], ["Гвозди", 95], ["Шурупы", 5]]), row)) == "too_many_cells"


_COLUMNS = '<table:table-column table:number-columns-repeated="16384"/>'


def repeating(content: bytes, row: str) -> bytes:
    """An open document with a row put in before its last one."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            part = before.read(name).decode().replace("<table:table-row>", f"{_COLUMNS}<table:table-row>", 1)
            head, mark, last = part.rpartition("<table:table-row>")
            after.writestr(name, f"{head}{row}{mark}{last}" if mark else part)
    return out.getvalue()


def test_a_workbook_with_a_password_is_told_apart_from_a_broken_one():
    content = bytearray(xls([["Наименование", "Цена"], ["Цемент", 450]]))
    position = content.index("Workbook".encode("utf-16-le"))
    content[position : position + 32] = "EncryptedPackage".encode("utf-16-le")

    assert fault(bytes(content)) == "encrypted_file"


def test_a_chain_of_sectors_that_runs_in_a_circle_is_damage_not_a_crash():
    content = bytearray(xls([["Наименование", "Цена"], *[["Цемент", n] for n in range(300)]]))
    (table,) = struct.unpack_from("<I", content, 76)
    struct.pack_into("<I", content, (table + 1) * 512 + 4 * 5, 2)

    assert fault(bytes(content)) == "damaged_file"


def test_an_error_value_of_a_formula_is_no_price():
    rows = offers(xlsx([["Наименование", "Ед.", "Цена"], ["Цемент", "кг", "#N/A"], ["Песок", "кг", 5]]))

    assert [(row.price, [issue.code for issue in row.issues]) for row in rows] == [
        (None, ["no_price"]),
        (Decimal(5), []),
    ]


def test_a_file_without_goods_below_its_header_yields_nothing():
    assert read("Наименование;Цена\n") == []
    assert issues("Наименование;Цена\n") == []


def test_quotes_without_sense_are_plain_characters():
    assert [row.name for row in offers('Наименование;Цена\n";"\n";0"\nКлей;5\n')][-1] == "Клей"


def test_json_prices_by_kind_are_price_columns():
    document = (
        '{"goods": [{"title": "Клей", "prices": [{"type": "опт", "price": 9}, {"type": "розница", "price": 10.5}]}]}'
    )

    row = offers(document)[0]

    assert (row.name, row.price) == ("Клей", Decimal("10.5"))
    assert [(listed.kind, listed.price) for listed in row.prices] == [
        (PriceKind.WHOLESALE, Decimal(9)),
        (PriceKind.RETAIL, Decimal("10.5")),
    ]


def test_a_json_number_of_thousands_of_digits_is_refused_before_the_parser_sees_it():
    assert fault('[{"name": "Клей", "price": ' + "9" * 5000 + "}]") == "cell_too_long"


def test_a_json_number_with_a_huge_exponent_is_no_price():
    rows = offers('[{"name": "Клей", "price": 1e999999999}, {"name": "Лак", "price": 1e2}]')

    assert [(row.price, [issue.code for issue in row.issues]) for row in rows] == [
        (None, ["invalid_price"]),
        (Decimal(100), []),
    ]


def changed(content: bytes, old: str, new: str) -> bytes:
    """A workbook with other words in its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).decode().replace(old, new))
    return out.getvalue()


@pytest.mark.parametrize("far", ['r="ZZZ99999999"', "r = 'A1048576'", 'r="XFD2"', f'r="C{"9" * 5000}"'])
def test_a_cell_that_lies_far_away_is_found_however_it_is_written(far):
    book = changed(xlsx([["Наименование", "Цена"], ["Гвозди", 95]]), 'r="B2"', far)

    assert fault(book) in {"too_many_cells", "too_many_columns", "too_many_rows"}


def test_an_old_workbook_with_a_cell_where_none_can_be_is_damaged():
    content = bytearray(xls([["Наименование", "Цена"], *[["Цемент", n] for n in range(300)]]))
    number = content.index(struct.pack("<HHHH", 0x027E, 10, 1, 1))  # the first price
    struct.pack_into("<HH", content, number + 4, 0xFFFF, 0xFFFF)

    assert fault(bytes(content)) == "damaged_file"


def test_an_archive_hidden_in_an_old_workbook_is_not_looked_into():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as inner:
        inner.writestr("xl/workbook.xml", "<x/>")

    content = xls([["Наименование", "Цена"], ["Цемент", 450]]) + archive.getvalue()[:-30]
    assert brief(offers(content + archive.getvalue())) == [("Цемент", None, "450")]


def test_a_merge_over_a_whole_sheet_costs_nothing():
    merges = '<mergeCells><mergeCell ref="D1:XFD1048576"/><mergeCell ref="B1:B1048576"/></mergeCells>'
    book = xlsx([["Наименование", "Цена"], ["Гвозди", 95], ["Шурупы", 5]])
    book = changed(book, "</sheetData>", f"</sheetData>{merges}")

    assert brief(offers(book)) == [("Гвозди", None, "95"), ("Шурупы", None, "5")]


def test_a_market_list_of_elements_that_are_no_offers_is_not_held():
    filler = "<x><y/></x>" * 50_000

    assert offers(f"<yml_catalog><shop>{filler}<offers><offer><name>А</name></offer></offers></shop></yml_catalog>")


def test_an_offer_of_endless_elements_is_refused():
    assert fault(f"<yml_catalog><offers><offer>{'<x/>' * 6000}</offer></offers></yml_catalog>") == "too_deep"
    assert fault(f"<yml_catalog><offers><offer>{'<x>' * 100_000}") == "too_deep"


def test_capitals_of_msdos_are_known_by_their_sizes():
    text = "КОД;ТОВАР;ЕД;ЦЕНА\n1;ШИФЕР ВОЛНОВОЙ 1750х1130;ЛИСТ;390\n2;ОНДУЛИН 1950х950;ЛИСТ;620\n"
    assert [row.name for row in offers(text.encode("cp866"))] == ["ШИФЕР ВОЛНОВОЙ 1750х1130", "ОНДУЛИН 1950х950"]


def test_prices_with_their_unit_are_no_titles():
    rows = [["Песок", ""], ["Песок карьерный", "850 руб/м3"], ["Песок мытый", "1100 руб/м3"],
            ["Щебень", ""], ["Щебень гранитный 5-20", "3400 руб/м3"]]  # fmt: skip
    assert [(row.name, row.price, row.unit) for row in offers(xlsx(rows))] == [
        ("Песок карьерный", 850, "м3"), ("Песок мытый", 1100, "м3"), ("Щебень гранитный 5-20", 3400, "м3"),
    ]  # fmt: skip


def test_a_size_with_how_it_is_packed_takes_the_goods_of_its_heading():
    rows = [["Товар", "Цена, руб./м"], ["Шланг поливочный", ""], ['1/2" (бухта 25 м)', 64], ['3/4" (бухта 25 м)', 98],
            ["Цепь сварная", ""], ["4 мм", 118]]  # fmt: skip
    assert [row.name for row in offers(xlsx(rows))] == [
        'Шланг поливочный 1/2" (бухта 25 м)', 'Шланг поливочный 3/4" (бухта 25 м)', "Цепь сварная 4 мм",
    ]  # fmt: skip
