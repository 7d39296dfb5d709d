"""Articles are found without the signs between their parts; what names of goods say themselves is no synonym.

Revision: 4d9b2e61f7c8, after 5c1d9e7f0a36
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import insert

revision = "4d9b2e61f7c8"
down_revision = "5c1d9e7f0a36"
branch_labels = None
depends_on = None

# A maker's name that stood for its class of goods, and words that mean other goods. Users' rows differ from these.
WRONG = {
    "ротбанд": "штукатурка гипсовая",
    "газосиликат": "газобетон",
    "газоблок": "газобетон",
    "гвл": "гипсоволокнистый лист",
    "гвлв": "гипсоволокнистый лист влагостойкий",
    "осп": "osb",
    "osb": "осп",
    "шпатлевка": "шпаклевка",
    "шпаклевка": "шпатлевка",
    "шуруп": "саморез",
}
synonyms = sa.table("synonyms", sa.column("term", sa.Text), sa.column("replacement", sa.Text))


def upgrade() -> None:
    pairs = sa.tuple_(synonyms.c.term, synonyms.c.replacement)
    op.execute(sa.delete(synonyms).where(pairs.in_(list(WRONG.items()))))
    op.create_index(
        "ix_raw_products_article",
        "raw_products",
        [sa.literal_column("translate(lower(sku), ' -_./', '') text_pattern_ops")],
        postgresql_where=sa.text("superseded_at IS NULL AND sku IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_raw_products_article", table_name="raw_products")
    rows = [{"term": term, "replacement": replacement} for term, replacement in WRONG.items()]
    op.execute(insert(synonyms).values(rows).on_conflict_do_nothing())
