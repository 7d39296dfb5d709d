"""What the eye sees of an XLS and of an open document: fonts, indents, number formats and outlines."""

import io
import zipfile

import openpyxl
import pytest
import xlwt

from quarry import pricelists
from quarry.domain.rows import RowIssue
from quarry.pricelists.biff_looks import seen_in
from tests.fuzz.seeds import repacked
from tests.unit.pricelists.files import issues, ods, offers, xlsx

HEADER = ["Код", "Наименование", "Цена, руб."]


def xls(rows, *, bold=(), indents=None, formats=None, outline=()) -> bytes:
    """``bold``, ``indents`` and ``outline`` are of rows, ``formats`` of the first column, all from 1."""
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("Прайс")
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            parts = [f"font: bold {'on' if number in bold else 'off'}"]
            if indents and number in indents:
                parts.append(f"align: indent {indents[number]}")
            style = xlwt.easyxf("; ".join(parts), (formats or {}).get(number, "General") if column == 0 else "General")
            if cell != "":
                sheet.write(number - 1, column, cell, style)
        if number - 1 < len(outline):
            sheet.row(number - 1).level = outline[number - 1]
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def grouped(content: bytes) -> list[tuple[str, tuple[str, ...]]]:
    return [(row.name, row.category) for row in offers(content)]


def test_an_article_is_taken_as_the_number_format_shows_it():
    content = xls([HEADER, [17, "Кисть", 90], [120, "Валик", 210]], formats={2: "0000", 3: "0000"})
    assert [row.sku for row in offers(content)] == ["0017", "0120"]


def test_bold_rows_among_plain_goods_without_prices_are_headings():
    rows = [["Наименование", "Артикул"], ["Кисти"], ["Кисть плоская", "К1"], ["Валики"], ["Валик велюр", "В1"]]
    assert grouped(xls(rows, bold=[2, 4])) == [("Кисть плоская", ("Кисти",)), ("Валик велюр", ("Валики",))]


def test_groups_nest_by_the_indents_of_their_style():
    rows = [["Наименование", "Цена"], ["Кровля"], ["Мягкая"], ["Гонт", 500], ["Жёсткая"], ["Шифер", 400]]
    assert grouped(xls(rows, indents={3: 1, 4: 2, 5: 1, 6: 2})) == [
        ("Гонт", ("Кровля", "Мягкая")),
        ("Шифер", ("Кровля", "Жёсткая")),
    ]


def test_an_outline_of_rows_tells_which_group_a_group_is_in():
    rows = [HEADER, ["", "Кровля"], ["", "Мягкая"], [1, "Гонт", 500], ["", "Жёсткая"], [2, "Шифер", 400]]
    assert grouped(xls(rows, outline=[0, 0, 1, 2, 1, 2])) == [
        ("Гонт", ("Кровля", "Мягкая")),
        ("Шифер", ("Кровля", "Жёсткая")),
    ]


def test_odd_innards_tell_nothing():
    assert seen_in(b"\x09\x08\x10\x00\x00\x06" + b"\xe0\x00\x02\x00ab" * 40) == {}
    assert seen_in(b"") == {}


def test_an_outline_that_goods_were_sorted_into_is_none():
    rows = [
        HEADER,
        ["", "Кровля"],
        [1, "Гонт", 500],
        [2, "Шифер", 400],
        ["", "Фасад"],
        [3, "Сайдинг", 300],
        [4, "Блок", 9],
    ]
    assert [path for _, path in grouped(xls(rows, outline=[0, 1, 3, 1, 3, 3, 1]))] == [
        ("Кровля",),
        ("Кровля",),
        ("Фасад",),
        ("Фасад",),
    ]


def test_a_heading_without_an_indent_stands_within_the_indented_one():
    rows = [
        ["Наименование", "Цена"],
        ["Кисти"],
        ["Плоские"],
        ["Альфа"],
        ["К-1", 5],
        ["Бета"],
        ["К-2", 6],
        ["Круглые"],
        ["К-3", 7],
    ]
    assert [path for _, path in grouped(xls(rows, bold=[2, 3, 4, 6, 8], indents={2: 2, 3: 4, 8: 4}))] == [
        ("Кисти", "Плоские", "Альфа"),
        ("Кисти", "Плоские", "Бета"),
        ("Кисти", "Круглые"),
    ]


def open_document(rows: str) -> bytes:
    styles = (
        '<number:number-style style:name="N4"><number:number number:min-integer-digits="4"/></number:number-style>'
        '<style:style style:name="code" style:family="table-cell" style:data-style-name="N4"/>'
        '<style:style style:name="head"><style:text-properties fo:font-weight="bold"/></style:style>'
        '<style:style style:name="in"><style:paragraph-properties fo:margin-left="0.71cm"/></style:style>'
    )
    spaces = "".join(
        f' xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in [("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"),
                             ("number", "datastyle"), ("fo", "xsl-fo-compatible")]
    )  # fmt: skip
    content = (
        f"<office:document-content{spaces}><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
        f'<office:spreadsheet><table:table table:name="Прайс">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    return repacked(ods([["Наименование"]]), {"content.xml": content.encode()})


def cells(*values: str | int, style: str = "") -> str:
    said = f' table:style-name="{style}"' if style else ""
    row = "".join(
        f'<table:table-cell office:value-type="float" office:value="{value}"{said}/>'
        if isinstance(value, int)
        else f'<table:table-cell office:value-type="string"{said}><text:p>{value}</text:p></table:table-cell>'
        for value in values
    )
    return f"<table:table-row>{row}</table:table-row>"


def test_bold_indents_groups_and_padded_numbers_of_an_open_document_are_seen():
    inner = cells("Кисти плоские", style="in") + cells("Кисть 50", 90) + cells("Кисть 75", 120)
    content = open_document(
        cells("Наименование", "Цена, руб.") + cells("КИСТИ", style="head") + inner + cells("Валики", style="in")
        + '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>' + cells("Валик", 150)
    )  # fmt: skip
    assert [(row.row, row.name, row.category) for row in offers(content)] == [
        (4, "Кисть 50", ("КИСТИ", "Кисти плоские")),
        (5, "Кисть 75", ("КИСТИ", "Кисти плоские")),
        (10, "Валик", ("КИСТИ", "Валики")),
    ]
    head = cells("Код", "Наименование", "Цена, руб.")
    coded = cells(17, style="code").removesuffix("</table:table-row>") + cells("Кисть", 90).removeprefix(
        "<table:table-row>"
    )
    assert [row.sku for row in offers(open_document(head + coded))] == ["0017"]


def test_an_open_documents_groups_of_rows_are_its_tree():
    def group(rows: str) -> str:
        return f"<table:table-row-group>{rows}</table:table-row-group>"

    tools = cells("Молотки") + group(cells("Молоток", 400) + cells("Кувалда", 900))
    content = open_document(cells("Наименование", "Цена, руб.") + cells("Инструмент") + group(tools)
                            + cells("Сад") + group(cells("Шланг", 800)))  # fmt: skip
    assert [(row.name, row.category) for row in offers(content)] == [
        ("Молоток", ("Инструмент", "Молотки")),
        ("Кувалда", ("Инструмент", "Молотки")),
        ("Шланг", ("Сад",)),
    ]


def in_format(code: str, kind: str) -> bytes:
    rows = [["Наименование", "Цена"], ["Кисть", 90], ["Валик", 210.5]]
    if kind == "xlsx":
        return xlsx(rows, formats={"B2": code, "B3": code})
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("Прайс")
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell, xlwt.easyxf(num_format_str=code if number and column else "General"))
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
@pytest.mark.parametrize(
    ("code", "currency"),
    [
        ('#,##0.00\\ "₸"', "KZT"),
        ("_-* #,##0.00\\ [$€-407]_-;\\-* #,##0.00\\ [$€-407]_-", "EUR"),
        ("[$$-409]#,##0.00", "USD"),
        ('#,##0" грн."', "UAH"),
        ("[$BYN]\\ 0.00", "BYN"),
        ("#,##0.00_€", "RUB"),
        ('0.00" кг"', "RUB"),
        ("[Red][>100]0.00;0.00", "RUB"),
    ],
)
def test_a_number_format_says_which_money_a_price_is(kind, code, currency):
    assert [(row.price, row.currency) for row in offers(in_format(code, kind))] == [(90, currency), (210.5, currency)]


def test_a_title_says_the_money_before_a_number_format_does_and_that_before_a_note():
    rows = [["Цены в евро"], ["Наименование", "Цена, руб.", "Опт"], ["Кисть", 90, 2]]
    (row,) = offers(xlsx(rows, formats={"B3": '0.00 "$"', "C3": '0.00 "$"'}))
    assert [(listed.label, listed.currency) for listed in row.prices] == [("Цена, руб.", "RUB"), ("Опт", "RUB")]
    rows[1][1] = "Цена"
    (row,) = offers(xlsx(rows, formats={"B3": '0.00 "$"'}))
    assert [listed.currency for listed in row.prices] == ["USD", "EUR"]


def test_rows_may_be_shown_as_different_money():
    rows = [["Наименование", "Цена"], ["Кисть", 90], ["Валик", 4], ["Лоток", 60]]
    found = offers(xlsx(rows, formats={"B2": '0 "₽"', "B3": '0 "€"', "B4": '0 "₽"'}))
    assert [row.currency for row in found] == ["RUB", "EUR", "RUB"]


def test_prices_shown_as_other_money_have_other_digests():
    rows = [["Наименование", "Цена"], ["Кисть", 90]]

    def digest(code: str) -> str | None:
        (found,) = (
            item
            for item in pricelists.scan(io.BytesIO(xlsx(rows, formats={"B2": code})), "а.xlsx")
            if not isinstance(item, RowIssue)
        )
        return found.digest

    assert digest('0 "€"') == digest('0.0 "€"') != digest('0 "₽"')


def test_money_of_an_open_document_is_that_of_its_cells():
    content = ods([["Наименование", "Цена"], ["Кисть", 90], ["Валик", 4]])
    cell = b'office:value-type="float" office:value="'
    shown = (
        zipfile.ZipFile(io.BytesIO(content))
        .read("content.xml")
        .replace(cell, b'office:value-type="currency" office:currency="PLN" office:value="')
    )
    assert [row.currency for row in offers(repacked(content, {"content.xml": shown}))] == ["PLN", "PLN"]


def hidden(kind: str, rows, *, row: int | None = None, column: int | None = None, level: int = 0) -> bytes:
    """``row`` from 1, ``column`` from 0 are hidden; ``level`` is the row's in an outline."""
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for each in rows:
            book.active.append(each)
        if row:
            book.active.row_dimensions[row].hidden = True
            book.active.row_dimensions[row].outlineLevel = level
        if column is not None:
            book.active.column_dimensions["ABCD"[column]].hidden = True
    else:
        book = xlwt.Workbook()
        sheet = book.add_sheet("Прайс")
        for number, each in enumerate(rows):
            for place, cell in enumerate(each):
                sheet.write(number, place, cell)
        if row:
            sheet.row(row - 1).hidden, sheet.row(row - 1).level = True, level
        if column is not None:
            sheet.col(column).hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GOODS = [
    ["Наименование", "Закупка", "Цена, руб."],
    ["Кисть", 70, 90],
    ["Валик", 150, 210],
    ["Лоток", 40, 60],
    ["Скребок", 30, 50],
]


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_a_hidden_row_is_not_read_and_said(kind):
    content = hidden(kind, GOODS, row=3)
    assert [row.name for row in offers(content)] == ["Кисть", "Лоток", "Скребок"]
    assert "rows_hidden" in {issue.code for issue in issues(content)}


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_a_row_that_is_folded_into_its_group_is_read(kind):
    assert len(offers(hidden(kind, GOODS, row=3, level=1))) == 4


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_a_hidden_column_is_not_read(kind):
    content = hidden(kind, GOODS, column=1)
    assert {row.prices for row in offers(content)} == {()}


def test_rows_that_a_filter_leaves_out_are_read():
    book = openpyxl.Workbook()
    for each in GOODS:
        book.active.append(each)
    book.active.row_dimensions[3].hidden = True
    book.active.auto_filter.ref = "A1:C5"
    book.active.auto_filter.add_filter_column(0, ["Кисть", "Лоток", "Скребок"])
    out = io.BytesIO()
    book.save(out)
    assert len(offers(out.getvalue())) == 4
