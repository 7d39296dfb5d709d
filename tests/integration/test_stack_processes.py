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


# Computes for so long, whatever else the machine does.
BUSY = "import time\nwhile time.process_time() < 1.0: pass\n"


def _until(condition) -> None:
    while not condition():
        time.sleep(0.05)


@pytest.fixture
def soon(monkeypatch):
    """A process that does nothing for two tenths of a second counts as stuck."""
    monkeypatch.setattr("local.standstill.CHECK_SECONDS", 0.1)
    monkeypatch.setattr("local.processes.CHECK_SECONDS", 0.1)
    monkeypatch.setattr("local.standstill.MAX_IDLE_CHECKS", 2)


def test_children_end_when_their_parent_is_killed(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        child = int(parent.stdout.readline())
        assert psutil.pid_exists(child)
        parent.kill()

    _until(lambda: _gone(child))


@pytest.mark.usefixtures("soon")
def test_a_child_that_does_not_heed_its_signal_is_killed(tmp_path):
    nursery = Nursery(tmp_path)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    child = nursery.start("deaf", [sys.executable, "-c", deaf])
    _until(lambda: "up" in nursery.log("deaf").read_text())
    nursery.close()

    assert child.returncode == -signal.SIGKILL


@pytest.mark.usefixtures("soon")
def test_a_child_that_takes_long_to_stop_is_left_to_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("local.processes.NOTICE_AFTER_SECONDS", 0.0)
    nursery = Nursery(tmp_path)
    tidy = f"import signal\ndef end(*_):\n    exec({BUSY!r})\n    raise SystemExit(7)\nsignal.signal(15, end)\n"
    child = nursery.start("tidy", [sys.executable, "-c", f"{tidy}print('up', flush=True)\nsignal.pause()"])
    _until(lambda: "up" in nursery.log("tidy").read_text())
    nursery.close()

    assert child.returncode == 7
    assert capsys.readouterr().err == "tidy is still stopping.\n"


@pytest.mark.usefixtures("soon")
def test_a_part_that_takes_long_to_start_is_waited_for(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("local.processes.NOTICE_AFTER_SECONDS", 0.0)
    nursery = Nursery(tmp_path)
    child = nursery.start("slow", [sys.executable, "-c", f"{BUSY}print('up', flush=True)\ntime.sleep(600)"])
    log = nursery.log("slow")
    wait_until(lambda: "up" in log.read_text(), child, "slow", log)
    nursery.close()

    assert capsys.readouterr().err == f"slow is still starting. Its log is {log}.\n"


@pytest.mark.usefixtures("soon")
def test_a_part_that_waits_for_nothing_has_failed(tmp_path):
    nursery = Nursery(tmp_path)
    child = nursery.start("mute", [sys.executable, "-c", "import time; time.sleep(600)"])
    with pytest.raises(PartFailed, match="mute does not answer and does nothing"):
        wait_until(lambda: False, child, "mute", nursery.log("mute"))
    nursery.close()


def test_the_end_of_the_log_of_a_part_that_does_not_start_is_shown(tmp_path):
    nursery = Nursery(tmp_path)
    child = nursery.start("broken", [sys.executable, "-c", "raise SystemExit('no room on the disk')"])
    with pytest.raises(PartFailed, match="no room on the disk"):
        wait_until(lambda: False, child, "broken", nursery.log("broken"))
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
