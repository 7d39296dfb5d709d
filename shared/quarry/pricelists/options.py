"""How a price list is read, and how much of it at most."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quarry.domain.reading import LayoutCorrection
from quarry.domain.rows import PriceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """``price_preference``: of several price columns, whose kind gives *the* price.

    ``layouts`` are what people corrected, by the layout's fingerprint.
    """

    max_file_bytes: int = 200 * 1024 * 1024
    max_unpacked_bytes: int = 1024 * 1024 * 1024
    max_rows: int = 1_000_000
    max_columns: int = 500
    max_cell_chars: int = 32_767  # as many as a cell of a spreadsheet can hold
    default_currency: str = "RUB"
    price_preference: tuple[PriceKind, ...] = (
        PriceKind.RETAIL,
        PriceKind.WHOLESALE,
        PriceKind.DEALER,
        PriceKind.OTHER,
    )
    layouts: Mapping[str, LayoutCorrection] = field(default_factory=dict)
