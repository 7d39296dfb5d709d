"""Building the HNSW index without stopping the service.

The engine's ``optimize`` keeps Python's interpreter lock for all of its time (10,000 points: 5.6 s), so no request
would be answered meanwhile. Therefore a child process optimises a copy, and the server only takes it over:

    server   flush, copy ─┬─ serves the old shard, notes changed ids ─┬─ carries them over, swaps, drops the old one
    child                 └─ load, optimize, close ───────────────────┘

Killed at any moment, the settings file names a whole shard; the other folder is swept at the next start.
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
# Below this a full scan takes under 2 ms, as quick as the graph.
_LEAST_CHANGED = 5_000
_CHANGED_SHARE = 0.1
# An import that has changed so much is not waited for: a full scan of 100,000 points takes 44 ms. The share lets the
# builds of a long import grow with it; each reads the whole collection.
_CHANGED_WHILE_BUSY = 50_000
_SHARE_WHILE_BUSY = 1 / 3


def is_due(collection: Collection, *, quiet: bool) -> bool:
    """Whether enough has changed, and the import is over (or has changed very much)."""
    pending = collection.pending
    if not collection.searchable_by_vector or pending < _LEAST_CHANGED:
        return False
    count = collection.shard.info().points_count
    if quiet:
        return pending >= _CHANGED_SHARE * count
    return pending >= max(_CHANGED_WHILE_BUSY, _SHARE_WHILE_BUSY * count)


def rebuild(collection: Collection, stopping: threading.Event) -> None:
    """Returns when the new index stands, or is given up: after an error, for a deleted collection, at the stop."""
    target = collection.begin_rebuild()
    try:
        if _built_by_child(target, lambda: collection.gone or stopping.wait(0.1)):
            collection.finish_rebuild(target)
    finally:
        collection.abandon_rebuild(target)


def _built_by_child(target: Path, given_up: Callable[[], bool]) -> bool:
    child = subprocess.Popen([sys.executable, "-m", "local.qdrant.builder", str(target), str(os.getpid())])
    while child.poll() is None:
        if given_up():
            child.kill()
            child.wait()
            return False
    if child.returncode:
        logger.error("the index could not be built: exit status %s", child.returncode)
    return child.returncode == 0
