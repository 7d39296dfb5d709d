"""Keys under which materials are looked up for a row; before, each had one digest (``match_key``, no longer written).

Revision: c5d28e9f1a37, after a41c8e07d5b2
"""

import sqlalchemy as sa
from alembic import op

from quarry.adapters.postgresql.copying import copy_rows
from quarry.adapters.postgresql.connection import Session
from quarry.repositories.linked_rows import KEYS, key_rows

revision = "c5d28e9f1a37"
down_revision = "a41c8e07d5b2"
branch_labels = None
depends_on = None

BLOCK_ROWS = 10_000


def upgrade() -> None:
    op.create_table(
        "material_keys",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False, comment="equal for names with the same numbers"),
        sa.Column("material_id", sa.Uuid(), nullable=False),
        sa.Column("origin_pricelist_id", sa.Integer(), comment="as the material's"),
    )
    op.add_column(
        "materials",
        sa.Column(
            "match_version",
            sa.SmallInteger(),
            nullable=False,
            server_default="0",
            comment="by which rules its keys were made and its likes were looked for (MATCH_VERSION)",
        ),
    )
    fill(op.get_bind())
    # Sorted at once instead of entry by entry.
    op.create_primary_key("pk_material_keys", "material_keys", ["key", "place", "material_id"])
    op.create_index("ix_material_keys_material_id", "material_keys", ["material_id"])
    op.create_index("ix_materials_match_version", "materials", ["match_version"])
    op.drop_index("ix_materials_match_key", table_name="materials")
    for column, was in (
        ("match_key", "one for all names that may mean one material; null: no words"),
        ("match_words", "the order of the names within match_key"),
    ):
        op.alter_column("materials", column, existing_comment=was, comment="no longer written")


def fill(connection: sa.Connection) -> None:
    """Their version stays 0: maintenance looks whether what is in the catalogue may be one material."""
    session = Session(connection.connection.dbapi_connection)
    block = sa.text(
        "SELECT id::text AS id, name, unit, origin_pricelist_id FROM materials WHERE id > :after ORDER BY id LIMIT :block"
    )
    after = "00000000-0000-0000-0000-000000000000"
    while found := connection.execute(block, {"after": after, "block": BLOCK_ROWS}).all():
        keys = (row for one in found for row in key_rows(one.id, one.name, one.unit, one.origin_pricelist_id))
        copy_rows(session, "material_keys", KEYS, keys)
        after = found[-1].id


def downgrade() -> None:
    op.create_index("ix_materials_match_key", "materials", ["match_key", "match_words"], unique=False)
    op.drop_index("ix_materials_match_version", table_name="materials")
    op.drop_column("materials", "match_version")
    op.drop_table("material_keys")
