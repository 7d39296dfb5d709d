"""Formulas without saved values are worked out where they are plain arithmetic, and otherwise known as unsaved."""

from decimal import Decimal

import pytest

from quarry.pricelists.formulas import Formulas
from tests.unit.pricelists.files import issues, offers, xlsx


def worked_out(formula: str, **cells: float) -> Decimal | None:
    formulas = Formulas({(9, 9): formula})
    for row, column in formulas.wanted:
        name = f"{'ABCDEFGH'[column]}{row}"
        if name in cells:
            formulas.note(row, [*[""] * column, cells[name]])
    return formulas.value((9, 9))


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("D6*(1+$B$2)", "6300"),
        ("ROUND(D6*1.055,-1)", "5540"),
        ("ROUNDUP(D6/7, 2)", "750.00"),
        ("ROUNDDOWN(D6/1000,0)", "5"),
        ("-D6+2*(D6-250)", "4750"),
        ("D6*20%", "1050"),
        ("D6-D6*$B$2", "4200"),
        ("2^3+D6", "5258"),
        ("D6+H8", "5250"),
    ],
)
def test_arithmetic_is_worked_out(formula, value):
    assert worked_out(formula, D6=5250, B2=0.2) == Decimal(value)


@pytest.mark.parametrize(
    "formula",
    [
        "SUM(D6,B2)",
        "IF(D6>1,2,3)",
        "D6&B2",
        "Лист2!A1*2",
        "D6*",
        "(D6",
        "D6/0",
        "VLOOKUP(A1,B2,2)",
        '"12"',
        "2^99",
        ")",
        "",
    ],
)
def test_anything_else_is_not(formula):
    assert worked_out(formula, D6=5250, B2=0.2) is None


def test_formulas_may_be_made_of_one_another_and_not_of_themselves():
    formulas = Formulas({(1, 1): "A1*2", (1, 2): "B1+1", (2, 1): "C2", (2, 2): "B2"})
    formulas.note(1, [10])
    assert [formulas.value(place) for place in ((1, 1), (1, 2), (2, 1))] == [20, 21, None]


def test_a_text_in_a_cell_is_no_number():
    formulas = Formulas({(1, 1): "A1*2"})
    formulas.note(1, ["по запросу"])
    assert formulas.value((1, 1)) is None


def test_many_parentheses_end_in_no_value():
    assert worked_out("(" * 90 + "1" + ")" * 90) is None


def test_prices_that_are_formulas_are_read_and_said():
    rows = [["НДС", 0.2], ["Наименование", "Цена без НДС, руб.", "Цена с НДС, руб."], ["Блок", 5250, "=B3*(1+$B$1)"]]
    (row,) = offers(xlsx(rows))
    assert [listed.price for listed in row.prices] == [5250, 6300]
    assert "formulas_worked_out" in {issue.code for issue in issues(xlsx(rows))}


def test_a_price_whose_formula_is_not_known_stays_unsaved():
    rows = [["Товар", "Ед.", "Цена, руб."], ["Блок", "шт", "=VLOOKUP(A2,D:E,2)"], ["Плита", "шт", 90]]
    block, _ = offers(xlsx(rows))
    assert [issue.code for issue in block.issues] == ["formula_unsaved"]
    assert "formulas_worked_out" not in {issue.code for issue in issues(xlsx(rows))}


def test_formulas_are_worked_out_in_whatever_order_they_are_made_of_each_other():
    for step in (1, -1):
        formulas = Formulas({(row, 0): f"A{row + step}+A{row + step}" for row in range(100, 160)})
        formulas.note(160 if step > 0 else 99, [1])
        rows = range(159, 99, -1) if step > 0 else range(100, 160)
        assert [formulas.value((row, 0)) for row in rows] == [2**power for power in range(1, 61)]
        assert formulas.known == 60


def test_of_formulas_in_a_circle_none_is_worked_out_and_all_others_are():
    formulas = Formulas({(1, 0): "A2+A2", (2, 0): "A1*2", (3, 0): "A1+1", (4, 0): "A5+1"})
    formulas.note(5, [7])
    assert [formulas.value((row, 0)) for row in range(1, 5)] == [None, None, None, 8]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("-" * 150 + "A2", 7),
        ("(" * 29 + "A2" + ")" * 29, 7),
        ("(" * 31 + "A2" + ")" * 31, None),
        ("ROUND(" * 26 + "A2" + ")" * 26, 7),
    ],
)
def test_signs_and_parentheses_end_however_many_there_are(formula, value):
    formulas = Formulas({(1, 0): formula})
    formulas.note(2, [7])
    assert formulas.value((1, 0)) == value
