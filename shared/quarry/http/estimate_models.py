"""What routes of estimates take and give."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field, ValidationError, WrapValidator

from quarry.domain.estimates.lines import AskedLine, Terms
from quarry.http.app import Described, RequestModel
from quarry.http.field_types import WITHOUT_NUL, Whole, decimal

MAX_LINES: Final = 10_000
_MOST_SUPPLIERS: Final = 100
_MAX_FAULTS: Final = 100
_SAID: Final = r"^[^\x00]*[^\s\x00][^\x00]*$"


class GivenLine(RequestModel):
    """Without ``unit`` it counts pieces."""

    name: Annotated[str, Field(max_length=2000, pattern=_SAID)]
    quantity: Annotated[Decimal, *decimal(9, 6, above_zero=True)]
    unit: Annotated[str, Field(max_length=50, pattern=WITHOUT_NUL)] | None = None
    group: Annotated[str, Field(max_length=500, pattern=WITHOUT_NUL)] | None = None


def _each(values: Any, whole: Callable[[Any], list[GivenLine]]) -> list[GivenLine]:
    """Faults of many lines, but not of all: they would take more memory than the function has."""
    if not isinstance(values, list) or not 0 < len(values) <= MAX_LINES:
        return whole(values)
    lines: list[GivenLine] = []
    faults: list[Any] = []
    for place, value in enumerate(values):
        try:
            lines.append(GivenLine.model_validate(value))
        except ValidationError as error:
            faults += [{**fault, "loc": (place, *fault["loc"])} for fault in error.errors()]
            if len(faults) >= _MAX_FAULTS:
                break
    if faults:
        raise ValidationError.from_exception_data("lines", faults)
    return lines


class EstimateTerms(RequestModel):
    """How a bill is priced."""

    currency: Annotated[
        str, Field(pattern="^[A-Z]{3}$", description="ISO 4217 code; offers in others do not count")
    ] = "RUB"
    max_suppliers: Annotated[int, Field(ge=1, le=_MOST_SUPPLIERS), Whole] | None = None
    waste_percent: Annotated[Decimal, *decimal(3, 2), Field(description="is added to every line's quantity")] = Decimal(
        0
    )


class EstimateRequest(EstimateTerms):
    name: Annotated[str, Field(max_length=200, pattern=WITHOUT_NUL)] = ""
    lines: Annotated[list[GivenLine], Field(min_length=1, max_length=MAX_LINES), WrapValidator(_each)]

    @property
    def terms(self) -> Terms:
        return Terms(currency=self.currency, max_suppliers=self.max_suppliers, waste_percent=self.waste_percent)

    @property
    def asked(self) -> list[AskedLine]:
        return [
            AskedLine(line=number, name=one.name.strip(), quantity=one.quantity, unit=one.unit, group=one.group)
            for number, one in enumerate(self.lines, start=1)
        ]


class ChosenMaterial(RequestModel):
    """``material_id`` null: nothing of the catalogue is what the line asks for."""

    material_id: UUID | None


class EstimateMaterial(Described):
    """``id`` null: its row waits for a decision in reviews."""

    id: str | None
    name: str


class EstimateOffer(Described):
    """``packages`` are units of the offer, each ``holds`` so many base units; rounded up where it is sold ``whole``."""

    offer_id: int
    supplier_id: int | None
    supplier_name: str | None
    material_id: str | None
    name: str
    sku: str | None
    price: str
    currency: str
    unit: str | None
    price_per_base_unit: str
    base_unit: str
    holds: str
    packages: str
    whole: bool
    cost: str
    in_stock: bool | None
    valid_from: datetime | None


class LeftOutOffer(Described):
    offer_id: int
    supplier_id: int | None
    name: str
    price: str | None
    currency: str
    unit: str | None
    reason: str


class EstimateAlternative(Described):
    material: EstimateMaterial
    fits: bool
    why: str
    best: EstimateOffer | None


class Needed(Described):
    """With waste, in the unit in which the line's offers are compared."""

    amount: str
    without_waste: str
    unit: str


class EstimateLine(Described):
    """``offers`` has the best one of each supplier; ``chosen``: a person said what the line is answered with."""

    line: int
    name: str
    quantity: str
    unit: str | None
    group: str | None
    needed: Needed
    status: Literal["matched", "doubtful", "unserved"]
    why: str
    chosen: bool
    material: EstimateMaterial | None
    best: EstimateOffer | None
    offers: list[EstimateOffer]
    left_out: list[LeftOutOffer]
    alternatives: list[EstimateAlternative]


class CheapestMix(Described):
    cost: str
    suppliers: int
    served: int


class SupplierTotal(Described):
    supplier_id: int
    supplier_name: str | None
    cost: str
    served: int
    missing: int


class AtMost(Described):
    """``proved`` false: there were too many suppliers to look at every choice; it is the best one found."""

    suppliers: int
    supplier_ids: list[int]
    cost: str
    served: int
    proved: bool


class EstimateTotals(Described):
    cheapest: CheapestMix
    by_supplier: list[SupplierTotal]
    with_at_most: AtMost | None


class EstimateProgress(Described):
    lines: int
    priced: int
    percent: float


class EstimateHead(Described):
    """``degraded``: a store was unavailable, so that offers may be missing. ``kept`` false: it cannot be asked for."""

    id: str
    request_id: str
    name: str
    status: Literal["pricing", "priced"]
    currency: str
    max_suppliers: int | None
    waste_percent: str
    progress: EstimateProgress
    degraded: bool
    kept: bool
    created_at: datetime
    updated_at: datetime


class EstimateAnswer(EstimateHead):
    """``totals`` null: not all lines are priced yet. ``unserved`` and ``doubtful`` are numbers of lines."""

    lines: list[EstimateLine]
    totals: EstimateTotals | None
    unserved: list[int]
    doubtful: list[int]
    next_cursor: str | None


class EstimatePage(Described):
    items: list[EstimateHead]
    next_cursor: str | None
