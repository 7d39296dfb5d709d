"""How a price list was understood, for a person to look at and to correct."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a column holds."""

    NAME = "name"
    SIZE = "size"
    MODEL = "model"
    SKU = "sku"
    ID = "id"
    UNIT = "unit"
    PRICE = "price"
    CURRENCY = "currency"
    CATEGORY = "category"
    STOCK = "stock"
    PACK = "pack"
    WEIGHT = "weight"
    BRAND = "brand"
    DESCRIPTION = "description"
    IGNORED = "ignored"


class ReadBy(StrEnum):
    """Who says what the columns are: the reader's own evidence, a person's correction, or a model's proposal."""

    READER = "reader"
    PERSON = "person"
    MODEL = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReading:
    """``letter`` as the spreadsheet program shows it; ``title`` is the header's text; ``role`` None: not used.

    ``why`` says to a person what the role was taken from.
    """

    letter: str
    title: str
    role: Role | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """A row as it stands in the sheet, and the offer that was read from it; None: the row is not goods."""

    row: int
    cells: tuple[str, ...]
    offer: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetReading:
    """One sheet. ``fingerprint`` is equal for sheets of the same layout; ``header_rows`` count from 1.

    ``rows`` are the sheet's rows by kind (goods, headings, headers, continuations, totals, notes, blank, skipped), and
    add up to all of them; ``confidence`` is from 0 to 1.
    """

    sheet: str | None
    fingerprint: str
    header_rows: tuple[int, ...]
    columns: tuple[ColumnReading, ...]
    rows: Mapping[str, int]
    confidence: float
    read_by: ReadBy
    sample: tuple[SampleRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutCorrection:
    """What a person says of a layout: the last header row, where it is not the one that was found, and columns' roles.

    ``roles`` are by the column's letter; a column that it does not name is read as before, None leaves it unused.
    """

    fingerprint: str
    header_rows: tuple[int, ...] | None = None
    roles: Mapping[str, Role | None]
    read_by: ReadBy = ReadBy.PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The first rows of a sheet whose layout is a guess, as they are shown to a model; ``rows`` by their numbers."""

    fingerprint: str
    rows: Mapping[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a model says of an excerpt: roles by the column's letter, and the kinds of its rows by their numbers."""

    header_rows: tuple[int, ...]
    roles: Mapping[str, Role]
    kinds: Mapping[int, str]
