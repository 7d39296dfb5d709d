"""Tables whose goods are columns are read as if they stood upright; others are left as they are."""

import pytest

from tests.unit.pricelists.files import offers, xlsx

COMPARED = [
    ["Модель", "ТВ-15", "ТВ-22", "ТВ-30"],
    ["Код", "7015", "7022", "7030"],
    ["Мощность, кВт", 1.5, 2.2, 3],
    ["Вес, кг", 11, 14, 19],
    ["Цена, руб.", 5400, 6900, 8800],
]


def told(rows):
    return [(row.name, row.sku, row.price) for row in offers(xlsx(rows))]


def test_each_column_of_a_comparison_is_an_offer():
    found = told([["Тепловые вентиляторы"], [], *COMPARED, [], ["Гарантия два года."]])
    assert found == [
        ("Тепловые вентиляторы ТВ-15", "7015", 5400),
        ("Тепловые вентиляторы ТВ-22", "7022", 6900),
        ("Тепловые вентиляторы ТВ-30", "7030", 8800),
    ]


def test_comparisons_below_one_another_are_read_one_after_the_other():
    other = [["Модель", "КО-5", "КО-9"], ["Код", "8005", "8009"], ["Вес, кг", 4, 6], ["Цена, руб.", 3100, 4200]]
    found = told([["Вентиляторы"], *COMPARED, [], ["Конвекторы"], *other])
    assert found[3:] == [("Конвекторы КО-5", "8005", 3100), ("Конвекторы КО-9", "8009", 4200)]
    assert len(found) == 5


@pytest.mark.parametrize(
    "rows",
    [
        [["Наименование", "10 т", "20 т"], ["Песок", 400, 380], ["Щебень", 900, 870], ["Стоимость доставки", 500, 700]],
        [
            ["Модель", "Цвет", "Цена, руб."],
            ["Цена-люкс", "белый", 400],
            ["Вес-2", "серый", 380],
            ["Код-3", "чёрный", 300],
        ],
    ],
)
def test_a_table_of_rows_stays_one_whatever_its_goods_are_called(rows):
    assert next(row.name.split()[0] for row in offers(xlsx(rows)) if row.price) == rows[1][0].split()[0]
