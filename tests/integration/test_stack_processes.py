"""Children end with their parent, however it ends."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from local import ROOT
from local.processes import Nursery, PartFailed, listens, port_taken, wait_until

PARENT = """
import sys, time
from pathlib import Path
from local.processes import Nursery

nursery = Nursery(Path(sys.argv[1]))
child = nursery.start("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def _gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def _until(condition, seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_children_end_when_their_parent_is_killed(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        child = int(parent.stdout.readline())
        assert psutil.pid_exists(child)
        parent.kill()

    assert _until(lambda: _gone(child))


def test_a_child_that_does_not_heed_its_signal_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("local.processes.STOP_SECONDS", 0.2)
    nursery = Nursery(tmp_path)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    child = nursery.start("deaf", [sys.executable, "-c", deaf])
    assert _until(lambda: "up" in nursery.log("deaf").read_text())
    nursery.close()

    assert child.returncode == -signal.SIGKILL


def test_the_last_words_of_a_part_that_does_not_start_are_told(tmp_path):
    nursery = Nursery(tmp_path)
    child = nursery.start("broken", [sys.executable, "-c", "raise SystemExit('no room on the disk')"])
    with pytest.raises(PartFailed, match="no room on the disk"):
        wait_until(lambda: False, child, "broken", nursery.log("broken"), 10.0)
    nursery.close()


def test_a_stranger_on_the_port_is_not_taken_for_the_part(tmp_path):
    nursery = Nursery(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        child = nursery.start("waiting", [sys.executable, "-c", "import time; time.sleep(600)"])

        assert port_taken(port)
        assert not listens(child, port)
    nursery.close()


def test_a_child_reads_what_it_was_given_on_standard_input(tmp_path: Path):
    nursery = Nursery(tmp_path)
    child = nursery.start("reader", [sys.executable, "-c", "import sys; print(sys.stdin.read())"], stdin="пароль")
    child.wait()
    nursery.close()

    assert nursery.log("reader").read_text() == "пароль\n"
