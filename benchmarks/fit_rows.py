"""The weights by which rows are labelled, fitted on labelled lists: `python -m benchmarks.fit_rows [FILE.jsonl]`.

A line of the file is a list: its name, and its rows, each of a kind (goods, heading, note, total, header, above, blank)
and the cells. Of each three lists two are fitted and one is kept aside. The fit is an averaged perceptron over whole
sequences (Collins 2002), which starts from the present weights and is drawn towards them: signs that the lists hardly
have keep theirs. Printed are the rows labelled rightly before and after, and the weights that the fit would change.
"""

import argparse
import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

from quarry import pricelists
from quarry.pricelists import table, weights
from quarry.pricelists.grid import Line
from quarry.pricelists.kinds import BEGIN, END, LABELS, Kind, labelled

ROWS = Path(__file__).parent / "labelled" / "rows.jsonl"
_EPOCHS = 30
_RATE = 0.25
_PULL = 0.01  # of the way back to the present weights, an epoch
_SHOWN = 0.3
Feature = tuple[str, str]
Weights = dict[Feature, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows that are labelled together: what is seen of each, their kinds, and those around them."""

    seen: Sequence[Sequence[str]]
    kinds: Sequence[Kind]
    before: str
    after: str | None


def sequences(rows: Sequence[Sequence[str]]) -> list[Asked]:
    """What the reader asks of a list, which it goes through with the labels as answers."""
    told = {number: row[0] for number, row in enumerate(rows, 1)}
    found: list[Asked] = []
    lines_of: list[Sequence[Line]] = []
    asked = table.Table.kinds

    def answered(seen: Sequence[Sequence[str]], before: str = BEGIN, after: str | None = END) -> list[Kind]:
        filled = [line for line in lines_of[-1] if any(cell != "" for cell in line.cells)]
        right = [_kind(told.get(line.number, "")) for line in filled]
        if len(right) != len(seen):  # of tables side by side one has no cell in the row
            return labelled(seen, before, after)
        found.append(Asked([[*signs] for signs in seen], right, before, after))
        return right

    def asking(self: Any, lines: Sequence[Line], after: str | None, levels: Any) -> list[Kind]:
        lines_of.append(lines)
        return asked(self, lines, after, levels)

    with patch.object(table, "labelled", answered), patch.object(table.Table, "kinds", asking):
        for item in pricelists.scan(io.BytesIO(_written(row[1:] for row in rows)), "list.csv"):
            del item
    return found


def _kind(label: str) -> Kind:
    found = Kind(label) if label in set(Kind) else Kind.NOTE
    return found if found in LABELS else Kind.NOTE


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode()


def features(told: Asked, found: Sequence[Kind]) -> Iterator[Feature]:
    """What a labelling of the rows takes from the table of weights: of signs, and of steps."""
    for signs, kind in zip(told.seen, found, strict=True):
        yield from ((sign, str(kind)) for sign in ("any", *signs))
    around = [told.before, *found, *([told.after] if told.after else [])]
    yield from ((f"> {one}", str(other)) for one, other in pairwise(around))


def _take(current: Weights) -> None:
    """Make these the weights that rows are labelled with."""
    for (one, kind), weight in current.items():
        if one.startswith("> "):
            weights.STEPS[(one[2:], kind)] = weight
        else:
            weights.SEEN[one][kind] = weight


def present() -> Weights:
    """A sign and a kind, or «> kind» and the kind that follows, with their weight."""
    found = {(sign, kind): weight for sign, by_kind in weights.SEEN.items() for kind, weight in by_kind.items()}
    return found | {(f"> {one}", other): weight for (one, other), weight in weights.STEPS.items()}


def fitted(told: Sequence[Asked]) -> Weights:
    now = present()
    current, total = dict(now), dict.fromkeys(now, 0.0)
    for _ in range(_EPOCHS):
        for one in told:
            _take(current)
            found = labelled(one.seen, one.before, one.after)
            if found != list(one.kinds):
                wanted, given = Counter(features(one, one.kinds)), Counter(features(one, found))
                for feature in wanted | given:
                    current[feature] = current.get(feature, 0.0) + _RATE * (wanted[feature] - given[feature])
        for feature, weight in current.items():
            current[feature] = weight + _PULL * (now.get(feature, 0.0) - weight)
            total[feature] = total.get(feature, 0.0) + current[feature]
    _take(now)
    return {feature: weight / _EPOCHS for feature, weight in total.items()}


def right(told: Sequence[Asked], current: Weights) -> tuple[int, int]:
    """Rows labelled rightly with these weights, and all."""
    _take(current)
    pairs = [
        (one, other)
        for each in told
        for one, other in zip(each.kinds, labelled(each.seen, each.before, each.after), strict=True)
    ]
    return sum(one == other for one, other in pairs), len(pairs)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit_rows", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=ROWS)
    lists = [json.loads(line)["rows"] for line in parser.parse_args().file.read_text("utf-8").splitlines()]
    found = [sequences(rows) for rows in lists]
    tuned = [one for at, each in enumerate(found) if at % 3 for one in each]
    aside = [one for at, each in enumerate(found) if not at % 3 for one in each]
    now = present()
    proposed = fitted(tuned)
    for name, told in (("fitted", tuned), ("kept aside", aside)):
        before, rows = right(told, now)
        after, _ = right(told, proposed)
        print(f"{name:<12} {rows:>5} rows  right by the present weights {before:>5}  by the fit {after:>5}")
    _take(now)
    changed = sorted(proposed, key=lambda feature: -abs(proposed[feature] - now.get(feature, 0.0)))
    for feature in changed:
        if abs(proposed[feature] - now.get(feature, 0.0)) >= _SHOWN:
            print(f"{feature[0]:<24} {feature[1]:<14} {now.get(feature, 0.0):>6.2f} -> {proposed[feature]:>6.2f}")


if __name__ == "__main__":
    main()
