from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarry.domain.money import storable
from quarry.repositories.column_limits import KEY, bounded_key, category, truncate


@given(st.text(max_size=300), st.integers(1, 100))
def test_a_text_is_cut_to_its_column_and_begins_as_it_did(text, length):
    short = truncate(text, length)
    assert len(short) <= length
    assert text.startswith(short)


def test_a_text_is_cut_at_a_word():
    assert truncate("Плита потолочная белая", 17) == "Плита потолочная"
    assert truncate("Плита потолочная белая", 15) == "Плита потолочна"
    assert truncate("Плита", 5) == "Плита"
    assert truncate(None, 5) is None


@given(st.text(max_size=1000), st.text(max_size=1000))
def test_keys_are_bounded_and_differ_where_they_did(one, other):
    assert len(bounded_key(one)) <= KEY
    assert (bounded_key(one) == bounded_key(other)) == (one == other)


def test_long_keys_that_end_otherwise_differ():
    assert bounded_key("я" * 1000 + "1") != bounded_key("я" * 1000 + "2")


def test_a_category_is_its_path():
    assert category(("Кровля", "Водосток")) == "Кровля / Водосток"
    assert category(()) is None


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("0.00349", "0.0035"),
        ("120000000", "120000000.0000"),
        ("1e10", None),
        ("9999999999.99996", None),
        ("NaN", None),
        ("-5", "-5.0000"),
    ],
)
def test_an_amount_has_four_places_or_is_none(value, kept):
    assert storable(Decimal(value)) == (None if kept is None else Decimal(kept))
    assert storable(None) is None
