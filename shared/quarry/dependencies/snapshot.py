"""SnapStart: what an environment does before its snapshot is taken, and when it goes on from a copy of one."""

import random
from importlib import import_module

from quarry.dependencies import database, qdrant_only
from quarry.dependencies.tunnel import ssh_tunnel
from quarry.runtime import run

# What the first request would import: a second's work together.
_DRIVERS = ("boto3", "openai", "pg8000.legacy", "qdrant_client", "redis.asyncio", "sqlalchemy.dialects.postgresql")


def register_hooks() -> None:
    """Called when a handler's file is imported; without Lambda's runtime there are no snapshots and no hooks."""
    try:
        from snapshot_restore_py import register_after_restore, register_before_snapshot
    except ImportError:
        return
    register_before_snapshot(_import_drivers)
    register_after_restore(_renew)


def _import_drivers() -> None:
    for name in _DRIVERS:
        import_module(name)


def _renew() -> None:
    """Connections do not outlive a snapshot, and its copies would all draw the same numbers."""
    random.seed()
    run(_drop_connections())


async def _drop_connections() -> None:
    """Of the clients that were made by then; each opens others at its next use."""
    if database.postgresql.cache_info().currsize:
        database.postgresql().drop_connections()
        if tunnel := ssh_tunnel():
            tunnel.close()
    for made in (database.qdrant, qdrant_only.offer_points, database.redis):
        if made.cache_info().currsize:
            await made().close()
