"""What speaks for a reading where no title says it: what is beside a cell, above it, or alike."""

import json
from decimal import Decimal

import pytest

from tests.unit.pricelists.files import brief, offers, xls, xlsx


def test_a_price_that_stands_once_for_a_collection_is_that_of_each_of_its_goods():
    rows = offers(
        "Коллекция;Артикул;Товар;Цена руб/рулон\n"
        "Ирис;10-1;Обои Ирис фон;700\n;10-2;Обои Ирис узор;\n;10-3;Обои Ирис кайма;\n"
        "Клевер;20-1;Обои Клевер фон;910\n;20-2;Обои Клевер узор;\n"
    )

    assert [(row.sku, str(row.price), row.category) for row in rows] == [
        ("10-1", "700", ("Ирис",)),
        ("10-2", "700", ("Ирис",)),
        ("10-3", "700", ("Ирис",)),
        ("20-1", "910", ("Клевер",)),
        ("20-2", "910", ("Клевер",)),
    ]


def test_goods_without_a_price_stay_without_it_where_their_group_is_named_in_each_row():
    rows = offers(
        "Группа;Артикул;Товар;Цена\nЗамки;1;Замок А;500\nЗамки;2;Замок Б;\nРучки;3;Ручка;90\nРучки;4;Кнопка;\n"
    )

    assert [row.price for row in rows] == [Decimal(500), None, Decimal(90), None]


def test_amounts_that_rise_and_fall_with_the_price_are_prices():
    rows = offers(
        xlsx(
            [
                ["Марка раствора", "Осадка", "Цена за м³, руб.", "С зимней добавкой"],
                ["Раствор М100", 7, 4100, 4380],
                ["Раствор М150", 11, 4350, 4640],
                ["Раствор М200", 8, 4600, 4900],
            ]
        )
    )

    assert [[str(listed.price) for listed in row.prices] for row in rows] == [
        ["4100", "4380"],
        ["4350", "4640"],
        ["4600", "4900"],
    ]


def test_a_group_with_a_code_like_those_of_goods_lacks_what_goods_have():
    rows = offers(
        xls(
            [
                ["Код", "Номенклатура", "Хар-ка", "Остаток", "Цена"],
                ["000015", "Ручки"],
                ["000120", "Ручка-скоба 96", "хром", 40, 75],
                ["000121", "Ручка-скоба 96", "бронза", 12, 80],
                ["000016", "Крючки"],
                ["000130", "Крючок двойной", "хром", 90, 35],
                ["000131", "Крючок двойной", "бронза", 7, 38],
            ]
        )
    )

    assert [(row.name, row.category) for row in rows] == [
        ("Ручка-скоба 96 хром", ("Ручки",)),
        ("Ручка-скоба 96 бронза", ("Ручки",)),
        ("Крючок двойной хром", ("Крючки",)),
        ("Крючок двойной бронза", ("Крючки",)),
    ]


def test_a_heading_that_ends_in_an_abbreviation_with_figures_is_no_note():
    rows = offers(
        xlsx(
            [
                ["Арт.", "Наименование", "Цена за 100 шт, руб."],
                ["", "Винт с потайной головкой, оц."],
                ["965-4", "М4х12", 51],
                ["", "Штанга резьбовая DIN 976 2 м, сталь кл. 5.6."],
                ["976-8", "М8х2000", 9300],
            ]
        )
    )

    assert [row.category[-1] for row in rows] == [
        "Винт с потайной головкой, оц.",
        "Штанга резьбовая DIN 976 2 м, сталь кл. 5.6.",
    ]


@pytest.mark.parametrize(
    ("title", "labels"),
    [
        ("Regularised timber C16 – price per length (£ ex VAT)", ["Section (mm)", "2.4m", "3.0m"]),
        ("Rohre PP, Preis pro Stück in EUR", ["Baulänge", "DN 50", "DN 75"]),
        ("Винты потайные, цена за 1 шт., руб.", ["Длина, мм", "М5", "М6"]),
    ],
)
def test_sizes_beside_sizes_are_a_matrix_under_a_title_of_prices(title, labels):
    rows = offers(xlsx([[title], labels, ["40 x 90", 4.5, 5.6], ["40 x 140", 7.1, 8.9], ["40 x 190", 9.5, 12]]))

    assert len(rows) == 6
    assert all(any(label in row.name for label in labels[1:]) and "40 x" in row.name for row in rows)


def test_money_that_is_given_back_is_no_price():
    rows = offers("Наименование;Залог, руб.;1 сутки;от 3 суток\nОтбойник;9000;800;700\nГенератор;12000;950;850\n")

    assert [str(row.price) for row in rows] == ["800", "950"]
    assert [len(row.prices) for row in rows] == [2, 2]


@pytest.mark.parametrize(
    ("note", "currency"),
    [
        ("Кошты ў беларускіх рублях", "BYN"),
        ("ООО «Праздник», УНП 100200300", "BYN"),
        ("Тел. +375 17 200-00-00", "BYN"),
        ("Тел. +7 495 200-00-00", "RUB"),
    ],
)
def test_which_roubles_are_meant_says_who_sells(note, currency):
    rows = offers(xlsx([[note], ["Товар", "Цена"], ["Шпатель", "7 руб. 40 коп."], ["Правило", "21 руб. 05 коп."]]))

    assert [(str(row.price), row.currency) for row in rows] == [("7.40", currency), ("21.05", currency)]


def test_roubles_that_are_called_russian_are_so_in_belarus_too():
    (row,) = offers(xlsx([["УНП 100200300"], ["Товар", "Цена, росс. руб."], ["Шпатель", 70]]))

    assert row.currency == "RUB"


@pytest.mark.parametrize(
    ("note", "currency"),
    [
        ("Ціни вказані в у.о. (1 у.о. = 1 долар США за курсом НБУ)", "USD"),
        ("Цены в у.е., оплата в рублях по курсу", "XXX"),
    ],
)
def test_conventional_units_are_what_their_note_says(note, currency):
    rows = offers(xlsx([[note], ["Назва", "Ціна"], ["Котел", 410], ["Бак", 90]]))

    assert {row.currency for row in rows} == {currency}


def test_a_sheet_s_name_says_the_money_of_its_prices():
    content = xlsx({"Цены USD": [["Товар", "Цена"], ["Насос", 90]], "Рубероид": [["Товар", "Цена"], ["РКП", 400]]})

    assert [row.currency for row in offers(content)] == ["USD", "RUB"]


def test_a_german_list_whose_only_signs_are_euros_is_no_cyrillic_one():
    rows = offers("Artikel;Einheit;Preis\nGipsputz;Sack;7,95 €\nMörtel;Stück;1.049,00 €\n".encode("cp1252"))

    assert [(row.name, str(row.price), row.currency) for row in rows] == [
        ("Gipsputz", "7.95", "EUR"),
        ("Mörtel", "1049.00", "EUR"),
    ]


def test_the_money_beside_a_table_of_arrays_is_its_prices():
    (row, _) = offers(
        json.dumps(
            {"currency": "EUR", "columns": ["sku", "name", "price"], "rows": [["A1", "Pin", 2], ["A2", "Nut", 3]]}
        )
    )

    assert (row.price, row.currency) == (Decimal(2), "EUR")


def test_prices_by_amounts_within_an_object_are_prices_of_one_offer():
    rows = offers(
        json.dumps(
            [{"bezeichnung": "Dübel 6", "preise": [{"abMenge": 1, "preis": 0.09}, {"abMenge": 100, "preis": 0.07}]}]
        )
    )

    assert [[str(listed.price) for listed in row.prices] for row in rows] == [["0.09", "0.07"]]


def test_an_xml_document_of_a_shape_of_its_own_is_read_as_objects():
    rows = offers(
        '<?xml version="1.0" encoding="UTF-8"?><pricelist currency="RUB"><section name="Насосы">'
        '<item code="0010" name="Насос 10 м" price="2150" unit="шт"/><item code="0011" name="Насос 15 м" price="2290"/>'
        '</section><section name="Шланги"><item code="0019" name="Шланг &quot;Лето&quot;" price="1340"/></section>'
        "</pricelist>"
    )

    assert [(row.sku, row.name, str(row.price), row.currency, row.category) for row in rows] == [
        ("0010", "Насос 10 м", "2150", "RUB", ("Насосы",)),
        ("0011", "Насос 15 м", "2290", "RUB", ("Насосы",)),
        ("0019", 'Шланг "Лето"', "1340", "RUB", ("Шланги",)),
    ]


def test_elements_of_an_unknown_vocabulary_are_goods_by_what_is_in_them():
    rows = offers(
        "<Cennik><Waluta>PLN</Waluta><Towar><Kod>01</Kod><Nazwa>Pustak</Nazwa><Cena>9,85</Cena></Towar>"
        "<Towar><Kod>02</Kod><Nazwa>Cegła</Nazwa><Cena>3,10</Cena></Towar></Cennik>"
    )

    assert brief(rows) == [("Pustak", None, "9.85"), ("Cegła", None, "3.10")]
    assert {row.currency for row in rows} == {"PLN"}


def test_a_title_within_the_prices_width_is_of_goods_whatever_it_says():
    rows = offers(
        xlsx(
            [
                ["Форма", "Размер", "Цена за кв.м, руб.", "", ""],
                ["", "", "серая", "красная", "Color Mix"],
                ["Ромб", "200х100", 610, 750, 970],
                ["Соты", "160х140", 660, 810, 1010],
                ["Клевер", "250х250", 640, 800, ""],
            ],
            merges=["C1:E1"],
        )
    )

    assert [(row.name, str(row.price)) for row in rows] == [
        ("Ромб 200х100 серая", "610"),
        ("Ромб 200х100 красная", "750"),
        ("Ромб 200х100 Color Mix", "970"),
        ("Соты 160х140 серая", "660"),
        ("Соты 160х140 красная", "810"),
        ("Соты 160х140 Color Mix", "1010"),
        ("Клевер 250х250 серая", "640"),
        ("Клевер 250х250 красная", "800"),
    ]


def test_a_column_of_names_of_money_says_the_currency_of_each_row():
    rows = offers("Part No;Item;Price;Z\nP1;Valve;4.85;EUR\nP2;Gauge;11.40;USD\n")

    assert [(str(row.price), row.currency) for row in rows] == [("4.85", "EUR"), ("11.40", "USD")]


def test_packages_as_titles_are_prices_for_them():
    rows = offers(
        xlsx([["Наименование", "Навал", "Мешок 40 кг"], ["Известь", 900, 48], ["Гипс", 1200, 61], ["Мел", 700, 39]])
    )

    assert [[str(listed.price) for listed in row.prices] for row in rows] == [
        ["900", "48"],
        ["1200", "61"],
        ["700", "39"],
    ]


def test_an_uzbek_list_is_read():
    rows = offers(
        xlsx(
            [
                ["№", "Маҳсулот номи", "Ўлчов бир.", "Нархи, сўм"],
                [1, "Гипсокартон 12,5 мм", "дона", 68500],
                [2, "Фанера 12 мм", "дона", 285000],
            ]
        )
    )

    assert [(row.name, row.unit, str(row.price), row.currency) for row in rows] == [
        ("Гипсокартон 12,5 мм", "дона", "68500", "UZS"),
        ("Фанера 12 мм", "дона", "285000", "UZS"),
    ]


def test_pounds_alone_are_no_polish_letters():
    rows = offers(
        "Code;Product;1L;5L\nA;Matt White;£9.99;£29.00\nB;Satin;£14.75;£46.25\nC;Gloss;£13.99;£44.00\n".encode("cp1252")
    )

    assert {(str(row.price), row.currency) for row in rows} == {
        (price, "GBP") for price in ("9.99", "29.00", "14.75", "46.25", "13.99", "44.00")
    }


def test_what_goods_are_made_of_does_not_name_them():
    rows = offers("Код;Мийка;Матеріал;Ціна, грн\n1;Мийка Гранула 42;граніт;3290\n2;Мийка Імперіал 78;нерж.;1450\n")

    assert [row.name for row in rows] == ["Мийка Гранула 42", "Мийка Імперіал 78"]


def test_sizes_under_a_word_for_units_distinguish_goods():
    rows = offers(
        "Cinsi;Ölçü;Fiyat (TL/ton)\nNervürlü Demir;Ø8;27500\nNervürlü Demir;Ø12-32;27100\nBağ Teli;1,2 mm;36500\n"
    )

    assert [(row.name, row.unit) for row in rows] == [
        ("Nervürlü Demir Ø8", "т"),
        ("Nervürlü Demir Ø12-32", "т"),
        ("Bağ Teli 1,2 mm", "т"),
    ]


def test_tables_with_a_blank_column_between_them_may_call_their_goods_otherwise():
    rows = offers(
        xlsx(
            [
                ["Буры", "", "", "", "Коронки", "", ""],
                ["Размер", "Артикул", "Цена", "", "Диаметр", "Артикул", "Цена"],
                ["6х110", "BR-6", 92, "", "68", "KR-68", 690],
                ["8х160", "BR-8", 128, "", "82", "KR-82", 790],
                ["10х160", "BR-10", 164, "", "110", "KR-110", 990],
            ]
        )
    )

    assert [(row.name, row.sku) for row in rows[:2]] == [("Буры 6х110", "BR-6"), ("Коронки 68", "KR-68")]
    assert len(rows) == 6


def test_tables_under_wide_titles_are_tables_side_by_side_when_their_columns_are_called_the_same():
    rows = offers(
        xlsx(
            [
                ["Стенка 6 мм", "", "", "Стенка 9 мм", "", ""],
                ["Артикул", "Диаметр", "Цена, руб/м", "Артикул", "Диаметр", "Цена, руб/м"],
                ["6-18", "Трубка 18х6", 31, "9-18", "Трубка 18х9", 44],
                ["6-22", "Трубка 22х6", 35, "9-22", "Трубка 22х9", 49],
                ["6-28", "Трубка 28х6", 41, "9-28", "Трубка 28х9", 57],
            ],
            merges=["A1:C1", "D1:F1"],
        )
    )

    assert [(row.sku, row.name, str(row.price)) for row in rows[:2]] == [
        ("6-18", "Трубка 18х6", "31"),
        ("9-18", "Трубка 18х9", "44"),
    ]
    assert len(rows) == 6


def test_a_discounted_price_is_no_discount():
    (row, _) = offers("Kod;Açıklama;Liste Fiyatı, TL;İskontolu Fiyat, TL\n1;Sigorta;185;120\n2;Kablo;112;95\n")

    assert [str(listed.price) for listed in row.prices] == ["185", "120"]


def test_products_of_an_xml_document_that_is_no_market_s_are_read():
    rows = offers(
        "<products><product><sku>K1</sku><title>Линолеум</title><category>Полы</category>"
        '<price currency="KZT">4200</price></product><product><sku>K2</sku><title>Плинтус</title>'
        '<category>Полы</category><price currency="KZT">950</price></product></products>'
    )

    assert [(row.sku, row.name, str(row.price), row.currency, row.category) for row in rows] == [
        ("K1", "Линолеум", "4200", "KZT", ("Полы",)),
        ("K2", "Плинтус", "950", "KZT", ("Полы",)),
    ]


def test_labels_of_prices_in_capitals_tell_them_apart():
    (row,) = offers(
        json.dumps([{"Номенклатура": "Пушка", "Цены": [{"Вид": "Розница", "Цена": 9}, {"Вид": "Опт", "Цена": 8}]}])
    )

    assert [str(listed.price) for listed in row.prices] == ["9", "8"]
