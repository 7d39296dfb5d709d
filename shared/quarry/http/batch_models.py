"""What the batch status function gives."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from quarry.domain.batches import Batch, BatchKind, BatchStatus
from quarry.domain.money import money
from quarry.domain.progress import Progress
from quarry.domain.reading import SheetReading
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus
from quarry.domain.rows import PriceKind, Severity, Vat
from quarry.domain.showing import Showing

Source = Literal["sql", "vector", "hybrid"]


class BatchError(BaseModel):
    code: str
    message: str


class WaitingAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    reason: str
    since: datetime
    attempts: int


class AttentionAnswer(BaseModel):
    """What may be lost or wrong in the reading of a list; ``count`` rows are concerned."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    message: str
    sheet: str | None
    count: int


class ProgressAnswer(BaseModel):
    """``pending + processing + completed + failed + needs_review = total``."""

    request_id: str
    kind: BatchKind
    supplier_id: int | None
    supplier_name: str | None
    file_name: str | None
    status: BatchStatus
    total: int
    pending: int
    processing: int
    completed: int
    failed: int
    needs_review: int
    offers: int = Field(description="completed rows: each is an offer, those on request without a price")
    materials_created: int | None = Field(description="offers of materials that the catalogue did not have before")
    percent: float = Field(examples=[59.1])
    rows_per_second: float | None
    eta_seconds: int | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    source: Source
    degraded: bool
    error: BatchError | None
    waiting: WaitingAnswer | None = Field(description="why the batch makes no progress; null while it moves")
    rows_seen: int | None = Field(description="rows of the file's sheets, goods or not; null without a file")
    attention: list[AttentionAnswer]
    uploaded_by: str | None = Field(
        description="subject of the caller's token, or ARN of who signed; null: not checked"
    )

    @classmethod
    def of(cls, progress: Progress, now: datetime, showing: Showing) -> Self:
        batch = progress.batch
        rate = _rate(progress, now)
        left = progress.total - progress.settled
        return cls(
            request_id=batch.request_id,
            kind=batch.kind,
            supplier_id=batch.supplier_id,
            supplier_name=showing.supplier(batch.supplier_id),
            file_name=batch.file_name,
            status=batch.status,
            total=progress.total,
            **progress.counts,
            offers=progress.completed,
            materials_created=progress.created,
            percent=_percent(progress),
            rows_per_second=rate,
            eta_seconds=round(left / rate) if rate and not batch.status.terminal else None,
            created_at=batch.created_at,
            updated_at=batch.updated_at,
            finished_at=batch.finished_at,
            source=progress.source,
            degraded=progress.degraded,
            error=_error(batch),
            waiting=WaitingAnswer.model_validate(batch.waiting) if batch.waiting else None,
            rows_seen=batch.rows_seen,
            attention=[AttentionAnswer.model_validate(one) for one in batch.attention],
            uploaded_by=batch.uploaded_by,
        )


# What is only read: its rows never become records.
_WITHOUT_RECORDS: Final = frozenset({BatchKind.PREVIEW, BatchKind.ESTIMATE})


def _percent(progress: Progress) -> float:
    batch = progress.batch
    if progress.total == 0 or batch.kind in _WITHOUT_RECORDS:
        return 100.0 if batch.status.terminal else 0.0
    # Rounded down: 100 % is said when nothing is left.
    return (1000 * progress.settled // progress.total) / 10


def _rate(progress: Progress, now: datetime) -> float | None:
    """Rows settled a second since the batch was opened."""
    seconds = ((progress.batch.finished_at or now) - progress.batch.created_at).total_seconds()
    return round(progress.settled / seconds, 1) if progress.settled and seconds > 0 else None


def _error(batch: Batch) -> BatchError | None:
    return BatchError(code=batch.error_code, message=batch.error_message or "") if batch.error_code else None


class ReadingAnswer(BaseModel):
    request_id: str
    sheets: list[SheetReading]


class ProgressPage(BaseModel):
    items: list[ProgressAnswer]
    next_cursor: str | None


class ListedPrice(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    label: str
    kind: PriceKind
    price: Annotated[str | None, BeforeValidator(money)]
    currency: str
    vat: Vat


class Result(BaseModel):
    """A row and what became of it; ``row`` counts as the spreadsheet program shows it, from 1."""

    sheet: str | None
    row: int
    category: list[str] = Field(description="the headings above the row, the outermost first")
    id: str
    name: str
    sku: str | None
    unit: str | None
    price: str | None
    currency: str
    vat: Vat
    prices: list[ListedPrice]
    status: RowStatus
    material_id: str | None
    match_type: MatchType | None
    similarity_score: float | None
    normalized_unit: str | None
    coefficient: float | None
    error: str | None
    retry_count: int

    @classmethod
    def of(cls, record: ProcessingRecord) -> Self:
        row = record.row
        return cls(
            sheet=row.sheet,
            row=row.row,
            category=list(row.category),
            id=row.external_id or record.row_id,
            name=row.name,
            sku=row.sku,
            unit=row.unit,
            price=money(row.price),
            currency=row.currency,
            vat=row.vat,
            prices=[ListedPrice.model_validate(one) for one in row.prices],
            status=record.status,
            material_id=record.material_id,
            match_type=record.match_type,
            similarity_score=record.similarity_score,
            normalized_unit=record.normalized_unit,
            coefficient=None if record.coefficient is None else float(record.coefficient),
            error=record.error,
            retry_count=record.retry_count,
        )


class ResultPage(BaseModel):
    items: list[Result]
    next_cursor: str | None


class Issue(BaseModel):
    """Without a row it concerns the sheet, without a sheet the file."""

    model_config = ConfigDict(from_attributes=True)

    sheet: str | None
    row: int | None
    column: str | None
    value: str | None
    code: str
    message: str
    severity: Severity


class IssuePage(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    items: list[Issue]
    next_cursor: str | None


class StatisticsAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    batches: int
    rows: int
    completed: int
    failed: int
    needs_review: int
    success_rate: float | None
    average_seconds: float | None
    by_status: dict[BatchStatus, int]
    source: Source
    degraded: bool


class RetryAnswer(BaseModel):
    request_id: str
    retried: int
