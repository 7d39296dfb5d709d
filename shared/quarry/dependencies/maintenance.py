"""Composition of the maintenance function."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from functools import cache
from typing import Any

from quarry.dependencies import database, ingestion, search, stores
from quarry.dependencies.secrets import get_settings
from quarry.services.maintenance import MaintenanceService, StalledBatches

# What one run takes: it comes again in five minutes.
_MATERIALS = 20_000
_BLOCK = 2000
_QUERIES = 50


def prepare() -> None:
    ingestion.prepare_process()
    database.uploads_queue().prepare()
    search.search_service(stores.selected())
    maintenance()


async def connect() -> None:
    """Nothing beside the stores: nobody waits for the first run."""


@cache
def maintenance() -> MaintenanceService:
    steps = {
        "reconcile": _reconcile,
        "resume_batches": _resume_batches,
        "index_materials": _index_materials,
        "warm_cache": _warm_cache,
        "watch_batches": _watch_batches,
    }
    return MaintenanceService(database.get_fallback_manager(), steps, get_settings().batch_retention_days)


async def _reconcile() -> Mapping[str, Any]:
    return asdict(await database.get_fallback_manager().reconcile())


async def _resume_batches() -> Mapping[str, Any]:
    stalled_after = timedelta(seconds=get_settings().stalled_after_seconds)
    manager, chunks, uploads = database.get_fallback_manager(), database.chunks_queue(), database.uploads_queue()
    stalled = StalledBatches(manager, chunks, uploads, database.batch_waits(), stalled_after)
    return {"messages": await stalled.resume()}


async def _watch_batches() -> Mapping[str, Any]:
    return {"waiting": await database.batch_waits().report()}


async def _index_materials() -> Mapping[str, Any]:
    indexed = 0
    while indexed < _MATERIALS:
        taken = await ingestion.indexing().index_pending(_BLOCK)
        indexed += taken
        if taken < _BLOCK:
            break
    return {"materials": indexed}


async def _warm_cache() -> Mapping[str, Any]:
    return {"queries": await search.search_service(stores.selected()).warm(_QUERIES)}
