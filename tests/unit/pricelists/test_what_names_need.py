"""What belongs to a name though it stands in a column of its own, and which money a list is in."""

from decimal import Decimal

from tests.unit.pricelists.files import offers, xlsx


def named(rows):
    return [row.name for row in offers(xlsx(rows))]


def test_goods_whose_names_have_quotations_are_no_paths_of_groups():
    rows = [
        ["Код", "Товар", "Исполнение", "Цена, руб."],
        ["101", "Раковина «Волна» подвесная", "с отверстием", 3100],
        ["102", "Раковина «Волна» мебельная", "без отверстия", 3200],
        ["103", "Чаша «Берег» напольная", "сиденье дюропласт", 9300],
        ["104", "Чаша «Берег» подвесная", "сиденье микролифт", 9900],
    ]
    found = offers(xlsx(rows))
    assert [row.name.startswith(("Раковина «Волна»", "Чаша «Берег»")) for row in found] == [True] * 4
    assert {row.category for row in found} == {()}


def test_marks_between_groups_are_steps_of_a_path():
    rows = [
        ["Категория", "Товар", "Цена, руб."],
        ["Краски » Фасадные", "Краска фасадная белая", 310],
        ["Краски»Интерьерные", "Краска моющаяся", 320],
        ["Грунты » Глубокие", "Грунт глубокий", 93],
    ]
    assert [row.category for row in offers(xlsx(rows))] == [
        ("Краски", "Фасадные"),
        ("Краски", "Интерьерные"),
        ("Грунты", "Глубокие"),
    ]


def test_several_makers_end_names_that_do_not_say_them():
    rows = [
        ["Наименование", "Бренд", "Цена, руб."],
        ["Дрель ударная УД-650", "Тверьмаш", 4100],
        ["Дрель ударная KW-650", "Kraftwerk", 4700],
        ["Пила цепная KRAFTWERK 40", "Kraftwerk", 8700],
        ["Пила цепная ПЦ-40", "Тверьмаш", 7700],
    ]
    assert named(rows) == [
        "Дрель ударная УД-650 Тверьмаш",
        "Дрель ударная KW-650 Kraftwerk",
        "Пила цепная KRAFTWERK 40",
        "Пила цепная ПЦ-40 Тверьмаш",
    ]


def test_a_country_and_a_seller_are_no_makers():
    for title in ("Страна производства", "Поставщик"):
        rows = [["Наименование", title, "Цена, руб."]]
        rows += [[f"Плитка Север {number}", ["Китай", "Индия"][number % 2], 800 + number] for number in range(6)]
        assert named(rows) == [f"Плитка Север {number}" for number in range(6)]


def test_what_stands_before_the_sizes_and_tells_goods_apart_is_in_the_name_too():
    rows = [["Артикул", "Товар", "Ступеней", "Высота", "Цена, руб."]]
    for kind in ("Стремянка стальная", "Стремянка алюминиевая"):
        rows += [[f"{kind[10:13]}{steps}", kind, steps, f"2,{steps}0 м", 1000 * steps] for steps in range(2, 6)]
    assert named(rows)[:2] == ["Стремянка стальная 2,20 м 2 ступеней", "Стремянка стальная 2,30 м 3 ступеней"]


def test_euros_of_one_title_hold_for_all_prices_under_titles_in_latin_letters():
    rows = [
        ["Art.-Nr.", "Artikel", "Einheit", "Preis je Einheit in €", "Big Bag brutto"],
        ["1002", "Spielsand fein", "t", 38.6, 65.2],
        ["1003", "Putzsand", "t", 29, 54.5],
        ["1004", "Quarzkies weiß", "t", "auf Anfrage", ""],
    ]
    found = offers(xlsx(rows))
    assert [(row.price, row.currency) for row in found][:2] == [(Decimal("38.6"), "EUR"), (29, "EUR")]
    assert (found[2].price, found[2].issues) == (None, ())


def test_euros_beside_a_price_under_russian_titles_are_not_its_money():
    rows = [["Наименование", "Цена", "Цена, €"], ["Насос", 9000, 95], ["Фильтр", 900, 9.5]]
    assert [row.currency for row in offers(xlsx(rows))] == ["RUB", "RUB"]


def test_an_untitled_column_beside_the_names_ends_those_that_come_twice():
    rows = [["Наименование", "", "Ед.", "Цена, руб."]]
    rows += [[name, size, "шт", price] for name, size, price in (
        ("Труба ПП", "20 мм", 55), ("Труба ПП", "25 мм", 75), ("Муфта ПП", "20 мм", 8), ("Муфта ПП", "25 мм", 11)
    )]  # fmt: skip
    assert named(rows) == ["Труба ПП 20 мм", "Труба ПП 25 мм", "Муфта ПП 20 мм", "Муфта ПП 25 мм"]


def test_items_of_a_list_go_on_with_what_stands_above_them():
    rows = [["Наименование работ", "Ед.", "Цена, руб."]]
    rows += [["Укладка плитки:"], ["- на пол", "м2", 1200], ["- на стены", "м2", 1400]]
    rows += [["Штукатурка:"], ["- по маякам", "м2", 600], ["- без маяков", "м2", 400]]
    assert named(rows) == [
        "Укладка плитки на пол",
        "Укладка плитки на стены",
        "Штукатурка по маякам",
        "Штукатурка без маяков",
    ]


def test_an_article_that_is_written_into_the_name():
    rows = [["Наименование", "Цена, руб."], ["Смеситель А1\nарт. 5501", 34], ["Смеситель (арт.: A-55/02)", 44]]
    rows += [["Стартер ST-1", 5], ["Панель, арт-деко", 90]]
    assert [row.sku for row in offers(xlsx(rows))] == ["5501", "A-55/02", None, None]


def test_roubles_and_kopecks_in_two_columns():
    rows = [["Наименование", "Руб.", "Коп."], ["Гвозди 100", 120, 50], ["Гвозди 120", 125, 0], ["Гвозди 70", 118, 9]]
    assert [row.price for row in offers(xlsx(rows))] == [Decimal("120.5"), 125, Decimal("118.09")]


def test_zero_padded_numbers_before_the_names_are_articles_though_they_count():
    rows = [["Шифр", "Наименование", "Цена, руб."]]
    rows += [[f"03{number:02}", f"Черепица «Гора» {number}", 498 + 7 * number] for number in range(1, 6)]
    assert offers(xlsx(rows))[0].sku == "0301"


def test_codes_under_a_title_of_prices_over_several_columns_are_no_prices():
    rows = [["Цены в рублях с НДС", "", ""], ["Шифр", "Наименование", "Цена"]]
    rows += [[f"ВК-100-{number}", f"Отвод круглый {number}", 380 + 11 * number] for number in range(1, 6)]
    found = offers(xlsx(rows, merges=["A1:C1"]))
    assert [(row.sku, row.price, row.prices) for row in found][:1] == [("ВК-100-1", 391, ())]
