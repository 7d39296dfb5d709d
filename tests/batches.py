"""Batches and records as tests need them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from quarry.domain.batches import Batch, BatchKind, BatchStatus
from quarry.domain.clock import clock
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus
from quarry.domain.rows import ListedPrice, PriceKind, PriceRow, RowIssue, Severity, Vat

MOMENT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def batch(request_id: str = "b1", **about: Any) -> Batch:
    given: dict[str, Any] = {
        "request_id": request_id,
        "kind": BatchKind.PRICELIST,
        "status": BatchStatus.PROCESSING,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "revision": clock.next(),
        "supplier_id": 7,
        "file_name": "прайс.xlsx",
    }
    return Batch(**{**given, **about})


def record(sequence: int = 0, request_id: str = "b1", **about: Any) -> ProcessingRecord:
    given: dict[str, Any] = {
        "request_id": request_id,
        "row_id": str(sequence),
        "sequence": sequence,
        "chunk": sequence // 10,
        "row": PriceRow(row=sequence + 2, name=f"Цемент М{sequence}", unit="мешок", price=Decimal("450.50")),
        "status": RowStatus.PENDING,
        "revision": clock.next(),
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
    return ProcessingRecord(**{**given, **about})


def records(number: int, request_id: str = "b1", **about: Any) -> list[ProcessingRecord]:
    return [record(sequence, request_id, **about) for sequence in range(number)]


def settled(one: ProcessingRecord, status: RowStatus = RowStatus.COMPLETED, **about: Any) -> ProcessingRecord:
    return replace(one, **{"status": status, "revision": clock.next(one.revision), **about})


def revised(one: Batch, **changes: Any) -> Batch:
    """A later copy with any ``changes``, also those that no transition makes."""
    return replace(one, **changes, revision=clock.next(one.revision))


def rich_record(request_id: str = "b1") -> ProcessingRecord:
    """A record with every field of its row and its own set."""
    return record(
        3,
        request_id,
        row=PriceRow(
            row=12,
            name='Смесь "Плиты\tи\\пол"\nнапольная',
            sheet="Лист 1",
            external_id="a-1",
            sku="А-17",
            unit="мешок",
            category=("Смеси", "Сухие"),
            price=Decimal("1250.0035"),
            currency="EUR",
            vat=Vat.INCLUDED,
            prices=(
                ListedPrice(
                    label="Розн.", kind=PriceKind.RETAIL, price=Decimal("1250.0035"), currency="EUR", vat=Vat.INCLUDED
                ),
                ListedPrice(label="Опт", kind=PriceKind.WHOLESALE, price=None, currency="EUR", vat=Vat.EXCLUDED),
            ),
            package=Decimal(25),
            package_unit="кг",
            stock=Decimal("3.5"),
            in_stock=True,
            description="Для пола",
            issues=(
                RowIssue(
                    code="odd_price",
                    message="Цена странная",
                    severity=Severity.WARNING,
                    sheet="Лист 1",
                    row=12,
                    column="Цена",
                    value="1250,0035",
                ),
            ),
        ),
        status=RowStatus.COMPLETED,
        occurrence=2,
        retry_count=1,
        material_id="7b0c9d5e-3a52-5a39-9c59-0b7c2cfb8f11",
        match_type=MatchType.MATCHED,
        similarity_score=0.93,
        normalized_unit="кг",
        coefficient=Decimal(25),
        error_code="none",
        error="нет",
    )


def sequences(found: Sequence[ProcessingRecord]) -> list[int]:
    return [one.sequence for one in found]


def days_ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)
