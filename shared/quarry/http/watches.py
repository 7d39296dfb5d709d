"""Routes of watches: of the ingest function, which writes."""

from typing import Annotated

from fastapi import Depends, Path

from quarry.dependencies.answers import get_trade_reader
from quarry.dependencies.ingestion import get_watches
from quarry.domain.watches import Watched
from quarry.http.field_types import Cursor, Limit
from quarry.http.json_body import JsonRoute
from quarry.http.routes import Routes
from quarry.http.watch_models import WatchAnswer, WatchDeleted, WatchPage, WatchRequest
from quarry.services.trade import TradeReader
from quarry.services.watches import WatchService

router = Routes(JsonRoute)
Service = Annotated[WatchService, Depends(get_watches)]
Names = Annotated[TradeReader, Depends(get_trade_reader)]
WatchId = Annotated[str, Path(pattern=r"^[^\x00-\x1f\x7f/]{1,64}$")]


@router.get("/watches")
async def watches(service: Service, names: Names, limit: Limit = 20, cursor: Cursor = None) -> WatchPage:
    """Every watch with its state, by the id."""
    page = await service.page(limit, cursor)
    showing = await names.showing(number for one in page.items for number in one.suppliers)
    return WatchPage(items=[WatchAnswer.of(one, showing) for one in page.items], next_cursor=page.next_cursor)


@router.put("/watches/{watch_id}")
async def put_watch(watch_id: WatchId, body: WatchRequest, service: Service, names: Names) -> WatchAnswer:
    """Watch a material, or what a query finds; whoever is below already does not fire until it has risen again."""
    watched = Watched(
        id=watch_id,
        material_id=None if body.material_id is None else str(body.material_id),
        query=body.query,
        below=body.below,
        unit=body.unit,
        currency=body.currency,
    )
    watch = await service.put(watched)
    return WatchAnswer.of(watch, await names.showing(watch.suppliers))


@router.delete("/watches/{watch_id}")
async def delete_watch(watch_id: WatchId, service: Service) -> WatchDeleted:
    await service.delete(watch_id)
    return WatchDeleted(deleted=watch_id)
