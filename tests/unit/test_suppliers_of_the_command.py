"""What a person writes for a supplier or a rate, as the command sends it."""

import pytest

from local.suppliers import all_suppliers, number_of, rates_of, supplier_named
from quarry.repositories.trade import next_free


class Named:
    """An API that knows one supplier by name."""

    def __init__(self):
        self.sent = []

    def post(self, path, body):
        self.sent.append((path, body))
        return {"id": 12, "name": "Стройбаза"}


def test_a_number_is_taken_as_it_is_and_a_name_is_asked_for():
    api = Named()
    assert number_of(api, supplier_named(" 7 ")) == 7
    assert api.sent == []
    assert number_of(api, supplier_named("Стройбаза")) == 12
    assert api.sent == [("/suppliers", {"name": "Стройбаза"})]


@pytest.mark.parametrize("supplier", ["0", "-7", "2147483648", "99999999999"])
def test_a_number_that_no_supplier_can_have_is_refused(supplier):
    with pytest.raises(ValueError, match="2147483647"):
        supplier_named(supplier)


def test_the_suppliers_of_all_pages_are_listed():
    class Paged:
        def get(self, path, *, cursor):
            assert path == "/suppliers"
            number = int(cursor or 0)
            return {"items": [{"id": number, "name": None}], "next_cursor": str(number + 1) if number < 2 else None}

    assert [one["id"] for one in all_suppliers(Paged())["items"]] == [0, 1, 2]


def test_no_name_is_refused():
    with pytest.raises(ValueError, match="missing"):
        supplier_named(" ")


def test_rates_are_written_with_a_comma_or_a_point():
    assert rates_of(["usd=81,5", "EUR = 94.2"], None) == [
        {"currency": "USD", "rate": "81.5"},
        {"currency": "EUR", "rate": "94.2"},
    ]
    assert rates_of(["USD=1"], "2026-11-26")[0]["date"] == "2026-11-26"


def test_a_rate_without_a_currency_is_refused():
    with pytest.raises(ValueError, match="is not a rate"):
        rates_of(["81.5"], None)


@pytest.mark.parametrize(
    ("in_use", "free"), [([], 1), ([7, 3], 8), ([0], 1), ([2**31 - 1], 1), ([999_999_999, 10**9], 10**9 + 1)]
)
def test_the_next_free_number_is_behind_those_that_are_counted(in_use, free):
    assert next_free(in_use) == free
