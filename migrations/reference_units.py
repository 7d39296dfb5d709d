"""The reference table of units as the code has them, for migrations that seed it."""

import uuid
from typing import Any

import sqlalchemy as sa

from quarry.domain.units import UNITS

# Never to be changed: a unit keeps its id when it is seeded again.
_NAMESPACE = uuid.UUID("2f6b8f0e-7d0c-5a53-9a3f-5c0b9b1f8d60")

units = sa.table(
    "units",
    sa.column("id", sa.Uuid(as_uuid=False)),
    sa.column("code", sa.String),
    sa.column("name", sa.String),
    sa.column("symbol", sa.String),
    sa.column("synonyms", sa.ARRAY(sa.Text)),
    sa.column("dimension", sa.String),
    sa.column("factor", sa.Numeric),
)


def rows() -> list[dict[str, Any]]:
    return [
        {
            "id": str(uuid.uuid5(_NAMESPACE, unit.code)),
            "code": unit.code,
            "name": unit.name,
            "symbol": unit.symbol,
            "synonyms": list(unit.synonyms),
            "dimension": str(unit.dimension),
            "factor": unit.factor,
        }
        for unit in UNITS
    ]
