"""The route by which the vector index is rebuilt: of the ingest function, which writes it."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, Field, Strict

from quarry.dependencies.ingestion import get_rebuilding
from quarry.http.app import RequestModel
from quarry.http.json_body import JsonRoute
from quarry.http.routes import Routes
from quarry.services.rebuilding import Rebuilding

router = Routes(JsonRoute)
Service = Annotated[Rebuilding, Depends(get_rebuilding)]


class RebuildRequest(RequestModel):
    start: Annotated[
        bool, Strict(), Field(description="begin with the first material; false: go on where it stands")
    ] = False


class RebuildAnswer(BaseModel):
    started_at: datetime | None = Field(description="null: the index was never rebuilt")
    done: int
    total: int = Field(description="materials when it was started")
    finished_at: datetime | None


@router.post("/index/rebuild")
async def rebuild(body: RebuildRequest, service: Service) -> RebuildAnswer:
    """Rebuild the vector index from PostgreSQL, a block with each request; what is left is done by the upkeep."""
    if body.start:
        await service.start()
    state = await service.go_on()
    if state is None:
        return RebuildAnswer(started_at=None, done=0, total=0, finished_at=None)
    return RebuildAnswer(started_at=state.started_at, done=state.done, total=state.total, finished_at=state.finished_at)
