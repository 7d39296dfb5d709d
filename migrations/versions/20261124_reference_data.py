"""Units of measure, and synonyms of the trade

Revision: 3c9b0b1f5a2e, after 7d7f0daf315e
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import insert

from migrations.reference_units import rows as unit_rows
from migrations.reference_units import units

revision = "3c9b0b1f5a2e"
down_revision = "7d7f0daf315e"
branch_labels = None
depends_on = None

SYNONYMS = {
    # abbreviations
    "гкл": "гипсокартон",
    "гклв": "гипсокартон влагостойкий",
    "гкло": "гипсокартон огнестойкий",
    "гвл": "гипсоволокнистый лист",
    "гвлв": "гипсоволокнистый лист влагостойкий",
    "осп": "osb",
    "osb": "осп",
    "двп": "древесноволокнистая плита",
    "дсп": "древесностружечная плита",
    "лдсп": "ламинированная дсп",
    "цсп": "цементно-стружечная плита",
    "цпс": "цементно-песчаная смесь",
    "пгп": "пазогребневая плита",
    "жби": "железобетон",
    "ппс": "пенополистирол",
    "эппс": "экструдированный пенополистирол",
    "xps": "экструдированный пенополистирол",
    "ппу": "полиуретановая пена",
    "пнд": "полиэтилен",
    "ушм": "шлифмашина угловая",
    # colloquial words for those in price lists
    "минвата": "минеральная вата",
    "базальт": "каменная вата",
    "газоблок": "газобетон",
    "газосиликат": "газобетон",
    "пенопласт": "пенополистирол",
    "пеноплекс": "экструдированный пенополистирол",
    "профлист": "профнастил",
    "профнастил": "профлист",
    "шпатлевка": "шпаклевка",
    "шпаклевка": "шпатлевка",
    "кафель": "плитка керамическая",
    "оцинковка": "лист оцинкованный",
    "болгарка": "ушм",
    "шуруп": "саморез",
    "жидкие гвозди": "клей монтажный",
    "монтажка": "пена монтажная",
    "сэндвич": "сэндвич-панель",
    "еврорубероид": "рубероид наплавляемый",
    "евровагонка": "вагонка",
    "ротбанд": "штукатурка гипсовая",
    "водоэмульсионка": "краска водоэмульсионная",
    # English
    "cement": "цемент",
    "concrete": "бетон",
    "brick": "кирпич",
    "drywall": "гипсокартон",
    "plasterboard": "гипсокартон",
    "tile": "плитка",
    "tiles": "плитка",
    "adhesive": "клей",
    "glue": "клей",
    "paint": "краска",
    "primer": "грунтовка",
    "putty": "шпаклевка",
    "plaster": "штукатурка",
    "pipe": "труба",
    "insulation": "утеплитель",
    "timber": "брус",
    "board": "доска",
    "plywood": "фанера",
    "screw": "саморез",
    "nail": "гвоздь",
    "sand": "песок",
    "gravel": "щебень",
    "foam": "пена",
    "sealant": "герметик",
    "radiator": "радиатор",
    "valve": "кран",
    "rebar": "арматура",
    "mesh": "сетка",
    "roofing": "кровля",
    "door": "дверь",
    "wallpaper": "обои",
    "cable": "кабель",
    "wire": "провод",
}

synonyms = sa.table("synonyms", sa.column("term", sa.Text), sa.column("replacement", sa.Text))


def upgrade() -> None:
    # The units come from the code, so that both always agree; a change of them needs a migration that seeds again.
    op.execute(insert(units).values(unit_rows()).on_conflict_do_nothing())
    rows = [{"term": term, "replacement": replacement} for term, replacement in SYNONYMS.items()]
    op.execute(insert(synonyms).values(rows).on_conflict_do_nothing())


def downgrade() -> None:
    # Synonyms that users added are kept.
    op.execute(sa.delete(synonyms).where(synonyms.c.term.in_(list(SYNONYMS))))
    op.execute(sa.delete(units))
