"""Rows of two suppliers, joined as an import would: `python -m benchmarks.pairs FILE.tsv`.

Columns: label (same, different), name_a, unit_a, name_b, unit_b. All sides a are a catalogue; each side b meets it:
the same normalised name, else the best score among the materials that share a key. With `--stack` a stack of the
benchmark's own imports both lists instead. Recall counts a question half.
"""

import argparse
import csv
import io
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.stack import drop, stack
from quarry.domain.matching import score
from quarry.domain.names.facts import candidate_keys
from quarry.domain.text import normalize_name
from quarry.settings import Settings

JOINED, OTHER, REVIEW, NEW = "joined", "joined to another", "review", "new"
JOINING = frozenset({"exact", "matched"})
# What became of a row, the material that it came to or resembles, and the score.
Verdict = tuple[str, str | None, float]


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

    def decided(self, name: str, unit: str | None, settings: Settings) -> Verdict:
        normalized = normalize_name(name)
        if normalized in self._known:
            return JOINED, normalized, 1.0
        likes = dict.fromkeys(other for key in candidate_keys(name, unit) for other in self._keyed.get(key, ()))
        scored = [(score(name, unit, *self._known[other]), other) for other in likes]
        best, found = max(scored, default=(0.0, None))
        if best >= settings.match_threshold:
            return JOINED, found, best
        return (REVIEW if best >= settings.review_threshold else NEW), found, best


def in_process(told: Sequence[Pair]) -> list[Verdict]:
    settings = Settings()
    catalogue = Catalogue([(pair.name, pair.unit) for pair in told])
    decided = [(pair, catalogue.decided(pair.other_name, pair.other_unit, settings)) for pair in told]
    goods = same_goods(told)
    return [
        (OTHER if verdict == JOINED and goods[found] != goods[normalize_name(pair.name)] else verdict, found, best)
        for pair, (verdict, found, best) in decided
    ]


def same_goods(told: Sequence[Pair]) -> dict[str | None, str]:
    """Of each normalised name one that stands for all names of its goods: a file may have them in several pairs."""
    named: dict[str | None, str] = {}

    def goods_of(name: str) -> str:
        while named.setdefault(name, name) != name:
            name = named[name]
        return name

    for pair in told:
        one, other = goods_of(normalize_name(pair.name)), goods_of(normalize_name(pair.other_name))
        if pair.same:
            named[other] = one
    return {name: goods_of(name) for name in list(named) if name}


def in_stack(told: Sequence[Pair], port: int) -> list[Verdict]:
    """What became of the sides b when both lists were imported."""
    with stack(port) as (url, _), httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
        ours, theirs = (
            _imported(client, supplier, listed)
            for supplier, listed in (
                (101, [(pair.name, pair.unit) for pair in told]),
                (102, [(pair.other_name, pair.other_unit) for pair in told]),
            )
        )
        return [_verdict(one, other) for one, other in zip(ours, theirs, strict=True)]


def _imported(client: httpx.Client, supplier: int, listed: Sequence[tuple[str, str | None]]) -> list[dict[str, Any]]:
    """The results of a list's rows, in their order."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(
        [("Наименование", "Ед.", "Цена"), *((name, unit, "100") for name, unit in listed)]
    )
    _, batch = drop(client, "list.csv", text.getvalue().encode(), supplier=supplier)
    found: dict[int, dict[str, Any]] = {}
    cursor: str | None = None
    while True:
        asked = {"limit": 100, **({"cursor": cursor} if cursor else {})}
        page = client.get(f"/batches/{batch['request_id']}/results", params=asked).raise_for_status().json()
        found |= {item["row"]: item for item in page["items"]}
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return [found[row] for row in range(2, len(listed) + 2)]


def _verdict(one: dict[str, Any], other: dict[str, Any]) -> Verdict:
    found, score = other["material_id"], other["similarity_score"] or 0.0
    if other["match_type"] == "review":
        return REVIEW, None, score
    if other["match_type"] not in JOINING and found != one["material_id"]:
        return NEW, found, score
    return (JOINED if found == one["material_id"] else OTHER), found, score


def report(told: Sequence[Pair], verdicts: Sequence[Verdict], *, wrong: bool) -> None:
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    missed = []
    for pair, (verdict, found, best) in zip(told, verdicts, strict=True):
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
    arguments.add_argument("--stack", action="store_true", help="import the lists into a stack")
    arguments.add_argument("--port", type=int, default=8124)
    chosen = arguments.parse_args()
    told = pairs(chosen.file)
    report(told, in_stack(told, chosen.port) if chosen.stack else in_process(told), wrong=chosen.wrong)


if __name__ == "__main__":
    main()
