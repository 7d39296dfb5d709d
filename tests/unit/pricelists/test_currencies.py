"""Money is known by code, sign and word; what is not known is never taken for roubles in silence."""

from decimal import Decimal

import pytest

from quarry.pricelists.currencies import ALL_CODES, CONVENTIONAL, UNKNOWN, defined_in, named_in, noted_in
from tests.unit.pricelists.files import offers, xlsx


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Цена, грн", "UAH"),
        ("в гривне", "UAH"),
        ("гривень", "UAH"),
        ("ціна в гривнях", "UAH"),
        ("Цена, сом", "KGS"),
        ("в сомах", "KGS"),
        ("Цена, KGS", "KGS"),
        ("Цена, сум", "UZS"),
        ("so'm", "UZS"),
        ("сўм", "UZS"),
        ("тенге", "KZT"),
        ("(тг)", "KZT"),
        ("теңге", "KZT"),
        ("лари", "GEL"),
        ("манат", "AZN"),
        ("туркменский манат", "TMT"),
        ("драм", "AMD"),
        ("злотый", "PLN"),
        ("12 zł", "PLN"),
        ("турецкая лира", "TRY"),
        ("TL", "TRY"),
        ("₺", "TRY"),
        ("бел. руб.", "BYN"),
        ("рублей белорусских", "BYN"),
        ("беларускіх рублёў", "BYN"),
        ("рублях", "RUB"),
        ("р.", "RUB"),
        ("сомони", "TJS"),
        ("молдавских леев", "MDL"),
        ("доларів", "USD"),
        ("Preis (€)", "EUR"),
        ("Rate (₹)", "INR"),
        ("чешская крона", "CZK"),
        ("Kč", "CZK"),
        ("фунтов стерлингов", "GBP"),
        ("₩", "KRW"),
        ("US$", "USD"),
        ("C$", "CAD"),
        ("price_kgs", "KGS"),
        ("priceUAH", "UAH"),
        ("priceruah"[5:], None),
        ("Price, SEK", "SEK"),
        ("Price, TRY", "TRY"),
        ("ALL PRICES IN USD", "USD"),
        ("Цена TOP", None),
        ("try it", None),
        ("трубы", None),
        ("сумма", None),
        ("USD/Сум", UNKNOWN),
        ("руб. или USD", UNKNOWN),
        ("в кронах", UNKNOWN),
        ("динар", UNKNOWN),
        ("Цена, у.е.", CONVENTIONAL),
        ("уе", CONVENTIONAL),
        ("умовних одиниць", CONVENTIONAL),
        ("у.е. (USD)", "USD"),
    ],
)
def test_a_text_names_money(text, code):
    assert named_in(text) == code


@pytest.mark.parametrize("code", sorted(ALL_CODES))
def test_every_code_of_iso_4217_is_known_however_it_is_written(code):
    assert named_in(code) == code
    assert named_in(code.lower()) == code
    assert named_in(f"Price, {code}") == code


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ("у.е. = 1 USD по курсу ЦБ", "USD"),
        ("1 у.е. = 1 доллар США", "USD"),
        ("У.Е.=EUR", "EUR"),
        ("Цены в у.е. по курсу ЦБ РФ евро", "EUR"),
        ("1 у. е. равна 1 евро по курсу банка", "EUR"),
        ("1 у.о. дорівнює 1 долару США", "USD"),
        ("1 у.е. = 95 руб.", UNKNOWN),
        ("Цены в у.е.", None),
        ("Цены в евро", None),
    ],
)
def test_a_note_defines_the_unit_of_account(note, code):
    assert defined_in(note) == code


def test_of_several_currencies_of_a_note_the_one_is_meant_that_prices_are_in():
    assert noted_in("Цены указаны в рублях, курс USD на день оплаты") == "RUB"
    assert noted_in("USD, EUR") is None


def told(header, note="", price=100):
    rows = [[note, "", ""], ["Наименование", "Ед. изм.", header], ["Клей", "шт", price]]
    (row,) = offers(xlsx(rows if note else rows[1:]))
    return row.price, row.currency, [issue.code for issue in row.issues]


@pytest.mark.parametrize(
    ("header", "note", "currency", "remarks"),
    [
        ("Цена, у.е.", "у.е. = 1 EUR по курсу ЦБ", "EUR", []),
        ("Цена, у.е.", "", UNKNOWN, ["unknown_currency"]),
        ("Цена USD/Сум", "", UNKNOWN, ["unknown_currency"]),
        ("Цена, крон", "", UNKNOWN, ["unknown_currency"]),
        ("Цена", "Цены указаны в гривне с НДС", "UAH", []),
        ("Цена, KGS", "", "KGS", []),
        ("Цена", "", "RUB", []),
    ],
)
def test_money_that_is_not_known_is_said(header, note, currency, remarks):
    assert told(header, note) == (Decimal(100), currency, remarks)


def test_a_currency_is_no_unit():
    (row,) = offers(xlsx([["Наименование", "Цена, KGS"], ["Клей", 100]]))

    assert (row.unit, row.currency) == (None, "KGS")


def test_of_two_currencies_a_country_s_own_is_charged():
    (row,) = offers(xlsx([["Наименование", "Цена, USD", "Цена, KGS"], ["Клей", 5, 450]]))

    assert (row.price, row.currency) == (Decimal(450), "KGS")
    assert [listed.currency for listed in row.prices] == ["USD", "KGS"]
