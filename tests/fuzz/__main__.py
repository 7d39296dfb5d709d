"""``python -m tests.fuzz --seed S --runs N [--files FOLDER]``: damaged price lists, until a promise breaks."""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import seeds
from tests.fuzz.worker import Worker

_NAMES = ["прайс.xlsx", "прайс.xls", "price.csv", "list.json", "list.yml", "x", ""]


def case(seed: int, files: dict[str, bytes]) -> tuple[str, bytes]:
    """The file of one seed: the same for the same files."""
    rng = Random(seed)
    name = rng.choice(sorted(files))
    content = mutated(rng, files[name], list(files.values()))
    return (rng.choice(_NAMES) if rng.random() < 0.2 else name), content


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--files", type=Path, help="a folder of price lists to damage instead of our own")
    parser.add_argument("--keep", type=Path, help="a folder for the files that broke a promise")
    given = parser.parse_args()
    files = seeds()
    if given.files:
        files = {path.name: path.read_bytes() for path in sorted(given.files.iterdir()) if path.is_file()}
    outcomes: Counter[str] = Counter()
    findings, began = 0, time.monotonic()
    with Worker() as worker:
        for seed in range(given.seed, given.seed + given.runs):
            name, content = case(seed, files)
            verdict = worker.judge(content, name)
            outcomes[verdict.outcome] += 1
            outcomes["(printed)"] += bool(verdict.noise)
            if verdict.finding:
                findings += 1
                sys.stdout.write(f"seed {seed}, {name}: {verdict.outcome}\n{verdict.finding}\n{verdict.noise}\n")
                if given.keep:
                    given.keep.mkdir(parents=True, exist_ok=True)
                    (given.keep / f"{seed}-{name or 'x'}").write_bytes(content)
    took = time.monotonic() - began
    sys.stdout.write(f"{given.runs} files in {took:.0f} s, {findings} findings: {dict(outcomes.most_common())}\n")
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
