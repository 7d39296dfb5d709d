"""A supplier's price list, as bytes, becomes rows: any format, any layout, no template."""

from quarry.pricelists.options import ReadOptions
from quarry.pricelists.reading import read

__all__ = ["ReadOptions", "read"]
