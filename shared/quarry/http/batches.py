"""Routes of the batch status function."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from quarry.dependencies.batches import get_batch_service
from quarry.domain.batches import BatchStatus
from quarry.domain.records import MatchType, RowStatus
from quarry.http import batch_models as models
from quarry.http.fields import Cursor, Limit, SupplierId, Whole
from quarry.services.batches import BatchProcessingService

router = APIRouter()
Service = Annotated[BatchProcessingService, Depends(get_batch_service)]
Days = Annotated[int, Query(ge=1, le=3660), Whole]
RequestId = Annotated[str, Path(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]


@router.get("/batches")
async def batches(
    service: Service,
    status: BatchStatus | None = None,
    supplier_id: SupplierId | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> models.ProgressPage:
    """Batches with their progress, the newest first."""
    page = await service.batches(status=status, supplier_id=supplier_id, limit=limit, cursor=cursor)
    now = datetime.now(UTC)
    items = [models.ProgressAnswer.of(progress, now) for progress in page.items]
    return models.ProgressPage(items=items, next_cursor=page.next_cursor)


@router.get("/batches/statistics")
async def statistics(service: Service, days: Days = 30) -> models.StatisticsAnswer:
    """Figures over the batches of so many days."""
    return models.StatisticsAnswer.of(await service.statistics(days))


@router.get("/batches/{request_id}")
async def progress(request_id: RequestId, service: Service) -> models.ProgressAnswer:
    return models.ProgressAnswer.of(await service.progress(request_id), datetime.now(UTC))


@router.get("/batches/{request_id}/results")
async def results(
    request_id: RequestId,
    service: Service,
    status: RowStatus | None = None,
    match_type: MatchType | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> models.ResultPage:
    """What became of each row, in the order of the list."""
    page = await service.results(request_id, status=status, match_type=match_type, limit=limit, cursor=cursor)
    return models.ResultPage(items=[models.Result.of(one) for one in page.items], next_cursor=page.next_cursor)


@router.get("/batches/{request_id}/errors")
async def errors(request_id: RequestId, service: Service, limit: Limit = 20, cursor: Cursor = None) -> models.IssuePage:
    """What was not used, and why; with warnings."""
    page = await service.errors(request_id, limit=limit, cursor=cursor)
    return models.IssuePage(items=[models.Issue.of(one) for one in page.items], next_cursor=page.next_cursor)


@router.get("/batches/{request_id}/changes")
async def changes(
    request_id: RequestId, service: Service, limit: Limit = 20, cursor: Cursor = None
) -> models.ChangePage:
    """What the price list changed in the supplier's prices."""
    changes = await service.changes(request_id, limit=limit, cursor=cursor)
    return models.ChangePage(
        summary=models.ChangeSummary(**changes.summary),
        items=[models.ChangeItem.of(one) for one in changes.page.items],
        next_cursor=changes.page.next_cursor,
    )


@router.post("/batches/{request_id}/retry", status_code=202)
async def retry(request_id: RequestId, service: Service) -> models.RetryAnswer:
    """Process the failed rows again."""
    return models.RetryAnswer(request_id=request_id, retried=await service.retry(request_id))
