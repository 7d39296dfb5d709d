"""Composition of the maintenance function."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from quarry.dependencies import ingestion
from quarry.dependencies.composition import composition
from quarry.errors import StoreUnavailable
from quarry.repositories.postgresql.batch_hours import BatchHours
from quarry.repositories.postgresql.examination import Examination
from quarry.repositories.postgresql.figures import FigureRepository
from quarry.repositories.postgresql.outbox import Outbox
from quarry.repositories.postgresql.price_changes import PriceChanges
from quarry.repositories.postgresql.undoing import UndoneLists
from quarry.services.maintenance import MaintenanceService, StalledBatches
from quarry.services.probe import Probe

log = logging.getLogger(__name__)
# How much one run does: the next one comes in five minutes.
_MATERIALS_INDEXED = 20_000
_MATERIALS_AT_ONCE = 2000
_REBUILT_BLOCKS = 40
_QUERIES_WARMED = 50
_HOURS_ADDED_UP = 200
_MATERIALS_EXAMINED = 10_000
_EXAMINED_AT_ONCE = 500
_MESSAGES_KEPT = timedelta(days=30)


def prepare() -> None:
    ingestion.prepare_process()
    composition().uploads_queue.prepare()
    _ = composition().search.service, composition().trade, composition().webhooks.delivery
    maintenance()


async def connect() -> None:
    """Connect only to the stores: nobody waits for the first run."""


def maintenance() -> MaintenanceService:
    # The order matters: what an outage left undone is repaired before what depends on it is counted or indexed.
    steps = {
        "reconcile": _reconcile,
        "resume_batches": _resume_batches,
        "index_materials": _index_materials,
        "rebuild_index": _rebuild_index,
        "warm_cache": _warm_cache,
        "watch_batches": _watch_batches,
        "add_up_batches": _add_up_batches,
        "examine_materials": _examine_materials,
        "remove_points": _remove_points,
        "clean_changes": _clean_changes,
        "resume_estimates": _resume_estimates,
        "remove_estimates": _remove_estimates,
    }
    return MaintenanceService(composition().batches, steps, composition().settings.batch_retention_days)


async def fetch_rates() -> dict[str, Any]:
    """Today's exchange rates. Raises StoreUnavailable and StoreError, so that the schedule's retries come."""
    return await composition().trade.fetch_rates()


async def probe() -> dict[str, Any]:
    """A synthetic search; see :class:`Probe`."""
    return await Probe(_some_name, composition().search.service.rehearse).run()


async def _some_name() -> str | None:
    made = composition()
    if made.relational:
        return await FigureRepository(made.relational).some_name()
    # Any indexed material will do: an empty catalogue has none, and is not searched.
    found, _ = await made.qdrant.scroll(made.settings.materials_collection, limit=1, with_payload=["material"])
    return str(found[0].payload["material"]["name"]) if found else None


async def deliver_webhooks() -> dict[str, Any]:
    """Send what is due. In an outage it stays in the outbox until the next minute, and the run has not failed."""
    delivery = composition().webhooks.delivery
    try:
        return await delivery.deliver() if delivery else {}
    except StoreUnavailable as error:
        log.warning("webhooks wait", extra={"reason": str(error)})
        return {}


async def _clean_changes() -> Mapping[str, Any]:
    """What changed long ago, what was sent to webhooks, and what lists were before that are too old to be undone."""
    made = composition()
    if made.relational is None:
        return {}
    changes, outbox = PriceChanges(made.relational), Outbox(made.relational)
    kept = timedelta(days=made.settings.change_retention_days)
    undoable = timedelta(days=made.settings.batch_retention_days)
    return {
        "changes": await changes.clean(kept),
        "messages": await outbox.clean(_MESSAGES_KEPT),
        "earlier_offers": await UndoneLists(made.relational).clean(undoable),
    }


async def _reconcile() -> Mapping[str, Any]:
    return asdict(await composition().batches.reconcile())


async def _resume_batches() -> Mapping[str, Any]:
    made = composition()
    stalled_after = timedelta(seconds=made.settings.stalled_after_seconds)
    stalled = StalledBatches(made.batches, made.chunks_queue, made.uploads_queue, made.batch_waits, stalled_after)
    return {"messages": await stalled.resume()}


async def _watch_batches() -> Mapping[str, Any]:
    return {"waiting": await composition().batch_waits.report()}


async def _add_up_batches() -> Mapping[str, Any]:
    """Where there is no PostgreSQL, statistics count what is there."""
    relational = composition().relational
    if relational is None:
        return {"hours": 0}
    since = datetime.now(UTC) - timedelta(days=composition().settings.batch_retention_days)
    return {"hours": await BatchHours(relational).add_up(since, _HOURS_ADDED_UP)}


async def _index_materials() -> Mapping[str, Any]:
    indexed = 0
    while indexed < _MATERIALS_INDEXED:
        taken = await composition().ingestion.indexing.index_pending(_MATERIALS_AT_ONCE)
        indexed += taken
        # Fewer than the limit: nothing is left.
        if taken < _MATERIALS_AT_ONCE:
            break
    return {"materials": indexed}


async def _rebuild_index() -> Mapping[str, Any]:
    """Continue what ``quarry reindex`` has begun and not finished."""
    state = await composition().ingestion.rebuilding.go_on(_REBUILT_BLOCKS)
    return {"done": state.done, "total": state.total} if state and state.finished_at is None else {}


async def _examine_materials() -> Mapping[str, Any]:
    """Whether materials may be one by the rules of today. Qdrant-only mode asks nobody, and makes the keys anew."""
    made = composition()
    if made.relational is None:
        return {"materials": await made.qdrant_only.documents.renew_keys(_MATERIALS_EXAMINED)}
    examination = Examination(made.relational, made.settings.review_threshold)
    examined = questions = 0
    while examined < _MATERIALS_EXAMINED:
        taken, asked = await examination.step(_EXAMINED_AT_ONCE)
        examined, questions = examined + taken, questions + asked
        if taken < _EXAMINED_AT_ONCE:
            break
    return {"materials": examined, "questions": questions}


async def _remove_points() -> Mapping[str, Any]:
    return {"points": await composition().reviews.remove_points(_MATERIALS_AT_ONCE)}


async def _resume_estimates() -> Mapping[str, Any]:
    stalled = composition().estimates.stalled
    return {"estimates": await stalled.resume() if stalled else 0}


async def _remove_estimates() -> Mapping[str, Any]:
    stalled = composition().estimates.stalled
    return {"estimates": await stalled.remove() if stalled else 0}


async def _warm_cache() -> Mapping[str, Any]:
    return {"queries": await composition().search.service.warm(_QUERIES_WARMED)}
