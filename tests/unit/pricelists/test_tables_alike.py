"""Tables whose goods are columns, or are called alike: the article of each, and the title that tells them apart."""

import pytest

from tests.unit.pricelists.files import offers, xlsx

LAMPS = ["Бра одинарное", "Бра двойное", "Люстра на 5 рожков", "Подвес"]


def told(rows, merges=()):
    return [(row.name, row.sku, str(row.price)) for row in offers(xlsx(rows, merges=list(merges)))]


@pytest.mark.parametrize("beside", [("Код", "Цена"), ("Цена", "Код")])
def test_goods_that_are_columns_have_the_article_beside_their_own_price(beside):
    def cells(code, price):
        return [code, price] if beside[0] == "Код" else [price, code]

    rows = [["Прайс, руб."], ["Наименование", "белый", "", "чёрный", ""], ["", *beside, *beside]]
    rows += [[lamp, *cells(f"Л{at}-Б", 900 + at), *cells(f"Л{at}-Ч", 950 + at)] for at, lamp in enumerate(LAMPS)]
    assert told(rows, ["B2:C2", "D2:E2", "A2:A3"])[:3] == [
        ("Бра одинарное белый", "Л0-Б", "900"),
        ("Бра одинарное чёрный", "Л0-Ч", "950"),
        ("Бра двойное белый", "Л1-Б", "901"),
    ]


def test_one_article_before_all_prices_is_of_the_goods_in_each_finish():
    rows = [["Код", "Наименование", "белый", "чёрный"]]
    rows += [[f"К-{at}", lamp, 900 + at, 950 + at] for at, lamp in enumerate(LAMPS)]
    assert {sku for _, sku, _ in told(rows)} == {"К-0", "К-1", "К-2", "К-3"}


@pytest.mark.parametrize("colours", [("белый", "графит"), ("белый", "чёрный")])
def test_goods_that_are_called_alike_in_two_tables_begin_with_the_tables_title(colours):
    rows = [["Прайс, руб."], ["Серия «Рассвет» (открытый монтаж)"]]
    for at, (colour, title) in enumerate(zip(colours, ["Серия «Закат»", ""], strict=True)):
        rows += [["Наименование", "хром", "", colour, ""], ["", "Код", "Цена", "Код", "Цена"]]
        rows += [[lamp, f"{at}{n}х", 100 + 10 * at, f"{at}{n}ц", 120 + 10 * at] for n, lamp in enumerate(LAMPS)]
        rows += [[], [title]] if title else []
    found = [name for name, *_ in told(rows)]
    assert found[0] == "Серия «Рассвет» (открытый монтаж) Бра одинарное хром"
    assert found[-1] == f"Серия «Закат» Подвес {colours[1]}"


def test_other_goods_in_a_second_table_need_no_title():
    rows = [["Светильники"], ["Наименование", "Цена, руб."], *[[lamp, 900 + at] for at, lamp in enumerate(LAMPS)]]
    rows += [[], ["Лампочки"], ["Наименование", "Цена, руб."], *[[f"Лампа {at} Вт", at] for at in (40, 60, 75, 95)]]
    assert [name for name, *_ in told(rows)][:4] == LAMPS


def test_a_size_that_stands_once_with_the_name_holds_for_the_rows_that_leave_both_blank():
    rows = [["Наименование", "Формат, мм", "Толщина, мм", "Цена, руб."]]
    rows += [["Плита «Бор»", "2500х1250", 9, 900], ["", "", 12, 1100], ["", "", 15, 1400]]
    rows += [["Плита «Луг»", "2440х1220", 10, 950], ["", "", 12, 1150], ["Плита «Яр»", "3000х1500", 8, 990]]
    rows += [["", "", 10, 1200]]
    assert [name for name, *_ in told(rows)] == [
        "Плита «Бор» 2500х1250 9 мм", "Плита «Бор» 2500х1250 12 мм", "Плита «Бор» 2500х1250 15 мм",
        "Плита «Луг» 2440х1220 10 мм", "Плита «Луг» 2440х1220 12 мм",
        "Плита «Яр» 3000х1500 8 мм", "Плита «Яр» 3000х1500 10 мм",
    ]  # fmt: skip


def test_a_name_without_a_size_does_not_take_that_of_the_goods_above():
    rows = [["Наименование", "Формат, мм", "Толщина, мм", "Цена, руб."]]
    rows += [
        [f"Плита «Бор-{at}»", "2500х1250", 9, 900 + at] if at % 2 else ["", "", 12, 1100 + at] for at in range(1, 71)
    ]
    rows += [["Плита «Без формата»", "", 15, 1990], ["", "", 18, 2090]]
    assert [name for name, *_ in told(rows)][-2:] == ["Плита «Без формата» 15 мм", "Плита «Без формата» 18 мм"]
