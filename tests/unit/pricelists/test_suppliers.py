"""More suppliers' ways of drawing a price list; each test is one that was once misread."""

import json
from decimal import Decimal

import pytest

from quarry.domain.pricing import price_basis
from quarry.domain.rows import PriceKind, Vat
from tests.unit.pricelists.files import brief, offers, xlsx


@pytest.mark.parametrize(
    ("title", "currency", "vat"),
    [
        ("Цены в USD без НДС", "USD", Vat.EXCLUDED),
        ("Валюта: EUR", "EUR", Vat.UNKNOWN),
        ("Условия п. 5: отгрузка со склада", "RUB", Vat.UNKNOWN),
        ("Прайс: товары со склада, цена руб. с учётом НДС", "RUB", Vat.INCLUDED),
    ],
)
def test_a_title_directly_above_a_header_is_none_of_its_rows(title, currency, vat):
    rows = offers(xlsx([[title], ["№", "Наименование", "Ед.", "Цена"], [1, "Насос", "шт", 65], [2, "Котёл", "шт", 99]]))

    assert [(row.name, row.price, row.currency, row.vat, row.stock) for row in rows] == [
        ("Насос", Decimal(65), currency, vat, None),
        ("Котёл", Decimal(99), currency, vat, None),
    ]


def test_paint_with_bases_and_bare_litres_is_told_apart_by_both():
    rows = offers(
        xlsx(
            [
                ["Краска", "База", "Фасовка, л", "Цена, руб/шт"],
                ["Евро 7", "A", "0,9", 890],
                ["", "A", "2,7", 2350],
                ["", "C", "9", 6990],
                ["Евро 20", "A", "0,9", 990],
            ]
        )
    )

    assert [row.name for row in rows] == ["Евро 7 A 0,9 л", "Евро 7 A 2,7 л", "Евро 7 C 9 л", "Евро 20 A 0,9 л"]
    assert (rows[2].package, rows[2].package_unit, rows[2].usable) == (9, "л", True)


def test_the_accounting_program_s_own_header_names_goods_codes_and_price_types():
    rows = offers(
        xlsx(
            [
                ["Ценовая группа/ Номенклатура/ Характеристика", "Номенклатура.Код", "Оптовая", "", "Розничная", ""],
                ["", "", "Цена", "Ед.", "Цена", "Ед."],
                ["01. Стройматериалы"],
                ["Гипсокартон"],
                ["ГКЛ 12,5х1200х2500", "00-00001234", "320,00", "шт", "365,00", "шт"],
                ["Профили"],
                ["Профиль ПП 60х27", "00-00001240", "150,00", "шт", "175,00", "шт"],
            ],
            outline=[0, 0, 0, 1, 2, 1, 2],
        )
    )

    assert [(row.sku, row.name, row.unit, row.price) for row in rows] == [
        ("00-00001234", "ГКЛ 12,5х1200х2500", "шт", Decimal("365.00")),
        ("00-00001240", "Профиль ПП 60х27", "шт", Decimal("175.00")),
    ]
    assert rows[1].category == ("01. Стройматериалы", "Профили")
    assert [listed.kind for listed in rows[0].prices] == [PriceKind.WHOLESALE, PriceKind.RETAIL]


def test_a_subgroup_that_stands_once_stays_within_its_group():
    rows = offers(
        "Группа товара;Подгруппа;Наименование;Цена\nКрепёж;Саморезы;Саморез 3х25;350\n;;Саморез 3х35;400\n"
        ";Анкеры;Анкер 10х100;18\nИнструмент;Ручной;Молоток;500\n"
    )

    assert [row.category for row in rows] == [
        ("Крепёж", "Саморезы"),
        ("Крепёж", "Саморезы"),
        ("Крепёж", "Анкеры"),
        ("Инструмент", "Ручной"),
    ]


def test_price_columns_may_be_towns_and_the_goods_a_grade():
    rows = offers(
        xlsx(
            [
                ["Марка цемента", "Вид тары", "Москва", "Тула"],
                ["", "", "руб/т", "руб/т"],
                ["ЦЕМ I 42,5Н", "навал", 5200, 5100],
                ["ЦЕМ II 32,5", "мешок 50 кг", 5600, 5500],
            ]
        )
    )

    assert brief(rows) == [("ЦЕМ I 42,5Н", "т", "5200"), ("ЦЕМ II 32,5", "т", "5600")]


def test_notes_between_rows_are_no_categories():
    rows = offers(
        xlsx(
            [
                ["Наименование", "Ед.", "Цена, руб."],
                ["Бетон"],
                ["Бетон М100", "м3", 4100],
                ["Добавка ПМД +150 руб/м3 на каждые 5 градусов"],
                ["Бетон М200", "м3", 4500],
                ["Стоимость доставки рассчитывается индивидуально."],
                ["Бетон М300", "м3", 4900],
            ]
        )
    )

    assert [row.category for row in rows] == [("Бетон",)] * 3


def test_the_mark_that_makes_a_cell_text_is_no_part_of_it():
    rows = offers("Артикул;Наименование;Цена\n'000123;'Уголок\u00a050х50;'1\u00a0250,50\n")

    assert [(row.sku, row.name, row.price) for row in rows] == [
        ("000123", "Уголок\u00a050х50".replace("\u00a0", " "), Decimal("1250.50"))
    ]


@pytest.mark.parametrize(
    ("unit", "base", "price"),
    [("шт / pcs", "шт", "100"), ("упак/0,5 м3", "м³", "200"), ("компл / set", "компл", "100")],
)
def test_a_unit_may_be_in_two_languages_or_with_its_content(unit, base, price):
    (row,) = offers(f"Наименование;Ед. изм. / Unit;Цена / Price\nМинвата;{unit};100\n")

    basis = price_basis(row)

    assert (basis.base_unit, basis.price_per_base_unit) == (base, Decimal(price))


def test_a_tier_from_one_piece_is_anyone_s_price():
    (row,) = offers("Номенклатура;от 1 шт;от 10 шт\nПерчатки;25;22\n")

    assert [(listed.kind, listed.price) for listed in row.prices] == [(PriceKind.RETAIL, 25), (PriceKind.WHOLESALE, 22)]


def test_goods_in_arrays_of_groups_take_the_groups_and_the_document_s_currency():
    groups = [
        {"name": "Трубы", "products": [{"name": "Труба 20", "price": 10}, {"name": "Труба 25", "price": 12}]},
        {"name": "Фитинги", "products": [{"name": "Муфта 20", "price": 3}, "нет"]},
        {"products": [{"name": "Лён", "price": 1}]},
    ]
    rows = offers(json.dumps({"meta": {"currency": "EUR"}, "groups": groups}))

    assert [(row.row, row.name, row.category, row.currency, row.usable) for row in rows] == [
        (1, "Труба 20", ("Трубы",), "EUR", True),
        (2, "Труба 25", ("Трубы",), "EUR", True),
        (3, "Муфта 20", ("Фитинги",), "EUR", True),
        (4, "", (), "RUB", False),
        (5, "Лён", (), "EUR", True),
    ]


def test_a_market_offer_s_description_is_text_without_tags():
    (row,) = offers(
        "<yml_catalog><shop><offers><offer id='1'><name>Смеситель</name><price>9</price>"
        "<description><![CDATA[<p>Хром &amp; <b>латунь</b></p>]]></description></offer></offers></shop></yml_catalog>"
    )

    assert row.description == "Хром & латунь"


def test_a_matrix_of_thickness_and_width_is_an_offer_of_each_of_its_prices():
    rows = offers(
        xlsx(
            [
                ["Пиломатериал обрезной, цена руб/м3"],
                ["Толщина, мм", "Ширина, мм"],
                ["", 100, 150, 200],
                ["25", 18000, 18500, 19000],
                ["40", 18200, "-", 19200],
            ],
            merges=["B2:D2"],
        )
    )

    assert brief(rows) == [
        ("Пиломатериал обрезной 25 мм 100 мм", "м³", "18000"),
        ("Пиломатериал обрезной 25 мм 150 мм", "м³", "18500"),
        ("Пиломатериал обрезной 25 мм 200 мм", "м³", "19000"),
        ("Пиломатериал обрезной 40 мм 100 мм", "м³", "18200"),
        ("Пиломатериал обрезной 40 мм 200 мм", "м³", "19200"),
    ]


def test_several_matrices_below_each_other_are_each_of_their_own_goods():
    header = ["Толщина, мм", "Минвата", "ППС"]
    rows = offers(
        xlsx(
            [
                ["Панели стеновые, цена руб./м2 с НДС"],
                header,
                ["50", 1650, 1350],
                ["100", 2100, 1600],
                ["Панели кровельные, цена руб./м2 с НДС"],
                header,
                ["50", 1750, "по запросу"],
            ]
        )
    )

    assert brief(rows) == [
        ("Панели стеновые 50 мм Минвата", "м²", "1650"),
        ("Панели стеновые 50 мм ППС", "м²", "1350"),
        ("Панели стеновые 100 мм Минвата", "м²", "2100"),
        ("Панели стеновые 100 мм ППС", "м²", "1600"),
        ("Панели кровельные 50 мм Минвата", "м²", "1750"),
    ]
    assert {row.vat for row in rows} == {Vat.INCLUDED}


def test_a_table_of_sizes_is_of_what_its_title_says():
    rows = offers(
        xlsx(
            [
                ["Доска обрезная ГОСТ"],
                ["Сечение", "Цена, руб/м3", "", ""],
                ["", "3 м", "6 м"],
                ["25х100", "17 500", "19 000"],
            ],
            merges=["B2:C2"],
        )
    )

    assert brief(rows) == [
        ("Доска обрезная ГОСТ 25х100 3 м", "м³", "17500"),
        ("Доска обрезная ГОСТ 25х100 6 м", "м³", "19000"),
    ]


def test_headings_numbered_in_a_column_of_their_own_nest_by_the_numbers():
    rows = offers(
        xlsx(
            [
                ["№", "Наименование", "Ед.изм", "Цена"],
                ["1", "Двери"],
                ["1.1", "Дверь ДГ 600", "шт", "2 500,00"],
                ["1.2", "Дверь ДО 800", "шт", "3 100,00"],
                ["1.3", "Дверь ДО 900"],
                ["2", "Окна"],
                ["2.1", "Окно ПВХ", "шт", "9 800,00"],
            ]
        )
    )

    assert [(row.name, row.category, row.usable) for row in rows] == [
        ("Дверь ДГ 600", ("Двери",), True),
        ("Дверь ДО 800", ("Двери",), True),
        ("Дверь ДО 900", ("Двери",), True),
        ("Окно ПВХ", ("Окна",), True),
    ]


def test_an_accounting_program_s_keys_are_words_without_blanks():
    (row,) = offers(json.dumps([{"Наименование": "Труба", "ЕдИзм": "м", "ЦенаРозничная": "10,50", "КодТовара": "007"}]))

    assert (row.name, row.unit, row.price, row.sku) == ("Труба", "м", Decimal("10.50"), "007")


def test_a_kind_of_product_is_the_goods_where_nothing_else_is():
    rows = offers(
        xlsx(
            [
                ["Вид продукции", "Толщина, мм", "Покрытие", "Ед. изм.", "Цена, руб."],
                ["Профнастил С8", "0,4", "цинк", "м2", 350],
                ["", "0,5", "полиэстер", "м2", 450],
                ["", "0,5", "пурал", "м2", 600],
                ["Профнастил НС35", "0,7", "цинк", "м2", 700],
            ]
        )
    )

    assert [row.name for row in rows] == [
        "Профнастил С8 0,4 мм цинк",
        "Профнастил С8 0,5 мм полиэстер",
        "Профнастил С8 0,5 мм пурал",
        "Профнастил НС35 0,7 мм цинк",
    ]


def test_money_that_is_no_price_gives_way_to_the_price():
    (row,) = offers("Наименование;Залог, руб;Доставка, руб;Цена, руб\nПоддон;300;900;50\n")

    assert row.price == Decimal(50)
