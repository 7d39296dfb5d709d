"""An offer's prices in every unit that follows from its name; units in Ukrainian spellings.

Revision: 5c1d9e7f0a36, after c5d28e9f1a37
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, insert

from migrations.reference_units import rows, units

revision = "5c1d9e7f0a36"
down_revision = "c5d28e9f1a37"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Code of the previous version leaves it null: such an offer has its main price alone.
    comment = "unit and price, the main one first; null: that is all there is"
    op.add_column("raw_products", sa.Column("comparable", JSONB, nullable=True, comment=comment))
    seeded = insert(units).values(rows())
    op.execute(
        seeded.on_conflict_do_update(index_elements=["code"], set_={"synonyms": seeded.excluded["synonyms"]})
    )


def downgrade() -> None:
    op.drop_column("raw_products", "comparable")
