"""Places say which numbers a name has, and an index over keys has all that looking them up reads.

Revision: b7c3e91d5a20, after 5b0e7c4d92f6
"""

import sqlalchemy as sa
from alembic import op

from quarry.adapters.postgresql.connection import Session
from quarry.repositories.postgresql.decisions import renew_keys

revision = "b7c3e91d5a20"
down_revision = "5b0e7c4d92f6"
branch_labels = None
depends_on = None

BLOCK_ROWS = 10_000
KEY = "ALTER TABLE material_keys ADD CONSTRAINT pk_material_keys PRIMARY KEY (key, place, material_id)"


def upgrade() -> None:
    fill(op.get_bind())
    # Last, since it locks the table.
    op.drop_constraint("pk_material_keys", "material_keys", type_="primary")
    op.execute(f"{KEY} INCLUDE (origin_pricelist_id)")


def fill(connection: sa.Connection) -> None:
    """Their version stays: maintenance looks once more whether what is in the catalogue may be one material."""
    session = Session(connection.connection.dbapi_connection)
    block = sa.text("SELECT id::text FROM materials WHERE id > CAST(:after AS uuid) ORDER BY id LIMIT :block")
    after = "00000000-0000-0000-0000-000000000000"
    while ids := list(connection.execute(block, {"after": after, "block": BLOCK_ROWS}).scalars()):
        renew_keys(session, ids)
        after = ids[-1]


def downgrade() -> None:
    op.drop_constraint("pk_material_keys", "material_keys", type_="primary")
    op.execute(KEY)
