"""The key and the words by which candidates for a name are looked up (quarry.domain.matching).

Revision: 8e42c1a7d05f, after 8e4b6f2d91c3
"""

import sqlalchemy as sa
from alembic import op

from quarry.adapters.postgresql.copying import copy_rows
from quarry.adapters.postgresql.connection import Session
from quarry.domain.matching import match_key

revision = "8e42c1a7d05f"
down_revision = "8e4b6f2d91c3"
branch_labels = None
depends_on = None

BLOCK_ROWS = 10_000


def upgrade() -> None:
    op.add_column(
        "materials",
        sa.Column(
            "match_key",
            sa.Text(collation="C"),
            nullable=True,
            comment="one for all names that may mean one material; null: no words",
        ),
    )
    op.add_column(
        "materials",
        sa.Column(
            "match_words", sa.Text(collation="C"), nullable=True, comment="the order of the names within match_key"
        ),
    )
    fill(op.get_bind())
    # Created after the columns are filled, so that filling them updates no index (heap-only tuples).
    op.create_index("ix_materials_match_key", "materials", ["match_key", "match_words"], unique=False)
    op.drop_index("ix_materials_number_key", table_name="materials")


def fill(connection: sa.Connection) -> None:
    session = Session(connection.connection.dbapi_connection)
    connection.execute(sa.text("CREATE TEMPORARY TABLE keys (id uuid, match_key text, match_words text)"))
    block = sa.text("SELECT id, normalized_name FROM materials WHERE id > :after ORDER BY id LIMIT :block")
    update = sa.text(
        "UPDATE materials m SET match_key = k.match_key, match_words = k.match_words FROM keys k"
        " WHERE m.id = k.id AND m.id > :after AND m.id <= :last"
    )
    after = "00000000-0000-0000-0000-000000000000"
    while names := connection.execute(block, {"after": after, "block": BLOCK_ROWS}).all():
        keys = [(row.id, match_key(row.normalized_name)) for row in names]
        copy_rows(
            session,
            "keys",
            ("id", "match_key", "match_words"),
            [(material_id, key.key, key.words) for material_id, key in keys if key],
        )
        last = names[-1].id
        connection.execute(update, {"after": after, "last": last})
        connection.execute(sa.text("TRUNCATE keys"))
        after = last
    connection.execute(sa.text("DROP TABLE keys"))


def downgrade() -> None:
    op.create_index("ix_materials_number_key", "materials", ["number_key", "origin_pricelist_id"], unique=False)
    op.drop_index("ix_materials_match_key", table_name="materials")
    op.drop_column("materials", "match_words")
    op.drop_column("materials", "match_key")
