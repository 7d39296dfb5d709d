"""Tables apart from each other, titles above them, goods in columns, and makers that stand once."""

import pytest

from quarry.domain.rows import PriceRow
from tests.unit.pricelists.files import offers, xlsx


def brief(rows) -> list[tuple[str, str | None, int]]:
    return [(row.name, row.sku, int(row.price or 0)) for row in offers(xlsx(rows))]


def test_an_article_belongs_to_the_table_behind_the_blank_column():
    rows = [["Прайс, руб."], ["Наименование", "Ед.", "Цена", "", "Артикул", "Товар", "Стоимость"]]
    rows += [["Цемент М500", "меш", 450, "", "A-1", "Гвозди 100 мм", 120]]
    rows += [["Песок", "т", 650, "", "A-2", "Гвозди 120 мм", 125], ["", "", "", "", "A-3", "Гвозди 150 мм", 127]]
    assert sorted(brief(rows)) == [
        ("Гвозди 100 мм", "A-1", 120),
        ("Гвозди 120 мм", "A-2", 125),
        ("Гвозди 150 мм", "A-3", 127),
        ("Песок", None, 650),
        ("Цемент М500", None, 450),
    ]


def test_a_title_above_goods_that_are_called_by_their_group_is_no_part_of_their_name():
    rows = [["Прайс-лист «Крепёж», руб."], ["Саморезы", "Цена"], ["3,5х16", 100], ["3,5х25", 110], ["3,5х35", 120]]
    assert [row.name for row in offers(xlsx(rows))] == ["Саморезы 3,5х16", "Саморезы 3,5х25", "Саморезы 3,5х35"]


@pytest.mark.parametrize("corner", ["Показатель", "Характеристики", "Модель"])
def test_goods_that_are_columns_stand_below_any_corner(corner):
    rows = [[corner, "Котёл 12", "Котёл 18", "Котёл 24"], ["Код", "K12", "K18", "K24"], ["Мощность, кВт", 12, 18, 24],
            ["Цена с НДС, руб.", 45400, 56900, 68800]]  # fmt: skip
    assert brief(rows) == [("Котёл 12", "K12", 45400), ("Котёл 18", "K18", 56900), ("Котёл 24", "K24", 68800)]


def test_a_maker_that_stands_once_before_the_names_is_of_all_below():
    rows = [["Бренд", "Модель", "Цвет", "Цена, руб."], ["Ручей", "Исток", "хром", 5400], ["", "", "чёрный", 6400],
            ["", "Бау", "хром", 3400], ["Капля", "Пико", "хром", 4400], ["", "", "белый", 4900]]  # fmt: skip
    found: list[PriceRow] = offers(xlsx(rows))
    assert ["Ручей" in row.name for row in found] == [True, True, True, False, False]
    assert ["Капля" in row.name for row in found] == [False, False, False, True, True]


def test_what_is_measured_tells_goods_of_one_name_apart():
    rows = [["Наименование", "Мощность, Вт", "IP", "Цена, руб."], ["Светильник «Колокол»", 100, 65, 4860],
            ["Светильник «Колокол»", 150, 65, 6620], ["Светильник «Лента»", 36, 40, 900], ["Прожектор", 50, 65, 1200],
            ["Прожектор", 30, 65, 800]]  # fmt: skip
    assert [row.name for row in offers(xlsx(rows))][:3] == [
        "Светильник «Колокол» 100 Вт",
        "Светильник «Колокол» 150 Вт",
        "Светильник «Лента» 36 Вт",
    ]
