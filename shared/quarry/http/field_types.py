"""Types of request fields, documented as strictly as they are checked."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path
from pydantic import BeforeValidator, Field, WithJsonSchema

from quarry.domain.uploads import MAX_SUPPLIER_ID


def decimal(digits: int, places: int, *, above_zero: bool = False, in_address: bool = False) -> tuple[Any, ...]:
    """Marks of a Decimal that is not negative, JSON's number or a decimal string, with so many digits at the most.

    ``in_address``: of a query parameter, where each value is a string.
    """
    written = f"[0-9]{{1,{digits}}}([.][0-9]{{1,{places}}})?"
    if above_zero:
        written = f"(?![0.]*$){written}"

    def plain(value: Any) -> Any:
        # Decimal itself would take «1_0», «１０» and «1e9».
        if isinstance(value, str) and not re.fullmatch(written, value):
            raise ValueError(
                f"must be a decimal number such as 450.00, with {places} digits after the point at the most"
            )
        return value

    least = {"exclusiveMinimum" if above_zero else "minimum": 0}
    number = {"type": "number", **least, "exclusiveMaximum": 10**digits}
    text = {"type": "string", "pattern": f"^{written}$"}
    most = Decimal(10) ** digits
    limits = Field(gt=0, lt=most, allow_inf_nan=False) if above_zero else Field(ge=0, lt=most, allow_inf_nan=False)
    return BeforeValidator(plain), limits, WithJsonSchema(text if in_address else {"anyOf": [number, text]})


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 7.0 is 7. In an address «1_0» and « 7 », which int() would take, are none."""
    if isinstance(value, str) and not re.fullmatch("-?[0-9]+", value):
        raise ValueError("must be an integer")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _moment(value: Any, *, end: bool = False) -> Any:
    """An RFC 3339 moment, in UTC where it does not say; a date is its first moment, as an ``end`` its last."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].+)?", value):
        raise ValueError("must be a date or a moment, such as 2026-11-26 or 2026-11-26T12:00:00Z")
    try:
        given = datetime.fromisoformat(value.upper().replace(" ", "T"))
        whole_day = end and len(value) == len("2026-11-26")
        aware = given if given.tzinfo else given.replace(tzinfo=UTC)
        return aware.astimezone(UTC) + timedelta(days=int(whole_day))
    except OverflowError:
        raise ValueError("must be a moment between the years 1 and 9999") from None


def _end(value: Any) -> Any:
    return _moment(value, end=True)


def _moments(description: str) -> tuple[Any, ...]:
    return Field(description=description), WithJsonSchema({"type": "string", "format": "date-time"})


Since = Annotated[datetime | None, BeforeValidator(_moment), *_moments("a date, or a moment")]
Until = Annotated[
    datetime | None, BeforeValidator(_end), *_moments("a date, which is within, or a moment, which is not")
]
Whole = BeforeValidator(_whole)
Limit = Annotated[int, Field(ge=1, le=100), Whole]
SupplierLimit = Annotated[int, Field(ge=1, le=1000), Whole]
SupplierId = Annotated[int, Field(ge=0, le=MAX_SUPPLIER_ID), Whole]
Supplier = Annotated[int, Path(ge=0, le=MAX_SUPPLIER_ID), Whole]
RequestId = Annotated[str, Path(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
Cursor = Annotated[str | None, Field(max_length=1000)]
# PostgreSQL holds no NUL: texts that differ by it alone would become one.
WITHOUT_NUL = r"^[^\x00]*$"
