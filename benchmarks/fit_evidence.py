"""The weights of what both names say, where a detail is missing: `python -m benchmarks.fit_evidence FILE.tsv ...`.

A logistic regression, drawn towards zero, on labelled pairs that are read several times: as the files of words are,
and each time without another part of their words, as goods are read that nobody has looked at. It is stretched so
that of the pairs that are joined enough are right, and as many are asked about as may be. Of each file is printed
what it comes to with weights that were fitted on the others.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

import quarry.knowledge

if TYPE_CHECKING:
    from benchmarks.pairs import Pair

_PRECISION: Final = 0.98  # of readings of which most lack words: more of the others are right
_QUESTIONS: Final = 0.08
_FORGOTTEN: Final = (0.0, 0.2, 0.2, 0.3)  # the share of the words, one reading each
_PULL: Final = 350.0
_STEPS: Final = 12
_SUBJECTS: Final = ("terms", "brands", "implied")
_KEPT: Final = frozenset({"serving", "ending", "noise"})  # the language's, and no trade's
_THOUSAND: Final = 1000


class Sample(NamedTuple):
    """``odds`` by the details alone; ``values``: of the evidence, None where it does not count.

    ``labelled``: one of the file's pairs, and no rows that only share a key, which are fitted on and not counted.
    """

    file: int
    same: bool
    odds: float
    values: tuple[float, ...] | None
    labelled: bool


class Model(NamedTuple):
    bias: float
    weights: tuple[float, ...]


def forget(share: float, seed: int) -> None:
    """Let the files of words lack a share of their entries. Before any module that has read them is imported."""
    whole = quarry.knowledge.load

    @cache
    def load(subject: str) -> dict[str, Any]:
        told = whole(subject)
        return {key: _without(key, value, share, seed) for key, value in told.items()} if subject in _SUBJECTS else told

    quarry.knowledge.load = load  # type: ignore[assignment]


def _without(key: str, value: Any, share: float, seed: int) -> Any:
    if key in _KEPT:
        return value
    if isinstance(value, dict):
        return _row_without(value, share, seed)
    rows = (_row_without(row, share, seed) for row in value)
    return [row for row in rows if any(isinstance(one, list) and one for one in row.values()) and row.get("by", True)]


def _row_without(row: Mapping[str, Any], share: float, seed: int) -> dict[str, Any]:
    return {
        key: [one for one in value if not (isinstance(one, str) and _is_forgotten(one, share, seed))]
        if isinstance(value, list)
        else value
        for key, value in row.items()
    }


def _is_forgotten(word: str, share: float, seed: int) -> bool:
    return zlib.crc32(f"{seed}{word}".encode()) % _THOUSAND < share * _THOUSAND


def read(files: Sequence[Path]) -> list[Sample]:
    """By the words as they are in this process."""
    from benchmarks.pairs import pairs

    told = [(file, pairs(path)) for file, path in enumerate(files)]
    labelled = [_sample(file, one, labelled=True) for file, some in told for one in some]
    return labelled + [_sample(file, one, labelled=False) for file, some in told for one in _met_by_chance(some)]


def _met_by_chance(told: Sequence[Pair]) -> Iterator[Pair]:
    """A row of one list with each other row that a list of the other has under its keys: other goods."""
    from benchmarks.pairs import Pair, same_goods
    from quarry.domain.names.facts import candidate_keys
    from quarry.domain.text import normalize_name

    goods = same_goods(told)
    keyed: dict[str, dict[str, Pair]] = defaultdict(dict)
    for one in told:
        for key in candidate_keys(one.name, one.unit):
            keyed[key][one.name] = one
    for one in told:
        met = {
            other.name: other for key in candidate_keys(one.other_name, one.other_unit) for other in keyed[key].values()
        }
        for other in met.values():
            if goods[normalize_name(other.name)] != goods[normalize_name(one.other_name)] and other.name != one.name:
                yield Pair(False, other.name, other.unit, one.other_name, one.other_unit)


def _sample(file: int, pair: Pair, *, labelled: bool) -> Sample:
    from quarry.domain.matching import BIAS, LEAST_DETAILS, details_of, difference, is_weighed

    said = difference(pair.name, pair.unit, pair.other_name, pair.other_unit)
    if said is None:
        return Sample(file, pair.same, -BIAS * 10, None, labelled)
    odds = details_of(said.missing)
    values = (max(odds, LEAST_DETAILS), *map(float, said.evidence)) if is_weighed(odds, said.evidence) else None
    return Sample(file, pair.same, odds, values, labelled)


def _read_forgetful(files: Sequence[Path], share: float, seed: int) -> list[Sample]:
    command = [sys.executable, "-m", "benchmarks.fit_evidence", *map(str, files), "--read", str(share), str(seed)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return [Sample(file, same, odds, values and tuple(values), labelled) for file, same, odds, values, labelled in told]


def fitted(told: Sequence[Sample]) -> Model:
    """By Newton's steps, on values of one spread."""
    weighed = [one for one in told if one.values is not None]
    raw = np.array([one.values for one in weighed])
    mean, spread = raw.mean(axis=0), raw.std(axis=0)
    values = np.column_stack([np.ones(len(raw)), (raw - mean) / spread])
    wanted = np.array([one.same for one in weighed], dtype=float)
    pull = np.diag([0.0, *[_PULL] * raw.shape[1]])
    weights = np.zeros(values.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-values @ weights))
        slope = values.T @ (wanted - chance) - pull @ weights
        weights += np.linalg.solve(values.T @ (values * (chance * (1 - chance))[:, None]) + pull, slope)
    plain = weights[1:] / spread
    return Model(float(weights[0] - plain @ mean), tuple(map(float, plain)))


def odds_of(one: Sample, model: Model) -> float:
    if one.values is None:
        return one.odds
    return model.bias + sum(weight * value for weight, value in zip(model.weights, one.values, strict=True))


def stretched(told: Sequence[Sample], model: Model, joins: float, asks: float) -> Model:
    """The same order, so that the odds ``joins`` and ``asks`` mean what is wanted of precision and of questions."""
    weighed = sorted((odds_of(one, model), one.same) for one in told if one.values is not None)[::-1]
    others = [one for one in told if one.values is None]
    right = sum(one.same for one in others if one.odds >= joins)
    joined = sum(one.odds >= joins for one in others)
    last = 0
    for place, (_, same) in enumerate(weighed):
        right, joined = right + same, joined + 1
        if right >= _PRECISION * joined:
            last = place
    asked = sum(asks <= one.odds < joins for one in others)
    low = min(len(weighed) - 1, last + max(1, round(_QUESTIONS * len(told)) - asked))
    scale = (joins - asks) / max(weighed[last][0] - weighed[low][0], 0.01)
    shift = joins - scale * weighed[last][0]
    return Model(scale * model.bias + shift, tuple(scale * one for one in model.weights))


def figures(told: Sequence[Sample], model: Model, joins: float, asks: float) -> tuple[str, str, str]:
    """Precision of joins, recall with a question counted half, share of questions: each pair by its names alone."""
    scored = [(odds_of(one, model), one.same) for one in told]
    joined = [same for odds, same in scored if odds >= joins]
    asked = [same for odds, same in scored if asks <= odds < joins]
    same = sum(same for _, same in scored)
    return (
        f"{sum(joined) / max(len(joined), 1):.3f}",
        f"{(sum(joined) + sum(asked) / 2) / max(same, 1):.3f}",
        f"{len(asked) / len(told):.3f}",
    )


def report(files: Sequence[Path], readings: Sequence[Sequence[Sample]], kept: int) -> None:
    """``kept``: of the last files only the figures are wanted."""
    from quarry.domain.matching import EVIDENCE, EVIDENCE_BIAS, EVIDENCE_OF_DETAILS
    from quarry.settings import Settings

    joins, asks = (float(np.log(one / (1 - one))) for one in (Settings().match_threshold, Settings().review_threshold))
    present = Model(EVIDENCE_BIAS, (EVIDENCE_OF_DETAILS, *EVIDENCE))
    told = readings[0]

    def made(chosen: frozenset[int]) -> Model:
        some = [one for reading in readings for one in reading if one.file in chosen]
        return stretched([one for one in some if one.labelled], fitted(some), joins, asks)

    everything = frozenset(range(len(files) - kept))
    whole = made(everything)
    console = Console(width=140)
    table = Table("evidence", "present", "fitted", title="Weights")
    for name, now, then in zip(
        ("bias", "details", *EVIDENCE._fields),
        (present.bias, *present.weights),
        (whole.bias, *whole.weights),
        strict=True,
    ):
        table.add_row(name, f"{now:.2f}", f"{then:.2f}")
    console.print(table)
    table = Table("file", "weights", "precision of joins", "recall", "review", title="Pairs, each by its names alone")
    for file, path in enumerate(files):
        own = [one for one in told if one.file == file and one.labelled]
        table.add_row(path.name, "present", *figures(own, present, joins, asks))
        table.add_row("", "fitted", *figures(own, whole, joins, asks))
        if file in everything:
            table.add_row("", "fitted on the others", *figures(own, made(everything - {file}), joins, asks))
    console.print(table)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("files", type=Path, nargs="+")
    arguments.add_argument("--kept", type=Path, nargs="*", default=[], help="files that nothing is fitted on")
    arguments.add_argument(
        "--read", nargs=2, metavar=("SHARE", "SEED"), help="print what is read without a share of words"
    )
    chosen = arguments.parse_args()
    if chosen.read:
        forget(float(chosen.read[0]), int(chosen.read[1]))
        sys.stdout.write(json.dumps(read(chosen.files)))
        return
    files = [*chosen.files, *chosen.kept]
    report(files, [_read_forgetful(files, share, seed) for seed, share in enumerate(_FORGOTTEN)], len(chosen.kept))


if __name__ == "__main__":
    main()
