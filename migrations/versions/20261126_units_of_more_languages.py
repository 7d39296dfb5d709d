"""Units in the spellings of more languages: the reference table is seeded again from the code.

Revision: a41c8e07d5b2, after 7be1935fc204
"""

from alembic import op
from sqlalchemy.dialects.postgresql import insert

from migrations.reference_units import rows, units

revision = "a41c8e07d5b2"
down_revision = "7be1935fc204"
branch_labels = None
depends_on = None

def upgrade() -> None:
    seeded = insert(units).values(rows())
    op.execute(
        seeded.on_conflict_do_update(
            index_elements=["code"], set_={name: seeded.excluded[name] for name in ("symbol", "synonyms", "factor")}
        )
    )


def downgrade() -> None:
    """The units stay as they are: an earlier version of the code reads them alike."""
