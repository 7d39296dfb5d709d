"""The route of changed prices over a period: of the batch status function."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from quarry.dependencies.answers import get_trade_reader
from quarry.dependencies.batches import get_change_service
from quarry.domain.changes import ChangeFilter, ChangeKind
from quarry.http.change_models import ChangeDigest, ChangeItem, PeriodChanges
from quarry.http.field_types import WITHOUT_NUL, Cursor, Limit, Since, SupplierId, Until, decimal
from quarry.http.routes import Routes
from quarry.services.changes import ChangeService
from quarry.services.trade import TradeReader

router = Routes()
Service = Annotated[ChangeService, Depends(get_change_service)]
Names = Annotated[TradeReader, Depends(get_trade_reader)]
Kinds = Annotated[list[ChangeKind] | None, Query(max_length=10, description="one or several; all without it")]
Group = Annotated[str | None, Query(min_length=1, max_length=200, pattern=WITHOUT_NUL, description="a category")]
Percent = Annotated[
    Decimal | None,
    *decimal(6, 2, in_address=True),
    Query(description="prices that rose or fell by so many per cent, or more"),
]
_DAYS = timedelta(days=7)


@router.get("/changes")
async def changes(
    service: Service,
    names: Names,
    since: Since = None,
    until: Until = None,
    supplier_id: SupplierId | None = None,
    kind: Kinds = None,
    group: Group = None,
    min_percent: Percent = None,
    material_id: UUID | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> PeriodChanges:
    """What price lists changed that ended in the period, across suppliers; of the last seven days without ``since``."""
    now = datetime.now(UTC)
    asked = ChangeFilter(
        since=since or (until or now) - _DAYS,
        until=until,
        supplier_id=supplier_id,
        kinds=tuple(kind or ()),
        group=group,
        min_percent=min_percent,
        material_id=None if material_id is None else str(material_id),
    )
    found = await service.over(asked, limit=limit, cursor=cursor)
    showing = await names.showing(found.suppliers)
    return PeriodChanges(
        since=asked.since,
        until=until or now,
        digest=None if found.digest is None else ChangeDigest.of(found.digest, showing),
        items=[ChangeItem.of(one, showing) for one in found.page.items],
        next_cursor=found.page.next_cursor,
    )
