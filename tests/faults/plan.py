"""The faults of a run, drawn from a seed: which ones, when after the upload of the list, and for how long."""

import random
from dataclasses import dataclass, replace
from itertools import combinations

STORES = ("postgresql", "redis", "qdrant", "s3")
KINDS = {
    "postgresql": ("kill", "freeze", "reset", "black_hole"),
    "redis": ("kill", "freeze", "reset", "black_hole"),
    "qdrant": ("kill", "freeze", "reset", "black_hole"),
    # S3 and SQS are one process that keeps everything in memory: it is killed only in runs of that kind.
    "s3": ("freeze", "reset", "black_hole", "5xx"),
    "lambda": ("kill", "freeze"),
}
DATABASES = ("postgresql", "redis", "qdrant")
# Frozen, an environment of these could answer no request in time by its nature.
HTTP_FUNCTIONS = ("SearchFunction", "BatchStatusFunction", "HealthFunction")
# The plan function's work is done early in an import.
EARLY = 0.25
ROWS_PER_SECOND = 2000
SHORTEST, LONGEST = 0.5, 8.0

Shape = tuple[tuple[str, str | None], ...]
_ALONE: list[Shape] = [((target, kind),) for target, kinds in KINDS.items() for kind in kinds] + [(("s3", "kill"),)]
_PAIRS: list[Shape] = [((one, None), (other, None)) for one, other in combinations(KINDS, 2)]
_ALL: list[Shape] = [tuple((target, None) for target in DATABASES)]
_ALL_FROZEN: list[Shape] = [(*_ALL[0], ("s3", "freeze"))]
# A seed's position in this ring is its kind of run: each occurs twice in 100 seeds, pairs and all at once more often.
SHAPES = [*_ALONE, *_PAIRS, *_PAIRS, *(_ALL * 7), *(_ALL_FROZEN * 4)]
random.Random(0).shuffle(SHAPES)


@dataclass(frozen=True, slots=True)
class Fault:
    """``at`` and ``seconds`` from the drop of the list; ``function`` is whose process is meant by ``lambda``."""

    target: str
    kind: str
    at: float
    seconds: float
    function: str | None = None

    def slowed(self, factor: float) -> "Fault":
        return replace(self, at=round(self.at * factor, 2), seconds=round(self.seconds * factor, 2))

    @property
    def end(self) -> float:
        return self.at + self.seconds

    def __str__(self) -> str:
        return f"{self.kind} {self.function or self.target} {self.at:.1f}+{self.seconds:.1f}s"


def plan(seed: int, rows: int, shape: Shape | None = None) -> list[Fault]:
    """The run's faults, the earliest first; those of one run overlap in time. ``shape`` replaces the seed's own."""
    chance = random.Random(seed)
    expected = 1 + rows / ROWS_PER_SECOND
    start = chance.uniform(0.1, 0.7 * expected)
    wanted = [
        (target, kind or chance.choice(KINDS[target]), chance.uniform(SHORTEST, min(LONGEST, 1.5 * expected)))
        for target, kind in shape or SHAPES[seed % len(SHAPES)]
    ]
    spread = 0.8 * min(seconds for _, _, seconds in wanted)
    later = [0.0, *(chance.uniform(0, spread) for _ in wanted[1:])]
    chance.shuffle(later)
    drawn = [
        _fault(chance, *one, start + after, early=start + after < EARLY * expected)
        for one, after in zip(wanted, later, strict=True)
    ]
    return sorted(drawn, key=lambda fault: fault.at)


def _fault(chance: random.Random, target: str, kind: str, seconds: float, at: float, *, early: bool) -> Fault:
    function = None
    if target == "lambda":
        works = "IngestPlanFunction" if early else "IngestProcessFunction"
        function = chance.choice([works, works, works, *(HTTP_FUNCTIONS if kind == "kill" else ())])
        # Lambda starts another environment at once.
        seconds = 0.0 if kind == "kill" else seconds
    return Fault(target, kind, round(at, 2), round(seconds, 2), function)
