"""The transaction that last changed a word's count, so that readers of the vocabulary fetch only what is new.

Revision: 8e4a2f0c71d3, after c7e21f5a90b4
"""

from alembic import op

revision = "8e4a2f0c71d3"
down_revision = "c7e21f5a90b4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In SQL, since SQLAlchemy does not know the type. The table is small, so rewriting it is quick.
    op.execute("ALTER TABLE search_terms ADD COLUMN changed_by xid8 NOT NULL DEFAULT pg_current_xact_id()")
    op.execute(
        "COMMENT ON COLUMN search_terms.changed_by IS "
        "'the transaction that last changed the count: readers ask for what is new'"
    )
    op.create_index("search_terms_changed_by_idx", "search_terms", ["changed_by"])


def downgrade() -> None:
    op.drop_index("search_terms_changed_by_idx", "search_terms")
    op.drop_column("search_terms", "changed_by")
