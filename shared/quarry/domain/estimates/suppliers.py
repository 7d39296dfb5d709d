"""Whom to buy from: what each supplier costs alone, all together, and the cheapest with at most so many.

The last is the uncapacitated k-median problem on a bipartite graph. It is solved exactly by branch and bound over the
suppliers, within a bound on the work: of real lists few suppliers are cheapest for anything. Beyond it the best choice
that was found is given, and the answer says that it is not proved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from quarry.domain.estimates.lines import Json
from quarry.domain.money import money

# Costs looked at: about a second's work.
_MOST_LOOKS: Final = 20_000_000
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Choice:
    """Lines ``served`` and what they cost; ``proved``: no choice of as many suppliers is better."""

    suppliers: tuple[int, ...]
    served: int
    cost: Decimal
    proved: bool = True


# By line: what it costs by each supplier that offers it.
Costs = Sequence[Mapping[int, Decimal]]


def choose(costs: Costs, most: int) -> Choice:
    """At most ``most`` suppliers: as many lines as can be, then as cheaply as can be."""
    return _Search([line for line in costs if line], most).best()


class _Search:
    """Suppliers are decided in the order of what they save; a line that nobody serves costs more than all others."""

    def __init__(self, costs: Costs, most: int) -> None:
        self._most = most
        penalty = sum((max(line.values()) for line in costs), _ZERO) + 1
        suppliers = sorted({supplier for line in costs for supplier in line})
        # Integers, in hundredths of a cent, are added and compared in a fraction of the time.
        self._penalty = _whole(penalty)
        lines = _merged(costs)
        weight = {one: sum(self._penalty - line.get(one, self._penalty) for line in lines) for one in suppliers}
        self._order = sorted(suppliers, key=lambda one: -weight[one])
        self._rows = [[line.get(one, self._penalty) for line in lines] for one in self._order]
        self._lines = len(lines)
        self._costs = costs
        # The cheapest of a supplier and all behind it, by line.
        self._rest: list[list[int]] = [[self._penalty] * self._lines]
        for row in reversed(self._rows):
            self._rest.append(list(map(min, row, self._rest[-1])))
        self._rest.reverse()
        self._looks = 0
        self._found: tuple[int, tuple[int, ...]] = (self._penalty * (self._lines + 1), ())

    def best(self) -> Choice:
        self._greedy()
        self._branch(0, (), [self._penalty] * self._lines)
        chosen = frozenset(self._order[place] for place in self._found[1])
        bought = [
            min(cost for one, cost in line.items() if one in chosen) for line in self._costs if chosen & line.keys()
        ]
        used = {
            min(chosen & line.keys(), key=lambda one: (line[one], one)) for line in self._costs if chosen & line.keys()
        }
        return Choice(tuple(sorted(used)), len(bought), sum(bought, _ZERO), proved=self._looks <= _MOST_LOOKS)

    def _greedy(self) -> None:
        """A first solution: always the supplier that saves most."""
        current, taken = [self._penalty] * self._lines, []
        for _ in range(min(self._most, len(self._rows))):
            free = [place for place in range(len(self._rows)) if place not in taken]
            place = min(free, key=lambda at: sum(map(min, current, self._rows[at])))
            taken.append(place)
            current = list(map(min, current, self._rows[place]))
        self._found = (sum(current), tuple(taken))

    def _branch(self, place: int, taken: tuple[int, ...], current: list[int]) -> None:
        """With the supplier at ``place``, and without it, unless even all that follow would not be better."""
        self._looks += self._lines * (len(self._rows) - place + 2)
        total = sum(current)
        if total < self._found[0]:
            self._found = (total, taken)
        if place == len(self._rows) or len(taken) == self._most or self._looks > _MOST_LOOKS:
            return
        if self._bound(place, len(taken), current, total) >= self._found[0]:
            return
        row = self._rows[place]
        following = list(map(min, current, row))
        if following != current:
            self._branch(place + 1, (*taken, place), following)
        self._branch(place + 1, taken, current)

    def _bound(self, place: int, taken: int, current: list[int], total: int) -> int:
        """The least that can come of it: with all that follow, or with the most that so many of them save each."""
        everything = sum(map(min, current, self._rest[place]))
        if everything >= self._found[0]:
            return everything
        left = self._most - taken
        savings = sorted((total - sum(map(min, current, row)) for row in self._rows[place:]), reverse=True)
        return max(everything, total - sum(savings[:left]))


def _whole(amount: Decimal) -> int:
    return int((amount * 10_000).to_integral_value())


def _merged(costs: Costs) -> list[dict[int, int]]:
    return [{one: _whole(cost) for one, cost in line.items()} for line in costs]


def totals(lines: Sequence[Json], max_suppliers: int | None) -> dict[str, Any]:
    """Of the lines that can be served; costs are of whole packages."""
    costs = [
        {one["supplier_id"]: Decimal(one["cost"]) for one in line["offers"] if one["supplier_id"] is not None}
        for line in lines
    ]
    best = [line["best"] for line in lines if line["best"]]
    cheapest = sum((Decimal(one["cost"]) for one in best), _ZERO)
    found: dict[str, Any] = {
        "cheapest": {
            "cost": money(cheapest),
            "suppliers": len({one["supplier_id"] for one in best}),
            "served": len(best),
        },
        "by_supplier": _by_supplier(lines, costs),
        "with_at_most": None,
    }
    if max_suppliers is not None:
        choice = choose(costs, max_suppliers)
        found["with_at_most"] = {
            "suppliers": max_suppliers,
            "supplier_ids": list(choice.suppliers),
            "cost": money(choice.cost),
            "served": choice.served,
            "proved": choice.proved,
        }
    return found


def _by_supplier(lines: Sequence[Json], costs: Costs) -> list[dict[str, Any]]:
    """Those that serve most lines first, then the cheapest."""
    served: dict[int, list[Decimal]] = {}
    for line in costs:
        for supplier, cost in line.items():
            served.setdefault(supplier, []).append(cost)
    rows = [
        {
            "supplier_id": supplier,
            "cost": money(sum(each, _ZERO)),
            "served": len(each),
            "missing": len(lines) - len(each),
        }
        for supplier, each in served.items()
    ]
    return sorted(rows, key=lambda row: (row["missing"], Decimal(row["cost"] or 0), row["supplier_id"]))
