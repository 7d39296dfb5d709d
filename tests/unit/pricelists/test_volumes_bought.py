"""Prices under thresholds of how much is bought, of goods that a grade and a size call and a title names."""

import pytest

from quarry.domain.reading import Role
from quarry.pricelists.headers import role_of
from tests.unit.pricelists.files import offers, xlsx

TAPES = [
    ("Ст3", "холоднокатаная", "0,5х20", 81),
    ("Ст3", "холоднокатаная", "1,0х30", 84),
    ("Ст3", "травлёная", "0,5х20", 88),
    ("65Г", "холоднокатаная", "0,5х20", 131),
    ("65Г", "травлёная", "1,0х30", 139),
]


@pytest.mark.parametrize("over", ["Объём закупки", "Объем партии", "Количество", "При заказе"])
@pytest.mark.parametrize("thresholds", [("до 50 кг", "от 50 кг", "свыше 200 кг"), ("до 1 т", "от 1 т", "от 5 т")])
def test_the_price_of_the_smallest_volume_is_charged_and_the_title_names_the_goods(over, thresholds):
    rows = [["Метизы Юг, т. 200-10-20"], ["Лента стальная. Цена за кг, руб. с НДС"]]
    rows += [["Марка", "Поверхность", "Размер, мм", "Наличие, т", over, "", ""], ["", "", "", "", *thresholds]]
    rows += [[*said, "", price, price - 4, price - 9] for *said, price in TAPES]
    merges = ["A1:G1", "A2:G2", "E3:G3", "A3:A4", "B3:B4", "C3:C4", "D3:D4"]
    found = offers(xlsx(rows, merges=merges))
    assert [row.name for row in found] == [f"Лента стальная {look} {grade} {size}" for grade, look, size, _ in TAPES]
    assert [int(row.price) for row in found] == [price for *_, price in TAPES]
    assert all(len(row.prices) == 3 for row in found)


@pytest.mark.parametrize(
    ("label", "role"),
    [("Объём закупки 100-500 кг", Role.PRICE), ("Партия от 5 т", Role.PRICE), ("Обсяг замовлення від 10 т", Role.PRICE),
     ("Order volume over 500 kg", Role.PRICE), ("Количество", Role.STOCK), ("Объём, м3", Role.SIZE),
     ("Поверхность", Role.MODEL)],
)  # fmt: skip
def test_volumes_with_an_amount_are_thresholds(label, role):
    assert role_of(label) is role
