"""What a price list's row says, as read: the reader's output and a processing record's content."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class PriceKind(StrEnum):
    RETAIL = "retail"
    WHOLESALE = "wholesale"
    DEALER = "dealer"
    OTHER = "other"


class Vat(StrEnum):
    INCLUDED = "included"
    EXCLUDED = "excluded"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPrice:
    """One price column's value; ``price`` is None for «по запросу» and the like."""

    label: str
    kind: PriceKind
    currency: str
    vat: Vat
    price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowIssue:
    """Why a row, a sheet or a cell was not used (error) or only in part (warning).

    ``row`` counts as the spreadsheet program shows it, from 1; ``column`` is the header's text or the column's letter.
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """One row of a price list: an offer of one product, in the supplier's words.

    ``unit`` is as written. ``category`` is the path from the outermost heading inwards. ``package`` is the content of
    one sold unit when a column of its own says so (weight, volume, pieces): the amount in ``package_unit``.
    ``issues`` with severity error mean that the row cannot become an offer.
    """

    row: int
    name: str
    sheet: str | None = None
    external_id: str | None = None
    sku: str | None = None
    unit: str | None = None
    category: tuple[str, ...] = ()
    price: Decimal | None = None
    currency: str = "RUB"
    vat: Vat = Vat.UNKNOWN
    prices: tuple[ListedPrice, ...] = ()
    package: Decimal | None = None
    package_unit: str | None = None
    stock: Decimal | None = None
    in_stock: bool | None = None
    description: str | None = None
    issues: tuple[RowIssue, ...] = ()

    @property
    def usable(self) -> bool:
        return all(issue.severity is not Severity.ERROR for issue in self.issues)
