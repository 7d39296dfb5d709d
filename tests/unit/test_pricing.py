from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarry.domain.names import read
from quarry.domain.pricing import price_basis
from quarry.domain.rows import PriceRow
from quarry.domain.units import UNITS


def row(name: str, unit: str | None, price: str | None = "450", **fields) -> PriceRow:
    return PriceRow(row=1, name=name, unit=unit, price=None if price is None else Decimal(price), **fields)


@pytest.mark.parametrize(
    ("name", "unit", "base", "coefficient", "per_base"),
    [
        ("Портландцемент М500, мешок 50 кг", "мешок", "кг", "50", "9"),
        ("Портландцемент М500", "мешок 50 кг", "кг", "50", "9"),
        ("Клей плиточный 25кг", "шт", "кг", "25", "18"),
        ("Цемент М500 навалом", "т", "кг", "1000", "0.45"),
        ("Гвозди 100 мм", "кг", "кг", "1", "450"),
        ("Песок речной", "м3", "м³", "1", "450"),
        ("Краска белая", "л", "л", "1", "450"),
        ("Краска белая 10 л", "банка", "л", "10", "45"),
        ("Плита гипсовая 2500х1200х12,5", "л.", "м²", "3", "150"),
        ("Труба 20х3,4 (160м)", "м", "м", "1", "450"),
        ("Кабель 3х2,5, 100 м", "бухта", "м", "100", "4.5"),
        ("Кирпич лицевой 250х120х65", "тыс. шт", "шт", "1000", "0.45"),
        ("Кронштейн (упаковка по 10 шт./кор.)", "уп", "шт", "10", "45"),
        ("Кронштейн (упаковка по 10 шт./кор.)", "шт", "шт", "1", "450"),
        ("Перчатки", "пар", "пара", "1", "450"),
        ("Гофра", "рулон", "рулон", "1", "450"),
        ("Бойлер 95л", "шт", "шт", "1", "450"),
        ("Мастика битумная 20л, 18кг", "шт", "кг", "18", "25"),
    ],
)
def test_a_price_is_brought_to_its_base_unit(name, unit, base, coefficient, per_base):
    basis = price_basis(row(name, unit))

    assert (basis.base_unit, basis.coefficient, basis.price_per_base_unit) == (
        base,
        Decimal(coefficient),
        Decimal(per_base),
    )


@pytest.mark.parametrize(
    ("name", "unit", "comparable"),
    [
        ("Герметик 300 мл, 12 шт", "кор", [("л", "125"), ("шт", "37.5")]),
        ("Герметик 300 мл (12 шт/кор)", "шт", [("л", "1500")]),
        ("Герметик 300 мл (12 шт/кор)", "упак", [("шт", "37.5")]),
        ("Смесь 25 кг (40 шт)", "мешок", [("кг", "18"), ("шт", "11.25")]),
        ("Acryl 15 x 300 ml", "Karton", [("л", "100"), ("шт", "30")]),
        ("Перчатки 10 пар", "уп", [("пара", "45"), ("шт", "22.5")]),
        ("Wall plugs (pack of 100)", "pack", [("шт", "4.5")]),
    ],
)
def test_a_pack_holds_what_its_pieces_hold_together(name, unit, comparable):
    said = [(base, price) for base, price in price_basis(row(name, unit)).comparable]

    assert said == [(base, Decimal(price)) for base, price in comparable]


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("Панель 600х600 40 Вт", "шт"),
        ("Панель стеновая 600х600", "м²"),
        ("Полотно дверное 800х2000 МДФ", "шт"),
        ("Access panel 300 x 300 mm", "шт"),
        ("Kunststoffplatte 500 x 1000 mm", "м²"),
        ("Timber screws 5 kg", "шт"),
        ("Spannplatte 500 x 1000 mm verlegen", "шт"),
    ],
)
def test_a_finished_thing_is_bought_by_the_piece(name, base):
    assert price_basis(row(name, "шт")).base_unit == base


def test_a_name_in_cyrillic_letters_has_no_goods_in_others():
    assert read("Мыльница Crystal Mix").goods is None
    assert read("Crystal Mix").goods is not None


def test_words_that_are_titles_of_columns_are_units_of_rows():
    assert price_basis(row("Schrauben 4x40, 100 St.", "VE")).coefficient == 100
    assert price_basis(row("Copper pipe 15mm x 3m", "length")).coefficient == 3


def test_an_unknown_unit_is_compared_only_when_the_name_says_the_content():
    assert price_basis(row("Муфта 20", None)).base_unit is None
    assert price_basis(row("Муфта 20", "чего-то")).price_per_base_unit is None
    assert price_basis(row("Клей 250 мл", None)).price_per_base_unit == Decimal(1800)


def test_the_package_column_goes_before_the_name():
    basis = price_basis(row("Смесь М200", "меш", package=Decimal(40), package_unit="кг"))

    assert (basis.normalized_unit, basis.base_unit, basis.price_per_base_unit) == ("мешок", "кг", Decimal("11.25"))


def test_pieces_in_a_package_do_not_divide_the_price_of_a_piece():
    packed = {"package": Decimal(10), "package_unit": "шт"}

    assert price_basis(row("Муфта", "шт", **packed)).coefficient == 1
    assert price_basis(row("Муфта", "уп", **packed)).coefficient == 10


def test_four_decimals_are_kept_and_no_price_stays_none():
    assert price_basis(row("Клей 0.33л", "шт", "250")).price_per_base_unit == Decimal("757.5758")
    assert price_basis(row("Клей 20кг", "шт", None)).price_per_base_unit is None


@given(
    st.text(max_size=60),
    st.one_of(st.none(), st.sampled_from([unit.symbol for unit in UNITS])),
    st.decimals(min_value=0, max_value=10**9, places=2),
)
def test_no_row_breaks_it(name, unit, price):
    basis = price_basis(PriceRow(row=1, name=name, unit=unit, price=price))

    assert basis.coefficient > 0
    priced = basis.price_per_base_unit
    assert priced is None or (basis.base_unit is not None and 0 < priced < 10**10)


def test_a_price_that_rounds_to_nothing_is_not_compared():
    """It would come before every real one."""
    assert price_basis(row("Песок", "т", "0.04")).price_per_base_unit is None
    assert price_basis(row("Песок", "т", "0.05")).price_per_base_unit == Decimal("0.0001")
