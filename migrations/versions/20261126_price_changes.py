"""What lists changed, written when they end; of lists that ended before, from their offers.

Revision: 5c1e8d07f3ab, after a4d81f6c2e90
"""

import sqlalchemy as sa
from alembic import op

revision = "5c1e8d07f3ab"
down_revision = "a4d81f6c2e90"
branch_labels = None
depends_on = None

EARLIER = r"""
WITH compared AS (
    SELECT p.id AS list, coalesce(p.finished_at, p.updated_at) AS at, coalesce(n.id, o.id) AS id, n.id AS new_id,
        o.id AS old_id, coalesce(n.supplier_id, o.supplier_id) AS supplier_id,
        coalesce(n.category, o.category) AS category, coalesce(n.offer_key, o.offer_key) ~ '\|[1-9][0-9]*$' AS duplicate,
        o.unit_price AS old_price, n.unit_price AS new_price, n.currency <> o.currency AS other_currency,
        n.unit IS DISTINCT FROM o.unit AS other_unit, n.base_unit <> o.base_unit AS other_base_unit,
        CASE
            WHEN n.unit IS NOT DISTINCT FROM o.unit THEN n.unit_price / nullif(o.unit_price, 0)
            WHEN n.base_unit = o.base_unit THEN n.price_per_base_unit / nullif(o.price_per_base_unit, 0)
        END AS ratio
    FROM (SELECT * FROM raw_products WHERE first_pricelistid IS NOT NULL) AS n
    FULL JOIN (SELECT * FROM raw_products WHERE superseded_pricelistid IS NOT NULL) AS o
        ON o.superseded_by = n.id AND o.superseded_pricelistid = n.first_pricelistid
    JOIN pricelists p ON p.id = coalesce(n.first_pricelistid, o.superseded_pricelistid) AND p.changes IS NOT NULL
),
changes AS (
    SELECT *,
        CASE
            WHEN new_id IS NULL THEN CASE WHEN duplicate THEN 'duplicate_gone' ELSE 'gone' END
            WHEN old_id IS NULL THEN CASE WHEN duplicate THEN 'duplicate' ELSE 'new' END
            WHEN new_price IS NULL AND old_price IS NOT NULL THEN 'price_removed'
            WHEN new_price IS NOT NULL AND old_price IS NULL THEN 'price_added'
            WHEN new_price IS NULL THEN 'unchanged'
            WHEN other_currency THEN 'currency_changed'
            WHEN ratio > 1 THEN 'dearer'
            WHEN ratio < 1 THEN 'cheaper'
            WHEN ratio = 1 THEN 'unchanged'
            WHEN other_base_unit THEN 'unit_changed'
            WHEN new_price = old_price THEN 'unchanged'
            WHEN other_unit THEN 'unit_changed'
            ELSE 'new'
        END AS kind
    FROM compared
)
INSERT INTO price_changes (pricelist_id, offer_id, old_offer_id, supplier_id, at, kind, percent, category)
SELECT list, id, old_id, supplier_id, at, kind,
    CASE WHEN kind IN ('dearer', 'cheaper') THEN round((ratio - 1) * 100, 1) END, category
FROM changes WHERE kind <> 'unchanged'
"""


def upgrade() -> None:
    op.create_table(
        "price_changes",
        sa.Column("pricelist_id", sa.Integer(), nullable=False, comment="the list that changed it"),
        sa.Column("offer_id", sa.Integer(), nullable=False, comment="the offer that it brought, else the one that it ended"),
        sa.Column("old_offer_id", sa.Integer(), comment="the offer that it ended"),
        sa.Column("supplier_id", sa.Integer()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="when the list ended first"),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("percent", sa.Numeric()),
        sa.Column("category", sa.String(200)),
        sa.PrimaryKeyConstraint("pricelist_id", "offer_id", name="pk_price_changes"),
    )
    place = ["at", "pricelist_id", "offer_id"]
    op.create_index("ix_price_changes_at", "price_changes", place)
    op.create_index("ix_price_changes_supplier_id", "price_changes", ["supplier_id", *place])
    # A first list is all new, which hides the few prices that changed.
    op.create_index("ix_price_changes_changed", "price_changes", place, postgresql_where=sa.text("kind <> 'new'"))
    op.create_index(
        "ix_price_changes_category", "price_changes", ["category", *place], postgresql_where=sa.text("kind <> 'new'")
    )
    op.execute(EARLIER)


def downgrade() -> None:
    op.drop_table("price_changes")
