"""An execution environment is ready before it is asked, and goes on from a copy of itself (SnapStart).

::

    INIT: the handler's file ─> prepare ─> snapshot ─> restore, in each copy: renew ─> connect ─> invocations

What a first request would import, read or build is there when the snapshot is taken; what does not outlive one,
connections and random numbers, is made after it.
"""

import asyncio
import gc
import logging
import random
from collections.abc import Awaitable, Callable

from quarry import runtime
from quarry.dependencies import database
from quarry.dependencies.tunnel import ssh_tunnel

log = logging.getLogger(__name__)
Prepare = Callable[[], object]
Connect = Callable[[], Awaitable[object]]
# Objects made, and not freed, before garbage is looked for: a list's rows are made by the ten thousand.
_COLLECT_AFTER = 10_000


def make_ready(prepare: Prepare, connect: Connect) -> None:
    """Prepare the environment, and connect it after each restore; called when a handler's file is imported.

    What fails is told by the first call that needs it. Without Lambda's runtime there are no snapshots and no hooks:
    connections are then opened at their first use.
    """
    runtime.loop()
    try:
        prepare()
    except Exception:
        log.exception("the environment could not be prepared")
    # What was made stays: no collection walks through it again, and copies of the environment share its memory.
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
    runtime.run(_drop_connections())
    runtime.renew()
    try:
        runtime.run(_connected(connect))
    except Exception:
        log.exception("the environment could not be connected")


async def _connected(connect: Connect) -> None:
    await database.connect()
    await connect()


async def _drop_connections() -> None:
    """Of the clients that were made by then; each opens others at its next use."""
    if database.postgresql.cache_info().currsize:
        database.postgresql().drop_connections()
        if tunnel := ssh_tunnel():
            tunnel.close()
    for made in (database.qdrant, database.redis):
        if made.cache_info().currsize:
            await made().close()
    await asyncio.sleep(0)  # what was closed is gone after a turn of the loop
