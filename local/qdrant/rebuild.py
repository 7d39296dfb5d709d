"""Building the HNSW index without stopping the service.

The engine's ``optimize`` keeps Python's interpreter lock for all of its time (10,000 points: 5.6 s), so no request
would be answered meanwhile. Therefore a child process optimises a copy, and the server only takes it over:

    server   flush, copy ─┬─ serves the old shard, notes changed ids ─┬─ carries them over, swaps, drops the old one
    child                 └─ load, optimize, close ───────────────────┘

Killed at any moment, the settings file names a whole shard; the other folder is swept at the next start.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import qdrant_edge as engine

from local.qdrant.collection import Collection

logger = logging.getLogger(__name__)
# Below this a full scan takes under 2 ms, as quick as the graph.
_LEAST_CHANGED = 5_000
_CHANGED_SHARE = 0.1
_CHANGED_WHILE_BUSY = 50_000
_PR_SET_PDEATHSIG = 1


def is_due(collection: Collection, *, quiet: bool) -> bool:
    """Whether enough has changed, and the writer has paused (or has written very much)."""
    pending = collection.pending
    if not collection.searchable_by_vector or pending < _LEAST_CHANGED:
        return False
    if pending < _CHANGED_SHARE * collection.shard.info().points_count:
        return False
    return quiet or pending >= _CHANGED_WHILE_BUSY


def rebuild(collection: Collection, stopping: threading.Event) -> None:
    """Returns when the new index stands, or is given up: after an error, for a deleted collection, at the stop."""
    target = collection.begin_rebuild()
    try:
        if _built_by_child(target, lambda: collection.gone or stopping.wait(0.1)):
            collection.finish_rebuild(target)
    finally:
        collection.abandon_rebuild(target)


def _built_by_child(target: Path, given_up: Callable[[], bool]) -> bool:
    child = subprocess.Popen([sys.executable, "-m", "local.qdrant.rebuild", str(target), str(os.getpid())])
    while child.poll() is None:
        if given_up():
            child.kill()
            child.wait()
            return False
    if child.returncode:
        logger.error("the index could not be built: exit status %s", child.returncode)
    return child.returncode == 0


def _build(target: str, parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    os.nice(10)
    shard = engine.EdgeShard.load(target)
    shard.optimize()
    shard.flush()
    shard.close()


if __name__ == "__main__":
    _build(str(Path(sys.argv[1])), int(sys.argv[2]))
