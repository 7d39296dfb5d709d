"""Questions for people about names that may mean one material, what they decided, and the names that follow from it.

Revision: d17f3b6ca928, after 4d9b2e61f7c8
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "d17f3b6ca928"
down_revision = "4d9b2e61f7c8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid(), primary_key=True, server_default=sa.func.gen_random_uuid()),
        sa.Column("name_id", sa.Uuid(), nullable=False, comment="the material that the name would be by itself"),
        sa.Column("material_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text()),
        sa.Column("normalized_name", sa.Text(), nullable=False),
        sa.Column("other_name", sa.Text(), nullable=False, comment="the material's when the question was made"),
        sa.Column("other_unit", sa.Text()),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("missing", postgresql.JSONB(), nullable=False, comment="details that only one name has, by kind"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("decision", sa.String(10), comment="same, different; null: open"),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
    )
    op.create_index("uq_reviews_name_id_material_id", "reviews", ["name_id", "material_id"], unique=True)
    op.create_index("ix_reviews_material_id", "reviews", ["material_id", "name_id"])
    op.create_table(
        "name_links",
        sa.Column("name_id", sa.Uuid(), nullable=False, comment="the material that the name would be by itself"),
        sa.Column("supplier_id", sa.Integer(), nullable=False, comment="whose rows alone; -1: everybody's"),
        sa.Column("material_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text()),
        sa.Column("merged", postgresql.JSONB(), comment="the row of the material that was merged"),
        sa.PrimaryKeyConstraint("name_id", "supplier_id", name="pk_name_links"),
    )
    op.create_index("ix_name_links_material_id", "name_links", ["material_id"])
    op.create_table(
        "removed_materials",
        sa.Column("id", sa.Uuid(), primary_key=True, comment="whose point the index may still have"),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.add_column(
        "raw_products",
        sa.Column("name_id", sa.Uuid(), comment="the material that its name would be by itself, if not its own"),
    )
    op.create_index(
        "ix_raw_products_name_id", "raw_products", ["name_id"], postgresql_where=sa.text("material_id IS NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_raw_products_name_id", table_name="raw_products")
    op.drop_column("raw_products", "name_id")
    for table in ("removed_materials", "name_links", "reviews"):
        op.drop_table(table)
