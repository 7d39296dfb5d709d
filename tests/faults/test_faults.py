"""The short form of ``make faults``: small lists are imported while stores fail; no row is lost or duplicated."""

from collections.abc import Iterator

import pytest

from tests.faults.__main__ import report
from tests.faults.plan import plan
from tests.faults.runs import Run, Runner
from tests.faults.stack import started

ROWS = 2_000
SHAPES = {
    "PostgreSQL is killed": (("postgresql", "kill"),),
    "Qdrant swallows every byte": (("qdrant", "black_hole"),),
    "Qdrant freezes while Redis resets": (("qdrant", "freeze"), ("redis", "reset")),
    "all databases at once": (("postgresql", "reset"), ("qdrant", "kill"), ("redis", "black_hole")),
}


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with started() as stack:
        made = Runner(stack)
        yield made
        made.close()


@pytest.mark.parametrize(("seed", "shape"), [*enumerate(SHAPES.values(), start=1)], ids=SHAPES)
def test_every_row_arrives_once(runner, seed, shape):
    run = runner.run(seed, ROWS, shape)

    assert run.verdict.faults == []
    assert (run.ended, run.verdict.lost, run.verdict.doubled) == (True, 0, 0)
    assert run.recovery is not None


def test_the_figures_of_runs_are_printed(capsys):
    wrong = {"batch: progress went back": 2}
    report([Run(1, ROWS, plan(1, ROWS)), Run(2, ROWS, plan(2, ROWS), violations=wrong)])

    printed = capsys.readouterr().out
    assert str(2 * ROWS) in printed
    assert "2 × batch: progress went back" in printed
