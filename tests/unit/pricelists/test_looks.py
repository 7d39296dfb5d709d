"""What the eye sees of an XLS and of an open document: fonts, indents, number formats and outlines."""

import io

import xlwt

from quarry.pricelists.biff_looks import seen_in
from tests.fuzz.seeds import repacked
from tests.unit.pricelists.files import ods, offers

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
