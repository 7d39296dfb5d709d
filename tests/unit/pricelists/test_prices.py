from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarry.domain.rows import PriceKind, Vat
from quarry.pricelists.currencies import CONVENTIONAL, currency_of
from quarry.pricelists.numbers import Separators, separators_of
from quarry.pricelists.prices import Fault, Guess, parse_price, vat_of
from tests.unit.pricelists.files import offers


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


@pytest.mark.parametrize(
    ("written", "amounts"),
    [
        ("6400      9900", ["6400", "9900"]),
        ("1700\n1850", ["1700", "1850"]),
        ("6400 9900", ["6400", "9900"]),
        ("1 700\n1 850 руб.", ["1700", "1850"]),
        ("310 (360)", ["310", "360"]),
        ("310/420/560", ["310", "420", "560"]),
        ("310; 420", ["310", "420"]),
        ("310 или 420", ["310", "420"]),
        ("12,50 | 14,00 zł", ["12.50", "14.00"]),
    ],
)
def test_two_prices_of_a_cell_are_two_and_not_one(written, amounts):
    price = parse_price(written)

    assert [str(one.amount) for _, one in price.several] == amounts
    assert (str(price.amount), price.guess) == (amounts[0], Guess.SEVERAL)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1 250 300", "1250300"),
        ("7 000", "7000"),
        ("1  250", "1250"),
        ("450 (50 кг)", "450"),
        ("450 (2)", "450"),
        ("1500\n1500", "1500"),
        ("1250 руб/100 шт", "1250"),
        ("1,25,000.50", "125000.50"),
        ("640*", "640"),
        ("640 **", "640"),
        ("640¹", "640"),
        ("640 1)", "640"),
        ("1.25E+3", "1250"),
        ("1,25e+03", "1250"),
        ("1.250,- €", "1250"),
    ],
)
def test_what_looks_like_two_prices_or_none_is_one(written, amount):
    price = parse_price(written)

    assert (price.amount, price.guess, price.several) == (Decimal(amount), None, ())


@pytest.mark.parametrize("written", ["1/2", "1200 за 7 м", "12/05/2024", "5 мешков", "1500 . 2500", "1 2 3"])
def test_what_cannot_be_told_is_a_fault(written):
    assert parse_price(written).fault is Fault.INVALID


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        ("опт 340 / розн. 490", ["опт", "розн"]),
        ("340 (опт) / 490 (розн)", ["опт", "розн"]),
        ("340 опт\n490 розн", ["опт", "розн"]),
        ("1500 р. (без монтажа) 2500 р. (с монтажом)", ["без монтажа", "с монтажом"]),
        ("м2 - 1500\nшт - 200", ["м2", "шт"]),
    ],
)
def test_prices_of_a_cell_have_the_words_beside_them(written, labels):
    assert [label for label, _ in parse_price(written).several] == labels


@pytest.mark.parametrize(
    ("written", "amount", "currency", "unit"),
    [
        ("1200 за 1 м2", "1200", None, "м2"),
        ("1200 за 100 шт", "1200", None, "100 шт"),
        ("12,50 € / m²", "12.50", "EUR", "m²"),
        ("12,50 zł za szt", None, "PLN", None),
        ("8.4 у.е.", "8.4", CONVENTIONAL, None),
        ("900 сом", "900", "KGS", None),
        ("900 SEK", "900", "SEK", None),
        ("Rs. 1,250.00", "1250.00", "INR", None),
    ],
)
def test_units_and_money_of_a_cell(written, amount, currency, unit):
    price = parse_price(written)

    assert (price.amount, price.currency, price.unit) == (amount and Decimal(amount), currency, unit)


@pytest.mark.parametrize(
    "written",
    [
        "від 200 грн",
        "ад 200",
        "from $20",
        "starting at 20",
        "ab 5 €",
        "od 50 zł",
        "2000 теңгеден бастап",
        "2000+",
        "≈ 50",
        "100 TL'den başlayan",
    ],
)
def test_a_lowest_price_is_known_in_each_language(written):
    price = parse_price(written)

    assert price.amount
    assert price.guess is Guess.FROM


@pytest.mark.parametrize(
    "written",
    [
        "по запиту",
        "за запитом",
        "ціна договірна",
        "договірна",
        "уточнюйте",
        "немає",
        "па запыце",
        "дагаворная",
        "няма",
        "келісім бойынша",
        "сұраныс бойынша",
        "жоқ",
        "price on request",
        "call for price",
        "P.O.A.",
        "sold out",
        "negotiable",
        "auf Anfrage",
        "Preis auf Anfrage",
        "nach Vereinbarung",
        "kostenlos",
        "na zapytanie",
        "cena na zapytanie",
        "brak",
        "do uzgodnienia",
        "sorunuz",
        "Fiyat sorunuz",
        "teklif alınız",
        "stokta yok",
        "договорная, от объёма",
        "н/д",
    ],
)
def test_no_price_in_any_language_is_no_fault(written):
    price = parse_price(written)

    assert (price.amount, price.fault, price.guess) == (None, None, None)


@given(st.integers(1000, 9_999_999), st.integers(1000, 9_999_999), st.sampled_from(["\n", "   ", " / ", "; ", " "]))
def test_two_amounts_never_run_together(one, other, between):
    price = parse_price(f"{one}{between}{other}")

    assert price.amount == min(one, other)


def test_prices_of_one_cell_are_offers_of_one_row():
    (row,) = offers("Наименование;Цена розница/опт\nКлей;490/340\n")

    assert (row.price, row.issues) == (Decimal(490), ())
    assert [(listed.label, listed.kind, listed.price) for listed in row.prices] == [
        ("Цена розница", PriceKind.RETAIL, Decimal(490)),
        ("опт", PriceKind.WHOLESALE, Decimal(340)),
    ]


def test_prices_without_labels_are_kept_with_a_remark():
    (row,) = offers("Наименование;Цена\nСтолешница;6400      9900\n")

    assert [listed.price for listed in row.prices] == [Decimal(6400), Decimal(9900)]
    assert [issue.code for issue in row.issues] == ["several_prices"]


def test_prices_in_two_currencies_are_told_by_them():
    (row,) = offers("Наименование;Цена\nДрель;1000 руб / 11 $\n")

    assert (row.price, row.currency, row.issues) == (Decimal(1000), "RUB", ())
    assert [(listed.price, listed.currency) for listed in row.prices] == [(Decimal(1000), "RUB"), (Decimal(11), "USD")]


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
