"""Damaged price lists are read or refused: never another exception, a crash, a hang, or a flood of memory."""

from random import Random

import pytest

from tests.fuzz.__main__ import case
from tests.fuzz.mutations import BINARY
from tests.fuzz.seeds import MARK, seeds
from tests.fuzz.worker import Worker

RUNS = 1000


@pytest.fixture(scope="module")
def worker():
    with Worker() as started:
        yield started


@pytest.mark.parametrize("name", list(seeds()))
def test_a_whole_list_gives_every_row_of_goods(worker, name):
    verdict = worker.judge(seeds()[name], name)

    assert (verdict.outcome, verdict.finding) == ("rows", None)
    marks = {found[0] for row in verdict.names if (found := MARK.search(row))}
    assert len(marks) == (30 if name == "merged.xls" else 60)


def test_damaged_lists_are_read_or_refused(worker):
    findings = []
    for seed in range(RUNS):
        name, content = case(seed, seeds())
        verdict = worker.judge(content, name)
        if verdict.finding:
            findings.append((seed, name, verdict.finding))

    assert findings == []


def test_a_workbook_cut_off_anywhere_is_refused_or_whole(worker):
    """Half a list that is taken for a complete one would end the other half's prices."""
    for name in ("list.xls", "merged.xls", "list.xlsx", "list.ods"):
        whole = worker.judge(seeds()[name], name).names
        rng = Random(name)
        for _ in range(60):
            verdict = worker.judge(seeds()[name][: -rng.randrange(1, len(seeds()[name]))], name)
            assert verdict.finding is None
            assert verdict.outcome != "rows" or verdict.names == whole


def test_a_flipped_bit_in_a_zipped_workbook_is_never_read_as_another_price(worker):
    whole = worker.judge(seeds()["list.xlsx"], "list.xlsx").names
    for seed in range(60):
        content = BINARY[0](Random(seed), seeds()["list.xlsx"])
        verdict = worker.judge(content, "list.xlsx")
        assert verdict.outcome != "rows" or verdict.names == whole
