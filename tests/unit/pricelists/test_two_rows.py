"""Names that two rows say, and what is said of goods beside their name."""

import io

import pytest

from quarry import pricelists
from quarry.pricelists import Report
from tests.unit.pricelists.files import offers, xlsx

HEADER = ["Наименование", "Цена, руб."]


def names(rows):
    return [(row.name, row.price) for row in offers(xlsx(rows))]


def attention(rows):
    report = Report()
    list(pricelists.scan(io.BytesIO(xlsx(rows)), "прайс.xlsx", report=report))
    return {found.code for found in report.attention}


@pytest.mark.parametrize("begin", [[], [["Коллекция «Север»", ""]]])
@pytest.mark.parametrize("end", [[], [["Замер и доставка — по договорённости.", ""], ["Ждём вас в салоне!", ""]]])
def test_a_row_of_text_below_each_of_the_goods_ends_their_names(begin, end):
    rows = [
        HEADER,
        *begin,
        ["Полотно Нордика 3", 5400],
        ["сосна браширована, глухое", ""],
        ["Полотно Нордика 4", 6400],
        ["сосна браширована, с решёткой", ""],
        *([["Коллекция «Юг»", ""]] if begin else []),
        ["Полотно Сальса", 7900],
        ["клён, с витражом", ""],
        *end,
    ]
    assert names(rows) == [
        ("Полотно Нордика 3 сосна браширована, глухое", 5400),
        ("Полотно Нордика 4 сосна браширована, с решёткой", 6400),
        ("Полотно Сальса клён, с витражом", 7900),
    ]
    found = offers(xlsx(rows))
    assert (
        [row.category for row in found] == [("Коллекция «Север»",)] * 2 + [("Коллекция «Юг»",)] if begin else [()] * 3
    )


def test_the_row_below_may_leave_the_article_blank():
    rows = [["Арт.", "Наименование", "Цена, руб."]]
    for article, name, rest in (
        ("71", "Умывальник", "подвесной, 60 см"),
        ("72", "Биде", "напольное"),
        ("73", "Чаша", ""),
    ):
        rows += [[article, name, 3000], ["", rest or "с бачком", ""]]
    found = offers(xlsx(rows))
    assert [(row.sku, row.name) for row in found] == [
        ("71", "Умывальник подвесной, 60 см"),
        ("72", "Биде напольное"),
        ("73", "Чаша с бачком"),
    ]


def test_names_that_go_on_with_the_row_above_begin_with_it():
    rows = [
        HEADER,
        ["Полотно Нордика", ""],
        ["сосна, глухое", 5400],
        ["Полотно Сальса", ""],
        ["клён, с витражом", 6400],
        ["Полотно Туя", ""],
        ["эмаль, глухое", 7000],
    ]
    assert names(rows) == [
        ("Полотно Нордика сосна, глухое", 5400),
        ("Полотно Сальса клён, с витражом", 6400),
        ("Полотно Туя эмаль, глухое", 7000),
    ]


def test_names_that_come_again_under_each_heading_begin_with_it():
    rows = [
        HEADER,
        ["Беседка «Дача»", ""],
        ["Каркас", 30000],
        ["Кровля", 9000],
        ["Беседка «Поляна»", ""],
        ["Каркас", 40000],
        ["Кровля", 12000],
    ]
    assert [name for name, _ in names(rows)] == [
        "Беседка «Дача» Каркас",
        "Беседка «Дача» Кровля",
        "Беседка «Поляна» Каркас",
        "Беседка «Поляна» Кровля",
    ]


@pytest.mark.parametrize("headings", [("Известь", "Гипс", "Глина"), ("Склад Тверь", "Склад Пермь", "Склад Уфа")])
def test_headings_of_goods_that_say_enough_are_no_part_of_names(headings):
    goods = ("Смесь «Печник» 20 кг", "Смесь «Печник» 20 кг", "Смесь «Печник» 20 кг")
    if headings[0] == "Известь":
        goods = ("Известь гашёная 20 кг", "Гипс Г-7 30 кг", "Глина шамотная 25 кг")
    rows = [HEADER]
    for number, (heading, name) in enumerate(zip(headings, goods, strict=True)):
        rows += [[heading, ""], [name, 300 + number]]
    assert [name for name, _ in names(rows)] == list(goods)


@pytest.mark.parametrize(
    ("labels", "row", "name"),
    [
        (
            ["Бренд", "Характеристика", "Цена, руб."],
            ["Ламберт", "Обжимной фитинг 20", 90],
            "Обжимной фитинг 20 Ламберт",
        ),
        (["Марка", "Описание", "Цена, руб."], ["КЛ-14", "Клей для мрамора", 600], "Клей для мрамора КЛ-14"),
    ],
)
def test_what_stands_before_a_characteristic_joins_the_name(labels, row, name):
    more = [[f"{row[0]}-{number}", f"{row[1]}, вид {number}", row[2] + number] for number in range(3)]
    assert offers(xlsx([labels, row, *more]))[0].name == name


def test_positions_with_zeros_before_them_are_articles():
    rows = [
        ["Pos.", "Leistung", "Einheit", "Einheitspreis, EUR"],
        ["01", "Abbruch"],
        ["01.010", "Fliesen abschlagen", "m²", 18.5],
        ["01.020", "Estrich ausbauen", "m²", 24],
        ["02", "Estrich"],
        ["02.010", "Zementestrich 50 mm", "m²", 31],
    ]
    assert [row.sku for row in offers(xlsx(rows))] == ["01.010", "01.020", "02.010"]
    counted = [[str(number), *row[1:]] for number, row in enumerate((row for row in rows[1:] if len(row) > 2), 1)]
    assert [row.sku for row in offers(xlsx([rows[0], *counted]))] == [None] * 3


def test_the_suppliers_own_article_is_not_the_makers():
    rows = [
        ["Артикул производителя", "Артикул", "Наименование", "Цена, руб."],
        ["GS-12", "500100", "Шлифмашина угловая", 7900],
        ["GS-15", "500101", "Шлифмашина прямая", 8900],
    ]
    assert [row.sku for row in offers(xlsx(rows))] == ["500100", "500101"]


BESIDE = ["Наименование", "Цена, руб.", "Артикул", "Наименование", "Цена, руб."]


@pytest.mark.parametrize(
    ("longer", "articles"),
    [
        (["Тройник 32", 80, "T-3", "", ""], ["T-1", None, "T-2", None, "T-3"]),
        (["", "", "T-3", "Хомут 32", 30], [None, "T-1", None, "T-2", "T-3"]),
    ],
)
def test_an_article_between_tables_is_of_the_one_that_it_stands_beside_alone(longer, articles):
    rows = [BESIDE, ["Тройник 20", 60, "T-1", "Хомут 20", 20], ["Тройник 25", 70, "T-2", "Хомут 25", 25], longer]
    assert [row.sku for row in offers(xlsx(rows))] == articles
    assert "article_between" not in attention(rows)


def test_an_article_between_tables_that_may_be_of_either_is_said():
    rows = [BESIDE, ["Тройник 20", 60, "T-1", "Хомут 20", 20], ["Тройник 25", 70, "T-2", "Хомут 25", 25]]
    assert "article_between" in attention(rows)
