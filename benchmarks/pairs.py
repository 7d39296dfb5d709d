"""Rows of two suppliers, joined as an import would: `python -m benchmarks.pairs FILE.tsv`.

Columns: label (same, different), name_a, unit_a, name_b, unit_b. All sides a are a catalogue; each side b meets it:
the same normalised name, else the best score among the materials that share a key. Recall counts a question half.
"""

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from quarry.domain.matching import score
from quarry.domain.names.facts import candidate_keys
from quarry.domain.text import normalize_name
from quarry.settings import Settings

JOINED, OTHER, REVIEW, NEW = "joined", "joined to another", "review", "new"


@dataclass(frozen=True)
class Pair:
    same: bool
    name: str
    unit: str | None
    other_name: str
    other_unit: str | None


def pairs(path: Path) -> list[Pair]:
    with path.open(encoding="utf-8", newline="") as file:
        told = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            Pair(one["label"] == "same", one["name_a"], one["unit_a"] or None, one["name_b"], one["unit_b"] or None)
            for one in told
        ]


class Catalogue:
    """The materials of one list, found by their keys."""

    def __init__(self, named: Sequence[tuple[str, str | None]]) -> None:
        self._known: dict[str, tuple[str, str | None]] = {}
        self._keyed: dict[str, dict[str, None]] = defaultdict(dict)
        for name, unit in named:
            normalized = normalize_name(name)
            self._known.setdefault(normalized, (name, unit))
            for key in candidate_keys(name, unit):
                self._keyed[key][normalized] = None

    def decided(self, name: str, unit: str | None, settings: Settings) -> tuple[str, str | None, float]:
        """What becomes of a row: the decision, the material that it came to or resembles, and the score."""
        normalized = normalize_name(name)
        if normalized in self._known:
            return JOINED, normalized, 1.0
        likes = dict.fromkeys(other for key in candidate_keys(name, unit) for other in self._keyed.get(key, ()))
        scored = [(score(name, unit, *self._known[other]), other) for other in likes]
        best, found = max(scored, default=(0.0, None))
        if best >= settings.match_threshold:
            return JOINED, found, best
        return (REVIEW if best >= settings.review_threshold else NEW), found, best


def report(told: Sequence[Pair], *, wrong: bool) -> None:
    settings = Settings()
    catalogue = Catalogue([(pair.name, pair.unit) for pair in told])
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    missed = []
    for pair in told:
        verdict, found, best = catalogue.decided(pair.other_name, pair.other_unit, settings)
        if verdict == JOINED and found != normalize_name(pair.name):
            verdict = OTHER
        counts[pair.same][verdict] += 1
        if verdict != (JOINED if pair.same else NEW) and (pair.same or verdict != OTHER):
            missed.append((verdict, pair, found, best))
    console = Console(width=160)
    console.print(_table(counts))
    _figures(console, counts)
    for verdict, pair, found, best in missed if wrong else ():
        label = "same" if pair.same else "different"
        console.print(f"{label}, {verdict} {best:.2f}: {pair.name} | {pair.unit}", markup=False)
        console.print(f"    {pair.other_name} | {pair.other_unit}", markup=False)
        if verdict == OTHER:
            console.print(f"    → {found}", markup=False)


def _table(counts: dict[bool, Counter[str]]) -> Table:
    table = Table(title="Pairs of rows")
    for column in ("label", "pairs", JOINED, OTHER, REVIEW, NEW):
        table.add_column(column, justify="left" if column == "label" else "right")
    for same, one in counts.items():
        figures = (one.total(), one[JOINED], one[OTHER], one[REVIEW], one[NEW])
        table.add_row("same" if same else "different", *map(str, figures))
    return table


def _figures(console: Console, counts: dict[bool, Counter[str]]) -> None:
    """A row of «different» that joins another material than its pair's may be right, and is not judged."""
    same, different = counts[True], counts[False]
    joined = same[JOINED] + same[OTHER] + different[JOINED]
    precision = same[JOINED] / joined if joined else 1.0
    recall = (same[JOINED] + same[REVIEW] / 2) / same.total() if same else 1.0
    review = (same[REVIEW] + different[REVIEW]) / (same.total() + different.total())
    console.print(f"precision of joins {precision:.3f}, recall {recall:.3f}, review {review:.3f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--wrong", action="store_true", help="list the pairs that are not decided rightly")
    chosen = arguments.parse_args()
    report(pairs(chosen.file), wrong=chosen.wrong)


if __name__ == "__main__":
    main()
