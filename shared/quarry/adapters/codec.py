"""Batch records as JSON objects and back, by hand: a batch has up to a million of them.

Decimals are strings, times RFC 3339; what is at its default is left out. Text is made sound on the way: NUL, which
PostgreSQL cannot hold, is dropped, and a lone surrogate, which is no Unicode, becomes a question mark.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from quarry.domain.batches import Batch, BatchKind, BatchStatus, Waiting
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus
from quarry.domain.rows import ListedPrice, PriceKind, PriceRow, RowIssue, Severity, Vat

Json = dict[str, Any]


def sound(value: Json) -> Json:
    """``value`` as every store can hold it."""
    try:
        if b"\\u0000" not in orjson.dumps(value):
            return value
    except TypeError:  # a lone surrogate
        pass
    mended: Json = _mended(value)
    return mended


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\0", "")
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_mended(item) for item in value]
    return value


def row_json(row: PriceRow) -> Json:
    return sound(_row_content(row))


def row_text(row: PriceRow) -> str:
    """As ``row_json``, written down: once, where the text is all that is wanted."""
    content = _row_content(row)
    try:
        text = orjson.dumps(content)
    except TypeError:  # a lone surrogate
        return orjson.dumps(_mended(content)).decode()
    return (orjson.dumps(_mended(content)) if b"\\u0000" in text else text).decode()


def _row_content(row: PriceRow) -> Json:
    content = {
        "row": row.row,
        "name": row.name,
        "sheet": row.sheet,
        "external_id": row.external_id,
        "sku": row.sku,
        "unit": row.unit,
        "category": list(row.category) or None,
        "price": _number(row.price),
        "currency": row.currency,
        "vat": row.vat.value,
        "prices": [_price_json(price) for price in row.prices] or None,
        "package": _number(row.package),
        "package_unit": row.package_unit,
        "stock": _number(row.stock),
        "in_stock": row.in_stock,
        "description": row.description,
        "issues": [issue_json(issue) for issue in row.issues] or None,
    }
    return {name: value for name, value in content.items() if value is not None}


def read_row(content: Mapping[str, Any]) -> PriceRow:
    get = content.get
    return PriceRow(
        row=content["row"],
        name=content["name"],
        sheet=get("sheet"),
        external_id=get("external_id"),
        sku=get("sku"),
        unit=get("unit"),
        category=tuple(get("category", ())),
        price=_decimal(get("price")),
        currency=content["currency"],
        vat=Vat(content["vat"]),
        prices=tuple(_read_price(price) for price in get("prices", ())),
        package=_decimal(get("package")),
        package_unit=get("package_unit"),
        stock=_decimal(get("stock")),
        in_stock=get("in_stock"),
        description=get("description"),
        issues=tuple(read_issue(issue) for issue in get("issues", ())),
    )


def issue_json(issue: RowIssue) -> Json:
    return {
        "code": issue.code,
        "message": issue.message,
        "severity": issue.severity.value,
        "sheet": issue.sheet,
        "row": issue.row,
        "column": issue.column,
        "value": issue.value,
    }


def read_issue(content: Mapping[str, Any]) -> RowIssue:
    return RowIssue(**{**content, "severity": Severity(content["severity"])})


def _price_json(price: ListedPrice) -> Json:
    return {
        "label": price.label,
        "kind": price.kind.value,
        "price": _number(price.price),
        "currency": price.currency,
        "vat": price.vat.value,
    }


def _read_price(content: Mapping[str, Any]) -> ListedPrice:
    return ListedPrice(
        label=content["label"],
        kind=PriceKind(content["kind"]),
        price=_decimal(content["price"]),
        currency=content["currency"],
        vat=Vat(content["vat"]),
    )


def record_json(record: ProcessingRecord, row: Callable[[PriceRow], Any] = row_json) -> Json:
    """The columns of ``processing_results``, but those that are copied out of ``row``."""
    return {
        "request_id": record.request_id,
        "material_id": record.material_id,
        "sequence": record.sequence,
        "chunk": record.chunk,
        "occurrence": record.occurrence,
        "row": row(record.row),
        "status": record.status.value,
        "revision": record.revision,
        "retry_count": record.retry_count,
        "catalogue_id": record.catalogue_id,
        "match_type": record.match_type.value if record.match_type else None,
        "similarity_score": record.similarity_score,
        "normalized_unit": record.normalized_unit,
        "coefficient": _number(record.coefficient),
        "error_code": record.error_code,
        "error": record.error,
        "has_issues": record.status is RowStatus.FAILED or bool(record.row.issues),
        "digest": record.digest,
        "created_at": record.created_at.isoformat(),
        "updated_at": record.updated_at.isoformat(),
    }


def read_record(content: Mapping[str, Any]) -> ProcessingRecord:
    return ProcessingRecord(
        request_id=content["request_id"],
        material_id=content["material_id"],
        sequence=content["sequence"],
        chunk=content["chunk"],
        occurrence=content["occurrence"],
        row=read_row(content["row"]),
        status=RowStatus(content["status"]),
        revision=content["revision"],
        retry_count=content["retry_count"],
        catalogue_id=content["catalogue_id"],
        match_type=MatchType(content["match_type"]) if content["match_type"] else None,
        similarity_score=content["similarity_score"],
        normalized_unit=content["normalized_unit"],
        coefficient=_decimal(content["coefficient"]),
        error_code=content["error_code"],
        error=content["error"],
        digest=content.get("digest"),
        created_at=_moment(content["created_at"]),
        updated_at=_moment(content["updated_at"]),
    )


def batch_json(batch: Batch) -> Json:
    """The columns of ``pricelists``; the store's own number is ``pricelist_id``."""
    return sound(
        {
            "request_id": batch.request_id,
            "kind": batch.kind.value,
            "supplier_id": batch.supplier_id,
            "file_name": batch.file_name,
            "object_key": batch.object_key,
            "object_version": batch.object_version,
            "content_hash": batch.content_hash,
            "pricelist_id": batch.pricelist_id,
            "status": batch.status.value,
            "total": batch.total,
            "chunks": batch.chunks,
            "error_code": batch.error_code,
            "error_message": batch.error_message,
            "issues": [issue_json(issue) for issue in batch.issues],
            "counts": {str(status): number for status, number in batch.counts.items()},
            "changes": dict(batch.changes) if batch.changes is not None else None,
            "revision": batch.revision,
            "created_at": batch.created_at.isoformat(),
            "updated_at": batch.updated_at.isoformat(),
            "finished_at": batch.finished_at.isoformat() if batch.finished_at else None,
            "uploaded_at": batch.uploaded_at.isoformat() if batch.uploaded_at else None,
            "waiting": _waiting_json(batch.waiting),
        }
    )


def read_batch(content: Mapping[str, Any]) -> Batch:
    return Batch(
        request_id=content["request_id"],
        kind=BatchKind(content["kind"]),
        supplier_id=content["supplier_id"],
        file_name=content["file_name"],
        object_key=content["object_key"],
        object_version=content["object_version"],
        content_hash=content["content_hash"],
        pricelist_id=content["pricelist_id"],
        status=BatchStatus(content["status"]),
        total=content["total"],
        chunks=content["chunks"],
        error_code=content["error_code"],
        error_message=content["error_message"],
        issues=tuple(read_issue(issue) for issue in content["issues"]),
        counts=content["counts"],
        changes=content["changes"],
        revision=content["revision"],
        created_at=_moment(content["created_at"]),
        updated_at=_moment(content["updated_at"]),
        finished_at=_moment(content["finished_at"]) if content["finished_at"] else None,
        # Headers of earlier versions have none.
        uploaded_at=_moment(uploaded) if (uploaded := content.get("uploaded_at")) else None,
        waiting=_read_waiting(content.get("waiting")),
    )


def _waiting_json(waiting: Waiting | None) -> Json | None:
    if waiting is None:
        return None
    return {"reason": waiting.reason, "since": waiting.since.isoformat(), "attempts": waiting.attempts}


def _read_waiting(content: Mapping[str, Any] | None) -> Waiting | None:
    if content is None:
        return None
    return Waiting(reason=content["reason"], since=_moment(content["since"]), attempts=content["attempts"])


def _number(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(value: Decimal | str | None) -> Decimal | None:
    return Decimal(value) if isinstance(value, str) else value


def _moment(value: datetime | str) -> datetime:
    """PostgreSQL's driver gives times, JSON gives text."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
