"""The weights of missing details: `python -m benchmarks.fit_pairs FILE.tsv ... [--lists LIST ...]`.

Of each three pairs two are fitted and one is kept aside. Pairs with a contradiction say nothing of weights. The fit is
a logistic regression drawn towards the present weights: kinds of details that the files hardly have keep theirs.
Price lists give different goods: two names of one list. They weigh little, since some suppliers list goods twice, and
how many would be joined is printed.
"""

import argparse
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.pairs import Pair, pairs
from benchmarks.reading import read
from quarry.domain.matching import BIAS, WEIGHTS, difference
from quarry.domain.names.facts import candidate_keys
from quarry.domain.text import normalize_name
from quarry.settings import Settings

_STEPS = 4000
_RATE = 0.05
_PULL = 0.02
_OF_LIST = 0.1
_COMPARED = 60  # names of a list that share a key
# What two names miss of each other, whether they mean one material, and how much the pair weighs.
Sample = tuple[Mapping[str, int], bool, float]


def samples(told: Sequence[Pair]) -> list[Sample]:
    found = [(difference(one.name, one.unit, one.other_name, one.other_unit), one.same) for one in told]
    return [(said.missing, same, 1.0) for said, same in found if said is not None]


def of_list(path: Path) -> Iterator[Mapping[str, int]]:
    """What names of one list that may be taken for each other miss of each other."""
    keyed: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    named = {normalize_name(row.name): (row.name, row.unit) for row in read(path).offers}
    for name, unit in named.values():
        keys = candidate_keys(name, unit)
        for other in dict.fromkeys(other for key in keys for other in keyed[key][-_COMPARED:]):
            said = difference(name, unit, *other)
            if said is not None:
                yield said.missing
        for key in keys:
            keyed[key].append((name, unit))


def fitted(told: Sequence[Sample]) -> tuple[float, dict[str, float]]:
    bias, weights = BIAS, dict(WEIGHTS)
    whole = sum(weight for *_, weight in told)
    for _ in range(_STEPS):
        slopes = dict.fromkeys(weights, 0.0)
        slope = 0.0
        for missing, same, weight in told:
            error = weight * (_chance(bias, weights, missing) - same)
            slope += error
            for kind, times in missing.items():
                slopes[kind] -= error * times
        bias -= _RATE * (slope / whole + _PULL * (bias - BIAS))
        for kind, value in weights.items():
            pulled = slopes[kind] / whole + _PULL * (value - WEIGHTS[kind])
            weights[kind] = max(0.0, value - _RATE * pulled)
    return bias, weights


def _chance(bias: float, weights: Mapping[str, float], missing: Mapping[str, int]) -> float:
    return 1 / (1 + math.exp(sum(weights[kind] * times for kind, times in missing.items()) - bias))


def _figures(told: Sequence[Pair], bias: float, weights: Mapping[str, float]) -> tuple[str, str, str]:
    """Precision of joins, recall with a question counted half, share of questions."""
    settings = Settings()
    joined, right, asked, asked_right = 0, 0, 0, 0
    for one in told:
        said = difference(one.name, one.unit, one.other_name, one.other_unit)
        chance = 0.0 if said is None else _chance(bias, weights, said.missing)
        joins = chance >= settings.match_threshold
        asks = not joins and chance >= settings.review_threshold
        joined, right = joined + joins, right + (joins and one.same)
        asked, asked_right = asked + asks, asked_right + (asks and one.same)
    same = sum(one.same for one in told)
    return (
        f"{right / max(joined, 1):.3f}",
        f"{(right + asked_right / 2) / max(same, 1):.3f}",
        f"{asked / len(told):.3f}",
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("files", type=Path, nargs="+")
    arguments.add_argument("--lists", type=Path, nargs="*", default=[])
    chosen = arguments.parse_args()
    told = [one for path in chosen.files for one in pairs(path)]
    kept = told[2::3]
    used = [one for place, one in enumerate(told) if place % 3 != 2]
    listed = [missing for path in chosen.lists for missing in of_list(path)]
    bias, weights = fitted([*samples(used), *((missing, False, _OF_LIST) for missing in listed if missing)])
    console = Console()
    table = Table(title="Weights")
    for column in ("kind", "present", "fitted"):
        table.add_column(column, justify="left" if column == "kind" else "right")
    table.add_row("bias", f"{BIAS:.2f}", f"{bias:.2f}")
    for kind, value in weights.items():
        table.add_row(kind, f"{WEIGHTS[kind]:.2f}", f"{value:.2f}")
    console.print(table)
    table = Table(title="Pairs, each by its names alone")
    for column in ("pairs", "weights", "precision of joins", "recall", "review"):
        table.add_column(column, justify="right")
    for label, some in (("fitted", used), ("kept aside", kept)):
        table.add_row(label, "present", *_figures(some, BIAS, WEIGHTS))
        table.add_row(label, "fitted", *_figures(some, bias, weights))
    console.print(table)
    if chosen.lists:
        threshold = Settings().match_threshold
        before, after = (
            sum(_chance(*some, missing) >= threshold for missing in listed)
            for some in ((BIAS, WEIGHTS), (bias, weights))
        )
        console.print(f"names of one list that would be joined: {before}, by the fitted weights {after}")


if __name__ == "__main__":
    main()
