from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarry.domain.rows import Vat
from quarry.pricelists.prices import Fault, Guess, Separators, currency_of, parse_price, separators_of, vat_of


@pytest.mark.parametrize(
    ("written", "amount", "currency"),
    [
        ("1 250,00 руб.", "1250.00", "RUB"),
        ("1\u00a0250,00\u202f₽", "1250.00", "RUB"),
        ("1.250,50", "1250.50", None),
        ("66,620.60", "66620.60", None),
        ("1 234 567,89", "1234567.89", None),
        ("€ 12.30", "12.30", "EUR"),
        ("12,3 $", "12.3", "USD"),
        ("$1,234.56", "1234.56", "USD"),
        ("1 250-00", "1250.00", None),
        ("1250=", "1250", None),
        ("1250.-", "1250", None),
        ("1'250.50", "1250.50", None),
        ("1250 руб. 50 коп.", "1250.50", "RUB"),
        ("1,5 тыс. руб", "1500.0", "RUB"),
        ("1 250 руб без НДС", "1250", "RUB"),
        ("850р", "850", "RUB"),
        ("1 200 тенге", "1200", "KZT"),
        ("35 бел. руб.", "35", "BYN"),
        ("0.0035", "0.0035", None),
        (7724601304.0, "7724601304", None),
        (3200.3639999999996, "3200.3640", None),
        (15, "15", None),
    ],
)
def test_a_price_is_read_as_people_write_it(written, amount, currency):
    price = parse_price(written)

    assert (price.amount, price.currency, price.fault) == (Decimal(amount), currency, None)


@pytest.mark.parametrize(
    "written",
    [
        "по запросу",
        "Звоните!!!",
        "договорная",
        "цена по запросу",
        "-",
        "—",
        "***",
        "нет",
        "уточняйте у менеджера",
        "н/д"[:0],
        "под заказ",
        "б/ц",
    ],
)
def test_no_price_is_no_fault(written):
    price = parse_price(written)

    assert (price.amount, price.fault) == (None, None)


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("invalid_price", Fault.INVALID),
        ("12.05.2024", Fault.INVALID),
        ("10%", Fault.INVALID),
        ("1250/1300", Fault.INVALID),
        ("3 шт", Fault.INVALID),
        ("#N/A", Fault.INVALID),
        (float("nan"), Fault.INVALID),
        (float("inf"), Fault.INVALID),
        ("-45.50", Fault.NEGATIVE),
        ("−45", Fault.NEGATIVE),
        ("(45,50)", Fault.NEGATIVE),
        ("- 10 руб.", Fault.NEGATIVE),
        (-1, Fault.NEGATIVE),
        (1e20, Fault.TOO_LARGE),
        ("99999999999999", Fault.TOO_LARGE),
    ],
)
def test_garbage_is_a_fault(written, fault):
    assert parse_price(written).fault is fault


@pytest.mark.parametrize(
    ("written", "amount", "unit"),
    [("120 руб/м2", "120", "м2"), ("850 руб. за м³", "850", "м³"), ("95,50 р./шт.", "95.50", "шт")],
)
def test_a_price_may_carry_its_unit(written, amount, unit):
    price = parse_price(written)

    assert (price.amount, price.unit) == (Decimal(amount), unit)


@pytest.mark.parametrize(
    ("written", "amount", "guess"),
    [
        ("от 1 200 руб.", "1200", Guess.FROM),
        ("1200-1500", "1200", Guess.RANGE),
        ("от 700 до 900 руб.", "700", Guess.RANGE),
        ("1,250", "1.250", Guess.AMBIGUOUS),
    ],
)
def test_a_guess_is_told(written, amount, guess):
    price = parse_price(written)

    assert (price.amount, price.guess) == (Decimal(amount), guess)


def test_the_column_settles_what_a_comma_with_three_digits_means():
    english = separators_of(["1,642.20", "850.50", "1,250"])
    russian = separators_of(["45,50", "1,250", "12,3"])

    assert parse_price("1,250", english).amount == Decimal(1250)
    assert parse_price("1,250", russian).amount == Decimal("1.250")
    assert parse_price("1.250", russian).amount == Decimal(1250)
    assert parse_price("1.250", Separators.UNKNOWN).amount == Decimal("1.250")


@given(
    st.decimals(min_value=0, max_value=9_999_999, places=2),
    st.sampled_from(["", " ", "\u00a0", "'"]),
    st.sampled_from(",."),
)
def test_every_amount_survives_being_written(amount, thousands, mark):
    whole, _, kopecks = f"{amount:.2f}".partition(".")
    grouped = f"{int(whole):,}".replace(",", thousands)

    assert parse_price(f"{grouped}{mark}{kopecks} руб.").amount == amount


@given(st.decimals(min_value=1000, max_value=9_999_999, places=2))
def test_both_marks_together_leave_no_doubt(amount):
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))

    assert parse_price(english).amount == amount
    assert parse_price(german).amount == amount


@given(st.text(max_size=60))
def test_no_text_breaks_it_and_no_price_is_negative(text):
    price = parse_price(text.strip())

    assert price.amount is None or price.amount >= 0


@given(st.floats())
def test_no_number_breaks_it(number):
    price = parse_price(number)

    assert price.fault or price.amount >= 0


def test_currencies_and_taxes_are_read_from_notes():
    assert currency_of("Цены указаны в евро") == "EUR"
    assert currency_of("руб. или USD") is None
    assert currency_of("розн. цена") is None
    assert vat_of("Цены указаны с НДС 18%") is Vat.INCLUDED
    assert vat_of("Цена, в т.ч. НДС") is Vat.INCLUDED
    assert vat_of("цена без НДС, руб") is Vat.EXCLUDED
    assert vat_of("НДС не облагается") is Vat.EXCLUDED
    assert vat_of("с НДС / без НДС") is None
    assert vat_of("Цена") is None
