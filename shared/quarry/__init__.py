"""Quarry: suppliers' price lists as one searchable, price-comparable catalogue."""

__version__ = "0.1.0"
