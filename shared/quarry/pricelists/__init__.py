"""A supplier's price list, as bytes, becomes rows: any format, any layout, no template."""

from quarry.pricelists.options import ReadOptions
from quarry.pricelists.reading import read, scan
from quarry.pricelists.report import Report
from quarry.pricelists.scanned import FoundRow, ReadRow, ScannedRow

__all__ = ["FoundRow", "ReadOptions", "ReadRow", "Report", "ScannedRow", "read", "scan"]
