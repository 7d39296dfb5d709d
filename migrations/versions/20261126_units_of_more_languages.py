"""Units in the spellings of more languages: the reference table is seeded again from the code.

Revision: a41c8e07d5b2, after 7be1935fc204
"""

import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import insert

from quarry.domain.units import UNITS

revision = "a41c8e07d5b2"
down_revision = "7be1935fc204"
branch_labels = None
depends_on = None

# As in the migration that seeded them first: a unit keeps its id.
NAMESPACE = uuid.UUID("2f6b8f0e-7d0c-5a53-9a3f-5c0b9b1f8d60")

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


def upgrade() -> None:
    seeded = insert(units).values(
        [
            {
                "id": str(uuid.uuid5(NAMESPACE, unit.code)),
                "code": unit.code,
                "name": unit.name,
                "symbol": unit.symbol,
                "synonyms": list(unit.synonyms),
                "dimension": str(unit.dimension),
                "factor": unit.factor,
            }
            for unit in UNITS
        ]
    )
    op.execute(
        seeded.on_conflict_do_update(
            index_elements=["code"], set_={name: seeded.excluded[name] for name in ("symbol", "synonyms", "factor")}
        )
    )


def downgrade() -> None:
    """The units stay as they are: an earlier version of the code reads them alike."""
