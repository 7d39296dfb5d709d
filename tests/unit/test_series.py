import pytest

from quarry.domain.series import series


@pytest.mark.parametrize(
    "name",
    [
        "Прайс кровля 01.02.2026.xlsx",
        "прайс-кровля_март 2026 (1).xls",
        "ПРАЙС КРОВЛЯ от 5 мая 2025 г.csv",
        "прайс кровля - копия.xlsx",
        "прайс кровля v2.xlsx",
    ],
)
def test_issues_of_one_list_are_one_series(name):
    assert series(name) == "прайс кровля"


@pytest.mark.parametrize("name", [None, "", "2026-02-01.xlsx", "март 2026.xls", "1.csv"])
def test_a_name_that_is_only_a_date_is_not_a_series(name):
    assert series(name) == ""


def test_other_goods_are_another_series():
    assert series("прайс кровля 2026.xlsx") != series("прайс фасад 2026.xlsx")


def test_a_word_that_only_begins_like_a_month_is_kept():
    assert series("майка март.xlsx") == "майка"
