"""The tables, as Alembic compares them with a database.

The specification's columns have their specified names; money is numeric(14,4) and times are timestamptz.
"""

from migrations.tables import batches, catalogue, people, searching
from migrations.tables.common import metadata

__all__ = ["batches", "catalogue", "metadata", "people", "searching"]
