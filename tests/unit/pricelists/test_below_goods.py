"""What stands below goods, or above a table without a header: services, tariffs, terms, titles."""

import pytest

from tests.unit.pricelists.files import offers, xlsx

RINGS = [["Наименование", "Размер", "Вес, т", "Цена с НДС, руб."], ["Кольцо КС10.9", "1160х890", 0.6, 2900],
         ["Кольцо КС15.9", "1680х890", 1.0, 4300], ["Крышка ПП10", "1160х150", 0.25, 2400]]  # fmt: skip
OF_RINGS = [(2900, ()), (4300, ()), (2400, ())]


def test_a_heading_with_the_title_of_its_prices_is_no_goods():
    rows = [*RINGS, ["Дополнительные услуги", "", "", "Стоимость"], ["Монтаж колодца из 3 колец", "", "", 12000],
            ["Гидроизоляция колодца", "", "", 7000]]  # fmt: skip
    assert [(row.price, row.category) for row in offers(xlsx(rows))] == [
        *OF_RINGS,
        (12000, ("Дополнительные услуги",)),
        (7000, ("Дополнительные услуги",)),
    ]


def test_tariffs_in_other_columns_than_the_prices_are_no_goods_without_a_price():
    rows = [*RINGS, [], ["Доставка:"], ["до 20 км", "6000 руб."], ["до 40 км", "9000 руб."], ["далее", "60 руб/км"]]
    assert [(row.price, row.category) for row in offers(xlsx(rows))] == OF_RINGS


def test_goods_with_an_article_and_a_unit_stay_goods_though_money_is_named_beside():
    rows = [["Артикул", "Наименование", "Ед.", "Прим.", "Цена, руб."], ["A-1", "Кольцо КС10", "шт", "", 2900],
            ["A-2", "Кольцо КС15", "шт", "было 4500 руб.", ""], ["A-3", "Крышка ПП10", "шт", "", 2400]]  # fmt: skip
    assert [row.sku for row in offers(xlsx(rows))] == ["A-1", "A-2", "A-3"]


@pytest.mark.parametrize("term", ["Минимальный заказ", "Мин. сумма заказа", "Минимальная сумма заказа, руб."])
def test_the_least_amount_of_an_order_is_no_goods(term):
    assert len(offers(xlsx([*RINGS, [term, "", "", 10000]]))) == 3


def test_the_title_of_a_table_without_a_header_names_its_money_and_no_group():
    rows = [["Прайс на сухие смеси, тенге"], ["Клей плиточный С1", 2450], ["Клей плиточный С2", 3100],
            ["Штукатурка гипсовая", 2900]]  # fmt: skip
    assert {(row.currency, row.category) for row in offers(xlsx(rows))} == {("KZT", ())}


def test_packages_without_a_title_before_the_names():
    rows = [["25 кг", "Цемент М500", 450], ["50 кг", "Цемент М500", 860], ["25 кг", "Штукатурка", 390],
            ["2,5 л", "Грунт глубокий", 410]]  # fmt: skip
    found = offers(xlsx([["Смеси, руб."], *rows]))
    assert [(row.name, f"{row.package} {row.package_unit}") for row in found] == [
        (f"{name} {package}", package.replace(",", ".")) for package, name, _ in rows
    ]


@pytest.mark.parametrize("said", ["Доставка по городу", "Самовывоз со склада", "Подъём на этаж", "Lieferpauschale"])
@pytest.mark.parametrize("price", [3500, "договорная"])
def test_what_it_costs_to_get_the_goods_is_no_goods(said, price):
    assert [(row.price, row.category) for row in offers(xlsx([*RINGS, [said, "", "", price]]))] == OF_RINGS


def test_deliveries_with_a_unit_or_an_article_are_services_on_sale():
    rows = [["Услуга", "Ед.", "Цена, руб."], ["Разработка грунта", "м3", 900], ["Доставка бетона", "рейс", 3080]]
    assert [row.name for row in offers(xlsx(rows))] == ["Разработка грунта", "Доставка бетона"]


def test_a_share_of_the_prices_is_no_goods():
    rows = [["Наименование", "Ед.", "Цена, руб."], ["Труба 20", "м", 45], ["Труба 25", "м", 65], ["Труба 32", "м", 95]]
    assert len(offers(xlsx([*rows, ["Скидка от 50 тыс.", "%", 5], ["Срочный заказ", "%", 10]]))) == 3
    assert len(offers(xlsx([*rows * 40, ["Скидка от 50 тыс.", "%", 5]]))) == 3 * 40
