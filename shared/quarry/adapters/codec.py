"""Batch records as JSON objects and back.

Decimals are strings, times RFC 3339. Text is made sound on the way: NUL, which PostgreSQL cannot hold, is dropped, and
a lone surrogate, which is not Unicode, becomes a question mark. The specification's columns have other names than the
values: a row's id is ``material_id`` there, and its material ``catalogue_id``.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from quarry.domain.batches import Batch
from quarry.domain.records import ProcessingRecord, RowStatus
from quarry.domain.rows import PriceRow

Json = dict[str, Any]


def prepare() -> None:
    """Build what reads and writes records, before the first of them comes."""
    _adapter(Batch)
    _adapter(ProcessingRecord)
    _adapter(PriceRow)


@cache
def _adapter(value: type) -> TypeAdapter[Any]:
    """Made at its first use: a search has none."""
    return TypeAdapter(value)


def row_json(row: PriceRow) -> Json:
    """A row's columns that have a value."""
    return _sound(_adapter(PriceRow).dump_python(row, mode="json", exclude_none=True))


def row_text(row: PriceRow) -> str:
    """As ``row_json``, written down: once, where the text is all that is wanted."""
    try:
        text = _adapter(PriceRow).dump_json(row, exclude_none=True)
    except PydanticSerializationError:  # a lone surrogate
        return orjson.dumps(row_json(row)).decode()
    return (orjson.dumps(row_json(row)) if b"\\u0000" in text else text).decode()


def record_json(record: ProcessingRecord, row: Callable[[PriceRow], Any] = row_json) -> Json:
    """The columns of ``processing_results``, but those that are copied out of ``row``."""
    content: Json = _adapter(ProcessingRecord).dump_python(record, mode="json", exclude={"row"})
    content["catalogue_id"], content["material_id"] = content["material_id"], content.pop("row_id")
    content["row"] = row(record.row)
    content["has_issues"] = record.status is RowStatus.FAILED or bool(record.row.issues)
    return content


def read_record(content: Mapping[str, Any]) -> ProcessingRecord:
    named = {**content, "row_id": content["material_id"], "material_id": content["catalogue_id"]}
    record: ProcessingRecord = _adapter(ProcessingRecord).validate_python(named)
    return record


def batch_json(batch: Batch) -> Json:
    """The columns of ``pricelists``; the store's own number is ``pricelist_id``."""
    return _sound(_adapter(Batch).dump_python(batch, mode="json"))


def read_batch(content: Mapping[str, Any]) -> Batch:
    """A header of an earlier version lacks what was added since."""
    batch: Batch = _adapter(Batch).validate_python(content)
    return batch


def _sound(value: Json) -> Json:
    """``value`` as every store can hold it."""
    try:
        # Nearly all texts are sound: one look at the encoded bytes costs less than a walk through the values.
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
