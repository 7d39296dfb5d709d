"""A line's quantity brought to the unit in which an offer is sold."""

from decimal import Decimal

import pytest

from quarry.domain.estimates.quantities import buy, need_of
from quarry.domain.pricing import price_basis
from quarry.domain.rows import PriceRow


def offer(name, unit, price):
    basis = price_basis(PriceRow(row=1, name=name, unit=unit, price=Decimal(price)))
    comparable = [{"unit": base, "price": str(each)} for base, each in basis.comparable]
    return {"name": name, "unit": unit, "price": price, "comparable": comparable}


@pytest.mark.parametrize(
    ("quantity", "unit", "name", "sold", "price", "expected"),
    [
        ("2000", "кг", "Цемент М500 50 кг", "мешок", "450", ("9.0000", "кг", "40", "18000.00")),
        ("2001", "кг", "Цемент М500 50 кг", "мешок", "450", ("9.0000", "кг", "41", "18450.00")),
        ("2", "т", "Арматура А500С 12 мм", "кг", "55", ("55.0000", "кг", "2000", "110000.00")),
        ("300", "кг", "Арматура А500С 12 мм", "т", "60000", ("60.0000", "кг", "0.3", "18000.00")),
        ("60", "м²", "Гипсокартон 2500х1200х12,5", "лист", "360", ("120.0000", "м²", "20", "7200.00")),
        ("61", "м²", "Гипсокартон 2500х1200х12,5", "лист", "360", ("120.0000", "м²", "21", "7560.00")),
        ("10", "лист", "Гипсокартон 2500х1200х12,5", "м2", "120", ("360.0000", "лист", "30", "3600.00")),
        ("100", "м", "Профиль 60х27 3 м", "шт", "90", ("30.0000", "м", "34", "3060.00")),
        ("1000", "шт", "Дюбель 6х40 (100 шт)", "упак", "50", ("0.5000", "шт", "10", "500.00")),
        ("3000", "шт", "Кирпич рядовой", "тыс. шт", "11000", ("11.0000", "шт", "3", "33000.00")),
        ("2", "м³", "Утеплитель 1200х600х50 (0,288 м3, 5,76 м2)", "упак", "1440", ("5000.0000", "м³", "7", "10080.00")),
        ("40", "м²", "Утеплитель 1200х600х50 (0,288 м3, 5,76 м2)", "упак", "1440", ("250.0000", "м²", "7", "10080.00")),
        ("5", "м³", "Вода питьевая", "л", "2", ("2000.0000", "м³", "5000", "10000.00")),
        ("2", "шт", "Герметик белый 280 мл", None, "299", ("299.0000", "шт", "2", "598.00")),
        ("0.84", "л", "Герметик белый 280 мл", None, "299", ("1067.8571", "л", "3", "897.00")),
        ("90", "м", "Лоток перфорированный 100х50х3000", "шт", "846", ("282.0000", "м", "30", "25380.00")),
        ("90", "м²", "Ковер подкладочный 15 м2 (1х15 м)", "рулон", "3240", ("216.0000", "м²", "6", "19440.00")),
    ],
)
def test_what_a_line_needs_is_bought_as_it_is_sold(quantity, unit, name, sold, price, expected):
    bought = buy(need_of("Товар", Decimal(quantity), unit), offer(name, sold, price))
    assert (f"{bought.price:f}", bought.unit, f"{bought.packages:f}", f"{bought.cost:f}") == expected


def test_packages_that_a_line_counts_in_hold_what_its_name_says():
    need = need_of("Цемент М500, мешок 50 кг", Decimal(40), "мешок")
    assert buy(need, offer("Цемент М500 25 кг", "мешок", "230")).packages == 40
    bulk = buy(need, offer("Цемент М500", "кг", "9"))
    assert (bulk.price, bulk.unit, bulk.packages) == (450, "мешок", 2000)


@pytest.mark.parametrize(
    ("unit", "name", "sold"), [("кг", "Портландцемент 500", "шт"), ("м", "Труба 20", None), ("шт", "Болты", "упак")]
)
def test_a_unit_that_cannot_be_brought_to_the_lines_is_said(unit, name, sold):
    assert buy(need_of("Товар", Decimal(1), unit), offer(name, sold, "255")) is None


@pytest.mark.parametrize(
    ("quantity", "unit", "amount"),
    [("100", "м2", "107.5"), ("1", "шт", "1"), ("40", "шт", "43"), ("2", "тыс. шт", "2150")],
)
def test_waste_is_added_and_of_what_is_counted_it_is_whole(quantity, unit, amount):
    need = need_of("Плитка", Decimal(quantity), unit, Decimal("7.5"))
    assert need.amount == Decimal(amount)


def test_rounded_prices_make_no_package_more():
    bought = buy(need_of("Смесь", Decimal(900), "кг"), offer("Смесь 30 кг", "шт", "271"))
    assert bought.packages == 30
