"""Routes of the ingest function."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Depends
from pydantic import AfterValidator, BaseModel, FailFast, Field, Strict, ValidationError, WrapValidator

from quarry.dependencies.answers import get_readings
from quarry.dependencies.estimates import get_estimate_service
from quarry.dependencies.ingestion import get_ingestion_service, get_trade_service, get_undoing
from quarry.domain.batches import BatchKind, BatchStatus
from quarry.domain.reading import LayoutCorrection, Role
from quarry.domain.rows import ListedPrice, PriceKind, PriceRow, Vat
from quarry.domain.uploads import NOBODY, TERMS_METADATA, file_name_fault
from quarry.http.app import RequestModel
from quarry.http.callers import CallerDep
from quarry.http.estimate_models import EstimateTerms
from quarry.http.field_types import WITHOUT_NUL, RequestId, Supplier, SupplierId, decimal
from quarry.http.json_body import JsonRoute
from quarry.http.routes import Routes
from quarry.http.trade_models import RatesAnswer, RatesRequest, SupplierModel, SupplierName
from quarry.services.estimates import EstimateService
from quarry.services.ingestion import IngestionService, UploadTicket
from quarry.services.readings import Readings
from quarry.services.trade import TradeService
from quarry.services.undoing import ListUndoing

router = Routes(JsonRoute)
MAX_MATERIALS = 10_000
_MAX_FAULTS = 100
# What file_name_fault() lets pass, for the document.
_FILE_NAME = r"^(?!\s*\.{0,2}\s*$)(?!.*\$\{filename\})[^/\\\x00-\x1f\x7f-\x9f]+$"
Service = Annotated[IngestionService, Depends(get_ingestion_service)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217 code")]
Price = Annotated[Decimal, *decimal(10, 10)]
Trade = Annotated[TradeService, Depends(get_trade_service)]
EstimatesDep = Annotated[EstimateService, Depends(get_estimate_service)]
UndoingDep = Annotated[ListUndoing, Depends(get_undoing)]
ReadingsDep = Annotated[Readings, Depends(get_readings)]


def _file_name(name: str) -> str:
    fault = file_name_fault(name)
    if fault:
        raise ValueError(fault)
    return name


FileName = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra={"pattern": _FILE_NAME}),
    AfterValidator(_file_name),
]


class UploadRequest(RequestModel):
    kind: Literal["pricelist"] = "pricelist"
    supplier_id: Annotated[SupplierId, Strict()]
    file_name: FileName


class BillUploadRequest(RequestModel):
    """Of a bill of materials, which no supplier offers."""

    kind: Literal["estimate"]
    file_name: FileName
    terms: EstimateTerms | None = None


def _by_kind(value: Any, _: Callable[[Any], Any]) -> UploadRequest | BillUploadRequest:
    """The faults of one of them, by its own pointers."""
    if isinstance(value, Mapping) and value.get("kind") == "estimate":
        return BillUploadRequest.model_validate(value)
    return UploadRequest.model_validate(value)


class UploadForm(BaseModel):
    """A presigned POST: send ``fields``, then the file as ``file``, as a multipart form to ``url``."""

    url: str
    fields: dict[str, str]
    expires_at: datetime
    max_bytes: int


class UploadAnswer(BaseModel):
    request_id: str
    upload: UploadForm


class RereadAnswer(BaseModel):
    request_id: str
    rereads: str


class UndoAnswer(BaseModel):
    request_id: str
    status: BatchStatus
    read_again: list[str] = Field(
        description="lists that came before and were read after: their prices gave way to this one's"
    )


class CorrectedColumn(RequestModel):
    """``role`` None: the column is not used."""

    letter: Annotated[str, Field(pattern="^[A-Z]{1,3}$", description="as the spreadsheet program shows it")]
    role: Role | None


class LayoutRequest(RequestModel):
    """``fingerprint`` as ``GET /batches/{id}/reading`` has it; a column that is not named is read as before."""

    fingerprint: Annotated[str, Field(pattern="^[0-9a-f]{8,64}$")]
    header_rows: Annotated[list[Annotated[int, Field(ge=1, le=1000)]], Field(max_length=3)] | None = None
    columns: Annotated[list[CorrectedColumn], Field(min_length=1, max_length=500)]

    def correction(self) -> LayoutCorrection:
        rows = None if self.header_rows is None else tuple(self.header_rows)
        roles = {column.letter: column.role for column in self.columns}
        return LayoutCorrection(fingerprint=self.fingerprint, header_rows=rows, roles=roles)


class SubmittedMaterial(RequestModel):
    id: Annotated[str, Field(min_length=1, max_length=200, pattern=WITHOUT_NUL)]
    name: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
    unit: Annotated[str, Field(max_length=50, pattern=WITHOUT_NUL)] | None = None
    price: Price | None = None
    currency: Currency = "RUB"
    vat: Vat = Vat.UNKNOWN
    sku: Annotated[str, Field(max_length=100, pattern=WITHOUT_NUL)] | None = None
    category: Annotated[str, Field(max_length=200, pattern=WITHOUT_NUL)] | None = None
    description: Annotated[str, Field(max_length=10_000, pattern=WITHOUT_NUL)] | None = None


def _each(values: Any, whole: Callable[[Any], list[SubmittedMaterial]]) -> list[SubmittedMaterial]:
    """Faults of many materials, but not of all: they would take more memory than the function has."""
    if not isinstance(values, list) or not 0 < len(values) <= MAX_MATERIALS:
        return whole(values)
    materials: dict[str, SubmittedMaterial] = {}
    faults: list[Any] = []
    for place, value in enumerate(values):
        try:
            material = SubmittedMaterial.model_validate(value)
        except ValidationError as error:
            faults += [{**fault, "loc": (place, *fault["loc"])} for fault in error.errors()]
        else:
            if material.id in materials:
                again = ValueError("each material needs an id of its own")
                faults.append({"type": "value_error", "loc": (place, "id"), "input": value, "ctx": {"error": again}})
            materials[material.id] = material
        if len(faults) >= _MAX_FAULTS:
            break
    if faults:
        raise ValidationError.from_exception_data("materials", faults)
    return list(materials.values())


class SubmitRequest(RequestModel):
    request_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")] | None = None
    supplier_id: Annotated[SupplierId, Strict()] | None = None
    materials: Annotated[
        list[SubmittedMaterial], Field(min_length=1, max_length=MAX_MATERIALS), FailFast(), WrapValidator(_each)
    ]


class SubmitAnswer(BaseModel):
    request_id: str
    accepted: int


@router.post("/pricelists", status_code=201, for_suppliers=True)
async def request_upload(
    body: Annotated[UploadRequest | BillUploadRequest, WrapValidator(_by_kind)],
    service: Service,
    estimates: EstimatesDep,
    caller: CallerDep,
) -> UploadAnswer:
    """Get a place to upload a price list to; its batch is followed under ``request_id``, and so is an estimate."""
    if isinstance(body, BillUploadRequest):
        estimates.require_kept()
        terms = {TERMS_METADATA: body.terms.model_dump_json()} if body.terms else {}
        return _upload(await service.request_upload(NOBODY, body.file_name, caller, BatchKind.ESTIMATE, terms))
    return _upload(await service.request_upload(body.supplier_id, body.file_name, caller))


@router.post("/pricelists/preview", status_code=201, for_suppliers=True)
async def request_preview(body: UploadRequest, service: Service, caller: CallerDep) -> UploadAnswer:
    """The same for a list that is only looked at: it is read, its reading is kept, and nothing is imported."""
    return _upload(await service.request_upload(body.supplier_id, body.file_name, caller, BatchKind.PREVIEW))


@router.post("/batches/{request_id}/reread", status_code=202, for_suppliers=True)
async def reread(request_id: RequestId, service: Service, caller: CallerDep) -> RereadAnswer:
    """Read a list's stored file again, with what was corrected meanwhile; followed under the new ``request_id``."""
    batch = await service.reread(request_id, caller)
    return RereadAnswer(request_id=batch.request_id, rereads=request_id)


@router.post("/batches/{request_id}/undo", status_code=202, for_suppliers=True)
async def undo(request_id: RequestId, service: UndoingDep, caller: CallerDep) -> UndoAnswer:
    """Take back what an import changed: the supplier's offers become again what they were before it."""
    begun = await service.begin(request_id, caller)
    return UndoAnswer(request_id=request_id, status=begun.batch.status, read_again=begun.read_again)


@router.put("/suppliers/{supplier_id}/layouts", for_suppliers=True)
async def correct_layout(
    supplier_id: Supplier, body: LayoutRequest, service: ReadingsDep, caller: CallerDep
) -> LayoutRequest:
    """Say what the columns of a supplier's lists of one layout are; it holds for this and for all later ones."""
    caller.demand(supplier_id)
    await service.correct(supplier_id, body.correction())
    return body


@router.put("/suppliers/{supplier_id}", for_suppliers=True)
async def name_supplier(supplier_id: Supplier, body: SupplierName, trade: Trade, caller: CallerDep) -> SupplierModel:
    """Give a supplier's number a name, or another one."""
    caller.demand(supplier_id)
    return SupplierModel(**await trade.name_supplier(supplier_id, body.name))


@router.post("/suppliers")
async def supplier_named(body: SupplierName, trade: Trade) -> SupplierModel:
    """The supplier of that name, in any case; one that is not known is made, with the next free number."""
    return SupplierModel(**await trade.supplier_named(body.name))


@router.put("/reference/exchange-rates")
async def save_rates(body: RatesRequest, trade: Trade) -> RatesAnswer:
    """Say what currencies are worth in the base currency; offers are compared by it from now on."""
    return RatesAnswer(**await trade.save_rates(body.saved()))


@router.post("/batches", status_code=202, for_suppliers=True)
async def submit(body: SubmitRequest, service: Service, caller: CallerDep) -> SubmitAnswer:
    """Process materials like the rows of a price list."""
    batch = await service.submit(body.request_id, body.supplier_id, _rows(body.materials), caller)
    return SubmitAnswer(request_id=batch.request_id, accepted=len(body.materials))


def _upload(ticket: UploadTicket) -> UploadAnswer:
    form = UploadForm(url=ticket.url, fields=ticket.fields, expires_at=ticket.expires_at, max_bytes=ticket.max_bytes)
    return UploadAnswer(request_id=ticket.request_id, upload=form)


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
