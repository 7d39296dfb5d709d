"""Headers on each page, prices of several days, goods over several rows, order forms, tables named by their groups."""

import io

import pytest

from quarry import pricelists
from quarry.pricelists import Report
from tests.unit.pricelists.files import offers, xlsx


def attention(rows):
    report = Report()
    list(pricelists.scan(io.BytesIO(xlsx(rows)), "прайс.xlsx", report=report))
    return {found.code for found in report.attention}


def brief(rows, **given):
    return [(row.name, row.price, row.category) for row in offers(xlsx(rows, **given))]


def test_what_a_header_on_a_new_page_stands_amidst_goes_on():
    header = [["Код", "Наименование", "Цена, бел. руб.", ""], ["", "", "розница", "опт"]]
    rows = [*header, ["", "Лотки"]]
    rows += [[str(100 + number), f"Лоток А{number}", 10 + number, 9] for number in range(4)]
    rows += [*header, *[[str(200 + number), f"Лоток Б{number}", 20 + number, 19] for number in range(4)]]
    found = offers(xlsx(rows))
    assert {row.category for row in found} == {("Лотки",)}
    assert {row.currency for row in found} == {"BYN"}
    assert len(found) == 8


def test_a_heading_above_a_header_on_a_new_page_is_its_title():
    header = ["Наименование", "Цена, руб."]
    rows = [header, ["Лотки", ""], ["Лоток А1", 10], ["Крышки", ""], header, ["Крышка А1", 5]]
    assert brief(rows) == [("Лоток А1", 10, ("Лотки",)), ("Крышка А1", 5, ("Крышки",))]


@pytest.mark.parametrize(
    ("above", "price"), [("Прайс от 15.09.2026", 12), ("Прайс от 05.10.2026", 13), ("Прайс-лист", 13)]
)
def test_of_prices_from_and_until_a_day_that_one_holds_which_the_lists_own_day_tells(above, price):
    rows = [[above], ["Наименование", "Цена до 01.10, руб.", "Цена с 01.10, руб."]]
    rows += [["Кирпич", 12, 13], ["Блок", 32, 33], ["Плитка", 52, 53]]
    assert brief(rows)[0][1] == price
    assert "prices_of_days" in attention(rows)


def test_a_day_of_next_year_is_still_to_come():
    rows = [["Прайс 20.12.2026"], ["Наименование", "Цена с 01.01", "Цена до 31.12"]]
    rows += [["Кирпич", 13, 12], ["Блок", 33, 32], ["Плитка", 53, 52]]
    assert [price for _, price, _ in brief(rows)] == [12, 32, 52]


def test_goods_with_an_attribute_in_each_of_their_rows_are_one():
    rows = [["Наименование", "Характеристика", "", "Цена, руб."]]
    for number, price in ((3, 2395), (4, 2725), (5, 3055), (6, 3320)):
        for label, value in (("Вес, кг", 90 + number), ("Объём, л", 100 * number), ("Подвод, мм", "до 600")):
            rows.append([f"Бак Н-{number}", label, value, price])
    assert brief(rows) == [
        (f"Бак Н-{number}", price, ()) for number, price in ((3, 2395), (4, 2725), (5, 3055), (6, 3320))
    ]


def test_colours_of_one_price_are_goods_of_their_own():
    rows = [["Наименование", "Характеристика", "Цена, руб."]]
    for number, price in ((3, 2395), (4, 2725), (5, 3055), (6, 3320)):
        rows += [[f"Бак Н-{number}", colour, price] for colour in ("белый", "синий", "чёрный")]
    assert len(brief(rows)) == 12


@pytest.mark.parametrize("title", ["Сумма заказа", "Сумма заказа, руб.", "Стоимость заказа"])
def test_what_a_buyer_orders_is_no_price(title):
    rows = [["Наименование", "Цена, руб.", "Заказ, шт", title], ["Ванны", "", "", 0], ["Ванна", 900, "", 0]]
    (found,) = offers(xlsx(rows))
    assert (found.name, found.category, found.prices) == ("Ванна", ("Ванны",), ())


def test_volumes_of_packages_behind_the_price_leave_makers_in_the_name():
    rows = [["Наименование", "Бренд", "Цена, руб.", "Объем, м3"]]
    rows += [["Клей", "Бергауф", 123, 0.01], ["Клей", "Юнис", 125, 0.013], ["Клей", "Волма", 119, 0.016]]
    assert offers(xlsx(rows))[0].name.endswith("Бергауф")


def test_numbers_before_a_model_in_words_are_no_goods():
    rows = [["Ключ", "Артикул", "Модель", "Размер", "Цена, руб."]]
    rows += [[1000 + 37 * at, f"D{at}", f"Дверь «Верона» ДГ {at}", "600х2000", 7200 + at] for at in range(5)]
    assert [row.name for row in offers(xlsx(rows))][1] == "Дверь «Верона» ДГ 1 600х2000"


def test_a_price_from_some_amount_is_no_title():
    rows = [["Услуги"], ["Монтаж окон", "от 3000 руб/м2"], ["Монтаж дверей", "2500 руб/шт"], ["Разгрузка", "500 руб."]]
    assert [row.price for row in offers(xlsx(rows))] == [3000, 2500, 500]


def test_a_word_behind_a_unit_that_begins_as_a_unit_does_is_none():
    rows = [["Кровля, цена руб/м2"], ["Профиль", "Толщина, мм", "Матовый полиэстер", "Цинк"]]
    rows += [["С-8", 0.4, 470, 390], ["С-21", 0.5, 610, 480], ["НС-35", 0.5, 630, 490]]
    assert {row.unit for row in offers(xlsx(rows))} == {"м²"}


@pytest.mark.parametrize("gap", [[], [""]])
@pytest.mark.parametrize("tail", [["шт", "руб"], ["", ""]])
def test_tables_side_by_side_are_called_by_their_groups(gap, tail):
    rows = [["Кирпич", *tail, *gap, "Блоки", *tail]]
    rows += [
        [f"Кирпич М{number}00", "шт", 10 * number, *gap, f"Блок пенобетонный D{number}00", "шт", 900 * number]
        for number in range(1, 5)
    ]
    assert brief(rows) == [
        *((f"Кирпич М{number}00", 10 * number, ("Кирпич",)) for number in range(1, 5)),
        *((f"Блок пенобетонный D{number}00", 900 * number, ("Блоки",)) for number in range(1, 5)),
    ]
