"""Materials are indexed again: what ranking needs of them is written in another form.

Revision: e84a0c5d7b19, after 9b3e6a1f84d7
"""

from alembic import op

revision = "e84a0c5d7b19"
down_revision = "9b3e6a1f84d7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Maintenance indexes them block by block; until then search reads their whole documents.
    op.execute("UPDATE materials SET indexed_at = NULL WHERE indexed_at IS NOT NULL")


def downgrade() -> None:
    """Excerpts of a later form are passed over."""
