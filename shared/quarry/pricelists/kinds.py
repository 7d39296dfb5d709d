"""What the rows of a table are: goods, headings, notes and so on, labelled in sequence and not each for itself.

A row that has a name and a price is goods. Those between two such rows are labelled together: each kind is made likely
by what is seen of a row, and by the kinds of the rows before and after it (the Viterbi algorithm). The weights are in
one table.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from quarry.pricelists.weights import SEEN, STEPS


class Kind(StrEnum):
    """``SKIPPED`` rows are those whose reason is reported; all others explain themselves."""

    GOODS = "goods"
    HEADING = "heading"
    HEADER = "header"
    CONTINUATION = "continuation"
    TOTAL = "total"
    NOTE = "note"
    BLANK = "blank"
    SKIPPED = "skipped"


LABELS = (Kind.GOODS, Kind.HEADING, Kind.NOTE, Kind.TOTAL, Kind.CONTINUATION)
BEGIN, END = "begin", "end"


def likely(seen: Iterable[str]) -> dict[Kind, float]:
    """How much what is seen of a row speaks for each kind."""
    scores = dict.fromkeys(LABELS, 0.0)
    for sign in ("any", *seen):
        for kind, weight in SEEN[sign].items():
            scores[Kind(kind)] += weight
    return scores


def step(before: str, after: str) -> float:
    return STEPS.get((before, after), 0.0)


def labelled(rows: Sequence[Iterable[str]], before: str = BEGIN, after: str | None = END) -> list[Kind]:
    """The likeliest kinds of rows that follow one another, each given by what is seen of it.

    ``before`` and ``after`` are the kinds of the rows around them, END where none follows, None where it is not known.
    """
    best: dict[Kind, tuple[float, list[Kind]]] = {}
    for at, seen in enumerate(rows):
        scores = likely(seen)
        if at == 0:
            best = {kind: (scores[kind] + step(before, kind), [kind]) for kind in LABELS}
            continue
        best = {kind: _extended(best, kind, scores[kind]) for kind in LABELS}
    if not best:
        return []
    ends = {kind: total + (step(kind, after) if after else 0.0) for kind, (total, _) in best.items()}
    return best[max(ends, key=lambda kind: ends[kind])][1]


def _extended(best: dict[Kind, tuple[float, list[Kind]]], kind: Kind, score: float) -> tuple[float, list[Kind]]:
    total, path = max(
        ((total + step(last, kind), path) for last, (total, path) in best.items()), key=lambda way: way[0]
    )
    return total + score, [*path, kind]
