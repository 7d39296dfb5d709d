"""The child that builds an index: ``python -m local.qdrant.builder FOLDER PARENT``. It imports the engine alone."""

import ctypes
import os
import signal
import sys
from contextlib import suppress

import qdrant_edge as engine

_PR_SET_PDEATHSIG = 1
# A tenth of another process' share of the processor. Lower ones never end beside a few that are always busy.
NICENESS = 10


def give_way() -> None:
    """Let whoever answers go first, as far as the system can be told so."""
    os.nice(NICENESS)
    if sys.platform == "linux":
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def main() -> None:
    target, parent = sys.argv[1], int(sys.argv[2])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    give_way()
    shard = engine.EdgeShard.load(target)
    shard.optimize()
    shard.flush()
    shard.close()


if __name__ == "__main__":
    main()
