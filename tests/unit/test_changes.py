"""How a price changed from one list to the next, and the next state of an offer where SQL does not decide it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from quarry.domain.batches import with_timestamp_id
from quarry.domain.changes import Priced, change_kind
from quarry.domain.links import MatchedRow
from quarry.domain.pricing import price_basis
from quarry.domain.records import MatchType
from quarry.domain.rows import PriceRow
from quarry.repositories.qdrant.offer_states import MOST_FORMER, incoming_offers, next_state, states
from tests.batches import MOMENT, batch


def priced(price, currency="RUB", unit="мешок", base_unit="кг", per_base=None):
    return Priced(
        None if price is None else Decimal(price),
        currency,
        unit,
        base_unit,
        None if per_base is None else Decimal(per_base),
    )


@pytest.mark.parametrize(
    ("old", "new", "kind", "percent"),
    [
        (None, priced("5"), "new", None),
        (priced("5"), None, "gone", None),
        (priced("5"), priced(None), "price_removed", None),
        (priced(None), priced("5"), "price_added", None),
        (priced(None), priced(None), "unchanged", None),
        (priced("4"), priced("5"), "dearer", "25.0"),
        (priced("5"), priced("4"), "cheaper", "-20.0"),
        (priced("5"), priced("5.00"), "unchanged", None),
        (priced("5", "USD"), priced("450"), "currency_changed", None),
        (priced("5", "USD"), priced("5"), "currency_changed", None),
        (priced("500", per_base="10"), priced("11000", unit="т", per_base="11"), "dearer", "10.0"),
        (priced("500"), priced("11", unit="шт", base_unit="шт"), "unit_changed", None),
        (priced("500"), priced("500", unit="шт", base_unit="шт"), "unit_changed", None),
        (priced("500"), priced("500", unit="меш", base_unit=None), "unchanged", None),
        (priced("500"), priced("510", unit="меш", base_unit=None), "unit_changed", None),
        (priced("0"), priced("5"), "new", None),
    ],
)
def test_a_price_is_compared_where_it_can_be(old, new, kind, percent):
    assert change_kind(old, new) == (kind, None if percent is None else Decimal(percent))


def offer(pricelist, price="100", **about):
    row = PriceRow(row=1, name="Цемент", unit="мешок", price=Decimal(price), **about)
    link = MatchedRow(
        row_id="0",
        row=row,
        material_id="m",
        normalized_name="цемент",
        number_key="",
        match_type=MatchType.EXACT,
        score=1.0,
        offer_key="цемент|0",
        basis=price_basis(row),
    )
    return next(incoming_offers(pricelist, 101, [link]))


def test_an_offer_that_is_the_same_moves_on_to_the_list():
    first = next_state(None, offer(1))
    moved = next_state(first, offer(2))

    assert (moved["pricelist_id"], moved["previous_pricelist_id"], moved["first_pricelist_id"]) == (2, 1, 1)
    assert (moved["id"], moved["valid_from"], moved["former"]) == (first["id"], first["valid_from"], [])


def test_another_price_follows_the_current_one():
    second = next_state(next_state(None, offer(1, "100")), offer(2, "120"))

    assert [(state["price"], state["ended_by"]) for state in states(second)] == [("100.00", 2), ("120.00", None)]


def test_a_list_that_comes_again_changes_nothing_but_the_revision():
    second = next_state(next_state(None, offer(1, "100")), offer(2, "120"))
    again = next_state(second, offer(2, "120"))

    assert {**again, "revision": second["revision"]} == second


def test_the_lists_own_price_is_corrected_without_history():
    corrected = next_state(next_state(None, offer(1, "100")), offer(1, "120"))

    assert (corrected["price"], corrected["former"]) == ("120.00", [])


def test_an_older_list_leaves_a_newer_ones_offer():
    assert next_state(next_state(None, offer(2)), offer(1, "50")) is None


def test_an_offer_that_returns_keeps_when_it_was_missing():
    gone = {**next_state(None, offer(1)), "current": False, "ended_by": 2, "superseded_at": "2026-01-01T00:00:00+00:00"}
    back = next_state(gone, offer(3))

    assert (back["current"], back["first_pricelist_id"]) == (True, 3)
    assert [(state["ended_by"], state["superseded_at"]) for state in back["former"]] == [
        (2, "2026-01-01T00:00:00+00:00")
    ]


def test_the_history_of_an_offer_is_bounded():
    standing = None
    for pricelist in range(MOST_FORMER + 5):
        standing = next_state(standing, offer(pricelist, str(pricelist + 1)))

    assert len(standing["former"]) == MOST_FORMER
    assert standing["former"][-1]["pricelist_id"] == MOST_FORMER + 3


def test_a_later_list_has_a_higher_number_that_json_keeps_exactly():
    first, later = (
        with_timestamp_id(batch(created_at=MOMENT + timedelta(microseconds=step))).pricelist_id for step in (0, 1)
    )

    assert first < later < 2**53


def test_a_list_s_number_follows_its_upload_and_not_the_beginning_of_its_import():
    early, late = MOMENT, MOMENT + timedelta(hours=1)
    first = with_timestamp_id(batch(created_at=late, uploaded_at=early, pricelist_id=7))
    second = with_timestamp_id(batch(created_at=early, uploaded_at=late, pricelist_id=6))

    assert first.pricelist_id < second.pricelist_id
