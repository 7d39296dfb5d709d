from decimal import Decimal

import pytest

from quarry.domain.comparing import cheapest_first, comparable, compared_unit, judge
from quarry.domain.materials import Offer
from quarry.domain.pricing import price_basis
from quarry.domain.rows import PriceRow
from quarry.domain.showing import Showing
from quarry.services.catalogue import _offers


def offer(number, price="100", *prices, currency="RUB"):
    """``prices`` are «unit price», the main one first."""
    pairs = [one.split() for one in prices]
    return {
        "id": number,
        "price": price,
        "currency": currency,
        "comparable": [{"unit": unit, "price": each} for unit, each in pairs],
    }


def judged(offers, unit):
    judge(offers, unit)
    return offers


def numbers(offers):
    return [one["id"] for one in offers]


def test_an_offer_without_others_is_comparable_by_its_main_price():
    assert comparable(None, "кг", "9.00") == [{"unit": "кг", "price": "9.00"}]
    assert comparable([], None, None) == []


def test_offers_are_compared_in_the_unit_of_their_class():
    wool = [offer(1, "900", "м³ 5000", "м² 250"), offer(2, "900", "м² 260"), offer(3, "900", "м² 270")]
    assert compared_unit("Утеплитель Север 50 мм", wool) == "м³"
    assert compared_unit("Утеплитель Север 50 мм", wool[1:]) == "м²"
    assert compared_unit("Утеплитель", []) is None


def test_goods_of_no_class_are_compared_in_the_commonest_unit():
    offers = [offer(1, "9", "л 9"), offer(2, "9", "кг 9"), offer(3, "9", "кг 8", "л 7")]
    assert compared_unit("Зелье", offers[1:]) == "кг"
    assert compared_unit("Зелье", [*offers, offer(4, "9", "л 9")]) == "л"


def test_what_cannot_be_brought_to_the_unit_comes_last_and_says_so():
    offers = [
        offer(1, None),
        offer(2, "1", "шт 1"),
        offer(3, "500", "кг 10"),
        offer(4, "200", "л 3", "кг 8"),
    ]
    assert numbers(cheapest_first(offers, "кг")) == [4, 3, 2, 1]
    said = {one["id"]: one["not_comparable"] for one in judged(offers, "кг")}
    assert "кг" in said.pop(2)
    assert set(said.values()) == {None}


def test_currencies_are_not_mixed():
    offers = [offer(1, "1", "кг 1", currency="EUR"), offer(2, "90", "кг 90"), offer(3, "80", "кг 80")]
    assert numbers(cheapest_first(offers, "кг")) == [3, 2, 1]


@pytest.mark.parametrize(
    ("prices", "suspects"),
    [
        (["9", "9.5", "95"], [2]),
        (["9", "9.5", "1"], [2]),
        (["9", "10", "11", "45"], []),
        (["9", "95"], [0, 1]),
        (["9", "40"], []),
        (["9"], []),
        (["9", "9.5", "90", "95"], []),
    ],
)
def test_a_price_far_from_the_median_is_suspect_with_its_reason(prices, suspects):
    found = judged([offer(number, price, f"кг {price}") for number, price in enumerate(prices)], "кг")
    assert [one["id"] for one in found if one["suspect"]] == suspects
    assert all(("the same goods" in one["suspect_reason"]) == one["suspect"] for one in found if one["suspect"])
    assert len(found) == len(prices)


def test_prices_of_another_currency_make_none_suspect():
    found = judged([offer(1, "90", "кг 90"), offer(2, "1", "кг 1", currency="EUR")], "кг")
    assert not any(one["suspect"] for one in found)


def stored(number, price, superseded=None):
    basis = price_basis(PriceRow(row=1, name="Цемент М500 50 кг", unit="мешок", price=price and Decimal(price)))
    return Offer(
        id=number,
        material_id="m",
        supplier_id=number,
        pricelist_id=1,
        name="Цемент М500 50 кг",
        price=price and Decimal(price),
        price_per_base_unit=basis.price_per_base_unit,
        base_unit=basis.base_unit,
        superseded_at=superseded,
    )


def test_offers_of_a_material_are_paged_the_cheapest_first():
    prices = {11: "500", 12: "450", 13: None, 14: "470", 15: "450"}
    offers = [stored(number, price) for number, price in prices.items()]
    pages, after = [], None
    while page := _offers("Цемент М500 50 кг", offers, after, 2, Showing())["items"]:
        pages.append(numbers(page))
        after = page[-1]["id"]
    assert pages == [[12, 15], [14, 11], [13]]


def test_a_page_of_offers_continues_where_the_last_one_ended_even_when_that_offer_is_superseded():
    offers = [stored(1, "450"), stored(2, "460", superseded="2026-01-01"), stored(3, "470"), stored(4, "900")]
    assert numbers(_offers("Цемент М500 50 кг", offers, 2, 5, Showing())["items"]) == [3, 4]
