from datetime import date
from decimal import Decimal
from ipaddress import ip_address

import pytest

from quarry.adapters.exchange_rates import is_public, rates_of
from quarry.errors import StoreError

ROUBLES = """<?xml version="1.0" encoding="windows-1251"?>
<ValCurs Date="26.11.2026" name="Foreign Currency Market">
<Valute ID="R01235"><NumCode>840</NumCode><CharCode>USD</CharCode><Nominal>1</Nominal><Name>Доллар США</Name>
<Value>80,5000</Value><VunitRate>80,5</VunitRate></Valute>
<Valute ID="R01335"><NumCode>398</NumCode><CharCode>KZT</CharCode><Nominal>100</Nominal><Name>Тенге</Name>
<Value>16,1000</Value><VunitRate>0,161</VunitRate></Valute>
</ValCurs>""".encode("windows-1251")
EUROS = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<Cube><Cube time="2026-11-25"><Cube currency="USD" rate="1.25"/><Cube currency="CZK" rate="25"/></Cube>
<Cube time="2026-11-24"><Cube currency="USD" rate="9"/></Cube></Cube></gesmes:Envelope>"""


def read(content, base):
    return {one.currency: one.rate for one in rates_of(content, base, "bank.example")}


def test_the_bank_of_russia_gives_roubles_for_a_nominal_with_a_decimal_comma():
    (tenge, dollar) = rates_of(ROUBLES, "RUB", "bank.example")
    assert (tenge.currency, tenge.rate) == ("KZT", Decimal("0.161"))
    assert (dollar.currency, dollar.rate, dollar.date) == ("USD", Decimal("80.5"), date(2026, 11, 26))
    assert dollar.source == "bank.example"


def test_the_ecb_gives_how_many_a_euro_is_the_latest_day_first():
    assert read(EUROS, "EUR") == {"USD": Decimal("0.8"), "CZK": Decimal("0.04")}


def test_rates_in_another_base_currency_go_over_the_banks_own():
    assert read(ROUBLES, "USD") == {"RUB": Decimal("0.0124223602"), "KZT": Decimal("0.002")}
    assert read(EUROS, "USD") == {"EUR": Decimal("1.25"), "CZK": Decimal("0.05")}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html></html>",
        b"{}",
        ROUBLES.replace(b"80,5000", b"0"),
        ROUBLES.replace(b"80,5000", b"-3"),
        ROUBLES.replace(b"80,5000", b"NaN"),
        ROUBLES.replace(b"80,5000", b"1E+40"),
        ROUBLES.replace(b"80,5000", b"many"),
        ROUBLES.replace(b"<Nominal>1<", b"<Nominal>0<"),
        ROUBLES.replace(b"26.11.2026", b"yesterday"),
        ROUBLES.replace(b"<ValCurs", b'<!DOCTYPE v [<!ENTITY a "aaaa">]><ValCurs'),
        EUROS.replace(b'time="2026-11-25"', b"").replace(b'time="2026-11-24"', b""),
        EUROS.replace(b'rate="1.25"', b'rate="0"'),
    ],
)
def test_what_is_no_document_of_rates_is_refused(content):
    with pytest.raises(StoreError):
        rates_of(content, "RUB" if b"ValCurs" in content else "EUR", "bank.example")


def test_a_bank_that_does_not_know_the_base_currency_is_of_no_use():
    with pytest.raises(StoreError, match="RUB"):
        rates_of(EUROS, "RUB", "bank.example")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fd00::1",
     "fe80::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"],
)  # fmt: skip
def test_internal_addresses_are_not_public(address):
    assert not is_public(ip_address(address))


def test_addresses_of_the_internet_are_public():
    assert is_public(ip_address("8.8.8.8"))
    assert is_public(ip_address("2606:4700:4700::1111"))
