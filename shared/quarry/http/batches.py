"""Routes of the batch status function."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query

from quarry.dependencies.answers import get_readings, get_trade_reader
from quarry.dependencies.batches import get_batch_service
from quarry.domain.batches import BatchStatus
from quarry.domain.records import MatchType, RowStatus
from quarry.errors import NotFound
from quarry.http import batch_models as models
from quarry.http.callers import CallerDep
from quarry.http.change_models import ChangeItem, ChangePage, ChangeSummary, told_apart
from quarry.http.field_types import Cursor, Limit, RequestId, SupplierId, Whole
from quarry.http.routes import Routes
from quarry.services.batches import BatchProcessingService
from quarry.services.readings import Readings
from quarry.services.trade import TradeReader

router = Routes()
Service = Annotated[BatchProcessingService, Depends(get_batch_service)]
Days = Annotated[int, Query(ge=1, le=3660), Whole]
Names = Annotated[TradeReader, Depends(get_trade_reader)]
ReadingsDep = Annotated[Readings, Depends(get_readings)]


async def own_batch(request_id: RequestId, service: Service, caller: CallerDep) -> str:
    """The batch's id, if the caller may see the batch."""
    await service.demand(request_id, caller)
    return request_id


OwnBatch = Annotated[str, Depends(own_batch)]


@router.get("/batches", for_suppliers=True)
async def batches(
    service: Service,
    names: Names,
    caller: CallerDep,
    status: BatchStatus | None = None,
    supplier_id: SupplierId | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> models.ProgressPage:
    """Batches with their progress, the newest first."""
    supplier_id = caller.one_of(supplier_id)
    page = await service.batches(status=status, supplier_id=supplier_id, limit=limit, cursor=cursor)
    now = datetime.now(UTC)
    showing = await names.showing(progress.batch.supplier_id for progress in page.items)
    items = [models.ProgressAnswer.of(progress, now, showing) for progress in page.items]
    return models.ProgressPage(items=items, next_cursor=page.next_cursor)


@router.get("/batches/statistics")
async def statistics(service: Service, days: Days = 30) -> models.StatisticsAnswer:
    """Figures over the batches of so many days."""
    return models.StatisticsAnswer.model_validate(await service.statistics(days))


@router.get("/batches/{request_id}", for_suppliers=True)
async def progress(request_id: OwnBatch, service: Service, names: Names) -> models.ProgressAnswer:
    found = await service.progress(request_id)
    return models.ProgressAnswer.of(found, datetime.now(UTC), await names.showing([found.batch.supplier_id]))


@router.get("/batches/{request_id}/results", for_suppliers=True)
async def results(
    request_id: OwnBatch,
    service: Service,
    status: RowStatus | None = None,
    match_type: MatchType | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> models.ResultPage:
    """What became of each row, in the order of the list."""
    page = await service.results(request_id, status=status, match_type=match_type, limit=limit, cursor=cursor)
    return models.ResultPage(items=[models.Result.of(one) for one in page.items], next_cursor=page.next_cursor)


@router.get("/batches/{request_id}/errors", for_suppliers=True)
async def errors(request_id: OwnBatch, service: Service, limit: Limit = 20, cursor: Cursor = None) -> models.IssuePage:
    """What was not used, and why; with warnings."""
    return models.IssuePage.model_validate(await service.errors(request_id, limit=limit, cursor=cursor))


@router.get("/batches/{request_id}/changes", for_suppliers=True)
async def changes(
    request_id: OwnBatch, service: Service, names: Names, limit: Limit = 20, cursor: Cursor = None
) -> ChangePage:
    """What the price list changed in the supplier's prices."""
    changes = await service.changes(request_id, limit=limit, cursor=cursor)
    showing = await names.showing(one.supplier_id for one in changes.page.items)
    return ChangePage(
        summary=ChangeSummary(**changes.summary),
        of_which=told_apart(changes.summary),
        items=[ChangeItem.of(one, showing) for one in changes.page.items],
        next_cursor=changes.page.next_cursor,
    )


@router.get("/batches/{request_id}/reading", for_suppliers=True)
async def reading(request_id: OwnBatch, service: Service, readings: ReadingsDep) -> models.ReadingAnswer:
    """How the list was understood, sheet by sheet."""
    await service.progress(request_id)
    sheets = await readings.find(request_id)
    if sheets is None:
        raise NotFound(
            f"There is no reading of the batch {request_id}: it has no file, is not read yet, or is older than 90 days."
        )
    return models.ReadingAnswer(request_id=request_id, sheets=sheets)


@router.post("/batches/{request_id}/retry", for_suppliers=True, status_code=202)
async def retry(request_id: OwnBatch, service: Service) -> models.RetryAnswer:
    """Process the failed rows again."""
    return models.RetryAnswer(request_id=request_id, retried=await service.retry(request_id))
