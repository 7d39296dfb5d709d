"""Goods as cards: a name, and what is said of it in rows of its own."""

import pytest

from tests.unit.pricelists.files import offers, xlsx

GOODS = [("Цемент М500", "A-101", 450), ("Цемент М400", "A-102", 430), ("Клей плиточный", "A-103", 390)]


def brief(rows):
    return [(row.name, row.sku, row.price) for row in offers(xlsx(rows))]


def test_labels_in_the_texts_themselves():
    rows = [["Прайс-лист, руб."], []]
    for name, article, price in GOODS:
        rows += [[name], [f"Артикул: {article}"], [f"Цена: {price} руб."], []]
    assert brief(rows) == GOODS


def test_labels_in_a_column_of_their_own_without_blank_rows():
    rows = []
    for name, article, price in GOODS:
        rows += [[name], ["Артикул", article], ["Цена", price]]
    assert brief(rows) == GOODS


def test_names_with_a_label():
    rows = []
    for name, article, price in GOODS:
        rows += [["Наименование", name], ["Артикул", article], ["Ед. изм.", "мешок"], ["Цена, руб.", price], []]
    assert brief(rows) == GOODS
    assert {row.unit for row in offers(xlsx(rows))} == {"мешок"}


def test_texts_above_cards_are_their_groups_and_the_rows_keep_their_numbers():
    rows = [["СМЕСИ"]]
    for name, article, price in GOODS[:2]:
        rows += [[name], [f"Код: {article}"], [f"Цена {price} руб./меш"]]
    rows += [["КЛЕИ"], [GOODS[2][0]], [f"Код: {GOODS[2][1]}"], [f"Цена {GOODS[2][2]} руб./меш"]]
    found = offers(xlsx(rows))
    assert [(row.row, row.category, row.unit) for row in found] == [
        (2, ("СМЕСИ",), "меш"),
        (5, ("СМЕСИ",), "меш"),
        (9, ("КЛЕИ",), "меш"),
    ]


def test_a_few_labels_among_ordinary_rows_are_no_cards():
    rows = [["Наименование", "Цена, руб."]]
    rows += [[f"Цемент М{number}00", 400 + number] for number in range(1, 6)]
    rows += [["Доставка: бесплатно"], ["Цена: договорная"]]
    assert [row.name for row in offers(xlsx(rows))][:5] == [f"Цемент М{number}00" for number in range(1, 6)]


STANDS = [("Стойка «Лес» на 2 места", "СТ-1", 4500), ("Стойка «Луг»", "СТ-2", 5200), ("Полка", "ПЛ-1", 900),
          ("Полка на 3 секции", "ПЛ-2", 1200), ("Тумба", "ТБ-1", 7700)]  # fmt: skip


def in_rows(wide, *, apart):
    """Rows of ``wide`` cards, their labels in cells of their own where ``apart``."""
    rows = [["Каталог мебели, цены с НДС"], [], ["Стойки и полки"], []]
    for first in range(0, len(STANDS), wide):
        cards = STANDS[first : first + wide]
        for told in range(3):
            label = ("", "Артикул:", "Цена:")[told]
            values = [f"{card[2]} руб." if told == 2 else card[told] for card in cards]
            cells = [[label, value] if label else [value, ""] for value in values]
            rows.append([cell for pair in cells for cell in (pair if apart else [" ".join(pair).strip()])])
        rows.append([])
    return rows


def test_cards_stand_side_by_side():
    for wide in (2, 3):
        assert brief(in_rows(wide, apart=True)) == STANDS
        assert brief(in_rows(wide, apart=False)) == STANDS
    assert [row.row for row in offers(xlsx(in_rows(3, apart=True)))] == [5, 5, 5, 9, 9]


def test_tables_side_by_side_are_no_cards():
    rows = [["Наименование", "Цена, руб.", "Наименование", "Цена, руб."]]
    rows += [[f"Стойка {at}", 400 + at, f"Полка {at}", 90 + at] for at in range(1, 6)]
    assert len(offers(xlsx(rows))) == 10


@pytest.mark.parametrize("between", [": ", ";", "\t"])
def test_cards_of_a_text_file(between):
    """Commas within prices and names are no delimiters."""
    lines = ["Прайс магазина «Крепёж, метизы»", ""]
    for number, name in enumerate(["Дюбель фасадный, 10х100", "Дюбель фасадный, 10х120", "Анкер клиновой 12х100"], 1):
        said = {"Наименование": name, "Артикул": f"DF-{number}", "Цена": f"{number}2,50 руб.", "Ед. изм.": "шт"}
        lines += [*(f"{label}{between}{value}" for label, value in said.items()), ""]
    found = offers("\n".join(lines).encode(), name="прайс.csv")
    assert [(row.row, row.name, row.sku, str(row.price), row.unit) for row in found] == [
        (3, "Дюбель фасадный, 10х100", "DF-1", "12.50", "шт"),
        (8, "Дюбель фасадный, 10х120", "DF-2", "22.50", "шт"),
        (13, "Анкер клиновой 12х100", "DF-3", "32.50", "шт"),
    ]
