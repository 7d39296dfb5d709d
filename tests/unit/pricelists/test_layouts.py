"""Price lists as suppliers draw them: each test is one supplier."""

from decimal import Decimal

from quarry.domain.rows import PriceKind, Vat
from tests.unit.pricelists.files import brief, issues, ods, offers, read, xls, xlsx


def test_metal_sold_by_the_tonne_and_by_the_metre_takes_the_unit_of_the_price_column():
    rows = offers(
        xlsx(
            [
                ["ООО «Металлбаза»"],
                ["Прайс-лист на 12.03.2025"],
                ["Сортамент", "Длина, м", "Цена за тонну, руб.", "Цена за метр, руб."],
                ["Арматура А500С"],
                ["12мм", 11.7, "52 300", "46,45"],
                ["14мм", 11.7, 51900, 62.8],
                ["Труба профильная"],
                ["40х20х2", 6, 68500, 118.2],
            ]
        )
    )

    assert brief(rows) == [
        ("Арматура А500С 12мм 11.7 м", "т", "52300"),
        ("Арматура А500С 14мм 11.7 м", "т", "51900"),
        ("Труба профильная 40х20х2 6 м", "т", "68500"),
    ]
    assert [listed.label for listed in rows[0].prices] == ["Цена за тонну, руб.", "Цена за метр, руб."]
    assert rows[0].prices[1].price == Decimal("46.45")


def test_the_row_s_own_unit_chooses_between_prices_for_two_units():
    rows = offers("Наименование;Ед. изм.;Цена за тонну;Цена за м\nШвеллер 10П;м;61000;560\nЛист г/к 4 мм;т;58000;\n")

    assert brief(rows) == [("Швеллер 10П", "м", "560"), ("Лист г/к 4 мм", "т", "58000")]


def test_timber_with_sizes_under_headings_takes_the_heading_into_the_name():
    rows = offers(
        xlsx(
            [
                ["Пиломатериалы хвойных пород"],
                ["Размер, мм", "Сорт", "Цена, руб/м3", "Цена за шт"],
                ["Доска обрезная"],
                ["25х100х6000", "1", "16 500", 248],
                ["25х150х6000", "1", "16 500", 371],
                ["Брус"],
                ["100х100х6000", "1-2", "17 000", 1020],
            ]
        )
    )

    assert [row.name for row in rows] == [
        "Доска обрезная 25х100х6000 1",
        "Доска обрезная 25х150х6000 1",
        "Брус 100х100х6000 1-2",
    ]
    assert [row.unit for row in rows] == ["м³", "м³", "м³"]
    assert rows[2].category == ("Брус",)


def test_two_tables_side_by_side_are_read_each_with_its_own_headings():
    rows = offers(
        xlsx(
            [
                ["Наименование", "Ед.", "Цена", "", "Наименование", "Ед.", "Цена"],
                ["Цемент", "", "", "", "Кирпич"],
                ["М400 Д20 50 кг", "меш", 380, "", "Кирпич рядовой М150", "шт", 14.5],
                ["М500 Д0 50 кг", "меш", 450, "", "Кирпич лицевой М175", "шт", 28],
                ["", "", "", "", "Кирпич печной", "шт", 33],
            ]
        )
    )

    assert brief(rows) == [
        ("Цемент М400 Д20 50 кг", "меш", "380"),
        ("Кирпич рядовой М150", "шт", "14.5"),
        ("Цемент М500 Д0 50 кг", "меш", "450"),
        ("Кирпич лицевой М175", "шт", "28"),
        ("Кирпич печной", "шт", "33"),
    ]
    assert [row.category for row in rows] == [("Цемент",), ("Кирпич",), ("Цемент",), ("Кирпич",), ("Кирпич",)]


def test_a_collection_merged_downwards_is_the_category_of_each_of_its_rows():
    rows = offers(
        xlsx(
            [
                ["Группа", "Наименование", "Формат", "Ед.", "Цена"],
                ["Атлас", "Плитка настенная белая", "20х30", "м2", 640],
                ["", "Плитка напольная серая", "33х33", "м2", 710],
                ["Вега", "Плитка настенная беж", "25х40", "м2", 820],
            ],
            merges=["A2:A3"],
        )
    )

    assert [row.category for row in rows] == [("Атлас",), ("Атлас",), ("Вега",)]
    assert [row.name for row in rows][1:] == ["Плитка напольная серая 33х33", "Плитка настенная беж 25х40"]


def test_one_name_for_several_sizes_is_told_apart_by_the_size():
    rows = offers(
        xlsx(
            [
                ["Товар", "Размер", "Цена, руб./шт."],
                ["Саморез по дереву", "3,5х25", 0.55],
                ["", "3,5х35", 0.7],
                ["", "3,5х45", "0,85"],
                ["Дюбель-гвоздь", "6х40", 1.2],
                ["", "6х60", 1.5],
            ],
            merges=["A2:A4"],
        )
    )

    assert [row.name for row in rows] == [
        "Саморез по дереву 3,5х25",
        "Саморез по дереву 3,5х35",
        "Саморез по дереву 3,5х45",
        "Дюбель-гвоздь 6х40",
        "Дюбель-гвоздь 6х60",
    ]
    assert rows[3].price == Decimal("1.2")


def test_an_accounting_export_with_groups_and_group_stocks_has_nested_categories():
    rows = offers(
        xlsx(
            {
                "TDSheet": [
                    ["Прайс-лист на 01.01.2025"],
                    [],
                    ["Номенклатура", "Артикул", "Ед.", "Розничная", "Остаток"],
                    ["", "", "", "Цена, руб.", ""],
                    ["Сухие смеси", "", "", "", 245],
                    ["Штукатурки", "", "", "", 120],
                    ["Штукатурка гипсовая Ротбанд 30 кг", "RB-30", "меш", 465, 120],
                    ["Шпатлёвки", "", "", "", 125],
                    ["Шпатлёвка финишная 20 кг", "SF-20", "меш", "390,00", 125],
                ]
            }
        )
    )

    assert brief(rows) == [
        ("Штукатурка гипсовая Ротбанд 30 кг", "меш", "465"),
        ("Шпатлёвка финишная 20 кг", "меш", "390.00"),
    ]
    assert rows[0].category == ("Сухие смеси", "Штукатурки")
    assert rows[1].category == ("Сухие смеси", "Шпатлёвки")
    assert rows[1].stock == Decimal(125)


def test_prices_by_quantity_keep_all_tiers_and_charge_the_first():
    rows = offers(
        xlsx(
            [
                ["Наименование", "Ед.", "Цена, руб.", "", ""],
                ["", "", "от 1 шт", "от 10 шт", "от 100 шт"],
                ["Кабель ВВГнг 3х2,5", "м", 98, 92.5, 88],
            ],
            merges=["C1:E1", "A1:A2", "B1:B2"],
        )
    )

    assert brief(rows) == [("Кабель ВВГнг 3х2,5", "м", "98")]
    assert [listed.label for listed in rows[0].prices] == [
        "Цена, руб. от 1 шт",
        "Цена, руб. от 10 шт",
        "Цена, руб. от 100 шт",
    ]


def test_a_two_row_header_tells_vat_under_one_price():
    rows = offers(
        xls(
            [
                ["Наименование", "Ед. изм.", "Цена за единицу, руб.", ""],
                ["", "", "без НДС", "с НДС"],
                ["Насос циркуляционный 25/40", "шт", 3500, 4200],
            ],
            merges=[(0, 0, 2, 3), (0, 1, 0, 0), (0, 1, 1, 1)],
        )
    )

    assert (rows[0].price, rows[0].vat) == (Decimal(4200), Vat.INCLUDED)
    assert [listed.vat for listed in rows[0].prices] == [Vat.EXCLUDED, Vat.INCLUDED]


def test_a_note_above_the_table_gives_currency_and_vat_to_all_rows():
    rows = offers(
        xlsx(
            [
                ["Цены указаны в евро без учёта НДС"],
                ["Артикул", "Наименование", "Цена"],
                [7724601304.0, "Смеситель для кухни", "12,50"],
                ["00123", "Сифон", "€ 3.20"],
            ]
        )
    )

    assert [(row.sku, row.price, row.currency, row.vat) for row in rows] == [
        ("7724601304", Decimal("12.50"), "EUR", Vat.EXCLUDED),
        ("00123", Decimal("3.20"), "EUR", Vat.EXCLUDED),
    ]


def test_the_currency_column_decides_row_by_row():
    rows = offers("Наименование;Цена;Вал.\nГерметик;12,5;EUR\nПена монтажная;310;руб.\nКлей;9;USD\n")

    assert [(row.price, row.currency) for row in rows] == [
        (Decimal("12.5"), "EUR"),
        (Decimal(310), "RUB"),
        (Decimal(9), "USD"),
    ]


def test_numbering_totals_contacts_and_notes_are_no_goods():
    rows = offers(
        xlsx(
            [
                ["№", "Наименование", "Ед.", "Цена", "Сумма"],
                [1, 2, 3, 4, 5],
                [1, "Щебень 5-20", "м3", 1900, ""],
                [2, "Песок мытый", "м3", 950, ""],
                ["", "Итого:", "", 2850, 2850],
                [],
                ["* доставка рассчитывается отдельно, цены действительны до конца месяца."],
                ["Тел. (495) 123-45-67, www.example.ru"],
            ]
        )
    )

    assert brief(rows) == [("Щебень 5-20", "м3", "1900"), ("Песок мытый", "м3", "950")]
    assert [row.row for row in rows] == [3, 4]


def test_nameless_columns_are_told_by_their_values():
    rows = offers(
        xlsx(
            [
                ["", "Наименование", "", "Цена"],
                ["A-101", "Профиль потолочный 60х27", "шт", 145],
                ["A-102", "Профиль направляющий 28х27", "шт", 118],
                ["A-103", "Подвес прямой", "шт", 9.5],
            ]
        )
    )

    assert [(row.sku, row.name, row.unit) for row in rows] == [
        ("A-101", "Профиль потолочный 60х27", "шт"),
        ("A-102", "Профиль направляющий 28х27", "шт"),
        ("A-103", "Подвес прямой", "шт"),
    ]


def test_a_header_over_two_columns_holds_the_article_and_the_name():
    rows = offers(
        xls(
            [
                ["", "Наименование товаров.", "", "Розн.", "Опт."],
                ["", "", "", "Цена", "Цена"],
                ["", "", "Клеи", "", ""],
                ["", "070891", "Клей плиточный 25кг", 17.23, 14.61],
                ["", "070892", "Клей усиленный 25кг", "Звоните!!!", "Звоните!!!"],
            ],
            merges=[(0, 0, 1, 2), (1, 1, 1, 2)],
        )
    )

    assert [(row.sku, row.name, row.category, row.price) for row in rows] == [
        ("070891", "Клей плиточный 25кг", ("Клеи",), Decimal("17.23")),
        ("070892", "Клей усиленный 25кг", ("Клеи",), None),
    ]
    assert [listed.kind for listed in rows[0].prices] == [PriceKind.RETAIL, PriceKind.WHOLESALE]
    assert rows[1].usable
    assert not rows[1].issues


def test_lookalike_letters_in_a_header_are_read():
    rows = offers("Hаимeнoвaниe;Eд. изм.;Цeнa\nКраска белая 10 л;шт;1 250,00 руб.\n")

    assert brief(rows) == [("Краска белая 10 л", "шт", "1250.00")]


def test_an_english_list_is_read_by_its_own_words():
    rows = offers("Item No,Description,Category,UoM,Unit Price (USD),Stock\nB-7,Facing brick,Bricks,pcs,0.35,12000\n")

    assert (rows[0].sku, rows[0].name, rows[0].category) == ("B-7", "Facing brick", ("Bricks",))
    assert (rows[0].unit, rows[0].price, rows[0].currency) == ("pcs", Decimal("0.35"), "USD")


def test_concrete_named_by_its_grade_takes_the_heading():
    rows = offers(
        xlsx(
            [
                ["Бетон товарный"],
                ["Марка", "Класс", "Цена за м3, руб"],
                ["Бетон на гравии"],
                ["М200", "В15", 4300],
                ["М300", "В22,5", 4700],
            ]
        )
    )

    assert [row.name for row in rows] == ["Бетон на гравии М200 В15", "Бетон на гравии М300 В22,5"]
    assert rows[0].unit == "м³"


def test_a_second_table_with_other_columns_is_read_by_its_own_header():
    rows = offers(
        xlsx(
            [
                ["Наименование", "Ед.", "Цена"],
                ["Цемент М500", "т", 9500],
                [],
                ["Доставка"],
                ["Код", "Вид техники", "Товар", "Стоимость, руб."],
                ["D1", "самосвал", "Рейс до 10 км", 4500],
            ]
        )
    )

    assert [(row.sku, row.name, row.price, row.category) for row in rows] == [
        (None, "Цемент М500", Decimal(9500), ()),
        ("D1", "Рейс до 10 км", Decimal(4500), ("Доставка",)),
    ]


def test_repeated_headers_open_sections_and_the_first_title_is_the_first_section():
    header = ["Наименование", "Ед.", "Цена"]
    rows = offers(
        xlsx(
            [
                ["Сухие смеси"],
                header,
                ["Кнауф"],
                ["Ротбанд 30 кг", "меш", 465],
                [],
                ["Лакокрасочные материалы"],
                header,
                ["Тиккурила"],
                ["Эмаль белая 2,7 л", "шт", 2100],
                ["Ярославские краски"],
                ["Эмаль ПФ-115 1,9 кг", "шт", 320],
            ]
        )
    )

    assert [row.category for row in rows] == [
        ("Сухие смеси", "Кнауф"),
        ("Лакокрасочные материалы", "Тиккурила"),
        ("Лакокрасочные материалы", "Ярославские краски"),
    ]


def test_sheets_are_categories_and_those_without_a_table_are_told():
    goods = [["Наименование", "Цена"], ["Радиатор 500х600", 2300]]
    content = xlsx(
        {
            "Меню": [["СОДЕРЖАНИЕ"], ["Радиаторы"], ["Котлы"]],
            "Радиаторы от 19.03.25": goods,
            "Котлы": [["Наименование", "Цена"], ["Котёл 24 кВт", 41000]],
            "Старое": goods,
        },
        hidden=["Старое"],
    )

    assert [row.category for row in offers(content)] == [("Радиаторы",), ("Котлы",)]
    assert [(issue.code, issue.sheet) for issue in issues(content)] == [
        ("sheet_skipped", "Меню"),
        ("sheet_hidden", "Старое"),
    ]


def test_numbered_headings_nest_by_their_numbers():
    rows = offers(
        xlsx(
            [
                ["Наименование", "Ед.", "Цена"],
                ["1. Кровля"],
                ["1.1 Черепица"],
                ["Черепица Финская", "м2", 520],
                ["1.2 Водостоки"],
                ["Жёлоб 3 м", "шт", 410],
                ["2. Фасад"],
                ["Сайдинг белый", "шт", 250],
            ]
        )
    )

    assert [row.category for row in rows] == [
        ("1. Кровля", "1.1 Черепица"),
        ("1. Кровля", "1.2 Водостоки"),
        ("2. Фасад",),
    ]


def test_an_open_document_sheet_is_read_like_the_others():
    rows = offers(
        ods(
            [
                ["Прайс"],
                ["Наименование", "Ед.", "Цена, руб"],
                ["Гвозди 100 мм", "кг", 95.5],
                ["Скобы", "уп", "по запросу"],
            ]
        )
    )

    assert brief(rows) == [("Гвозди 100 мм", "кг", "95.5"), ("Скобы", "уп", None)]


def test_a_row_without_a_name_fails_with_its_reason_and_stops_no_other():
    rows = offers(
        "Артикул;Наименование;Цена\nA1;;100\nA2;Уголок 50х50;-5\nA3;Уголок 40х40;дорого\nA4;Уголок 25х25;75\n"
    )

    assert [[(issue.code, issue.row, issue.column) for issue in row.issues] for row in rows] == [
        [("missing_name", 2, "Наименование")],
        [("negative_price", 3, "Цена")],
        [("invalid_price", 4, "Цена")],
        [],
    ]
    assert [row.usable for row in rows] == [False, False, False, True]


def test_zero_and_empty_prices_keep_the_goods_with_a_warning():
    rows = offers("Артикул;Наименование;Цена\nA1;Заглушка;0\nA2;Муфта;\nA3;Тройник;по запросу\n")

    assert [(row.price, row.usable, [issue.code for issue in row.issues]) for row in rows] == [
        (None, True, ["zero_price"]),
        (None, True, ["no_price"]),
        (None, True, []),
    ]


def test_the_preference_decides_which_price_column_is_the_price():
    content = "Наименование;Розн.;Опт.\nКлей;100;80\n"

    assert offers(content)[0].price == Decimal(100)
    preferred = offers(content, price_preference=(PriceKind.WHOLESALE, PriceKind.RETAIL))
    assert preferred[0].price == Decimal(80)


def test_a_formula_s_text_is_only_text():
    rows = offers('Наименование;Цена\n"=HYPERLINK(""http://x"";""y"")";10\n')

    assert rows[0].name == '=HYPERLINK("http://x";"y")'


def test_a_list_without_any_category_says_so_once_at_its_header():
    items = read("name,unit,price\nЦемент,кг,45.50\nПесок,м3,1200\n")

    warning = items[-1]
    assert (warning.code, warning.row, warning.severity) == ("missing_column", 1, "warning")
    assert len(items) == 3


def test_a_group_named_in_the_header_itself_is_the_category():
    rows = offers(
        xlsx(
            [
                ["Прайс-лист от 01.02.2025"],
                ["Трубы ПНД", "Ед.", "Цена, руб."],
                ["Труба ПЭ100 SDR17 32", "м", 41],
                ["Труба ПЭ100 SDR17 63", "м", 118],
                ["Фитинги компрессионные", "Ед.", "Цена, руб."],
                ["Муфта 32", "шт", 61],
                ["Отвод 63", "шт", 140],
            ]
        )
    )

    assert [(row.name, row.category) for row in rows] == [
        ("Труба ПЭ100 SDR17 32", ("Трубы ПНД",)),
        ("Труба ПЭ100 SDR17 63", ("Трубы ПНД",)),
        ("Муфта 32", ("Фитинги компрессионные",)),
        ("Отвод 63", ("Фитинги компрессионные",)),
    ]


def test_a_price_for_each_thickness_is_an_offer_of_each_thickness():
    rows = offers(
        xlsx(
            [
                ["Наименование", "Ед.", "Цена, руб. при толщине", "", ""],
                ["", "", "50 мм", "100 мм", "150 мм"],
                ["Плита ПСБ-С 25", "м2", 120, 240, ""],
                ["Плита ПСБ-С 35", "м2", "по запросу", 310, 465],
            ],
            merges=["C1:E1"],
        )
    )

    assert brief(rows) == [
        ("Плита ПСБ-С 25 50 мм", "м2", "120"),
        ("Плита ПСБ-С 25 100 мм", "м2", "240"),
        ("Плита ПСБ-С 35 100 мм", "м2", "310"),
        ("Плита ПСБ-С 35 150 мм", "м2", "465"),
    ]


def test_a_category_that_stands_once_holds_for_the_rows_below():
    rows = offers(
        "Категория;Наименование;Цена\nКирпич;Кирпич М150;14\n;Кирпич М125;12\n;Кирпич М100;11\n"
        "Блоки;Блок D500;95\n;Блок D400;90\n"
    )

    assert [row.category for row in rows] == [("Кирпич",)] * 3 + [("Блоки",)] * 2


def test_a_heading_written_into_every_column_is_a_heading():
    rows = offers("Наименование;Ед.;Цена\nКирпич;Кирпич;Кирпич\nКирпич М150;шт;14\n")

    assert [(row.name, row.category) for row in rows] == [("Кирпич М150", ("Кирпич",))]


def test_an_outline_of_rows_tells_which_group_a_group_is_in():
    rows = offers(
        xlsx(
            [
                ["Номенклатура", "Ед.", "Цена"],
                ["Краски"],
                ["Фасадные"],
                ["Краска фасадная 10 л", "шт", 2100],
                ["Инструмент"],
                ["Кисть плоская 50 мм", "шт", 95],
                ["Доставка по городу", "рейс", 1500],
            ],
            outline=[0, 0, 1, 2, 0, 1, 0],
        )
    )

    assert [row.category for row in rows] == [("Краски", "Фасадные"), ("Инструмент",), ()]


def test_texts_at_the_end_that_could_be_goods_are_told():
    items = read("Наименование;Цена\nЩебень;1900\nПесок карьерный\n")

    assert [(item.code, item.row, item.value) for item in items[1:]] == [
        ("empty_heading", 3, "Песок карьерный"),
        ("missing_column", 1, None),
    ]


def test_tiles_named_in_the_article_column_are_named_so_and_their_price_is_per_square_metre():
    rows = offers(
        xlsx(
            [
                ["Коллекция", "Артикул", "Размер", "Цена за м2", "Цена за шт", "м2 в кор."],
                ["АТЛАНТИКА"],
                ["", "Плитка AT-01 белая", "20х30", 640, 38.4, 1.5],
                ["", "Плитка AT-02 синяя", "20х30", 690, 41.4, 1.5],
            ]
        )
    )

    assert [(row.name, row.sku, row.unit, row.price) for row in rows] == [
        ("Плитка AT-01 белая 20х30", None, "м²", Decimal(640)),
        ("Плитка AT-02 синяя 20х30", None, "м²", Decimal(690)),
    ]
    assert (rows[0].package, rows[0].package_unit, rows[0].category) == (Decimal("1.5"), "м2", ("АТЛАНТИКА",))


def test_sizes_of_one_name_carry_the_units_of_their_headers():
    rows = offers(
        xlsx(
            [
                ["Наименование", "Толщина, мм", "Длина, м", "Цена с 01.03.2025"],
                ["Профлист С20", 0.5, 2, 800],
                ["Профлист С20", 0.7, 2, 950],
                ["Профлист С20", 0.7, 6, 2870],
            ]
        )
    )

    assert [row.name for row in rows] == [
        "Профлист С20 0.5 мм 2 м",
        "Профлист С20 0.7 мм 2 м",
        "Профлист С20 0.7 мм 6 м",
    ]


def test_of_two_currencies_the_own_one_is_charged():
    row = offers("Наименование;Цена, USD;Цена, руб.\nКотёл;900;68000\n")[0]

    assert (row.price, row.currency) == (Decimal(68000), "RUB")
    assert [(listed.price, listed.currency) for listed in row.prices] == [(900, "USD"), (68000, "RUB")]


def test_control_characters_never_reach_the_catalogue():
    assert offers('[{"name": "Клей\\u0000 белый\\u0007", "price": 5}]')[0].name == "Клей белый"


def test_goods_that_read_like_headers_are_goods():
    rows = offers(
        "Наименование;Категория;Ед. изм.;Цена\n"
        "Товар А;Группа 1;шт;по запросу\n"
        "Материал кровельный;Группа 2;шт;120\n"
        "Группа безопасности котла;Товары;шт;\n"
        "Артикул-держатель;Разделы;шт;цена по запросу\n"
    )

    assert [row.name for row in rows] == [
        "Товар А",
        "Материал кровельный",
        "Группа безопасности котла",
        "Артикул-держатель",
    ]


def test_a_header_word_may_be_broken_over_two_rows():
    rows = offers(xlsx([["Наименование", "Ед.", "Цена,"], ["товара", "изм.", "руб."], ["Цемент М500", "меш", 450]]))

    assert brief(rows) == [("Цемент М500", "меш", "450")]
    assert rows[0].row == 3


def test_goods_with_a_description_but_no_price_are_goods():
    rows = offers("name,price,description\nЦемент М500,,Мешки по 50 кг\nПесок,950,\n")

    assert [(row.name, row.price, row.category) for row in rows] == [("Цемент М500", None, ()), ("Песок", 950, ())]


def test_a_table_of_sizes_without_names_takes_all_of_them_into_the_name():
    sizes = ["Размер ячейки, мм", "Диаметр, мм", "Размер карты, м"]
    rows = offers(
        xlsx(
            [
                ["Сетка кладочная"],
                [*sizes, "Цена за карту, руб."],
                ["50х50", 3, "0,5х2", 95],
                ["Сетка рабица"],
                [*sizes, "Цена за рулон, руб."],
                ["50х50", 1.6, "1,5х10", 1450],
            ]
        )
    )

    assert brief(rows) == [
        ("Сетка кладочная 50х50 3 мм 0,5х2", None, "95"),
        ("Сетка рабица 50х50 1.6 мм 1,5х10", "рулон", "1450"),
    ]


def test_packages_tell_apart_what_has_one_name():
    rows = offers(
        xls(
            [
                ["Наименование", "Фасовка", "Цена, руб."],
                ["Краска ВД-АК 201 белая", "1 кг", 95],
                ["", "3 кг", 260],
                ["", "14 кг", 1100],
                ["Грунт", "10 л", 450],
            ],
            merges=[(1, 3, 0, 0)],
        )
    )

    assert [(row.name, row.package, row.package_unit) for row in rows] == [
        ("Краска ВД-АК 201 белая 1 кг", Decimal(1), "кг"),
        ("Краска ВД-АК 201 белая 3 кг", Decimal(3), "кг"),
        ("Краска ВД-АК 201 белая 14 кг", Decimal(14), "кг"),
        ("Грунт 10 л", Decimal(10), "л"),
    ]


def test_a_note_below_the_header_holds_for_the_rows_after_it_and_is_no_category():
    rows = offers(
        xlsx([["Наименование", "Цена"], ["Все цены указаны в долларах США, без НДС"], ["Котёл", 100], ["Бойлер", 200]])
    )

    assert [(row.currency, row.vat, row.category) for row in rows] == [("USD", Vat.EXCLUDED, ())] * 2


def test_a_price_that_stands_alone_fails_visibly():
    rows = offers("Наименование;Ед.;Цена\nЦемент;кг;9\n;;950\n")

    assert [(row.row, row.usable, [issue.code for issue in row.issues]) for row in rows] == [
        (2, True, []),
        (3, False, ["missing_name"]),
    ]


def test_a_size_without_a_name_never_takes_the_name_of_another_group():
    rows = offers("Наименование;Размер;Цена\nКрепёж\nСаморез;3х25;1\n;3х35;2\nДюбели\n;6х40;3\n;6х60;4\n")

    assert [row.name for row in rows] == ["Саморез 3х25", "Саморез 3х35", "Дюбели 6х40", "Дюбели 6х60"]


def test_a_sheet_s_name_stays_the_category_under_a_second_header():
    table = [["Наименование", "Цена"], ["Труба 32", 41], ["Фитинги", "Ед.", "Цена, руб."], ["Муфта 32", "шт", 61]]
    rows = offers(xlsx({"Трубы": table, "Котлы": [["Наименование", "Цена"], ["Котёл", 5]]}))

    assert [row.category for row in rows] == [("Трубы",), ("Трубы", "Фитинги"), ("Котлы",)]
