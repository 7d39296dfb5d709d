"""The slow machine itself: the processes that it starts get a sixth of the CPU, and none of them is left."""

import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from local import ROOT
from tests.slow.__main__ import cpu_of_its_own
from tests.slow.share import FEWEST, LIMIT, Shares

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux keeps processes on one CPU")
# Three in sessions of their own, and one that loses its parent at once.
FAMILY = """
import os, subprocess, sys
burn = [sys.executable, "-S", "-c", "import time\\nwhile time.process_time() < 0.5: pass"]
children = [subprocess.Popen(burn, start_new_session=True) for _ in range(3)]
reading, writing = os.pipe()
orphan = "import os, subprocess, sys; subprocess.Popen(sys.argv[2:], pass_fds=[int(sys.argv[1])])"
subprocess.run([sys.executable, "-S", "-c", orphan, str(writing), *burn], pass_fds=[writing])
os.close(writing)
os.read(reading, 1)
for child in children:
    child.wait()
sys.exit(7)
"""


def _slow(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.slow", "--", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def _loops(parent: subprocess.Popen[str]) -> list[psutil.Process]:
    children = psutil.Process(parent.pid).children()
    return [child for child in children if child.cmdline()[-1:] and child.cmdline()[-1].endswith("loop.py")]


def _await_end(processes: list[psutil.Process]) -> None:
    while any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes):
        time.sleep(0.05)


def test_all_that_a_command_starts_shares_a_sixth_and_its_exit_code_is_returned():
    with _slow(sys.executable, "-c", FAMILY) as slow:
        _, reported = slow.communicate()

    wall, seconds, share = map(
        float, re.search(r"code 7, ([\d.]+) s, ([\d.]+) s of CPU; .*: ([\d.]+),", reported).groups()
    )
    assert slow.returncode == 7
    assert seconds >= 2.0
    assert share == pytest.approx(seconds / wall, abs=0.01)
    assert share < 1.05 * LIMIT


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_loop_outlives_it_however_it_ends(how):
    with _slow(sys.executable, "-c", "print(1, flush=True); import time; time.sleep(600)") as slow:
        assert slow.stdout.readline() == "1\n"
        loops = _loops(slow)
        command = [child for child in psutil.Process(slow.pid).children() if child not in loops]
        slow.send_signal(how)
        slow.wait()
        if how is signal.SIGKILL:
            for one in command:
                one.kill()

    assert len(loops) >= FEWEST
    _await_end([*loops, *command])


@pytest.mark.skipif(len(getattr(os, "sched_getaffinity", lambda _: ())(0)) < 2, reason="there is one CPU")
def test_two_at_once_take_two_cpus():
    with cpu_of_its_own() as one, cpu_of_its_own() as other:
        assert one != other


@pytest.mark.parametrize("weight", [1.0, 2.5, 8.0])
def test_there_are_as_many_loops_as_the_tree_needs(weight):
    shares, tree, loops, busy = Shares(), 0.0, 0.0, FEWEST
    for tick in range(200):
        busy = shares.note(tick / 10, tree, loops)
        tree += 0.1 * weight / (weight + busy)
        loops += 0.1 * busy / (weight + busy)

    assert 0.8 * LIMIT < tree / 20 < 1.05 * LIMIT
    assert shares.highest < 1.2 * LIMIT


def test_a_tree_that_rests_leaves_five_loops_and_one_that_had_too_much_is_reported():
    shares = Shares()
    for tick in range(100):
        shares.note(tick / 10, tick / 20, tick / 20)
    assert shares.above == pytest.approx(5.0, abs=0.2)
    assert shares.highest == pytest.approx(0.5)

    for tick in range(100, 200):
        busy = shares.note(tick / 10, 5.0, tick / 10 - 5)
    assert busy == FEWEST
