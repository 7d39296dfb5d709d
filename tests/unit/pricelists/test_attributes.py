"""What titles say goods are like: above each price, over sizes, in columns of their own; and what is a price."""

import json

import pytest

from tests.unit.pricelists.files import issues, offers, xlsx


def told(rows, **formats):
    return [(row.name, row.price) for row in offers(xlsx(rows, **formats)) if row.price is not None]


def test_titles_of_several_rows_say_what_goods_are_like():
    rows = [
        ["Труба напорная"],
        ["Ø, мм", "SDR 17", "", "SDR 11", ""],
        ["Ø, мм", "стенка", "руб/м", "стенка", "руб/м"],
        [25, "", "", "2,3", 45],
        [32, "2,0", 52, "3,0", 75],
        [40, "2,4", 79, "3,7", 117],
    ]
    found = told(rows, merges=["A2:A3", "B2:C2", "D2:E2"])
    assert found[:3] == [
        ("Труба напорная 25 мм SDR 11", 45),
        ("Труба напорная 32 мм SDR 17", 52),
        ("Труба напорная 32 мм SDR 11", 75),
    ]


def test_what_three_rows_of_titles_say_is_said_of_the_goods():
    rows = [
        ["Форма", "Цена, руб/м2", "", "", ""],
        ["Форма", "одноцветная", "", "колормикс", ""],
        ["Форма", "серая", "красная", "осень", "листва"],
        ["Ромб", 540, 660, 740, 780],
        ["Волна", 630, 760, 850, 890],
        ["Сота", 610, 740, 830, 870],
    ]
    found = told(rows, merges=["A1:A3", "B1:E1", "B2:C2", "D2:E2"])
    assert found[:4] == [
        ("Ромб одноцветная серая", 540),
        ("Ромб одноцветная красная", 660),
        ("Ромб колормикс осень", 740),
        ("Ромб колормикс листва", 780),
    ]


@pytest.mark.parametrize(
    "lower",
    [
        ["Казань", "Самара"],
        ["от 10 т", "от 20 т"],
        ["наличными", "по карте"],
        ["с НДС", "без НДС"],
        ["в рублях", "в USD"],
    ],
)
def test_where_when_and_for_whom_a_price_holds_is_said_of_the_price(lower):
    rows = [
        ["Товар", "Цена, руб.", ""],
        ["Товар", *lower],
        ["Песок", 400, 380],
        ["Щебень", 900, 870],
        ["Гравий", 700, 650],
    ]
    found = offers(xlsx(rows, merges=["A1:A2", "B1:C1"]))
    assert [row.name for row in found] == ["Песок", "Щебень", "Гравий"]
    assert {len(row.prices) for row in found} == {2}


@pytest.mark.parametrize("title", ["Цена за шт, руб.", "Розница, руб. с НДС, без монтажа", "Цены в рублях за штуку"])
def test_numbers_as_titles_are_sizes_where_a_title_above_speaks_of_prices(title):
    rows = [
        ["", "Рулонные шторы"],
        ["", title],
        ["", "Высота, мм \\ Ширина, мм", 400, 600],
        ["", 1000, 1900, 2300],
        ["", 1500, 2400, 2900],
    ]
    assert told(rows) == [
        ("Рулонные шторы 1000 мм 400", 1900),
        ("Рулонные шторы 1000 мм 600", 2300),
        ("Рулонные шторы 1500 мм 400", 2400),
        ("Рулонные шторы 1500 мм 600", 2900),
    ]


def test_sizes_over_amounts_need_no_word_of_a_price():
    rows = [
        ["Утеплитель", "50 мм", "100 мм"],
        ["Вата Лайт", 145, 289],
        ["Вата Фасад", 238, 472],
        ["Вата Кровля", 310, 615],
    ]
    assert told(rows)[:2] == [("Вата Лайт 50 мм", 145), ("Вата Лайт 100 мм", 289)]
    rows = [
        ["Марка", "Плотность, кг/м³", "Толщина, мм", ""],
        ["Марка", "Плотность, кг/м³", 50, 80],
        ["Вата Лайт", 35, 112, 177],
        ["Вата Фасад", 90, 223, 360],
    ]
    found = told(rows, merges=["A1:A2", "B1:B2", "C1:D1"])
    assert found == [
        ("Вата Лайт 50 мм", 112),
        ("Вата Лайт 80 мм", 177),
        ("Вата Фасад 50 мм", 223),
        ("Вата Фасад 80 мм", 360),
    ]


def test_a_size_or_a_package_that_a_name_lacks_ends_it():
    rows = [
        ["Наименование", "Формат", "Цена, руб."],
        ["Плитка белая", "20х30", 640],
        ["Плитка серая 33х33", "33х33", 710],
    ]
    assert told(rows) == [("Плитка белая 20х30", 640), ("Плитка серая 33х33", 710)]
    rows = [["Наименование", "Фасовка", "Цена, руб."], ["Клей плиточный", "25 кг", 340], ["Затирка белая", "2 кг", 290]]
    assert told(rows) == [("Клей плиточный 25 кг", 340), ("Затирка белая 2 кг", 290)]


def test_classes_between_a_mark_and_its_price_are_of_the_goods():
    rows = [
        ["Бетон товарный", "", "Подвижность", "Цена, руб."],
        ["Класс", "Марка", "Подвижность", "Цена, руб."],
        ["В15", "М200", "П3", 5200],
        ["В20", "М250", "П3", 5450],
        ["В25", "М350", "П4", 5900],
    ]
    assert told(rows, merges=["A1:B1", "C1:C2", "D1:D2"])[0] == ("Бетон товарный В15 М200 П3", 5200)


def test_a_brand_and_a_collection_before_a_decor_are_of_its_name():
    rows = [
        ["Бренд", "Коллекция", "Декор", "Цена за м2"],
        ["Полли", "Норд", "Дуб", 990],
        ["Полли", "Норд", "Ясень", 1020],
        ["Верс", "Люкс", "Дуб", 1500],
    ]
    assert told(rows)[0] == ("Дуб Полли Норд", 990)


def test_the_rows_below_the_next_header_say_nothing_of_a_table():
    rows = [
        ["Марка", "Высота, мм", "Цена"],
        ["Кольцо К-7", 890, 14800],
        ["Кольцо К-10", 290, 9900],
        [],
        ["Марка", "Размер", "Вес, кг", "Цена"],
        ["Плита П-10", "1500х100", 450, 17200],
        ["Плита П-15", "2000х120", 940, 34800],
    ]
    assert [price for _, price in told(rows)] == [14800, 9900, 17200, 34800]


@pytest.mark.parametrize(
    ("rows", "skus"),
    [
        (
            [["", "", "ед.", "₽"], ["1120", "Краска белая", "шт", 90], ["1125", "Краска серая", "шт", 95]],
            ["1120", "1125"],
        ),
        ([["Zzq", "Товар", "Цена"], ["K-1", "Краска белая", 90], ["K-2", "Краска серая", 95]], ["K-1", "K-2"]),
        (
            [
                ["Товар", "Штрихкод", "Цена"],
                ["Краска белая", "4600000000017", 90],
                ["Краска серая", "4600000000024", 95],
            ],
            ["4600000000017", "4600000000024"],
        ),
        ([["Zzq", "Товар", "Цена"], ["20х30", "Краска белая", 90], ["30х30", "Краска серая", 95]], [None, None]),
    ],
)
def test_articles_are_known_by_their_values(rows, skus):
    assert [row.sku for row in offers(xlsx(rows))] == skus


@pytest.mark.parametrize(
    ("titles", "amounts", "prices"),
    [
        (["Товар", "Кол-во", "Сумма"], [["Люк", 1, 720], ["Бордюр", 1, 210], ["Плитка", 1, 90]], [720, 210, 90]),
        (
            ["Товар", "Склад Тверь", "Склад Ржев"],
            [["Люк", "720,50", "730,00"], ["Бордюр", "210,10", "215,00"], ["Плитка", "90,00", "91,40"]],
            [720.5, 210.1, 90],
        ),
        (
            ["Товар", "Ед.", "1-9", "10+"],
            [["Люк", "шт", 720, 700], ["Бордюр", "шт", 210, 200], ["Плитка", "шт", 90, 85]],
            [720, 210, 90],
        ),
        (
            ["Товар", "Цена, руб.", "-5% от 30 т.р."],
            [["Люк", 720, 684], ["Бордюр", 210, 199.5], ["Плитка", 90, 85.5]],
            [720, 210, 90],
        ),
    ],
)
def test_columns_are_prices_though_no_title_says_so(titles, amounts, prices):
    found = offers(xlsx([titles, *amounts]))
    assert [float(row.price) for row in found] == prices
    assert {len(row.prices) for row in found} <= {0, 2}


def test_groups_under_an_unknown_title_are_known_by_their_runs():
    rows = [
        ["Zzq", "Товар", "Цена"],
        ["Кисти", "Кисть 1", 10],
        ["Кисти", "Кисть 2", 12],
        ["Валики", "Валик 1", 30],
        ["Валики", "Валик 2", 32],
    ]
    assert [row.category for row in offers(xlsx(rows))] == [("Кисти",), ("Кисти",), ("Валики",), ("Валики",)]


def test_units_under_a_price_s_wide_title_are_units():
    rows = [
        ["Товар", "Розничная", ""],
        ["Товар", "Цена", "Ед."],
        ["Труба", 69, "шт"],
        ["Муфта", 12, "шт"],
        ["Отвод", 15, "шт"],
    ]
    assert {(row.unit, row.issues) for row in offers(xlsx(rows, merges=["A1:A2", "B1:C1"]))} == {("шт", ())}


def test_a_mark_of_a_footnote_is_no_part_of_a_name():
    rows = [["Товар", "Ед.", "Цена"], ["Рейка S10¹", "шт", 4], ["Плёнка 12 м²", "рул", 9]]
    assert [row.name for row in offers(xlsx(rows))] == ["Рейка S10", "Плёнка 12 м²"]


def test_a_label_with_another_delimiter_in_it_is_none():
    titles = "Тип\tНомер\tРасход, м3/ч\tЦена, руб.\tZzq"
    content = f"{titles}\nВентилятор\tВК-1\t220\t6 850,00\tесть\nВентилятор\tВК-2\t330\t7 120,00\tнет\n"
    assert [row.price for row in offers(content)] == [6850, 7120]


def test_the_root_of_a_document_may_name_the_money():
    item = "<item><code>{0}</code><name>Blokas {0}</name><price>{0}.50</price></item>"
    content = f'<?xml version="1.0"?><pricelist currency="EUR">{"".join(map(item.format, (1, 2, 3)))}</pricelist>'
    assert {row.currency for row in offers(content)} == {"EUR"}


def test_an_option_of_a_variant_joins_its_name():
    goods = {
        "title": "Мембрана",
        "variants": [{"sku": "A", "option": "0,5 мм", "price": "10"}, {"sku": "B", "option": "0,6 мм", "price": "12"}],
    }
    content = json.dumps({"currency": "RUB", "products": [goods, {**goods, "title": "Сетка"}]}, ensure_ascii=False)
    assert [row.name for row in offers(content)] == [
        "Мембрана 0,5 мм",
        "Мембрана 0,6 мм",
        "Сетка 0,5 мм",
        "Сетка 0,6 мм",
    ]


def test_a_table_of_unknown_titles_below_another_is_read_in_its_own_columns():
    rows = [
        ["Наименование", "Ед.", "Цена, руб."],
        ["Песок", "м3", 450],
        ["Щебень", "м3", 1450],
        ["Гравий", "м3", 1390],
        [],
        ["Доставка"],
        ["Зона", "Расстояние", "Рейс 10 м3", "Рейс 20 м3"],
        ["Зона первая", "до 15", 4500, 7500],
        ["Зона вторая", "до 30", 6000, 9500],
        ["Зона третья", "до 45", 8000, 12500],
    ]
    found = offers(xlsx(rows))
    assert [row.name for row in found[:3]] == ["Песок", "Щебень", "Гравий"]
    assert {7500, 9500, 12500} <= {listed.price for row in found for listed in row.prices} | {
        row.price for row in found
    }
    assert not issues(xlsx(rows)) or all(issue.code != "row_skipped" for issue in issues(xlsx(rows)))
