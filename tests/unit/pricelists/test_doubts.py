"""A reading that may be wrong says so: what it has no use for, what it calls goods, which prices it could not read."""

import io

import pytest

from quarry import pricelists
from quarry.domain.reading import LayoutCorrection, Role
from quarry.pricelists import ReadOptions, Report
from tests.unit.pricelists.files import xlsx

TITLES = ["Наименование", "Ед.", "Цена, руб."]


def said(rows, layouts=None) -> dict[str, tuple[int, str]]:
    """How often each code, and the message."""
    report = Report()
    found = pricelists.scan(io.BytesIO(xlsx(rows)), "прайс.xlsx", ReadOptions(layouts=layouts or {}), report)
    for _ in found:
        pass
    return {one.code: (one.count, one.message) for one in report.attention}


def fingerprint(rows) -> str:
    report = Report()
    list(pricelists.scan(io.BytesIO(xlsx(rows)), "прайс.xlsx", ReadOptions(), report))
    return report.sheets[0].fingerprint


def test_a_list_that_is_read_well_has_no_attention():
    assert (
        said([TITLES, ["Кисть плоская", "шт", 90], ["Валик велюровый", "шт", 210], ["Лоток малярный", "шт", 60]]) == {}
    )


@pytest.mark.parametrize("title", ["Барнаул+", "Колонка три", "Zzqx"])
def test_amounts_under_a_title_that_is_not_known_are_named(title):
    rows = [[*TITLES, title], ["Кисть", "шт", 90, 71.5], ["Валик", "шт", 210, 95], ["Лоток", "шт", 60, 58.2]]
    count, message = said(rows)["amounts_unused"]
    assert count == 1
    assert f"«{title}»" in message


@pytest.mark.parametrize(
    "title", ["Мощность, кВт", "Вес, кг", "Кол-во на паллете", "Номер чертежа", "Скидка, %", "Напор"]
)
def test_what_is_measured_or_counted_is_no_amount_without_a_use(title):
    rows = [[*TITLES, title], ["Насос А", "шт", 900, 71], ["Насос Б", "шт", 2100, 95], ["Насос В", "шт", 600, 58]]
    assert "amounts_unused" not in said(rows)


def test_amounts_beside_a_table_that_no_title_reaches_are_named_by_their_column():
    rows = [TITLES, ["Кисть", "шт", 90, "", 71], ["Валик", "шт", 210, "", 95], ["Лоток", "шт", 60]]
    assert "«E»" in said(rows)["amounts_unused"][1]


def test_a_person_who_said_what_columns_hold_is_not_asked_again():
    rows = [[*TITLES, "Zzqx"], ["Кисть", "шт", 90, 71], ["Валик", "шт", 210, 95], ["Лоток", "шт", 60, 58]]
    known_as = fingerprint(rows)
    correction = LayoutCorrection(fingerprint=known_as, roles={"A": Role.NAME})
    assert "amounts_unused" not in said(rows, {known_as: correction})


def test_goods_that_are_called_by_sizes_alone_are_counted():
    rows = [["Размер", "Цена, руб."], ["20х20", 90], ["40х20", 210], ["60х40", 60]]
    count, message = said(rows)["names_unclear"]
    assert (count, "3 of the first 3 goods" in message) == (3, True)


def test_goods_of_one_name_and_different_prices_are_counted_and_the_first_is_named():
    rows = [TITLES, ["Дверь ДГ", "шт", 4900], ["Дверь ДГ", "шт", 5600], ["Дверь ДГ", "шт", 6100], ["Ручка", "шт", 300]]
    count, message = said(rows)["names_alike"]
    assert count == 3
    assert "«Дверь ДГ» in row 2" in message


def test_an_article_says_that_goods_of_one_name_differ_and_not_how():
    rows = [["Артикул", *TITLES], ["Д1", "Дверь", "шт", 4900], ["Д2", "Дверь", "шт", 5600], ["Д3", "Дверь", "шт", 6100]]
    assert said(rows)["names_alike"][0] == 3


def test_goods_that_units_distinguish_may_have_one_name():
    rows = [TITLES, ["Дверь", "шт", 4900], ["Дверь", "уп", 9100], ["Дверь", "компл", 5600]]
    assert "names_alike" not in said(rows)


def test_prices_that_are_words_are_counted_and_those_on_request_are_not():
    goods = [[f"Кисть {number}", "шт", number] for number in range(10, 40)]
    assert said([TITLES, *goods, ["Валик", "шт", "по запросу"]]) == {}
    assert said([TITLES, *goods, ["Валик", "шт", "см. лист 2"]])["prices_unreadable"][0] == 1


def test_goods_without_a_price_are_counted_where_they_are_many():
    priced = [[f"Кисть номер {number}", "шт", number] for number in range(10, 20)]
    bare = [[f"Валик номер {number}", "шт", ""] for number in range(4)]
    assert said([TITLES, *priced, *bare])["prices_missing"][0] == 4
    assert "prices_missing" not in said([TITLES, *priced, *bare[:2]])


def test_a_reading_is_never_surer_than_sure():
    rows = [
        ["Болты", "", "Гайки", ""],
        ["Товар", "Цена, руб.", "Товар", "Цена, руб."],
        ["М6", 3, "М8", 4],
        ["М8", 5, "М10", 6],
    ]
    report = Report()
    list(pricelists.scan(io.BytesIO(xlsx(rows)), "прайс.xlsx", ReadOptions(), report))
    assert report.sheets[0].confidence == 1
