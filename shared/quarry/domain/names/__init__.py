"""A product's name, read once for all who need it."""

from quarry.domain.names.product import ProductName, read

__all__ = ["ProductName", "read"]
