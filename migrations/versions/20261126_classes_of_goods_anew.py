"""Materials are indexed again: names have other classes of goods and other words than when they were indexed.

Revision: 6d2f91c8e04b, after 3e8a60d1b5f7
"""

from alembic import op

revision = "6d2f91c8e04b"
down_revision = "3e8a60d1b5f7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Maintenance indexes them block by block; until then search reads their whole documents.
    op.execute("UPDATE materials SET indexed_at = NULL WHERE indexed_at IS NOT NULL")


def downgrade() -> None:
    """Excerpts of a later form are passed over."""
