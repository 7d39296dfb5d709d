"""What the functions take and give of suppliers' names and exchange rates."""

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from quarry.domain.rates import ExchangeRate
from quarry.http.app import RequestModel
from quarry.http.field_types import WITHOUT_NUL, decimal

_NAME: Final = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"


def _one_line(name: str) -> str:
    return " ".join(name.split())


def _day(value: Any) -> Any:
    # A date of its own would also be seconds since 1970.
    if not isinstance(value, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("must be a date such as 2026-11-26")
    return value


Day = Annotated[dt.date, BeforeValidator(_day)]


class SupplierName(RequestModel):
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=_NAME), AfterValidator(_one_line)]


class GivenRate(RequestModel):
    """``date`` None: today."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217 code")]
    rate: Annotated[Decimal, *decimal(9, 10, above_zero=True)]
    date: Day | None = None
    source: Annotated[str, Field(min_length=1, max_length=200, pattern=WITHOUT_NUL)] = "entered"


class RatesRequest(RequestModel):
    rates: Annotated[list[GivenRate], Field(min_length=1, max_length=500)]

    def saved(self) -> list[ExchangeRate]:
        today = dt.datetime.now(dt.UTC).date()
        return [
            ExchangeRate(currency=one.currency, rate=one.rate, date=one.date or today, source=one.source)
            for one in self.rates
        ]


class SupplierModel(BaseModel):
    id: int
    name: str | None


class LastListModel(BaseModel):
    request_id: str
    file_name: str | None
    listed_at: dt.datetime


class ListedSupplier(SupplierModel):
    """``last_list``: of the lists that were imported, the one that was uploaded last; None in Qdrant-only mode."""

    last_list: LastListModel | None


class Suppliers(BaseModel):
    items: list[ListedSupplier]
    next_cursor: str | None


class RateModel(BaseModel):
    """One ``currency`` is worth ``rate`` of the base currency."""

    currency: str
    rate: str = Field(examples=["81.2345"])
    date: dt.date
    source: str


class RatesAnswer(BaseModel):
    base_currency: str
    items: list[RateModel]
