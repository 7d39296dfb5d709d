"""An execution environment is ready before its first request, and goes on from a copy of itself (SnapStart).

::

    INIT: the handler's file ─> prepare ─> snapshot ─> restore, in each copy: renew ─> connect ─> invocations

What a first request would import, read or build is there when the snapshot is taken; what does not outlive one,
connections and random numbers, is made after it.
"""

import gc
import logging
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from quarry import patience, precompiled, runtime
from quarry.dependencies.composition import composition

log = logging.getLogger(__name__)
Prepare = Callable[[], object]
Connect = Callable[[], Awaitable[object]]
# Objects made, and not freed, before garbage is looked for. A chunk of a thousand rows makes 60,000, most of which are
# gone when it ends: looked for among them, garbage took a tenth of a long list's CPU.
_COLLECT_AFTER = 100_000


def make_ready(prepare: Prepare, connect: Connect) -> None:
    """Prepare the environment, and connect it after each restore; called when a handler's file is imported.

    What fails is reported by the first call that needs it. Without Lambda's runtime there are no snapshots and no
    hooks: connections are then opened at their first use.
    """
    runtime.loop()
    with _logged("prepared"):
        prepare()
    # What was made stays: no collection walks through it again, and copies of the environment share its memory.
    precompiled.end()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    gc.enable()
    try:
        from snapshot_restore_py import register_after_restore
    except ImportError:
        return
    register_after_restore(_restore, connect)


def _restore(connect: Connect) -> None:
    """Connections do not outlive a snapshot, and its copies would all draw the same numbers."""
    random.seed()
    with _logged("renewed"):
        runtime.run(composition().drop_connections())
    runtime.renew()
    with _logged("connected"):
        runtime.run(_connected(connect))


async def _connected(connect: Connect) -> None:
    with patience.connecting():
        await composition().connect()
        await connect()


@contextmanager
def _logged(done: str) -> Iterator[None]:
    """Go on after a failure: whoever needs what it concerns meets it again."""
    try:
        yield
    except Exception:
        log.exception("the environment could not be %s", done)
