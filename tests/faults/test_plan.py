"""The plan of a run: replayable from its seed, and over a hundred seeds everything breaks in every way."""

from collections import Counter

import pytest

from tests.faults.listing import listing
from tests.faults.plan import DATABASES, KINDS, plan

HUNDRED = [plan(seed, 20_000) for seed in range(1, 101)]


def test_a_seed_gives_the_same_plan_and_the_same_list_each_time():
    assert plan(7, 20_000) == plan(7, 20_000)
    assert listing(7, 2_000) == listing(7, 2_000)
    assert len({tuple(faults) for faults in HUNDRED}) == 100


@pytest.mark.parametrize(("target", "kind"), [(target, kind) for target, kinds in KINDS.items() for kind in kinds])
def test_every_target_breaks_alone_in_every_way(target, kind):
    assert [(target, kind)] in [[(fault.target, fault.kind) for fault in faults] for faults in HUNDRED]


def test_every_two_targets_break_together():
    pairs = Counter(frozenset(fault.target for fault in faults) for faults in HUNDRED if len(faults) == 2)
    assert len(pairs) == 10
    assert min(pairs.values()) == 4


def test_all_databases_break_at_once_with_and_without_s3():
    sets = Counter(frozenset(fault.target for fault in faults) for faults in HUNDRED)
    assert sets[frozenset(DATABASES)] == 14
    assert sets[frozenset([*DATABASES, "s3"])] == 8


def test_s3_is_killed_only_in_runs_of_that_alone():
    assert {len(faults) for faults in HUNDRED if any((f.target, f.kind) == ("s3", "kill") for f in faults)} == {1}


def test_every_function_of_an_import_is_killed_and_frozen_at_work():
    hit = {(fault.function, fault.kind) for faults in HUNDRED for fault in faults if fault.function}
    assert hit >= {(f"Ingest{what}Function", kind) for what in ("Plan", "Process") for kind in ("kill", "freeze")}


def test_faults_of_a_run_overlap_in_time_and_end_soon():
    for faults in HUNDRED:
        last = max(fault.at for fault in faults)
        assert all(fault.end >= last - 0.011 or fault.seconds == 0 for fault in faults)
        assert all(0 <= fault.seconds <= 8 and fault.at <= 16 for fault in faults)


def test_about_one_row_in_a_hundred_is_broken_and_some_are_equal():
    rows = listing(1, 2_000)
    assert len(rows) == 2_000
    assert sum(not row.usable for row in rows) == 20
    assert sum(many - 1 for many in Counter(rows).values()) == 10
