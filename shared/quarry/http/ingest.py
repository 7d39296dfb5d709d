"""Routes of the ingest function."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, BaseModel, Field, Strict

from quarry.dependencies.ingestion import get_ingestion_service
from quarry.domain.rows import ListedPrice, PriceKind, PriceRow, Vat
from quarry.domain.uploads import MAX_SUPPLIER_ID, file_name_fault
from quarry.http.app import RequestModel
from quarry.services.ingestion import IngestionService

router = APIRouter()
MAX_MATERIALS = 10_000
Service = Annotated[IngestionService, Depends(get_ingestion_service)]
SupplierId = Annotated[int, Strict(), Field(ge=0, le=MAX_SUPPLIER_ID)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217 code")]
Price = Annotated[Decimal, Field(ge=0, lt=Decimal(10) ** 10, allow_inf_nan=False)]


def _file_name(name: str) -> str:
    fault = file_name_fault(name)
    if fault:
        raise ValueError(fault)
    return name


class UploadRequest(RequestModel):
    supplier_id: SupplierId
    file_name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_file_name)]


class UploadForm(BaseModel):
    """A presigned POST: send ``fields``, then the file as ``file``, as a multipart form to ``url``."""

    url: str
    fields: dict[str, str]
    expires_at: datetime
    max_bytes: int


class UploadAnswer(BaseModel):
    request_id: str
    upload: UploadForm


class SubmittedMaterial(RequestModel):
    id: Annotated[str, Field(min_length=1, max_length=200)]
    name: Annotated[str, Field(max_length=2000, pattern=r"\S")]
    unit: Annotated[str, Field(max_length=50)] | None = None
    price: Price | None = None
    currency: Currency = "RUB"
    vat: Vat = Vat.UNKNOWN
    sku: Annotated[str, Field(max_length=100)] | None = None
    category: Annotated[str, Field(max_length=200)] | None = None
    description: Annotated[str, Field(max_length=10_000)] | None = None


def _distinct_ids(materials: list[SubmittedMaterial]) -> list[SubmittedMaterial]:
    if len({material.id for material in materials}) < len(materials):
        raise ValueError("each material needs an id of its own")
    return materials


class SubmitRequest(RequestModel):
    request_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")] | None = None
    supplier_id: SupplierId | None = None
    materials: Annotated[
        list[SubmittedMaterial], Field(min_length=1, max_length=MAX_MATERIALS), AfterValidator(_distinct_ids)
    ]


class SubmitAnswer(BaseModel):
    request_id: str
    accepted: int


@router.post("/pricelists", status_code=201)
async def request_upload(body: UploadRequest, service: Service) -> UploadAnswer:
    """Get a place to upload a price list to; its batch is followed under ``request_id``."""
    ticket = await service.request_upload(body.supplier_id, body.file_name)
    form = UploadForm(url=ticket.url, fields=ticket.fields, expires_at=ticket.expires_at, max_bytes=ticket.max_bytes)
    return UploadAnswer(request_id=ticket.request_id, upload=form)


@router.post("/batches", status_code=202)
async def submit(body: SubmitRequest, service: Service) -> SubmitAnswer:
    """Process materials like the rows of a price list."""
    batch = await service.submit(body.request_id, body.supplier_id, _rows(body.materials))
    return SubmitAnswer(request_id=batch.request_id, accepted=len(body.materials))


def _rows(materials: Sequence[SubmittedMaterial]) -> list[PriceRow]:
    return [_row(number, material) for number, material in enumerate(materials, start=1)]


def _row(number: int, material: SubmittedMaterial) -> PriceRow:
    listed = ListedPrice(
        label="price", kind=PriceKind.OTHER, price=material.price, currency=material.currency, vat=material.vat
    )
    return PriceRow(
        row=number,
        external_id=material.id,
        name=material.name,
        sku=material.sku,
        unit=material.unit,
        category=(material.category,) if material.category else (),
        price=material.price,
        currency=material.currency,
        vat=material.vat,
        prices=(listed,) if material.price is not None else (),
        description=material.description,
    )
