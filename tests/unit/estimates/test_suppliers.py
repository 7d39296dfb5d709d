"""The cheapest choice of at most so many suppliers."""

from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarry.domain.estimates import suppliers
from quarry.domain.estimates.suppliers import choose, totals

COSTS = st.lists(
    st.dictionaries(st.integers(1, 6), st.integers(1, 50).map(Decimal), max_size=6), min_size=1, max_size=8
)


def by_trying_all(costs, most):
    """As many lines as can be, then as cheaply as can be."""
    known = sorted({one for line in costs for one in line})
    best = (0, Decimal(0))
    for count in range(1, most + 1):
        for chosen in combinations(known, min(count, len(known))):
            served = [min(line[one] for one in chosen if one in line) for line in costs if line.keys() & set(chosen)]
            best = max(best, (len(served), -sum(served)))
    return best[0], -best[1]


@given(COSTS, st.integers(1, 4))
def test_it_is_the_best_of_all_choices(costs, most):
    choice = choose(costs, most)
    assert (choice.served, choice.cost) == by_trying_all(costs, most)
    assert len(choice.suppliers) <= most
    assert choice.proved


def test_beyond_its_bound_it_gives_what_it_found_and_says_so(monkeypatch):
    monkeypatch.setattr(suppliers, "_MOST_LOOKS", 1)
    costs = [{1: Decimal(5), 2: Decimal(4)}, {2: Decimal(9), 3: Decimal(1)}, {1: Decimal(2), 3: Decimal(8)}]
    choice = choose(costs, 2)
    assert (choice.served, choice.proved) == (3, False)


def line(**costs):
    offers = [{"supplier_id": int(one[1:]), "cost": cost} for one, cost in costs.items()]
    best = min(offers, key=lambda one: Decimal(one["cost"]), default=None)
    return {"offers": offers, "best": best}


def test_totals_of_no_line_that_anybody_serves_are_nothing():
    found = totals([line()], 2)
    assert found["cheapest"] == {"cost": "0.00", "suppliers": 0, "served": 0}
    assert (found["by_supplier"], found["with_at_most"]["served"]) == ([], 0)


@pytest.mark.parametrize(("most", "cost"), [(1, "30.00"), (2, "25.00"), (9, "25.00")])
def test_more_suppliers_never_cost_more(most, cost):
    lines = [line(s1="10.00", s2="15.00"), line(s1="20.00", s2="15.00")]
    assert totals(lines, most)["with_at_most"]["cost"] == cost
