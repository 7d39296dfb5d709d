"""The weights of matching, fitted on labelled pairs: `python -m benchmarks.fit_pairs FILE.tsv ...`.

Of each three pairs two are fitted and one is kept aside. Pairs with a contradiction say nothing of weights. The fit is
a logistic regression drawn towards the weights that stand: kinds of details that the files hardly have keep theirs.
"""

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.pairs import Pair, pairs
from quarry.domain.matching import BIAS, WEIGHTS, difference
from quarry.settings import Settings

_STEPS = 4000
_RATE = 0.05
_PULL = 0.02
Sample = tuple[Mapping[str, int], bool]


def samples(told: Sequence[Pair]) -> list[Sample]:
    found = [(difference(one.name, one.unit, one.other_name, one.other_unit), one.same) for one in told]
    return [(missing, same) for missing, same in found if missing is not None]


def fitted(told: Sequence[Sample]) -> tuple[float, dict[str, float]]:
    bias, weights = BIAS, dict(WEIGHTS)
    for _ in range(_STEPS):
        slopes = dict.fromkeys(weights, 0.0)
        slope = 0.0
        for missing, same in told:
            error = _chance(bias, weights, missing) - same
            slope += error
            for kind, times in missing.items():
                slopes[kind] -= error * times
        bias -= _RATE * (slope / len(told) + _PULL * (bias - BIAS))
        for kind, value in weights.items():
            pulled = slopes[kind] / len(told) + _PULL * (value - WEIGHTS[kind])
            weights[kind] = max(0.0, value - _RATE * pulled)
    return bias, weights


def _chance(bias: float, weights: Mapping[str, float], missing: Mapping[str, int]) -> float:
    return 1 / (1 + math.exp(sum(weights[kind] * times for kind, times in missing.items()) - bias))


def _figures(told: Sequence[Pair], bias: float, weights: Mapping[str, float]) -> tuple[str, str, str]:
    """Precision of joins, recall with a question counted half, share of questions."""
    settings = Settings()
    joined, right, asked, asked_right = 0, 0, 0, 0
    for one in told:
        missing = difference(one.name, one.unit, one.other_name, one.other_unit)
        chance = 0.0 if missing is None else _chance(bias, weights, missing)
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
    told = [one for path in arguments.parse_args().files for one in pairs(path)]
    kept = told[2::3]
    used = [one for place, one in enumerate(told) if place % 3 != 2]
    bias, weights = fitted(samples(used))
    console = Console()
    table = Table(title="Weights")
    for column in ("kind", "stands", "fitted"):
        table.add_column(column, justify="left" if column == "kind" else "right")
    table.add_row("bias", f"{BIAS:.2f}", f"{bias:.2f}")
    for kind, value in weights.items():
        table.add_row(kind, f"{WEIGHTS[kind]:.2f}", f"{value:.2f}")
    console.print(table)
    table = Table(title="Pairs, each by its names alone")
    for column in ("pairs", "weights", "precision of joins", "recall", "review"):
        table.add_column(column, justify="right")
    for label, some in (("fitted", used), ("kept aside", kept)):
        table.add_row(label, "stands", *_figures(some, BIAS, WEIGHTS))
        table.add_row(label, "fitted", *_figures(some, bias, weights))
    console.print(table)


if __name__ == "__main__":
    main()
