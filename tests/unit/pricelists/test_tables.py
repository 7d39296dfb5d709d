"""Tables whose shape says what is sold: strips side by side, sizes, dates, thousands, what distinguishes goods."""

import json
from decimal import Decimal

import pytest

from quarry.pricelists.dates import dated
from quarry.pricelists.headers import price_header, role_of
from tests.unit.pricelists.files import offers, read, xlsx


def told(rows, **formats):
    """Each offer's innermost group, name and price."""
    return [(row.category[-1:], row.name, row.price) for row in offers(xlsx(rows, **formats))]


def priced(rows, **formats):
    return [(row.name, row.price) for row in offers(xlsx(rows, **formats))]


def test_each_of_two_tables_side_by_side_has_the_title_above_it():
    rows = [
        ["Шланг поливочный", "", "Шланг напорный", ""],
        ["Диаметр", "Цена, руб/м", "Диаметр", "Цена, руб/м"],
        ["1/2", 45, "25 мм", 120],
        ["3/4", 62, "32 мм", 155],
    ]
    assert told({"Шланги": rows, "Контакты": [["Адрес", "г. Тверь"]]}) == [
        (("Шланг поливочный",), "Шланг поливочный 1/2", 45),
        (("Шланг напорный",), "Шланг напорный 25 мм", 120),
        (("Шланг поливочный",), "Шланг поливочный 3/4", 62),
        (("Шланг напорный",), "Шланг напорный 32 мм", 155),
    ]


def test_the_title_over_sizes_may_be_their_groups_name_in_tables_side_by_side():
    head = ["Пруток латунный", "Длина, м", "до 100 кг", "от 100 кг"]
    rows = [
        ["База «Юг»", "", "", "", "", "Цены в руб/кг"],
        [*head, "", "Лента медная", *head[1:]],
        [5, "3", 820, 790, "", "0,5х20", "50", 1150, 1120],
        [8, "3", 810, 780, "", "0,8х20", "50", 1140, 1110],
        [14, "3", 800, 770, "", "1,0х20", "50", 1130, 1100],
    ]
    found = told(rows)
    assert found[:2] == [
        (("Пруток латунный",), "Пруток латунный 5", 820),
        (("Лента медная",), "Лента медная 0,5х20", 1150),
    ]
    assert len(found) == 6


def test_strips_flow_on_in_the_columns_beside_them_with_headers_in_rows_of_their_own():
    head = ["Марка", "Номер", "Цена, руб/т"]
    rows = [
        ["Цены в рублях с НДС"],
        ["Балка", "", "", "", "Круг", "", ""],
        [*head, "", *head],
        ["Ст3", "12", 71000, "", "40Х", "20", 83000],
        ["", "14", 70500, "", "", "22", 82500],
        ["09Г2С", "16", 75000, "", "Квадрат"],
        ["", "18", 74500, "", *head],
        ["", "20", 74000, "", "Ст20", "10", 79000],
    ]
    assert told(rows) == [
        (("Балка",), "Балка Ст3 12", 71000),
        (("Балка",), "Балка Ст3 14", 70500),
        (("Балка",), "Балка 09Г2С 16", 75000),
        (("Балка",), "Балка 09Г2С 18", 74500),
        (("Балка",), "Балка 09Г2С 20", 74000),
        (("Круг",), "Круг 40Х 20", 83000),
        (("Круг",), "Круг 40Х 22", 82500),
        (("Квадрат",), "Квадрат Ст20 10", 79000),
    ]
    assert {row.vat for row in offers(xlsx(rows))} == {"included"}


def test_the_title_above_a_table_of_sizes_names_its_goods_within_the_sheet():
    sheet = [["Шайба плоская оцинкованная"], ["Размер", "Цена за кг, руб."], ["М6", 190], ["М8", 185]]
    assert told({"DIN 125": sheet, "DIN 127": [["Шайба гровер"], *sheet[1:]]}) == [
        (("Шайба плоская оцинкованная",), "Шайба плоская оцинкованная М6", 190),
        (("Шайба плоская оцинкованная",), "Шайба плоская оцинкованная М8", 185),
        (("Шайба гровер",), "Шайба гровер М6", 190),
        (("Шайба гровер",), "Шайба гровер М8", 185),
    ]


def test_sizes_by_grades_need_no_word_for_a_price():
    rows = [
        ["Плита ДСП 2440х1830"],
        ["Толщина, мм", "Сорт 1", "Сорт 2"],
        [10, 1390, 1190],
        [16, 1890, 1590],
        [22, 2490, 2090],
    ]
    assert priced(rows)[:2] == [("Плита ДСП 2440х1830 10 мм Сорт 1", 1390), ("Плита ДСП 2440х1830 10 мм Сорт 2", 1190)]


def test_a_heading_of_measures_alone_still_names_its_sizes():
    rows = [["Марка", "Толщина, мм", "Цена, руб"], ["Лист х/к"], ["08пс", 1, 78000], ["08кп", 2, 77000]]
    assert priced(rows) == [("Лист х/к 08пс 1 мм", 78000), ("Лист х/к 08кп 2 мм", 77000)]


def test_a_column_under_an_unknown_title_joins_names_that_it_distinguishes():
    rows = [
        ["Наименование", "Отводов", "Цена, руб"],
        *([f"Гребёнка {kind}", outlets, 900 + outlets] for kind in ("латунь", "сталь") for outlets in (2, 3, 4)),
    ]
    assert priced(rows)[:2] == [("Гребёнка латунь 2 отводов", 902), ("Гребёнка латунь 3 отводов", 903)]


def test_two_goods_of_one_name_among_many_are_called_with_their_sizes():
    rows = [
        ["Наименование", "Толщина, мм", "Цена, руб"],
        ["Оргстекло прозрачное", 3, 1500],
        ["Оргстекло прозрачное", 5, 2400],
        ["Оргстекло молочное", 3, 1600],
        ["Оргстекло дымчатое", 4, 1900],
    ]
    assert [name for name, _ in priced(rows)] == [
        "Оргстекло прозрачное 3 мм", "Оргстекло прозрачное 5 мм", "Оргстекло молочное 3 мм", "Оргстекло дымчатое 4 мм",
    ]  # fmt: skip


def test_a_group_with_a_code_as_long_as_articles_is_no_goods():
    rows = [
        ["Код", "Номенклатура", "Ед.", "Цена"],
        ["0000100", "Замки навесные"],
        ["0000101", "Замок ВС-1", "шт", 310],
        ["0000200", "Замки врезные"],
        ["0000201", "Замок ЗВ-4", "шт", 890],
    ]
    assert [(group, name) for group, name, _ in told(rows)] == [
        (("Замки навесные",), "Замок ВС-1"),
        (("Замки врезные",), "Замок ЗВ-4"),
    ]


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        (["Цена с 01.03.2026", "Цена с 01.04.2026"], 2),
        (["Цена март", "Цена апрель"], 2),
        (["Цена апрель 2026", "Цена декабрь 2025"], 1),
        (["Ціна лютий", "Ціна січень"], 1),
        (["Цена 2025", "Цена 2026 г."], 2),
    ],
)
def test_of_prices_of_several_dates_the_latest_are_offered(labels, wanted):
    rows = [["Наименование", *labels], ["Щебень 5-20", 1, 2], ["Песок", 1, 2], ["Отсев", 1, 2]]
    (first, *_) = offers(xlsx(rows))
    assert (first.name, first.price, first.prices) == ("Щебень 5-20", wanted, ())


def test_a_date_is_told_from_a_size():
    assert dated("2020")[1] == dated("от 10 шт")[1] == dated("Цена")[1]
    assert dated("Цена на 5.11.26")[1] == (2026, 11, 5)
    assert dated("Прайс 11.2026")[1] == (2026, 11, 0)


@pytest.mark.parametrize(
    ("rows", "price"),
    [
        ([["Наименование", "Цена, тыс. руб."], ["Ангар 12х24", 1480.5]], "1480500"),
        ([["Цены в тыс. рублей"], ["Наименование", "Цена"], ["Ангар 12х24", 1480.5]], "1480500"),
        ([["Наименование", "Цена, млн сум"], ["Ангар 12х24", 2]], "2000000"),
        ([["Наименование", "Цена, тыс. руб."], ["Ангар 12х24", "1,5 млн"]], "1500000"),
        ([["Наименование", "Опт от 50 тыс. руб."], ["Ангар 12х24", 1480]], "1480"),
    ],
)
def test_prices_in_thousands_are_said_by_the_title_or_a_note(rows, price):
    assert [row.price for row in offers(xlsx(rows))] == [Decimal(price)]


def test_a_note_below_the_table_says_which_money_it_is():
    rows = [["Наименование", "Цена, у.е."], ["Насос", 12], ["Фильтр", 5], [], ["1 у.е. = 1 евро по курсу ЦБ"]]
    assert [row.currency for row in offers(xlsx(rows))] == ["EUR", "EUR"]
    text = "\n".join(";".join(map(str, row)) for row in rows)
    assert [row.currency for row in offers(text)] == ["EUR", "EUR"]


def test_an_amount_in_the_terms_below_is_not_the_money_of_the_prices():
    rows = [["Наименование", "Цена"], ["Насос", 12], ["Фильтр", 5], ["Стоимость доставки 20 USD за место"]]
    assert {row.currency for row in offers(xlsx(rows))} == {"RUB"}


def test_finishes_that_few_goods_are_made_in_are_goods_too():
    rows = [
        ["Продукция", "Матовый", "Глянец", "Шагрень"],
        ["Отлив", 210, 230, 260],
        ["Конёк", 320, 340, ""],
        ["Ендова", 410, 450, ""],
    ]
    found = [(row.name, row.price) for row in offers(xlsx(rows))]
    assert found[:4] == [("Отлив Матовый", 210), ("Отлив Глянец", 230), ("Отлив Шагрень", 260), ("Конёк Матовый", 320)]


@pytest.mark.parametrize(
    ("titles", "names"),
    [
        (["Цена, руб. сосна", "Цена, руб. лиственница"], ["Вагонка сосна", "Вагонка лиственница"]),
        (["Ocynk", "Poliester mat"], ["Вагонка Ocynk", "Вагонка Poliester mat"]),
        (["Стены, руб/м2", "Потолок, руб/м2"], ["Вагонка Стены", "Вагонка Потолок"]),
        (["Розница, белый", "Опт, белый"], ["Вагонка"]),
        (["Казань", "Самара"], ["Вагонка"]),
    ],
)
def test_materials_and_finishes_are_goods_and_places_and_customers_are_prices(titles, names):
    rows = [["Наименование", *titles], ["Вагонка", 100, 120], ["Доска", 200, 230], ["Брус", 300, 350]]
    assert [row.name for row in offers(xlsx(rows)) if row.name.startswith("Вагонка")] == names


def test_a_title_that_says_price_over_columns_that_say_it_too_is_no_matrix():
    rows = [
        ["Характеристики и цены"],
        ["Наименование", "Размер, мм", "м3 в уп.", "Цена за м3", "Цена за уп."],
        ["Вата Л-1", "1000х600х50", 0.3, 3000, 900],
        ["Вата Л-2", "1000х600х100", 0.6, 3100, 1860],
    ]
    assert [[listed.price for listed in row.prices] for row in offers(xlsx(rows))] == [[3000, 900], [3100, 1860]]


def test_titles_of_a_list_are_no_part_of_its_header():
    rows = [
        ["Прейскурант цен ТОО «Выдумка»"],
        ["Валюта цен: KZT"],
        ["Код", "Номенклатура", "Ед.", "Цена"],
        ["А-1", "Лампа", "шт", 690],
    ]
    assert [(row.sku, row.price, row.currency) for row in offers(xlsx(rows))] == [("А-1", 690, "KZT")]


def test_three_digits_behind_a_comma_are_thousands_of_money_without_cents():
    assert [row.price for row in offers("Наименование;Цена (UZS)\nЛента;14,500\nСкотч;38.000\n")] == [14500, 38000]


@pytest.mark.parametrize("title", ["Модель", "Artikel"])
def test_codes_beside_the_goods_are_their_articles(title):
    rows = [["Наименование", title, "Цена, €"], ["Насос малый", "NS-08", 31], ["Насос большой", "NS-12", 39.5]]
    assert [(row.name, row.sku) for row in offers(xlsx(rows))] == [("Насос малый", "NS-08"), ("Насос большой", "NS-12")]


def test_codes_before_the_goods_are_articles_where_nothing_has_a_title():
    rows = [["10-1", "Лента бутиловая", "рул", 485], ["10-2", "Лента армированная", "рул", 690],
            ["10-3", "Лента монтажная", "рул", 120]]  # fmt: skip
    assert [row.sku for row in offers(xlsx(rows))] == ["10-1", "10-2", "10-3"]


def test_a_field_of_a_named_object_is_no_group():
    goods = [{"name": "Дриль", "article": "D6", "price_without_vat": 100, "price_with_vat": 120}]
    document = [{"category_name": "Інструмент", "children": [{"category_name": "Дрилі", "prods": goods}]}]
    (row,) = [item for item in read(json.dumps(document)) if hasattr(item, "category")]
    assert (row.category, row.price, row.vat) == (("Інструмент", "Дрилі"), 120, "included")


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("Benennung", "name"), ("Listenpreis", "price"), ("Bestell-Nr.", "sku"), ("Maßeinheit", "unit"),
        ("Warengruppe", "category"), ("Gebinde", "pack"), ("Währung", "currency"), ("Anmerkungen", "description"),
        ("Rodzaj robót", "name"), ("Jednostka", "unit"), ("Cena jedn. netto", "price"), ("Waluta", "currency"),
        ("Numer katalogowy", "sku"), ("Grubość", "size"), ("Producent", "brand"), ("Ilość w opak.", "pack"),
        ("Malın cinsi", "name"), ("Ölçü birimi", "unit"), ("Birim fiyatı", "price"), ("Para birimi", "currency"),
        ("Stok kodu", "sku"), ("Ürün grubu", "category"), ("Kalınlık", "size"), ("Üretici", "brand"),
        ("Тауар атауы", "name"), ("Өлшем бірлігі", "unit"), ("Бағасы, теңге", "price"), ("Қалдық", "stock"),
        ("Найменне", "name"), ("Адзінка", "unit"), ("Кошт", "price"), ("Катэгорыя", "category"),
        ("Перелік робіт", "name"), ("Вартість, грн", "price"), ("Фасування", "pack"), ("Примітка", "description"),
        ("Item #", "sku"), ("Unit rate", "price"), ("Самовывоз, руб/м3", "price"), ("м3 в уп.", "pack"),
    ],
)  # fmt: skip
def test_titles_are_known_in_the_languages_of_the_neighbours(label, role):
    assert role_of(label) == role


def test_a_key_says_the_tax_with_low_lines():
    assert (price_header("price_with_vat").vat, price_header("price_without_vat").vat) == ("included", "excluded")


def test_a_table_whose_titles_are_of_colours_is_not_passed_over_for_the_next_one():
    rows = [
        ["Ограждения кровельные"],
        ["Наименование", "Ед.", "Белый", "RAL 3005", "Под медь"],
        ["Секция 3 м", "шт", 2900, 2950, 3700],
        ["Мостик 1,2 м", "шт", 1900, 1940, 2500],
        [],
        ["Крепёж для них"],
        ["Наименование", "Ед.", "Цена, руб."],
        ["Кронштейн", "шт", 310],
        ["Винт с прокладкой", "шт", 9],
    ]
    found = [(name, price) for _, name, price in told(rows)]
    assert found[:3] == [("Секция 3 м Белый", 2900), ("Секция 3 м RAL 3005", 2950), ("Секция 3 м Под медь", 3700)]
    assert found[6:] == [("Кронштейн", 310), ("Винт с прокладкой", 9)]


def test_ranges_of_amounts_are_titles_of_prices():
    rows = [
        ["Вид изделия", "1-49 шт", "50-199 шт", "от 200 шт"],
        ["Лоток водоотводный", 95, 89, 84],
        ["Решётка к лотку", 140, 130, 120],
        ["Заглушка лотка", 30, 25, 20],
    ]
    assert [listed.price for listed in offers(xlsx(rows))[0].prices] == [95, 89, 84]


@pytest.mark.parametrize("letters", ["AB", "IV"])
def test_a_group_may_have_a_letter_before_it(letters):
    rows = [["Item", "Description", "Unit", "Rate (AED)"]]
    for letter, group in zip(letters, ["EARTHWORKS", "CONCRETE"], strict=True):
        rows += [[letter, group], [f"{letter}1", f"{group.title()} by hand", "m3", 18]]
        rows.append([f"{letter}2", f"{group.title()} by machine", "m3", 20])
    assert [group for group, *_ in told(rows)] == [("EARTHWORKS",)] * 2 + [("CONCRETE",)] * 2


def test_packages_tell_goods_of_one_name_apart():
    rows = [["Наименование", "Фасовка", "Цена"], ["Смазка Л", "0,4 кг", 190], ["Смазка Л", "1 кг", 420],
            ["Смазка Т", "1 кг", 510], ["Солидол", "2 кг", 610]]  # fmt: skip
    assert [name for name, _ in priced(rows)] == ["Смазка Л 0,4 кг", "Смазка Л 1 кг", "Смазка Т 1 кг", "Солидол 2 кг"]


def test_commas_within_quoted_titles_do_not_make_the_delimiter():
    rows = [
        '"Прайс кабель"',
        '"Марка, сечение";"Намотка, м";"Наличие, м";"Цена за км, руб."',
        '"3х1,5";"100";"5";"58900"',
        '"3х2,5";"100";"6";"93200"',
    ]
    assert [row.price for row in offers("\n".join(rows))] == [58900, 93200]


@pytest.mark.parametrize("said", ["Грунты Итог", "Разом", "Razem netto", "Zwischensumme", "Genel toplam", "Барлығы"])
def test_a_total_is_no_goods(said):
    rows = [["Группа", "Товар", "Цена", "Остаток"], ["Грунты", "Грунт 5 л", 300, 2], ["Грунты", "Грунт 10 л", 500, 1],
            [said, "", "", 3]]  # fmt: skip
    assert [name for name, _ in priced(rows)] == ["Грунт 5 л", "Грунт 10 л"]
