"""Building the HNSW index while the server keeps answering.

The engine's ``optimize`` holds Python's interpreter lock while it runs (10,000 points: 5.6 s), so no request would be
answered. Therefore a child process optimises a copy of the shard, and the server then switches to it:

    server   copy ─┬─ serves the old shard, records changed ids ─┬─ copies changed points, swaps, deletes the old shard
    child          └─ load, optimize, close ─────────────────────┘

Whenever a process is killed, the settings file names a complete shard; the next start deletes the other folder.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from local.qdrant.collection import Collection

logger = logging.getLogger(__name__)
# With fewer points a full scan takes under 2 ms, as fast as the graph.
_MIN_CHANGED_POINTS = 5_000
_MIN_CHANGED_SHARE = 0.1
# After so many changes the index is rebuilt although the import still runs: a full scan of 100,000 points takes 44 ms.
# Each rebuild reads the whole collection, so the share makes rebuilds rarer as a long import grows.
_MIN_CHANGED_POINTS_WHILE_BUSY = 50_000
_MIN_CHANGED_SHARE_WHILE_BUSY = 1 / 3


def is_due(collection: Collection, *, quiet: bool) -> bool:
    """Whether enough points have changed: fewer are needed when the import is over (``quiet``)."""
    pending = collection.pending
    if not (collection.searchable_by_vector and collection.graphs_wanted) or pending < _MIN_CHANGED_POINTS:
        return False
    count = collection.shard.info().points_count
    if quiet or collection.bulk_ended:
        return pending >= _MIN_CHANGED_SHARE * count
    return pending >= max(_MIN_CHANGED_POINTS_WHILE_BUSY, _MIN_CHANGED_SHARE_WHILE_BUSY * count)


def rebuild(collection: Collection, stopping: threading.Event) -> None:
    """Returns when the new index is in use, or was discarded: after an error, for a deleted collection, at the stop."""
    target = collection.begin_rebuild()
    try:
        if _built_by_child(target, lambda: collection.closed or stopping.wait(0.1)):
            collection.finish_rebuild(target)
    finally:
        collection.abandon_rebuild(target)


def _built_by_child(target: Path, cancelled: Callable[[], bool]) -> bool:
    child = subprocess.Popen([sys.executable, "-m", "local.qdrant.builder", str(target), str(os.getpid())])
    while child.poll() is None:
        if cancelled():
            child.kill()
            child.wait()
            return False
    if child.returncode:
        logger.error("the index could not be built: exit status %s", child.returncode)
    return child.returncode == 0
