"""Sizes below headings, qualities that tell goods apart, grades of plywood, roubles that a note names."""

import io

import pytest

from quarry.errors import BadPriceList
from quarry.pricelists import Report, scan
from tests.unit.pricelists.files import offers, xls, xlsx


def told(data, filename="list.xlsx"):
    return [(row.name, str(row.price)) for row in offers(data, name=filename)]


# Sizes alone under the goods' title, the goods in headings of the same column.

_NUMBERED = [
    ["№ п/п", "Артикул", "Наименование", "Ед. изм.", "Розница", "Дилер"],
    [1, "", "ПНД", "", "", ""],
    [2, "", "Муфта прижимная", "", "", ""],
    [3, "71-004", "20", "шт", 31.5, 25],
    [4, "71-005", "25", "шт", 38, 30],
    [5, "", "Кран шаровой прижимной", "", "", ""],
    [6, "72-001", "20", "шт", 210, 180],
    [7, "72-002", "32", "шт", 260, 220],
]
_COUPLINGS = [
    ("Муфта прижимная 20", "31.5"),
    ("Муфта прижимная 25", "38"),
    ("Кран шаровой прижимной 20", "210"),
    ("Кран шаровой прижимной 32", "260"),
]


def test_sizes_below_numbered_headings_are_called_by_them():
    assert told(xlsx(_NUMBERED)) == _COUPLINGS
    assert told(xls(_NUMBERED), "list.xls") == _COUPLINGS


def test_sizes_below_bare_headings_are_called_by_them():
    rows = [["Цена, грн", "Найменування", "Од."], ["", "Труба гладка", ""], [40, 16, "м"], [52, 20, "м"],
            ["", "Заглушка труби", ""], [9, 16, "шт"], [11, 20, "шт"]]  # fmt: skip
    assert told(xlsx(rows)) == [("Труба гладка 16", "40"), ("Труба гладка 20", "52"),
                                ("Заглушка труби 16", "9"), ("Заглушка труби 20", "11")]  # fmt: skip


def test_sizes_below_headings_in_english_as_text():
    lines = ["Item no.;Description;Unit;Price EUR", ";Copper elbow 90;;", "CE15;15;pc;1.20", "CE22;22;pc;2.35",
             ";Copper tee;;", "CT15;15;pc;1.80", "CT22;22;pc;3.10"]  # fmt: skip
    assert told("\n".join(lines).encode(), "list.csv") == [
        ("Copper elbow 90 15", "1.20"), ("Copper elbow 90 22", "2.35"),
        ("Copper tee 15", "1.80"), ("Copper tee 22", "3.10"),
    ]  # fmt: skip


def test_numbers_without_headings_name_no_goods():
    rows = [["Артикул", "Наименование", "Цена"], ["a-1", 20, 5], ["a-2", 25, 6], ["a-3", 32, 8]]
    with pytest.raises(BadPriceList):
        list(scan(io.BytesIO(xlsx(rows)), "list.xlsx"))


# A quality that alone tells goods of one name and size apart.


def test_a_material_beside_a_size_is_in_the_name():
    rows = [["Art.-Nr.", "Bezeichnung", "Nenngröße", "Material", "VPE", "ME", "Preis €"]]
    rows += [[f"77{size}{metal[0]}", name, size, metal, 5, "Stk", cost + len(metal)]
             for name, cost in (("Standrohr", 30), ("Laubfang", 10), ("Rohrbogen", 8))
             for size in (80, 100) for metal in ("Zink", "Kupfer")]  # fmt: skip
    names = [name for name, _ in told(xlsx(rows))]
    assert names[:3] == ["Standrohr 80 Zink", "Standrohr 80 Kupfer", "Standrohr 100 Zink"]
    assert len({*names}) == len(names)


def test_a_material_before_the_size_is_in_the_name_in_russian():
    rows = [["Наименование", "Материал", "Диаметр, мм", "Цена, руб."]]
    rows += [[name, metal, size, cost + size // 10 + len(metal)]
             for name, cost in (("Хомут трубы", 90), ("Колено сливное", 300), ("Воронка", 250))
             for metal in ("оцинковка", "медь") for size in (80, 100)]  # fmt: skip
    names = [name for name, _ in told(xlsx(rows))]
    assert len({*names}) == len(names)
    assert all(("медь" in name) or ("оцинковка" in name) for name in names)


def test_a_material_in_english_as_text():
    lines = ["Product,Size,Material,Price GBP"]
    lines += [f"{name},{size},{metal},{cost + len(metal)}.50" for name, cost in (("Hinge", 3), ("Hasp", 5), ("Bolt", 4))
              for size in ("75mm", "100mm") for metal in ("brass", "stainless steel")]  # fmt: skip
    names = [name for name, _ in told("\n".join(lines).encode(), "list.csv")]
    assert names[:2] == ["Hinge 75mm brass", "Hinge 75mm stainless steel"]
    assert len({*names}) == len(names)


# Thicknesses by grades of both faces, an amount of a package between them.


def test_grades_of_faces_are_titles_of_prices():
    rows = [["Фанера ФКМ 1500х1500, цена за лист, руб."], ["Толщина", "Листов в пачке", "Сорт", ""],
            ["", "", "1/2", "3/3 ш1"],
            ["4 мм", 90, 800, 640], ["6 мм", 70, 1100, 900], ["9 мм", 50, 1500, 1270]]  # fmt: skip
    found = told(xlsx(rows, merges=["A2:A3", "B2:B3", "C2:D2"]))
    assert found[:2] == [("Фанера ФКМ 1500х1500 4 мм 1/2", "800"), ("Фанера ФКМ 1500х1500 4 мм 3/3 ш1", "640")]
    assert len(found) == 6


def test_a_second_table_of_other_grades_has_its_own():
    rows = [["Фанера ФК, цена за лист, руб."], ["Толщина", "Листов в пачке", "2/2", "4/4"], ["4 мм", 90, 800, 640],
            ["6 мм", 70, 1100, 900], ["9 мм", 50, 1500, 1270], [], ["Фанера ФОФ, цена за лист, руб."],
            ["Толщина", "Листов в пачке", "1/1", "2/3"], ["12 мм", 33, 3100, 2800], ["15 мм", 26, 3700, 3300],
            ["18 мм", 22, 4300, 3900]]  # fmt: skip
    found = told(xlsx(rows))
    assert found[6:8] == [("Фанера ФОФ 12 мм 1/1", "3100"), ("Фанера ФОФ 12 мм 2/3", "2800")]
    assert len(found) == 12


def test_grades_of_faces_in_polish_beside_an_amount():
    rows = [["Sklejka brzozowa, cena zł/ark."], ["Grubość, mm", "Arkuszy w paczce", "Klasa", ""],
            ["", "", "2/2", "3/4"], [4, 90, 80, 64], [6, 70, 110, 90], [9, 50, 150, 127]]  # fmt: skip
    report = Report()
    found = [item.read() for item in scan(
        io.BytesIO(xlsx(rows, merges=["C2:D2"])), "list.xlsx", report=report) if hasattr(item, "read")]  # fmt: skip
    right = [str(row.price) for row in found] == ["80", "64", "110", "90", "150", "127"]
    assert (right and "2/2" in found[0].name) or report.attention


# Roubles in a title, where a note says once whose they are.


@pytest.mark.parametrize("note", ["Все цены в BYN с НДС", "Цены указаны в бел. руб.", "Кошты ў BYN"])
def test_roubles_are_those_that_a_note_names(note):
    rows = [[note], ["Наименование", "Цена, руб./м²"], ["Стекло М4", 30], ["Зеркало", 54]]
    assert [row.currency for row in offers(xlsx(rows))] == ["BYN", "BYN"]


def test_roubles_of_russia_stay_so_beside_a_note_of_others():
    rows = [["Цены в BYN"], ["Наименование", "Цена, рос. руб."], ["Стекло М4", 900], ["Зеркало", 1600]]
    assert [row.currency for row in offers(xlsx(rows))] == ["RUB", "RUB"]


def test_a_blank_price_that_a_remark_explains_has_no_warning():
    rows = [["Товар", "Цена, руб.", "Примечание"], ["Зеркало А", 20, ""], ["Зеркало Б", "", "цена по запросу"],
            ["Зеркало В", "", "хит"]]  # fmt: skip
    found = {row.name: [issue.code for issue in row.issues] for row in offers(xlsx(rows))}
    assert found == {"Зеркало А": [], "Зеркало Б": [], "Зеркало В": ["no_price"]}


# Adjectives alone, the noun in the heading; types that look like units.


def test_adjectives_are_called_by_the_heading_that_has_a_noun():
    rows = [["Наименование", "Ед.", "Цена, руб."], ["Шпаклёвка"], ["Гипсовая 30 кг", "меш", 390],
            ["Цементная фасадная 25 кг", "меш", 280], ["Плиты потолочные"], ["Акустические"],
            ["Белая 600х600", "шт", 190], ["Чёрная 600х600", "шт", 210]]  # fmt: skip
    assert told(xlsx(rows)) == [
        ("Шпаклёвка Гипсовая 30 кг", "390"), ("Шпаклёвка Цементная фасадная 25 кг", "280"),
        ("Плиты потолочные Акустические Белая 600х600", "190"), ("Плиты потолочные Акустические Чёрная 600х600", "210"),
    ]  # fmt: skip


def test_nouns_stay_as_they_are_below_a_heading():
    rows = [["Наименование", "Ед.", "Цена, руб."], ["Разное"], ["Анкерный болт 10", "шт", 28], ["Крепление", "шт", 9],
            ["Свая", "шт", 2800], ["Лист алюминий", "шт", 900], ["Виниловые обои", "рул", 1100]]  # fmt: skip
    assert [name for name, _ in told(xlsx(rows))] == ["Анкерный болт 10", "Крепление", "Свая", "Лист алюминий",
                                                      "Виниловые обои"]  # fmt: skip


@pytest.mark.parametrize("kind", ["M-1", "М-2", "L-3"])
def test_types_that_begin_as_a_unit_does_are_goods(kind):
    rows = [["Модель", "Мощность, Вт", "Цена, €"], [f"{kind}0", 500, 45], [f"{kind}5", 750, 77]]
    assert told(xlsx({"Makko": rows, "Контакты": [["тел. 000"]]})) == [
        (f"Makko {kind}0", "45"),
        (f"Makko {kind}5", "77"),
    ]


def test_polish_prices_are_for_the_unit_that_their_title_names():
    rows = [["Nazwa towaru", "Grubość", "Opak. m2", "Cena netto za m2", "Cena brutto za m2"],
            ["Styropian EPS 70", "5 cm", 6, 10, 12.3], ["Styropian EPS 70", "10 cm", 3, 20, 24.6],
            ["Styropian EPS 100", "10 cm", 3, 26, 31.98]]  # fmt: skip
    report = Report()
    found = [item.read() for item in scan(io.BytesIO(xlsx(rows)), "list.xlsx", report=report) if hasattr(item, "read")]
    assert [(row.unit, str(row.price)) for row in found] == [("м²", "12.3"), ("м²", "24.6"), ("м²", "31.98")]
    assert "amounts_unused" not in {one.code for one in report.attention}
