"""The child process that builds an index: ``python -m local.qdrant.builder FOLDER PARENT_PID``.

It imports nothing but the engine, so that it starts quickly.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress

import qdrant_edge as engine

# From <linux/prctl.h>: the signal that this process gets when its parent ends.
_PR_SET_PDEATHSIG = 1
# About a tenth of a normal process's share of the CPU. With a lower share it would never end beside busy processes.
NICENESS = 10


def lower_priority() -> None:
    """Let processes that answer requests go first, as far as the system supports it."""
    os.nice(NICENESS)
    if sys.platform == "linux":
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def main() -> None:
    target, parent = sys.argv[1], int(sys.argv[2])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have ended before the call above; then no signal will come.
    if os.getppid() != parent:
        return
    lower_priority()
    shard = engine.EdgeShard.load(target)
    shard.optimize()
    shard.flush()
    shard.close()


if __name__ == "__main__":
    main()
