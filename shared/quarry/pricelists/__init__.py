"""A supplier's price list, as bytes, becomes rows: any format, any layout, no template."""

from typing import TYPE_CHECKING, Any

from quarry.pricelists.options import ReadOptions
from quarry.pricelists.report import Report
from quarry.pricelists.scanned import FoundRow, ReadRow, ScannedRow

if TYPE_CHECKING:
    from quarry.pricelists.reading import read, scan

__all__ = ["FoundRow", "ReadOptions", "ReadRow", "Report", "ScannedRow", "read", "scan"]


def __getattr__(name: str) -> Any:
    """The formats are imported by whoever reads a list: the ingest API takes rows, and would start a tenth later."""
    if name not in {"read", "scan"}:
        raise AttributeError(name)
    from quarry.pricelists import reading

    return getattr(reading, name)
