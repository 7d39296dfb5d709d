"""Kinds of price lists that were read wrongly once: each as a person reads it."""

from decimal import Decimal

import pytest

from tests.unit.pricelists.files import offers, read, xlsx

HEADER = ["Артикул", "Наименование", "Ед.", "Цена, руб."]


def names(rows) -> list[tuple[str, Decimal | None]]:
    return [(row.name, row.price) for row in offers(xlsx(rows))]


def grouped(rows, **formats) -> list[tuple[str, tuple[str, ...]]]:
    return [(row.name, row.category) for row in offers(xlsx(rows, **formats))]


@pytest.mark.parametrize("article", ["D1", "17", "Кб-5"])
def test_goods_without_a_price_stay_goods_whatever_their_article_is_like(article):
    rows = [HEADER, *(["C" + str(1000 + n), f"Саморез 3,5х{n}", "шт", n] for n in range(10, 22))]
    rows.append([article, "Уголок 50х50", "шт"])
    assert names(rows)[-1] == ("Уголок 50х50", None)


def test_a_heading_may_end_with_a_full_stop():
    rows = [
        HEADER,
        ["Гайка шестигранная оц."],
        ["Г1", "Гайка М6", "кг", 200],
        ["Шпилька резьбовая, сталь нержавеющая, класс прочности А2."],
        ["Ш1", "Шпилька М10", "шт", 90],
        ["Цены действительны до первого марта этого года."],
        ["Ш2", "Шпилька М12", "шт", 110],
    ]
    assert grouped(rows) == [
        ("Гайка М6", ("Гайка шестигранная оц.",)),
        ("Шпилька М10", ("Шпилька резьбовая, сталь нержавеющая, класс прочности А2.",)),
        ("Шпилька М12", ("Шпилька резьбовая, сталь нержавеющая, класс прочности А2.",)),
    ]


@pytest.mark.parametrize(("first", "second"), [(1, 4), ("0001", "0002")])
def test_a_heading_may_have_a_running_number_or_a_code(first, second):
    rows = [
        ["Код", "Наименование", "Ед.", "Цена"],
        [first, "Водосток"],
        ["00011", "Жёлоб 3 м", "шт", 600],
        ["00012", "Воронка", "шт", 300],
        [second, "Снегозадержание"],
        ["00021", "Трубчатый барьер", "шт", 2100],
    ]
    assert grouped(rows) == [
        ("Жёлоб 3 м", ("Водосток",)),
        ("Воронка", ("Водосток",)),
        ("Трубчатый барьер", ("Снегозадержание",)),
    ]


def test_unnumbered_groups_stay_within_numbered_ones():
    rows = [
        ["Наименование", "Ед.", "Цена"],
        ["1. КРОВЛЯ"],
        ["Мягкая"],
        ["Гонт", "м2", 500],
        ["Жёсткая"],
        ["Шифер", "лист", 400],
        ["2. ФАСАД"],
        ["Панели"],
        ["Сайдинг", "шт", 300],
    ]
    assert grouped(rows) == [
        ("Гонт", ("1. КРОВЛЯ", "Мягкая")),
        ("Шифер", ("1. КРОВЛЯ", "Жёсткая")),
        ("Сайдинг", ("2. ФАСАД", "Панели")),
    ]


def test_groups_nest_by_the_blanks_before_them():
    rows = [
        ["Наименование", "Ед.", "Цена"],
        ["Кровля"],
        ["    Мягкая"],
        ["Гонт", "м2", 500],
        ["    Жёсткая"],
        ["Шифер", "лист", 400],
        ["Фасад"],
        ["Сайдинг", "шт", 300],
    ]
    assert grouped(rows) == [
        ("Гонт", ("Кровля", "Мягкая")),
        ("Шифер", ("Кровля", "Жёсткая")),
        ("Сайдинг", ("Фасад",)),
    ]


def test_goods_called_by_a_size_take_the_nearest_noun():
    rows = [
        ["Наименование", "Ед.", "Цена"],
        ["РЕЙКА СТРОГАНАЯ"],
        ["Первый сорт"],
        ["20х40 сухая", "шт", 90],
        ["20х50", "шт", 110],
        ["Второй сорт"],
        ["20х40 сухая", "шт", 60],
        ["Бруски"],
        ["М12х1,5 с резьбой", "шт", 300],
        ["Брусок 50х50", "шт", 200],
    ]
    assert [name for name, _ in names(rows)] == [
        "РЕЙКА СТРОГАНАЯ Первый сорт 20х40 сухая",
        "РЕЙКА СТРОГАНАЯ Первый сорт 20х50",
        "РЕЙКА СТРОГАНАЯ Второй сорт 20х40 сухая",
        "Бруски М12х1,5 с резьбой",
        "Брусок 50х50",
    ]


def test_equal_sizes_of_different_columns_are_both_said():
    rows = [["Столбы"], ["Толщина, мм", "Ширина, мм", "Цена за шт"], [80, 80, 900], [80, 120, 1200], [120, 120, 1500]]
    assert [name for name, _ in names(rows)] == ["Столбы 80 мм 80 мм", "Столбы 80 мм 120 мм", "Столбы 120 мм 120 мм"]


def test_thresholds_are_prices():
    rows = [
        ["Товар", "Артикул", "міні", "від 2000", "від 5000"],
        ["Стрічка біла", "S1", 10.5, 9.8, 9.1],
        ["Стрічка чорна", "S2", 11.5, 10.8, 10.1],
        ["Плівка", "P1", 50.5, 49.8, 48.1],
    ]
    assert [[str(price.price) for price in row.prices] for row in offers(xlsx(rows))] == [
        ["10.5", "9.8", "9.1"],
        ["11.5", "10.8", "10.1"],
        ["50.5", "49.8", "48.1"],
    ]


def test_columns_under_one_wide_title_are_of_goods_by_their_numbers():
    rows = [
        ["Наименование", "Ед.", "коллекция", "", ""],
        ["Наименование", "Ед.", "Север", "Юг, Восток", "Запад"],
        ["Подоконник", "м.пог", 1500, 1650, 1800],
        ["Столешница", "м.пог", 2500, 2650, 2800],
        ["Экран", "шт", 500, 650, 800],
    ]
    found = [(row.name, row.price) for row in offers(xlsx(rows, merges=["C1:E1", "A1:A2", "B1:B2"]))]
    assert found[:3] == [("Подоконник Север", 1500), ("Подоконник Юг, Восток", 1650), ("Подоконник Запад", 1800)]


@pytest.mark.parametrize(
    "head",
    [
        [["Наименование", "Цена за м²", "", ""], ["", "Экстра", "Прима", "АВ"]],
        [["Наименование", "сорт Экстра", "сорт Прима", "сорт АВ"]],
    ],
)
def test_columns_of_grades_are_goods_of_their_own(head):
    rows = [*head, ["Вагонка липа", 900, 700, 500], ["Вагонка ольха", 1200, 1000, 800], ["Полок", 1500, 1200, 900]]
    assert names(rows)[:3] == [("Вагонка липа Экстра", 900), ("Вагонка липа Прима", 700), ("Вагонка липа АВ", 500)]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("Цена 2024 г.", "Цена 2025 г."),
        ("Цена на 01.03.2024", "Цена на 01.02.2025"),
        ("Старая цена", "Новая цена"),
        ("Стара ціна", "Нова ціна"),
    ],
)
def test_last_year_s_prices_are_not_offered(before, now):
    rows = [["Наименование", "Ед.", before, now], ["Кирпич", "шт", 20, 25], ["Блок", "шт", 90, 110]]
    assert [(row.price, row.prices) for row in offers(xlsx(rows))] == [(25, ()), (110, ())]


def test_last_year_s_table_beside_this_year_s_is_not_offered():
    header = ["Наименование", "Ед.", "Цена"]
    rows = [
        ["2024 год", "", "", "", "2025 год"],
        [*header, "", *header],
        ["Кирпич", "шт", 20, "", "Кирпич", "шт", 25],
        ["Блок", "шт", 90, "", "Блок", "шт", 110],
    ]
    assert names(rows) == [("Кирпич", 25), ("Блок", 110)]


def test_tables_side_by_side_begin_again_with_their_first_label():
    rows = [
        ["Марка", "Цена", "Марка", "Цена"],
        ["Кабель медный 3х1,5", 60, "Провод гибкий 2х1", 40],
        ["Кабель медный 3х2,5", 90, "Провод гибкий 3х1", 55],
    ]
    assert names(rows) == [
        ("Кабель медный 3х1,5", 60),
        ("Провод гибкий 2х1", 40),
        ("Кабель медный 3х2,5", 90),
        ("Провод гибкий 3х1", 55),
    ]


@pytest.mark.parametrize(
    ("header", "goods"),
    [
        (["Pos.", "Bezeichnung", "Einheit", "Preis in €"], "Gipskartonplatte"),
        (["Lp.", "Nazwa towaru", "J.m.", "Cena netto"], "Cement portlandzki"),
        (["Sıra", "Ürün Adı", "Birim", "Birim Fiyatı"], "Alçıpan levha"),
        (["Р/с", "Тауар атауы", "Өлшем бірлігі", "Бағасы"], "Кірпіш қызыл"),
        (["№", "Найменне тавару", "Адз. вым.", "Цана"], "Цэгла чырвоная"),
        (["№", "Найменування", "Од. вим.", "Ціна"], "Цегла червона"),
        (["Sr No", "Description of item", "Unit", "Rate"], "Red brick"),
    ],
)
def test_headers_of_eight_languages(header, goods):
    rows = [header, [1, f"{goods} A", "м2", 4.5], [2, f"{goods} B", "кг", 12.9], [3, f"{goods} C", "кг", 19.9]]
    assert [(row.name, row.unit, float(row.price or 0)) for row in offers(xlsx(rows))] == [
        (f"{goods} A", "м2", 4.5),
        (f"{goods} B", "кг", 12.9),
        (f"{goods} C", "кг", 19.9),
    ]


@pytest.mark.parametrize("numbered", [True, False])
def test_a_list_of_works_needs_no_header(numbered):
    works = [
        ["Установка розетки", "шт", 350],
        ["Монтаж щита", "шт", 3500],
        ["Прокладка кабеля", "м.п.", 60],
        ["Штробление", "м.п.", 250],
    ]
    rows = [[number, *row] for number, row in enumerate(works, 1)] if numbered else [["Электрика"], *works]
    found = offers(xlsx(rows))
    assert [[row.name, row.unit, int(row.price or 0)] for row in found] == works
    assert {row.category for row in found} == {() if numbered else ("Электрика",)}


def test_goods_without_a_title_are_found_by_their_words():
    rows = [
        ["", "т", "м", "цена без НДС", "за метр", "Примечание"],
        ["Уголок 25х25х3", 0.876, 1308, 100800, 81],
        ["Уголок 32х32х3", 2.337, 2069, 72500, 98, "6 м"],
        ["Уголок 40х40х4", 0.2, 150, 95000, 135],
    ]
    assert names(rows) == [("Уголок 25х25х3", 100800), ("Уголок 32х32х3", 72500), ("Уголок 40х40х4", 95000)]


def test_an_instruction_with_numbered_steps_is_no_price_list():
    steps = [["Шаг", "Что сделать"], *[[number, f"Нажмите кнопку номер {number} и ждите"] for number in range(1, 6)]]
    found = offers(xlsx({"Прайс": [HEADER, ["A1", "Кисть", "шт", 90]], "Инструкция": steps}))
    assert [row.name for row in found] == ["Кисть"]


def test_totals_and_terms_are_no_goods():
    rows = [
        ["Наименование", "Кол-во", "Ед.", "Цена", "Сумма"],
        ["Цемент", 2, "меш", 400, 800],
        ["Песок", 1, "м3", 900, 900],
        ["ИТОГО по материалам, ₽", "", "", "", 1700],
        ["Всего с НДС", "", "", "", 2040],
        ["Доставка:", "- по городу 500 руб."],
        ["* цены действительны при оплате в день заказа"],
    ]
    assert names(rows) == [("Цемент", 400), ("Песок", 900)]


def test_what_heads_each_page_is_no_group():
    head = [["Прокат Плюс"], ["г. Город, ул. Улица 1"], ["Наименование", "Цена"]]
    rows = [*head, ["Уголок"], ["Уголок 50", 50], ["Уголок 63", 63], *head, ["Балка"], ["Балка 20", 500]]
    assert grouped(rows) == [("Уголок 50", ("Уголок",)), ("Уголок 63", ("Уголок",)), ("Балка 20", ("Балка",))]


def test_a_brand_is_no_name_where_group_and_article_tell_goods_apart():
    rows = [
        ["Группа", "Производитель", "Артикул", "Цена"],
        ["Смеситель для ванны", "Грос", "G-100", 5000],
        ["Смеситель для ванны", "Аква", "A-20", 4500],
        ["Смеситель для кухни", "Грос", "G-200", 5500],
    ]
    assert [name for name, _ in names(rows)] == [
        "Смеситель для ванны Грос G-100",
        "Смеситель для ванны Аква A-20",
        "Смеситель для кухни Грос G-200",
    ]


def test_a_shop_s_variants_take_their_product_s_name():
    rows = [
        ["Handle", "Title", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Price"],
        ["varnish", "Boat varnish", "Volume", "1 l", "V-1", 12.9],
        ["varnish", "", "", "5 l", "V-5", 49],
        ["tray", "Paint tray", "Title", "Default Title", "T-1", 6.4],
    ]
    assert [name for name, _ in names(rows)] == ["Boat varnish 1 l", "Boat varnish 5 l", "Paint tray"]


def test_an_article_is_taken_as_the_number_format_shows_it():
    content = xlsx([HEADER, [17, "Кисть", "шт", 90], [120, "Валик", "шт", 210]], formats={"A2": "0000", "A3": "0000"})
    assert [row.sku for row in offers(content)] == ["0017", "0120"]


def test_a_formula_without_a_saved_value_is_said_to_be_one():
    found = read(xlsx([HEADER, ["A1", "Кисть", "шт", "=MAX(2;45)"], ["A2", "Валик", "шт", 210]]))
    assert [(row.price, [issue.code for issue in row.issues]) for row in found[:2]] == [
        (None, ["formula_unsaved"]),
        (210, []),
    ]


def test_bold_rows_among_plain_goods_without_prices_are_headings():
    rows = [
        ["Наименование", "Артикул"],
        ["Кисти", ""],
        ["Кисть плоская", "К1"],
        ["Кисть круглая", "К2"],
        ["Валики", ""],
        ["Валик велюр", "В1"],
    ]
    assert grouped(rows, bold=[2, 5]) == [
        ("Кисть плоская", ("Кисти",)),
        ("Кисть круглая", ("Кисти",)),
        ("Валик велюр", ("Валики",)),
    ]


def test_groups_nest_by_the_indents_of_their_style():
    rows = [["Наименование", "Цена"], ["Кровля"], ["Мягкая"], ["Гонт", 500], ["Жёсткая"], ["Шифер", 400]]
    assert grouped(rows, indents={3: 1, 4: 2, 5: 1, 6: 2}) == [
        ("Гонт", ("Кровля", "Мягкая")),
        ("Шифер", ("Кровля", "Жёсткая")),
    ]


def test_a_currency_in_one_price_s_title_holds_for_the_others():
    rows = [["Найменування", "Ціна", "Оптова ціна, грн"], ["Фарба", 412.5, 371], ["Лак", 530, 477]]
    assert [row.currency for row in offers(xlsx(rows))] == ["UAH", "UAH"]


def test_foreign_money_in_one_price_s_title_is_not_the_others():
    rows = [["Наименование", "Цена", "Цена, USD"], ["Краска", 4125, 45], ["Лак", 5300, 58]]
    assert [row.currency for row in offers(xlsx(rows))] == ["RUB", "RUB"]


def test_a_company_whose_name_begins_as_a_title_is_no_header():
    rows = [["Товариство «Вигадка»"], ["Найменування", "Ціна, грн"], ["Ґрунтовки"], ["Ґрунтовка 10 л", 412.5]]
    assert grouped(rows) == [("Ґрунтовка 10 л", ("Ґрунтовки",))]


def test_a_number_in_json_is_the_article_where_it_counts_nothing():
    goods = b'[{"nr": "01-001", "name": "Mauerwerk", "preis": 28.5}, {"nr": "01-002", "name": "Estrich", "preis": 19}]'
    counted = b'[{"nr": 1, "name": "Mauerwerk", "preis": 28.5}, {"nr": 2, "name": "Estrich", "preis": 19}]'
    assert [[row.sku for row in offers(content)] for content in (goods, counted)] == [
        ["01-001", "01-002"],
        [None, None],
    ]


@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize("title", ["Наименование", "Bezeichnung", "Nazwa"])
def test_numbers_are_sizes_where_the_goods_column_has_nothing_else(title, numbered):
    goods = [["Клапан обратный"], *([f"{size}", "шт", 40 + size] for size in (15, 20, 25, 32))]
    goods += [["Клапан балансировочный"], *([size, "шт", 90 + size] for size in (15, 20, 25, 32))]
    rows = [[title, "Ед.", "Цена, руб."], *goods]
    if numbered:
        rows = [["№ п/п", *rows[0]], *([number, *row] for number, row in enumerate(rows[1:], 1))]

    found = offers(xlsx(rows))
    assert len(found) == 8
    assert {row.name for row in found} >= {"Клапан обратный 15", "Клапан балансировочный 32"}


def test_a_running_number_under_the_goods_title_names_none():
    rows = [["Наименование", "Размер", "Цена, руб."], *([n, f"{n * 10}х{n}", 100 + n] for n in range(1, 9))]
    assert "1" not in {row.name for row in offers(xlsx(rows))}


@pytest.mark.parametrize(
    ("title", "values"),
    [("Material", ("Zink", "Kupfer")), ("Материал", ("латунь", "сталь")), ("Malzeme", ("pirinç", "çelik"))],
)
def test_goods_of_one_name_and_size_are_told_apart_by_what_they_are_made_of(title, values):
    sizes = [(name, size, value) for name in ("Rohr", "Bogen", "Muffe") for size in (80, 100) for value in values]
    rows = [["Bezeichnung", "Nenngröße", title, "Preis, €"]]
    rows += [[name, size, value, 10 + at] for at, (name, size, value) in enumerate(sizes)]

    assert len({row.name for row in offers(xlsx(rows))}) == len(sizes)


@pytest.mark.parametrize("note", ["Все цены в BYN с НДС", "Цены указаны в белорусских рублях"])
def test_roubles_are_those_that_the_list_speaks_of(note):
    rows = [[note], ["Наименование", "Цена, руб./м²"], ["Зеркало 4 мм", 54], ["Зеркало 6 мм", 82]]
    assert {row.currency for row in offers(xlsx(rows))} == {"BYN"}


@pytest.mark.parametrize("remark", ["цена по запросу", "уточняйте у менеджера", "on request"])
def test_a_blank_price_is_no_fault_where_a_remark_says_why(remark):
    rows = [["Наименование", "Цена, руб.", "Примечание"], ["Люк 600", 900, ""], ["Люк 700", "", remark]]
    first, second = offers(xlsx(rows))
    assert (first.price, second.price, second.issues) == (900, None, ())


def test_fractions_are_sorts_of_both_faces():
    rows = [
        ["Фанера берёзовая 1525х1525, цена за лист, руб."],
        ["Толщина", "Листов в пачке", "Сорт"],
        [None, None, "2/2 шл", "2/3 шл", "4/4 нш"],
        ["4 мм", 100, 950, 860, 590],
        ["6 мм", 65, 1240, 1135, 795],
        ["9 мм", 45, 1745, 1550, 1110],
        [],
        ["Фанера хвойная 2440х1220, цена за лист, руб."],
        ["Толщина", "Листов в пачке", "2/3", "3/4"],
        ["9 мм", 45, 2185, 1905],
        ["12 мм", 33, 2715, 2390],
        ["15 мм", 26, 3320, 2925],
    ]
    found = {row.name: row.price for row in offers(xlsx(rows, merges=["A2:A3", "B2:B3", "C2:E2"]))}
    assert len(found) == 15
    assert found["Фанера берёзовая 1525х1525 6 мм 2/3 шл"] == 1135
    assert found["Фанера хвойная 2440х1220 12 мм 3/4"] == 2390
