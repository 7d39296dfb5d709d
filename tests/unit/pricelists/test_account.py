"""Every row of a sheet is accounted for, what may be lost or wrong is said, and a person's correction is obeyed."""

import contextlib
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fit_rows import ROWS, present, right, sequences
from quarry import pricelists
from quarry.domain.reading import LayoutCorrection, ReadBy, Role
from quarry.domain.rows import PriceRow
from quarry.errors import BadPriceList
from quarry.pricelists import ReadOptions, Report, opening
from quarry.pricelists.articles import Articles
from tests.unit.pricelists.files import xlsx
from tests.unit.pricelists.test_robustness import CELLS, written

HEADER = ["Артикул", "Наименование", "Ед.", "Цена, руб."]
GOODS = [["A-1", "Кисть плоская 50 мм", "шт", 90], ["A-2", "Валик велюр 180 мм", "шт", 210]]


def told(content: bytes, layouts=None) -> tuple[list[PriceRow], Report]:
    report = Report()
    options = ReadOptions(layouts=layouts or {})
    found = [*pricelists.scan(io.BytesIO(content), "прайс", options, report)]
    rows = [item.read() for item in found if hasattr(item, "read")]
    return rows, report


def codes(report: Report) -> dict[str, int]:
    return {found.code: found.count for found in report.attention}


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=14))
def test_the_kinds_of_rows_add_up_to_the_rows_of_the_sheet(rows):
    report = Report()
    with contextlib.suppress(BadPriceList):
        content = written([HEADER, *rows]).encode("utf-8", errors="replace")
        list(pricelists.scan(io.BytesIO(content), "прайс.csv", ReadOptions(), report))
        assert sum(report.sheets[0].rows.values()) == report.rows_seen
        assert "rows_unaccounted" not in codes(report)


def test_rows_are_counted_by_their_kind():
    _, report = told(
        xlsx(
            [
                ["ООО Кисти и валики"],
                [],
                HEADER,
                ["Кисти"],
                GOODS[0],
                ["Валики"],
                GOODS[1],
                HEADER,
                ["A-3", "Ванночка", "шт", 60],
                ["Итого", "", "", 360],
            ]
        )
    )
    rows = {kind: count for kind, count in report.sheets[0].rows.items() if count}
    assert rows == {"goods": 3, "headings": 2, "headers": 2, "totals": 1, "notes": 1, "blank": 1}
    assert report.rows_seen == 10
    assert report.attention == []


def test_the_reading_says_what_each_column_holds_and_why():
    _, report = told(xlsx([HEADER, *GOODS]))
    (sheet,) = report.sheets
    assert sheet.header_rows == (1,)
    assert [(column.letter, column.title, column.role, column.why) for column in sheet.columns] == [
        ("A", "Артикул", Role.SKU, "its title says so"),
        ("B", "Наименование", Role.NAME, "its title says so"),
        ("C", "Ед.", Role.UNIT, "its title says so"),
        ("D", "Цена, руб.", Role.PRICE, "its title says so"),
    ]
    assert (sheet.confidence, sheet.read_by) == (1.0, ReadBy.READER)
    assert sheet.sample[0].row == 2
    assert sheet.sample[0].cells == ("A-1", "Кисть плоская 50 мм", "шт", "90")
    assert sheet.sample[0].offer == {
        "name": "Кисть плоская 50 мм",
        "sku": "A-1",
        "unit": "шт",
        "price": "90",
        "currency": "RUB",
        "category": [],
    }


def test_a_layout_is_known_again_by_its_labels_and_their_order():
    first, again, other = (
        told(xlsx([header, *GOODS]))[1].sheets[0].fingerprint
        for header in (HEADER, ["артикул", "НАИМЕНОВАНИЕ", "ед", "Цена (руб)"], [*HEADER[:3], "Цена, евро"])
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("rows", "code", "count"),
    [
        (
            [["Наименование", "Артикул", "Цвет"], ["Кисть", "A-1", "синий"], ["Валик", "A-2", "белый"]],
            "no_price_column",
            2,
        ),
        ([["Наименование", "Цена"], ["Кисть", 90], ["Валик", 210]], "currency_assumed", 2),
        ([["Наименование", "Цена, USD/Сум"], ["Кисть", 90], ["Валик", 210]], "unknown_currency", 2),
        ([HEADER, *GOODS, ["A-1", "Кисть плоская 50 мм", "шт", 95]], "same_article", 1),
        ([HEADER, *GOODS, ["A-3", "Ванночка", "шт", "60    85"]], "two_amounts", 1),
        ([HEADER, *GOODS, ["A-3", "Ванночка", "шт", "60/85/90"]], "two_amounts", 1),
        ([HEADER, GOODS[0], ["", "- скидка", "", "от партии"], GOODS[1]], "rows_skipped", 1),
    ],
)
def test_what_a_buyer_may_lose_is_said(rows, code, count):
    _, report = told(xlsx(rows))
    assert codes(report)[code] == count


@pytest.mark.parametrize("cell", ["1 250", "1250,50", "1 250.50", "120 / 1 м2", 12.5, "12 500,00 руб"])
def test_one_amount_is_not_taken_for_two(cell):
    _, report = told(xlsx([HEADER, *GOODS, ["A-3", "Ванночка", "шт", cell]]))
    assert "two_amounts" not in codes(report)


def test_a_sheet_without_goods_is_shown_and_said():
    rows, report = told(xlsx({"Прайс": [HEADER, *GOODS], "Условия": [["Оплата", "Доставка"], ["сразу", "завтра"]]}))
    assert len(rows) == 2
    assert codes(report) == {"sheet_not_read": 2}
    assert report.sheets[1].rows["skipped"] == 2
    assert report.sheets[1].confidence == 0.0


def test_a_hidden_sheet_is_said():
    _, report = told(xlsx({"Прайс": [HEADER, *GOODS], "Архив": [HEADER, *GOODS]}, hidden=["Архив"]))
    assert codes(report) == {"sheet_hidden": 0}


def test_no_currency_in_several_sheets_is_said_once():
    rows = [["Наименование", "Цена"], ["Кисть", 90], ["Валик", 210]]
    _, report = told(xlsx({"Кисти": rows, "Валики": rows}))
    (found,) = report.attention
    assert (found.sheet, found.count, found.message) == (
        None,
        4,
        "No known currency is named in «Цена»: RUB is assumed for 4 goods.",
    )


def test_a_word_for_money_that_is_not_known_is_shown():
    _, report = told(xlsx([["Наименование", "Цена, {хрустики}"], ["Кисть", 90], ["Валик", 210]]))
    (found,) = report.attention
    assert found.message == "No known currency is named in «Цена, {хрустики}»: RUB is assumed for 2 goods."


def corrected(content: bytes, roles, header_rows=None) -> tuple[list[PriceRow], Report]:
    found = told(content)[1].sheets[0].fingerprint
    correction = LayoutCorrection(fingerprint=found, roles=roles, header_rows=header_rows)
    return told(content, {found: correction})


def test_a_column_is_read_as_a_person_says():
    content = xlsx(
        [["Наименование", "Марка", "Цена 1", "Цена 2"], ["Кисть", "K-50", 90, 80], ["Валик", "V-180", 210, 190]]
    )
    rows, report = corrected(content, {"B": Role.SKU, "C": None})
    assert [(row.name, row.sku, row.price) for row in rows] == [("Кисть", "K-50", 80), ("Валик", "V-180", 190)]
    (sheet,) = report.sheets
    assert (sheet.read_by, sheet.confidence) == (ReadBy.PERSON, 1.0)
    assert [(column.letter, column.role, column.why) for column in sheet.columns] == [
        ("A", Role.NAME, "its title says so"),
        ("B", Role.SKU, "a person said so"),
        ("C", None, "a person said so"),
        ("D", Role.PRICE, "its title says so"),
    ]


def test_the_goods_column_is_where_a_person_says():
    content = xlsx([["Наименование", "Описание", "Цена"], ["K50", "Кисть", 90], ["V180", "Валик", 210]])
    rows, _ = corrected(content, {"A": Role.SKU, "B": Role.NAME})
    assert [(row.name, row.sku) for row in rows] == [("Кисть", "K50"), ("Валик", "V180")]


def test_the_header_is_where_a_person_says():
    content = xlsx(
        [["Товар", "Цена"], ["Кисти и валики", "по складу"], ["Вид", "Сумма"], ["Кисть", 90], ["Валик", 210]]
    )
    rows, report = corrected(content, {"A": Role.NAME, "B": Role.PRICE}, header_rows=(3,))
    assert [(row.name, row.price) for row in rows] == [("Кисть", 90), ("Валик", 210)]
    assert report.sheets[0].header_rows == (3,)
    assert report.sheets[0].fingerprint == told(content)[1].sheets[0].fingerprint


def test_a_sheet_that_was_not_read_is_read_as_a_person_says():
    content = xlsx([["Кисть", "K", 1], ["Валик", "V", 2]])
    report = Report()
    with pytest.raises(BadPriceList):
        list(pricelists.scan(io.BytesIO(content), "прайс", ReadOptions(), report))
    found = report.sheets[0].fingerprint
    rows, _ = told(
        content, {found: LayoutCorrection(fingerprint=found, roles={"A": Role.NAME, "B": Role.SKU, "C": Role.PRICE})}
    )
    assert [(row.name, row.sku, row.price) for row in rows] == [("Кисть", "K", 1), ("Валик", "V", 2)]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b'[{"name": "Brush", "price": 90}]', "currency_assumed"),
        (b'[{"name": "Brush", "unit": "pcs", "currency": "EUR"}]', "no_prices"),
        (
            b'{"goods": [{"name": "Brush", "price": "90 EUR"}], "more": [{"name": "Rack", "code": "7"}]}',
            "array_skipped",
        ),
    ],
)
def test_json_says_it_too(document, code):
    _, report = told(document)
    assert code in codes(report)


def test_where_the_first_header_is_right_no_other_one_is_sought(monkeypatch):
    sought = []
    header_in = opening.header_in
    monkeypatch.setattr(opening, "header_in", lambda *given: sought.append(given[1]) or header_in(*given))
    content = "\n".join(["Артикул;Наименование;Ед.;Цена", *(f"A-{n};Труба {n} мм;м;{n},50" for n in range(1, 90))])
    rows, _ = told(content.encode())
    assert (len(rows), sought) == (89, [0])


def test_articles_are_remembered_by_thousands():
    articles = Articles()
    assert not [*articles.repeated((n, f"A-{n}", n) for n in range(1, 5001))]
    assert not [*articles.repeated((9000, f"A-{n}", n) for n in range(1, 5001))]
    dearer = articles.repeated((9000, f"A-{n}", n + 1) for n in range(1, 5001))
    assert [first for _, _, first in dearer] == [*range(1, 5001)]


def test_a_format_of_whole_offers_tells_how_many_and_shows_the_first():
    goods = [{"name": f"Кисть {size} мм", "price": size or None} for size in range(0, 80, 10)]
    _, report = told(json.dumps(goods).encode())
    (only,) = report.sheets
    assert report.rows_seen == only.rows["goods"] == 8
    assert [shown.offer["name"] for shown in only.sample] == [f"Кисть {size} мм" for size in range(0, 50, 10)]
    assert (only.columns, only.confidence) == ((), 0.94)


def test_rows_above_a_table_that_look_like_goods_are_said():
    lost = [[f"Кисть № {size}", size * 10] for size in (1, 2, 3)]
    _, report = told(xlsx([["Кисти художественные"], *lost, HEADER, *GOODS]))
    assert codes(report)["rows_skipped"] == 3
    assert report.sheets[0].rows["skipped"] == 3


def test_prices_that_may_be_thousands_are_said():
    _, report = told("Наименование;Цена, руб.\nКисть;1,250\nВалик;900\n".encode())
    assert codes(report) == {"ambiguous_price": 1}


def test_labelled_rows_are_of_their_kinds_by_the_weights():
    lists = [json.loads(line)["rows"] for line in ROWS.read_text("utf-8").splitlines()]
    asked = [one for rows in lists for one in sequences(rows)]
    found, rows = right(asked, present())
    assert rows > 100
    assert found >= 0.95 * rows


@pytest.mark.parametrize(
    ("rows", "sure"),
    [
        ([["Штукатурка стен", "м2", 650], ["Укладка плитки", "м2", 1400], ["Монтаж двери", "шт", 3900]], True),
        ([["Штукатурка стен", 12, 650], ["Укладка плитки", 15, 1400], ["Монтаж двери", 11, 3900]], False),
        ([["Товар", "Белый", "Серый"], ["Панель А", 310, 330], ["Панель Б", 290, 315], ["Панель В", 410, 440]], False),
        ([["Товар", "Цена"], ["Панель А", 310], ["Панель Б", 290], ["Панель В", 410]], True),
    ],
)
def test_a_layout_is_a_guess_where_only_numbers_say_which_are_the_prices(rows, sure):
    _, report = told(xlsx(rows))

    assert ("low_confidence" not in codes(report)) is sure
