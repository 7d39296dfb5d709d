"""Crossed tables: a price for each size, finish or grade of each row is an offer; thresholds and places are prices."""

import io

import pytest

from quarry.pricelists import Report, scan
from tests.unit.pricelists.files import offers, xlsx


def told(rows, merges=()):
    return [(row.name, str(row.price)) for row in offers(xlsx(rows, merges=list(merges)))]


def test_sizes_by_cores_are_cables_of_the_title():
    rows = [
        ["ТД «Проводник»  +7 000 000-00-00"],
        ["Кабель КГН-Т"],
        ["Цена за метр, руб. с НДС. Бухта 50 м, отрез от 10 м"],
        [],
        ["Сечение, мм2", "Число жил", "", ""],
        ["", "2 ж", "3 ж", "4 ж"],
        ["1,5", 51, 70, 92],
        ["2,5", 80, 111, "×"],
    ]
    assert told(rows, ["A5:A6", "B5:D5"]) == [
        ("Кабель КГН-Т 1,5 2 ж", "51"), ("Кабель КГН-Т 1,5 3 ж", "70"), ("Кабель КГН-Т 1,5 4 ж", "92"),
        ("Кабель КГН-Т 2,5 2 ж", "80"), ("Кабель КГН-Т 2,5 3 ж", "111"),
    ]  # fmt: skip


def test_one_column_under_a_title_of_cores_is_a_crossed_table_too():
    rows = [["Провод ПГ"], ["Цена за метр, руб."], ["Сечение, мм2", "Число жил"], ["", "1 ж"], [1, 15], ["1,5", 22]]
    assert told(rows, ["A3:A4"]) == [("Провод ПГ 1 1 ж", "15"), ("Провод ПГ 1,5 1 ж", "22")]


def test_heights_by_widths_are_read_though_all_is_numbers():
    rows = [["Рольставни РС-9"], ["Розница, руб. с НДС"], ["Высота, мм \\ Ширина, мм", 700, 900], [1100, 5100, 6200],
            [1400, 6100, "—"], [1700, 7100, 8800]]  # fmt: skip
    assert told(rows) == [
        ("Рольставни РС-9 1100 мм 700", "5100"), ("Рольставни РС-9 1100 мм 900", "6200"),
        ("Рольставни РС-9 1400 мм 700", "6100"), ("Рольставни РС-9 1700 мм 700", "7100"),
        ("Рольставни РС-9 1700 мм 900", "8800"),
    ]  # fmt: skip


def test_heights_and_widths_have_titles_in_two_rows():
    rows = [["Шторы «Полоса»"], ["", "Ширина, см", ""], ["Высота, см", 40, 60], [90, 910, 1060], [120, 1020, 1190]]
    assert told(rows, ["B2:C2"]) == [
        ("Шторы «Полоса» 90 см 40 см", "910"), ("Шторы «Полоса» 90 см 60 см", "1060"),
        ("Шторы «Полоса» 120 см 40 см", "1020"), ("Шторы «Полоса» 120 см 60 см", "1190"),
    ]  # fmt: skip


@pytest.mark.parametrize(("beside", "price"), [("стенка", "руб/м"), ("м/уп", "руб"), ("шт. в уп.", "цена")])
def test_prices_beside_something_else_of_each_size_are_those_of_the_size(beside, price):
    rows = [
        ["Труба ППР-К"],
        ["Цены с НДС"],
        ["Наружный диаметр, мм", "SDR 11", "", "SDR 7,4", ""],
        ["", beside, price, beside, price],
        [20, "1,9", 41, "2,8", 52],
        [25, "2,3", 60, "3,5", 77],
        [32, "2,9", 95, "4,4", "дог."],
    ]
    assert told(rows, ["A3:A4", "B3:C3", "D3:E3"]) == [
        ("Труба ППР-К 20 мм SDR 11", "41"), ("Труба ППР-К 20 мм SDR 7,4", "52"),
        ("Труба ППР-К 25 мм SDR 11", "60"), ("Труба ППР-К 25 мм SDR 7,4", "77"),
        ("Труба ППР-К 32 мм SDR 11", "95"),
    ]  # fmt: skip


def test_three_rows_of_titles_are_steel_and_surface():
    rows = [
        ["Сорта-\nмент", "Тех. х-ка", "Отпускная стоимость, р./м", "", "", ""],
        ["", "", "AISI 201", "", "AISI 316", ""],
        ["", "", "мат", "зеркало", "мат", "зеркало"],
        ["Труба круглая", "18х1", 180, 210, 420, 460],
        ["Труба круглая", "25х1", 250, 290, 560, "—"],
        ["Уголок", "20х20х2", 330, "", "", ""],
    ]
    found = told(rows, ["A1:A3", "B1:B3", "C1:F1", "C2:D2", "E2:F2"])
    assert found[:2] == [("Труба круглая 18х1 AISI 201 мат", "180"), ("Труба круглая 18х1 AISI 201 зеркало", "210")]
    assert found[4:] == [
        ("Труба круглая 25х1 AISI 201 мат", "250"), ("Труба круглая 25х1 AISI 201 зеркало", "290"),
        ("Труба круглая 25х1 AISI 316 мат", "560"), ("Уголок 20х20х2 AISI 201 мат", "330"),
    ]  # fmt: skip


def test_a_title_above_grades_names_what_they_are_of():
    rows = [
        ["Бетон тяжёлый", "", "Подвижность", "Цена без доставки", ""],
        ["Класс", "Марка", "", "щебень", "гравий"],
        ["В15", "М200", "П3", 5100, 4900],
        ["В20", "М250", "П3", 5400, 5200],
        ["В25", "М350", "П4", 5900, ""],
    ]
    assert told(rows, ["A1:B1", "C1:C2", "D1:E1"])[::2] == [
        ("Бетон тяжёлый В15 М200 П3 щебень", "5100"),
        ("Бетон тяжёлый В20 М250 П3 щебень", "5400"),
        ("Бетон тяжёлый В25 М350 П4 щебень", "5900"),
    ]


def test_cans_are_goods_and_the_shade_is_in_the_name():
    rows = [
        ["Preise in €, ab Lager"],
        ["Produkt", "Farbton", "Gebinde / Preis je Stück", ""],
        ["", "", "1 l", "2,5 l"],
        ["Lack Muster", "weiß", 14.2, 29.9],
        ["Lack Muster", "grau", "", 31.5],
        ["Lasur Beispiel", "farblos", 9.9, "a. Anfr."],
    ]
    assert told(rows, ["A2:A3", "B2:B3", "C2:D2"]) == [
        ("Lack Muster weiß 1 l", "14.2"), ("Lack Muster weiß 2,5 l", "29.9"), ("Lack Muster grau 2,5 l", "31.5"),
        ("Lasur Beispiel farblos 1 l", "9.9"),
    ]  # fmt: skip


def test_a_name_that_is_written_once_holds_for_the_rows_below():
    rows = [
        ["Наименование", "Сечение, мм", "Цена за 1 м³, руб.", ""],
        ["", "", "1 сорт", "2 сорт"],
        ["Брусок сухой", "30х40", 21000, 17000],
        ["", "40х40", 21500, 17400],
        ["Рейка", "20х30", 19000, 15000],
    ]
    assert [name for name, _ in told(rows, ["C1:D1"])] == [
        "Брусок сухой 30х40 1 сорт", "Брусок сухой 30х40 2 сорт", "Брусок сухой 40х40 1 сорт",
        "Брусок сухой 40х40 2 сорт", "Рейка 20х30 1 сорт", "Рейка 20х30 2 сорт",
    ]  # fmt: skip


def test_wide_titles_without_merged_cells_reach_to_the_next():
    rows = offers(
        "Марка;Цена за км, тыс. руб., при числе жил;;\n;2;3;4\nКВН 1,5;41,2;58,3;77,1\nКВН 2,5;64,8;93,1;123,4\n"
    )
    assert [(row.name, int(row.price)) for row in rows][:3] == [
        ("КВН 1,5 2", 41200), ("КВН 1,5 3", 58300), ("КВН 1,5 4", 77100),
    ]  # fmt: skip


def test_finishes_beside_sizes_are_read_whatever_a_title_of_prices_says():
    rows = [["Отливы"], ["руб. за п.м, сталь 0,5 мм"], ["Ширина отлива, мм", "Оцинкованный", "Белый RAL 9003"],
            [120, 150, 190], [160, 190, 240], [210, 240, ""]]  # fmt: skip
    assert told(rows) == [
        ("Отливы 120 мм Оцинкованный", "150"), ("Отливы 120 мм Белый RAL 9003", "190"),
        ("Отливы 160 мм Оцинкованный", "190"), ("Отливы 160 мм Белый RAL 9003", "240"),
        ("Отливы 210 мм Оцинкованный", "240"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("titles", "merges"),
    [
        ([["Товар", "от 1 м3", "от 10 м3"]], []),
        ([["Товар", "Цена 1", "Цена 2"]], []),
        ([["Товар", "5 км", "10 км"]], []),
        ([["Товар", "Октябрь 2026", "Ноябрь 2026"]], []),
        ([["Товар", "Цена, руб.", ""], ["", "нал", "безнал"]], ["B1:C1"]),
        ([["Товар", "Цена, руб.", ""], ["", "Рыбинск", "Вологда"]], ["B1:C1"]),
        ([["Товар", "Цена, руб.", ""], ["", "зона 1", "зона 2"]], ["B1:C1"]),
        ([["Товар", "Цена, руб.", ""], ["", "за мешок", "за тонну"]], ["B1:C1"]),
        ([["Товар", "Цена, руб.", ""], ["", "с доставкой", "самовывоз"]], ["B1:C1"]),
    ],
)
def test_thresholds_payments_places_and_units_are_prices_of_one_offer(titles, merges):
    rows = [*titles, ["Песок", 900, 850], ["Щебень", 2100, 2000], ["Отсев", 700, 650]]
    assert sorted({row.name for row in offers(xlsx(rows, merges=merges))}) == ["Отсев", "Песок", "Щебень"]


def test_measures_beside_sizes_are_no_prices():
    rows = [
        ["Пенопласт, руб. за м3"],
        ["Марка", "Плотность, кг/м3", "Лист 1х1 м", "Лист 1х2 м"],
        ["ПП-10", 10, 2100, 2050],
        ["ПП-15", 15, 2900, 2850],
        ["ПП-25", 25, 4300, 4200],
    ]
    assert [price for _, price in told(rows)] == ["2100", "2050", "2900", "2850", "4300", "4200"]


def test_a_grade_between_the_name_and_its_sizes_is_in_the_name():
    rows = [
        ["Вид", "Сорт", "Сечение, мм", "Цена м3"],
        ["Брус", "AB", "100х150", 46500],
        ["Брус", "AB", "150х150", 45900],
        ["Доска", "A", "20х95", 34800],
        ["Доска", "A", "28х145", 35200],
    ]
    assert [set(name.split()) for name, _ in told(rows)][:2] == [{"Брус", "AB", "100х150"}, {"Брус", "AB", "150х150"}]


def test_of_bags_what_they_hold_is_in_the_name_not_how_many_are_on_a_pallet():
    rows = [
        ["Наименование продукции", "Тара", "", "Цена", ""],
        ["", "кг/меш", "меш/под", "за мешок", "за тонну"],
        ["ЦЕМ II 32,5", 50, 40, 378, 7560],
        ["ЦЕМ II 32,5", 25, 60, 197, 7880],
        ["ЦЕМ I 42,5", 50, 40, 415, 8300],
    ]
    assert told(rows, ["A1:A2", "B1:C1", "D1:E1"]) == [
        ("ЦЕМ II 32,5 50", "378"), ("ЦЕМ II 32,5 25", "197"), ("ЦЕМ I 42,5 50", "415"),
    ]  # fmt: skip


def test_tables_of_sizes_below_each_other_are_each_of_the_goods_above_them():
    rows = [
        ["Цены в рублях за штуку"],
        ["Ворота откатные"], ["Высота, мм \\ Ширина, мм", 3000, 4000], [1800, 41000, 52000], [2000, 49000, 61000],
        [],
        ["Ворота распашные"], ["Высота, мм \\ Ширина, мм", 2500, 3000], [1800, 31000, 42000], [2000, 39000, 51000],
    ]  # fmt: skip
    found = told(rows)
    assert len(found) == 8
    assert found[0] == ("Ворота откатные 1800 мм 3000", "41000")
    assert found[-1] == ("Ворота распашные 2000 мм 3000", "51000")


@pytest.mark.parametrize("gap", [[], [""]])
def test_tables_of_sizes_beside_each_other_are_each_of_the_goods_above_them(gap):
    rows = [
        ["Труба", "", "", *gap, "Уголок"],
        ["Стенка, мм", "20х20", "25х25", *gap, "Полка, мм", "25х25", "32х32"],
        ["1,5", 61, 78, *gap, "3", 110, 140],
        ["2,0", 79, 101, *gap, "4", 141, 182],
        ["3,0", 110, 140, *gap, "5", 170, 220],
    ]
    found = told(rows)
    assert len(found) == 12
    assert {name.split()[0] for name, _ in found[:6]} == {"Труба"}
    assert {name.split()[0] for name, _ in found[6:]} == {"Уголок"}
    assert found[-1][0].endswith("32х32")
    assert found[-1][1] == "220"


def test_of_prices_for_several_customers_in_each_finish_those_of_any_buyer_are_taken():
    rows = [
        ["Марка", "Опт, руб./м2", "", "Розница, руб./м2", ""],
        ["", "оцинк.", "полимер", "оцинк.", "полимер"],
        ["Профлист С-8", 400, 470, 440, 520],
        ["Профлист С-21", 420, 490, 460, 540],
    ]
    assert told(rows, ["B1:C1", "D1:E1"]) == [
        ("Профлист С-8 оцинк.", "440"), ("Профлист С-8 полимер", "520"),
        ("Профлист С-21 оцинк.", "460"), ("Профлист С-21 полимер", "540"),
    ]  # fmt: skip


@pytest.mark.parametrize("corner", ["", "Длина, мм", "L"])
def test_the_corner_above_lengths_may_be_blank_where_a_title_speaks_of_prices(corner):
    rows = [["Болты ДБ-9, цена за шт, руб. с НДС"], [corner, "М6", "М8"], ["16", "2,1", "3,9"], ["20", "2,3", "4,2"]]
    assert [(name.split()[0], name.split()[-1], price) for name, price in told(rows)] == [
        ("Болты", "М6", "2.1"), ("Болты", "М8", "3.9"), ("Болты", "М6", "2.3"), ("Болты", "М8", "4.2"),
    ]  # fmt: skip


def test_models_take_the_noun_of_the_title():
    rows = [
        ["Двери «Выдумка»"],
        ["Модель", "Размер", "Цвет / цена, руб.", ""],
        ["", "", "Дуб светлый", "Белый ясень"],
        ["В-1", "600х2000", 4900, 5300],
        ["В-2", "600х2000", 5900, 6300],
    ]
    assert told(rows, ["A2:A3", "B2:B3", "C2:D2"])[0] == ("Двери «Выдумка» В-1 600х2000 Дуб светлый", "4900")


@pytest.mark.parametrize("titles", [["Эконом", "Стандарт"], ["Сосна", "Ель"]])
def test_what_speaks_less_for_a_crossed_table_is_said_to_be_a_guess(titles):
    report = Report()
    rows = [["Вид отделки", *titles], ["Обшивка стен", 900, 850], ["Обшивка потолка", 700, 810], ["Пол", 800, 790]]
    list(scan(io.BytesIO(xlsx(rows)), "a.xlsx", report=report))
    assert "low_confidence" in {found.code for found in report.attention}


def test_of_two_months_without_a_word_of_prices_the_later_is_charged():
    rows = [["Товар", "Октябрь 2026", "Ноябрь 2026"], ["Песок", 800, 850], ["Щебень", 1900, 2000], ["Отсев", 600, 650]]
    assert [price for _, price in told(rows)] == ["850", "2000", "650"]


def test_who_sells_names_no_goods():
    rows = [
        ["Труба напорная ПЭ80"],
        ["Завод «Капля-Пласт», Тверь. Цены за 1 метр, руб. с НДС"],
        [],
        ["Наружный диаметр, мм", "SDR 17", "", "SDR 11", ""],
        ["", "стенка", "цена", "стенка", "цена"],
        [40, "2,4", 31, "3,7", 45],
        [63, "3,8", 72, "5,8", 110],
    ]
    assert told(rows, ["B4:C4", "D4:E4"])[0] == ("Труба напорная ПЭ80 40 мм SDR 17", "31")


@pytest.mark.parametrize(
    ("heads", "merges"),
    [
        ([["Наименование", "Опт", "", "Розница", ""], ["", "Цинк", "Полимер", "Цинк", "Полимер"]], ["B1:C1", "D1:E1"]),
        ([["Наименование", "Цинк", "", "Полимер", ""], ["", "Опт", "Розница", "Опт", "Розница"]], ["B1:C1", "D1:E1"]),
        ([["Наименование", "Цинк", "", "Полимер", ""], ["", "Опт", "Розница", "Опт", "Розница"]], []),
        ([["Наименование", "Сумрак", "", "Рассвет", ""], ["", "опт", "розн.", "опт", "розн."]], ["B1:C1", "D1:E1"]),
        ([["Ведро", "0,9 л", "", "2,7 л", ""], ["", "без НДС", "с НДС", "без НДС", "с НДС"]], ["B1:C1", "D1:E1"]),
    ],
)
def test_goods_of_each_finish_keep_the_prices_of_all_customers(heads, merges):
    by_customer = heads[0][1] == "Опт"
    rows = [[f"Кровля К{number}", *([40, 50, 45, 56] if by_customer else [40, 45, 50, 56])] for number in range(3)]
    found = offers(xlsx([*heads, *rows], merges=[*merges, *(["A1:A2"] if merges else [])]))
    assert [[int(price.price) for price in row.prices] for row in found] == [[40, 45], [50, 56]] * 3
    assert [int(row.price) for row in found] == [45, 56] * 3
    assert len({row.name for row in found}) == 6


def test_places_with_prices_for_two_customers_are_prices_of_one_offer():
    heads = [["Наименование", "Рязань", "", "Пенза", ""], ["", "опт", "розница", "опт", "розница"]]
    rows = [[f"Плита П-{number}", 40, 45, 50, 56] for number in range(3)]
    found = offers(xlsx([*heads, *rows], merges=["A1:A2", "B1:C1", "D1:E1"]))
    assert [len(row.prices) for row in found] == [4] * 3


def test_towns_below_a_title_of_prices_are_no_goods():
    rows = [
        ["Цена руб/т с НДС, от 05.10.2026"],
        ["", "Марка стали", "Длина, м", "Омск", "Тюмень"],
        *[[f"Швеллер {size}П", "Ст3", 12, 70000 + size, 71000 + size] for size in (10, 12, 14)],
    ]
    found = offers(xlsx(rows))
    assert [row.name.startswith(f"Швеллер {size}П") for row, size in zip(found, (10, 12, 14), strict=True)] == [
        True
    ] * 3
    assert [len(row.prices) for row in found] == [2] * 3


def test_a_crossed_table_below_another_one_may_have_other_columns():
    rows = [
        ["Брусок сухой"],
        ["Сечение, мм", "1 сорт", "2 сорт", "3 сорт"],
        ["30х40х3000", 900, 700, 500],
        ["40х50х3000", 890, 690, 480],
        [],
        ["Рейка строганая"],
        ["Сечение, мм", "Сорт А", "Сорт В"],
        ["20х40х3000", 1900, 1500],
        ["30х50х3000", 1880, 1450],
    ]
    assert told(rows)[-4:] == [
        ("Рейка строганая 20х40х3000 Сорт А", "1900"), ("Рейка строганая 20х40х3000 Сорт В", "1500"),
        ("Рейка строганая 30х50х3000 Сорт А", "1880"), ("Рейка строганая 30х50х3000 Сорт В", "1450"),
    ]  # fmt: skip


def test_each_of_two_wide_titles_is_of_its_columns():
    rows = [
        ["Кассета фасадная, цена за м2, руб."],
        ["Марка", "Толщина 0,7", "", "Толщина 1,0", ""],
        ["", "Цинк", "RAL", "Цинк", "RAL"],
        ["К-1", 400, 450, 480, 530],
        ["К-2", 410, 460, 490, 540],
    ]
    found = told(rows, ["B2:C2", "D2:E2", "A2:A3"])
    assert [price for _, price in found] == ["400", "450", "480", "530", "410", "460", "490", "540"]
    assert found[3][0].endswith("Толщина 1,0 RAL")


def test_of_what_goods_are_that_are_called_by_a_quality_the_heading_says():
    rows = [["Ціна за м², грн з ПДВ"], ["Профіль", "Цинк", "", "Матовий", ""], ["", "0,4", "0,5", "0,4", "0,5"]]
    rows += [["Профлист"], ["Т-12", 190, 215, 225, 250], ["Т-18", 196, 222, 231, 257]]
    rows += [["Черепиця"], ["Ельбрус", "-", "-", 244, 279], ["Карпати", "-", "-", 251, 286]]
    found = told(rows, ["A2:A3", "B2:C2", "D2:E2"])
    assert found[0] == ("Профлист Т-12 Цинк 0,4", "190")
    assert found[-1] == ("Черепиця Карпати Матовий 0,5", "286")


def test_a_crossed_table_of_other_cans_below_another_one_is_read_with_its_own_titles():
    rows = [["Краска фасадная"], ["Цвет", "0,7 кг", "2 кг", "8 кг", "15 кг"]]
    rows += [["белая", 210, 520, 1990, 3600], ["тёмно-зелёная", 230, 560, 2110, 3850], ["серая", 215, 525, 2010, 3650]]
    rows += [[], ["Лак мебельный"], ["Цвет", "1 кг", "2,5 кг", "20 кг"]]
    rows += [["орех", 320, 760, 5700], ["светло-жёлтый", 330, 780, 5850]]
    found = told(rows)
    assert ("Краска фасадная тёмно-зелёная 0,7 кг", "230") in found
    assert found[-6:-3] == [
        ("Лак мебельный орех 1 кг", "320"),
        ("Лак мебельный орех 2,5 кг", "760"),
        ("Лак мебельный орех 20 кг", "5700"),
    ]
    assert found[-1] == ("Лак мебельный светло-жёлтый 20 кг", "5850")


PARTS = [("Ока", "80х80", 9500, 3100, 990), ("Ока", "90х90", 11900, 3300, 990), ("Кама", "90х90", 17800, 3450, 1010),
         ("Кама", "100х100", 23500, 3700, 1010)]  # fmt: skip


def test_columns_of_goods_that_the_title_names_are_goods_of_their_own():
    rows = [["Розничные цены на раковины и комплектующие к ним, руб."], []]
    rows += [["Модель", "Размер, см", "Раковина", "Пьедестал", "Сифон"], ["Накладные раковины"], *PARTS]
    found = told(rows)
    assert found[:3] == [("Ока 80х80 Раковина", "9500"), ("Ока 80х80 Пьедестал", "3100"), ("Ока 80х80 Сифон", "990")]
    assert len(found) == 12


def test_prices_that_rise_together_are_of_one_of_the_goods_whatever_the_title_names():
    rows = [["Розничные цены на раковины, Раково и область, руб."], []]
    rows += [["Модель", "Размер, см", "Раково", "Пьедесталово", "Сифоново"], ["Накладные раковины"]]
    rows += [[model, size, price, round(price * 1.1), round(price * 0.9)] for model, size, price, *_ in PARTS]
    assert not any(name.endswith(("Пьедесталово", "Сифоново")) for name, _ in told(rows))
