from datetime import date
from decimal import Decimal

import pytest

from quarry.adapters.qdrant.filters import of_materials
from quarry.domain.query import Filters, PriceRange, Sort, SortBy, matches
from quarry.domain.ranking import sort_hits
from quarry.domain.rates import ExchangeRate, Rates
from quarry.domain.showing import Showing
from tests.unit.test_ranking import document, ranked

DOLLAR = ExchangeRate(currency="USD", rate=Decimal(80), date=date(2026, 11, 26), source="bank.example")
RATES = Rates("RUB", {"USD": DOLLAR})
SHOWING = Showing(RATES, {7: "Стройбаза"})


def offer(number, price, currency="RUB", unit="кг", supplier=7):
    return {
        "id": number,
        "supplier_id": supplier,
        "price": price,
        "currency": currency,
        "price_per_base_unit": price,
        "base_unit": unit,
        "comparable": [] if price is None else [{"unit": unit, "price": price}],
    }


def test_an_offer_is_shown_in_the_base_currency_with_the_date_of_the_rate():
    shown = SHOWING.offer(offer(1, "2.50", "USD"))
    assert shown["price_in"] == {
        "currency": "RUB",
        "price": "200.00",
        "price_per_base_unit": "200.00",
        "rate_date": "2026-11-26",
    }
    assert (shown["price"], shown["currency"], shown["supplier_name"]) == ("2.50", "USD", "Стройбаза")


def test_an_offer_in_the_base_currency_needs_no_rate():
    assert Showing().offer(offer(1, "9.00"))["price_in"]["rate_date"] is None


@pytest.mark.parametrize("one", [offer(1, None, "USD"), offer(1, "5", "EUR")])
def test_without_a_price_or_a_rate_nothing_is_converted(one):
    assert SHOWING.offer(one)["price_in"] is None


def test_the_cheapest_offers_are_those_in_the_base_currency():
    offers = [offer(1, "300"), offer(2, "2", "USD"), offer(3, "100"), offer(4, "1", "EUR")]
    shown = SHOWING.offers({"offers": offers, "compared_unit": "кг"})
    assert [one["id"] for one in shown] == [3, 2, 1, 4]
    assert len(SHOWING.offers({"offers": offers * 2, "compared_unit": "кг"})) == 5


def test_a_document_of_the_previous_version_is_shown_whole():
    old = {name: value for name, value in offer(1, "9.00").items() if name != "comparable"}
    (shown,) = SHOWING.offers({"offers": [old]})
    assert shown["comparable"] == [{"unit": "кг", "price": "9.00"}]
    assert shown["suspect"] is False


def test_materials_are_sorted_in_the_base_currency():
    found = ranked(
        document("Клей А", price=300.0),
        document("Клей Б", price=2.0, currency="USD"),
        document("Клей В", price=1.0, currency="EUR"),
        document("Клей Г", price=90.0),
    )
    arranged = sort_hits(found, Sort(SortBy.PRICE), rates=RATES)
    assert [item.candidate.name[-1] for item in arranged] == ["Г", "Б", "А", "В"]


def test_a_filter_by_price_finds_offers_in_every_currency_with_a_rate():
    price = SHOWING.everywhere(PriceRange("RUB", Decimal(100), Decimal(200)))
    assert {(one.currency, one.min, one.max) for one in price.all} == {
        ("RUB", Decimal(100), Decimal(200)),
        ("USD", Decimal("1.25"), Decimal("2.5")),
    }
    row = {"prices": [{"amount": 2.0, "currency": "USD", "supplier_id": 7}]}
    assert matches(Filters(price=price), row)
    assert not matches(Filters(price=SHOWING.everywhere(PriceRange("RUB", Decimal(170)))), row)
    assert len(of_materials(Filters(price=price))["must"][0]["should"]) == 2


def test_a_filter_in_a_currency_without_a_rate_stays_as_it_is():
    price = PriceRange("EUR", Decimal(1))
    assert SHOWING.everywhere(price) == price
    assert SHOWING.everywhere(None) is None


def test_suppliers_among_facets_have_names_where_they_have_them():
    facets = {"supplier_id": [{"value": 7, "count": 2}, {"value": 8, "count": 1}], "unit": []}
    assert SHOWING.facets(facets)["supplier_id"] == [
        {"value": 7, "count": 2, "name": "Стройбаза"},
        {"value": 8, "count": 1},
    ]
