"""Routes of estimates: of the ingest function, which writes."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Path
from pydantic import Field
from starlette.responses import Response

from quarry.dependencies.estimates import get_estimate_service
from quarry.domain.estimates.reasons import language_of, line_in
from quarry.domain.xlsx import MEDIA_TYPE
from quarry.http import estimate_models as models
from quarry.http.answers import json_answer
from quarry.http.field_types import Cursor, Limit, Whole
from quarry.http.json_body import JsonRoute
from quarry.http.routes import Routes
from quarry.services.estimates import EstimateService

router = Routes(JsonRoute)
Service = Annotated[EstimateService, Depends(get_estimate_service)]
Lines = Annotated[int, Field(ge=1, le=1000), Whole]
Number = Annotated[int, Path(ge=1, le=models.MAX_LINES), Whole]
_ACCEPTED = 202


async def _language(
    accept_language: Annotated[str | None, Header(max_length=1000, description="ru or en: of the reasons")] = None,
) -> str:
    return language_of(accept_language)


Language = Annotated[str, Depends(_language)]


def _in_language(language: str, estimate: Mapping[str, Any]) -> dict[str, Any]:
    return {**estimate, "lines": [line_in(language, line) for line in estimate["lines"]]}


@router.post(
    "/estimates",
    response_model=models.EstimateAnswer,
    responses={_ACCEPTED: {"model": models.EstimateAnswer, "description": "It is being priced: ask for it again"}},
)
async def create(body: models.EstimateRequest, service: Service, language: Language) -> Response:
    """Price a bill of materials: for each line the material that fits, and its cheapest offers."""
    made = await service.create(body.name, body.terms, body.asked)
    return json_answer(_in_language(language, made.answer), status=200 if made.priced else _ACCEPTED)


@router.get("/estimates", response_model=models.EstimatePage)
async def estimates(service: Service, limit: Limit = 20, cursor: Cursor = None) -> Response:
    """The newest first."""
    return json_answer(await service.newest(limit, cursor))


@router.get("/estimates/{estimate_id}", response_model=models.EstimateAnswer)
async def estimate(
    estimate_id: UUID, service: Service, language: Language, limit: Lines = 1000, cursor: Cursor = None
) -> Response:
    """As it was priced; the lines page by page."""
    return json_answer(_in_language(language, await service.show(str(estimate_id), limit, cursor)))


@router.get("/estimates/{estimate_id}/export", responses={200: {"content": {MEDIA_TYPE: {}}}})
async def export(estimate_id: UUID, service: Service, language: Language) -> Response:
    """As a workbook with live formulas; dropped again with ``kind`` estimate it is read back as the same estimate."""
    disposition = f'attachment; filename="estimate-{estimate_id}.xlsx"'
    return Response(
        await service.export(str(estimate_id), language), 200, {"Content-Disposition": disposition}, MEDIA_TYPE
    )


@router.put("/estimates/{estimate_id}/lines/{line}", response_model=models.EstimateLine)
async def choose(
    estimate_id: UUID, line: Number, body: models.ChosenMaterial, service: Service, language: Language
) -> Response:
    """Say which material a line means, or that it is none; it holds for later estimates too."""
    chosen = str(body.material_id) if body.material_id else None
    return json_answer(line_in(language, await service.choose(str(estimate_id), line, chosen)))
