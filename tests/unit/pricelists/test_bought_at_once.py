"""Columns of how many are bought at once, of makes, and of what goods have beside their prices."""

import pytest

from quarry.pricelists.headers import is_bought_at_once, is_count, is_step
from tests.unit.pricelists.files import offers, xlsx

SIGNS = ["Табличка ПВХ 200х300", "Табличка ПВХ 300х400", "Наклейка виниловая А5"]
CHEAPER = [[350, 300, 220], [520, 470, 390], [35, 31, 24]]
DEARER = [[350, 600, 2200], [520, 870, 3900], [35, 61, 240]]


@pytest.mark.parametrize(
    "header",
    [
        [["Наименование", "50 шт", "100 шт", "500 шт"]],
        [["Тираж", "50 шт.", "100 шт.", "500 шт."]],
        [["Наименование / Тираж, шт", 50, 100, 500]],
        [["Наименование", "Количество", "", ""], ["", 50, 100, 500]],
        [["Product", "50 pcs", "100 pcs", "500 pcs"]],
    ],
)
def test_prices_that_fall_with_the_run_are_of_one_offer(header):
    rows = [["Цены в руб. за штуку"], *header, *([name, *prices] for name, prices in zip(SIGNS, CHEAPER, strict=True))]
    found = offers(xlsx(rows))
    assert [(row.name, row.price, [listed.price for listed in row.prices]) for row in found] == [
        (name, prices[0], prices) for name, prices in zip(SIGNS, CHEAPER, strict=True)
    ]


@pytest.mark.parametrize(
    "header", [["Наименование", "50 шт", "100 шт", "500 шт"], ["Наименование / Тираж", 50, 100, 500]]
)
def test_prices_that_rise_with_the_run_are_of_so_many(header):
    rows = [["Цены в руб."], header, *([name, *prices] for name, prices in zip(SIGNS, DEARER, strict=True))]
    found = offers(xlsx(rows))
    assert [(row.name, row.price) for row in found] == [
        (f"{name} {count} шт", price)
        for name, prices in zip(SIGNS, DEARER, strict=True)
        for count, price in zip((50, 100, 500), prices, strict=True)
    ]


def test_counts_and_what_stands_over_them():
    assert [is_count(label) for label in ("50 шт", "500 экз.", "1000 pcs", "25 кг", "50", "шт")] == [True] * 3 + [
        False
    ] * 3
    assert is_step("50 шт")
    assert is_bought_at_once("Тираж, шт")
    assert is_bought_at_once("Auflage")
    assert not is_bought_at_once("Количество секций")


@pytest.mark.parametrize("money", ["", ", руб."])
def test_columns_of_one_word_that_goods_differ_in_are_goods_of_their_own(money):
    rows = [["Окна под ключ, цены в руб."], ["Тип окна", f"Профиль КВЕ{money}", f"Профиль Rehau{money}"]]
    rows += [["Одностворчатое 600х900", 5400, 6100], ["Двухстворчатое 1300х1400", 12600, 14500],
             ["Трёхстворчатое 2000х1400", 17900, 20200]]  # fmt: skip
    found = offers(xlsx(rows))
    assert [(row.name.endswith(("КВЕ", "Rehau")), row.price) for row in found] == [
        (True, price) for price in (5400, 6100, 12600, 14500, 17900, 20200)
    ]
    assert all(row.prices == () for row in found)


def test_makes_above_rows_of_types_are_goods_and_towns_are_not():
    rows = [["Тип окна", "КВЕ 58", "Rehau Blitz", "Veka Softline"], ["Одностворчатое", 5400, 6100, 7000],
            ["Двухстворчатое", 12600, 14500, 16200], ["Трёхстворчатое", 17900, 20200, 23800]]  # fmt: skip
    assert [row.name for row in offers(xlsx(rows))][:3] == [f"Одностворчатое {make}" for make in rows[0][1:]]
    rows[0][1:] = ["Тверь", "Ржев", "Кашин"]
    assert [row.name for row in offers(xlsx(rows))] == ["Одностворчатое", "Двухстворчатое", "Трёхстворчатое"]


def test_a_row_of_prices_below_titles_is_no_scale_of_sizes():
    rows = [["Створки", "Тверь", "Ржев", "Кашин"], ["Створка 1", 5400, 6100, 7000], ["Створка 2", 12600, 14500, 16200],
            ["Створка 3", 17900, 20200, 23800]]  # fmt: skip
    assert [row.price for row in offers(xlsx(rows))] == [5400, 12600, 17900]


def test_what_goods_have_before_crossed_prices_ends_their_names():
    rows = [["Забор 3D, цены в руб. за секцию"], ["Высота", "Рёбер", "4 мм цинк", "4 мм цинк + RAL", "5 мм цинк"],
            ["1030 мм", 2, 1650, 1940, 2210], ["1530 мм", 3, 2340, 2760, 3180], ["2030 мм", 4, 3260, 3850, 4450],
            ["2430 мм", "–", "–", "–", 5240]]  # fmt: skip
    found = offers(xlsx(rows))
    assert [row.price for row in found][:3] == [1650, 1940, 2210]
    assert found[0].name == "Забор 3D 1030 мм 2 рёбер 4 мм цинк"
    assert found[-1].name == "Забор 3D 2430 мм 5 мм цинк"


def test_goods_that_are_called_by_a_group_of_prices_take_the_noun_of_the_title():
    rows = [["Штора плиссе «Утро», цена за изделие, руб. с НДС"], [],
            ["Категория ткани", "40 см", "60 см", "80 см"], ["Категория E", 58, 79, 102],
            ["Категория 1", 68, 92, 116], ["Категория BLACK-OUT", 100, 130, 161],
            ["Высота от 171 до 250 см: +20 % к цене"]]  # fmt: skip
    found = offers(xlsx({"Утро": rows, "Прочее": [["Товар", "Цена"], ["Карниз", 5]]}))
    assert [row.name for row in found][::3][:3] == [
        f"Штора плиссе «Утро» Категория {group} 40 см" for group in ("E", "1", "BLACK-OUT")
    ]
