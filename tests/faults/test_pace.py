"""A slow machine does not fail a run, but a missing answer still does."""

import socket
import subprocess
import sys
import time

import pytest

from local import ROOT
from tests.faults import probes, runs
from tests.faults.pace import Pace, slowness
from tests.faults.plan import Fault
from tests.faults.probes import Answer, Probes, violations
from tests.faults.runs import Run


def test_a_machine_is_never_too_fast():
    assert slowness() >= 1.0


@pytest.mark.skipif(sys.platform != "linux", reason="tests.slow needs Linux")
def test_a_sixth_of_a_cpu_is_measured():
    measured = "from tests.faults.pace import slowness; print(slowness())"
    slow = subprocess.run(
        [sys.executable, "-m", "tests.slow", "--", sys.executable, "-c", measured],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert float(slow.stdout) > 1.5


def test_faults_come_later_and_last_longer_on_a_slow_machine():
    assert Fault("redis", "kill", 1.0, 0.5).slowed(4.0) == Fault("redis", "kill", 4.0, 2.0)


@pytest.mark.parametrize(("factor", "over"), [(1.0, 1), (3.0, 0)])
def test_an_answer_over_its_budget_is_counted_by_the_machines_measure(factor, over):
    made = Probes("http://127.0.0.1:1", 1, _pace(factor))
    made.answers = [Answer("health", 0.0, 5.0, 200, {"vector_database": {}}, {})]
    run = Run(1, 1, [], slowness=factor, recovery=0.0)
    runs._count(run, made, [], 0.0)

    assert run.endpoints["health"].over_budget == over


def test_an_answer_that_never_comes_is_wrong(monkeypatch):
    monkeypatch.setattr(probes, "_HANG", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        made = Probes(f"http://127.0.0.1:{silent.getsockname()[1]}", 1, _pace(1.0))
        made.start()
        while not made.of("search"):
            time.sleep(0.02)
        made.stop()

    assert "search: status 0 ReadTimeout" in violations(made.answers, [])


def _pace(factor: float) -> Pace:
    pace = Pace.__new__(Pace)
    pace.factor = factor
    return pace
