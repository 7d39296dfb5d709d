"""``python -m tests.slow -- COMMAND``: runs it, with all that it starts, on a sixth of one CPU, beside busy loops."""

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import gettempdir
from types import FrameType

from tests.slow.loops import Loops
from tests.slow.share import LIMIT, WINDOW_SECONDS, Shares
from tests.slow.tree import Tree, adopt_orphans

_PACE_SECONDS = 0.1
# On a busy machine the control reacts late; beyond this share of the time the machine was not slow enough.
_ABOVE_AT_MOST = 0.1


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.slow", description=__doc__)
    arguments.add_argument("command", nargs="+")
    command = arguments.parse_args().command
    if not hasattr(os, "sched_setaffinity"):
        raise SystemExit("tests.slow needs Linux: it keeps processes on one CPU and reads /proc.")
    adopt_orphans()
    with cpu_of_its_own() as cpu, closing(Loops(cpu)) as loops:
        raise SystemExit(run(command, loops))


@contextmanager
def cpu_of_its_own() -> Iterator[int]:
    """One that no other slow machine uses; with all of them in use, the last one when it is free."""
    cpus = sorted(os.sched_getaffinity(0))
    with ExitStack() as held:
        for cpu in reversed(cpus):
            path = Path(gettempdir(), f"quarry-slow-{os.getuid()}-{cpu}.lock")
            lock = held.enter_context(path.open("w"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (fcntl.LOCK_NB if cpu != cpus[0] else 0))
            except BlockingIOError:
                continue
            yield cpu
            return


def run(command: Sequence[str], loops: Loops) -> int:
    """The command's exit code; 1 when it had more of the CPU than it should."""
    shares, tree = Shares(), Tree()
    loops.turn(shares.busy)
    began = time.monotonic()
    with _started(command, loops.cpu) as child:
        while child.poll() is None:
            seconds, spun = tree.look(loops.pids, awaited={child.pid})
            loops.turn(shares.note(time.monotonic(), seconds, spun))
            time.sleep(_PACE_SECONDS)
    wall = time.monotonic() - began
    seconds, _ = tree.look(loops.pids, awaited=set())
    _say(
        f"exit code {child.returncode}, {wall:.1f} s, {seconds:.1f} s of CPU; share of CPU {loops.cpu}:"
        f" {seconds / wall:.3f}, at most {shares.highest:.3f} over {WINDOW_SECONDS:g} s,"
        f" above a sixth for {shares.above:.1f} s"
    )
    too_fast = seconds / wall > LIMIT or shares.above > _ABOVE_AT_MOST * wall
    if too_fast:
        _say("that was more than a sixth for long: no slow machine was tried")
    return child.returncode or int(too_fast)


def _started(command: Sequence[str], cpu: int) -> subprocess.Popen[bytes]:
    """In a session of its own, so that this process is not starved with it; signals are passed on."""
    # In a shell's background SIGINT is ignored, and would be by the command, which inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})  # which the child inherits
    child = subprocess.Popen(command, start_new_session=True)
    os.sched_setaffinity(0, everywhere)

    def pass_on(number: int, _: FrameType | None) -> None:
        child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    return child


def _say(what: str) -> None:
    sys.stderr.write(f"slow: {what}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
