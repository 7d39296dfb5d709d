"""Routes of users' synonyms."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from quarry.dependencies.ingestion import get_synonyms
from quarry.http.app import RequestModel
from quarry.http.field_types import WITHOUT_NUL, Cursor, Limit
from quarry.http.json_body import JsonRoute
from quarry.http.routes import Routes
from quarry.services.synonyms import SynonymService

router = Routes(JsonRoute)
Service = Annotated[SynonymService, Depends(get_synonyms)]
_TEXT = Field(min_length=1, max_length=200, pattern=WITHOUT_NUL)
Words = Annotated[str, _TEXT]


class SynonymBody(RequestModel):
    term: Words
    means: Words


class SynonymModel(BaseModel):
    term: str
    means: str


class SynonymPage(BaseModel):
    items: list[SynonymModel]
    next_cursor: str | None


class Deleted(BaseModel):
    deleted: str


@router.get("/synonyms")
async def synonyms(service: Service, limit: Limit = 20, cursor: Cursor = None) -> SynonymPage:
    """What users say that words of buyers mean, by the word."""
    page = await service.page(limit, cursor)
    items = [SynonymModel(term=term, means=means) for term, means in page.items]
    return SynonymPage(items=items, next_cursor=page.next_cursor)


@router.put("/synonyms")
async def put_synonym(body: SynonymBody, service: Service) -> SynonymModel:
    """Say what a word or phrase means, in both directions; it counts within five minutes."""
    term, means = await service.put(body.term, body.means)
    return SynonymModel(term=term, means=means)


@router.delete("/synonyms")
async def delete_synonym(
    service: Service, term: Annotated[str, Query(min_length=1, max_length=200, pattern=WITHOUT_NUL)]
) -> Deleted:
    await service.delete(term)
    return Deleted(deleted=term)
