"""A chunk of linked rows becomes materials and offers, in one transaction.

The statements take their rows in one order everywhere (materials, offers, materials' state, words; each by key), so
that two workers wait for each other and never in a ring. What becomes of a row's current offer:

    none                                    insert
    of a newer price list                   outdated: it stays
    same in all                             keep: it moves on to this list
    same price, or this list's own          amend: its details are replaced
    other price                             replace: it is ended, a new one follows
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from quarry.adapters.interfaces import Session
from quarry.adapters.postgresql.copying import copy_rows, json_text
from quarry.domain.links import MatchedRow, Question, WriteReceipt
from quarry.domain.match_version import MATCH_VERSION
from quarry.domain.materials import material_id
from quarry.domain.records import MatchType
from quarry.repositories.linked_rows import DETAILS, INCOMING, KEYS, MATERIAL, key_rows, material_row, offer_rows
from quarry.repositories.postgresql.earlier_offers import note_decided
from quarry.repositories.postgresql.name_links import share_links
from quarry.repositories.postgresql.replacement import (
    NEWER,
    OF_SUPPLIER,
    applies,
    out_of_step,
    replace_again,
    share_supplier,
)

_PLACES = ("row_number", "sheet", "record_sequence")

_TABLES = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS incoming ON COMMIT DELETE ROWS AS
    SELECT {", ".join(INCOMING)} FROM raw_products WITH NO DATA;
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_materials ON COMMIT DELETE ROWS AS
    SELECT {", ".join(MATERIAL)} FROM materials WITH NO DATA;
CREATE TEMPORARY TABLE IF NOT EXISTS decided (
    offer_key text, old_id integer, old_material uuid, material_id uuid, action text, new_id integer
) ON COMMIT DELETE ROWS;
"""  # noqa: S608

_NEW_MATERIALS = f"""
INSERT INTO materials ({", ".join(MATERIAL)}, origin_pricelist_id, match_version)
SELECT {", ".join(MATERIAL)}, :pricelist, {MATCH_VERSION} FROM incoming_materials
WHERE id NOT IN (SELECT name_id FROM name_links WHERE supplier_id = -1) ORDER BY id
ON CONFLICT (id) DO NOTHING
RETURNING id
"""  # noqa: S608

# People may have decided what a name means, or have merged its material, since the row was matched.
_DECIDED_SINCE = """
UPDATE incoming i SET material_id = l.material_id FROM name_links l
WHERE l.name_id = coalesce(i.material_id, i.name_id) AND l.supplier_id = -1
  AND NOT EXISTS (SELECT FROM materials m WHERE m.id = i.material_id)
"""

_QUESTIONS = """
INSERT INTO reviews (name_id, material_id, name, unit, normalized_name, other_name, other_unit, score, missing)
SELECT * FROM json_to_recordset(CAST(:questions AS json)) AS q(
    name_id uuid, material_id uuid, name text, unit text, normalized_name text, other_name text,
    other_unit text, score float, missing jsonb
)
WHERE NOT EXISTS (SELECT FROM name_links l WHERE l.name_id = q.name_id AND l.supplier_id = -1)
ORDER BY name_id, material_id
ON CONFLICT (name_id, material_id) DO NOTHING
"""

_CATEGORIES = """
INSERT INTO categories (id, name)
SELECT gen_random_uuid(), c.name FROM (SELECT DISTINCT category AS name FROM incoming) AS c
WHERE c.name IS NOT NULL AND NOT EXISTS (SELECT FROM categories known WHERE known.name = c.name)
ORDER BY c.name
ON CONFLICT (name) DO NOTHING
"""

# Found row by row, by the key. A join may read all that the supplier has for each chunk: a table that a list was just
# written to has statistics that do not know it.
_CURRENT = """
LATERAL (
    SELECT * FROM raw_products o
    WHERE {of_supplier} AND o.offer_key = i.offer_key AND o.superseded_at IS NULL OFFSET 0
) AS r
"""

_LOCK = f"""
SELECT id FROM raw_products WHERE id = ANY(ARRAY(SELECT r.id FROM incoming i CROSS JOIN {_CURRENT}))
ORDER BY id FOR UPDATE
"""  # noqa: S608

_DECIDE = f"""
INSERT INTO decided
SELECT offer_key, old_id, old_material, material_id, action,
       CASE WHEN action IN ('insert', 'replace') THEN nextval(pg_get_serial_sequence('raw_products', 'id')) END
FROM (
    SELECT i.offer_key, r.id AS old_id, r.material_id AS old_material, i.material_id,
        CASE
            WHEN r.id IS NULL THEN 'insert'
            WHEN r.pricelistid IN (SELECT p.id FROM pricelists p WHERE {{newer}}) THEN 'outdated'
            WHEN r.content_hash = i.content_hash AND r.material_id IS NOT DISTINCT FROM i.material_id THEN 'keep'
            WHEN r.first_pricelistid = :pricelist
              OR (r.unit_price, r.currency, r.vat, r.unit, r.price_per_base_unit, r.prices) IS NOT DISTINCT FROM
                 (i.unit_price, i.currency, i.vat, i.unit, i.price_per_base_unit, i.prices) THEN 'amend'
            ELSE 'replace'
        END AS action
    FROM incoming i LEFT JOIN {_CURRENT} ON true
) AS compared
"""  # noqa: S608

_MOVED = """
    previous_pricelistid = CASE WHEN r.pricelistid = :pricelist THEN r.previous_pricelistid ELSE r.pricelistid END,
    pricelistid = :pricelist
"""

_KEEP = f"""
UPDATE raw_products r SET {_MOVED}, {", ".join(f"{name} = i.{name}" for name in _PLACES)}
FROM decided d JOIN incoming i USING (offer_key)
WHERE d.action = 'keep' AND r.id = d.old_id AND r.pricelistid IS DISTINCT FROM :pricelist
"""  # noqa: S608

_AMEND = f"""
UPDATE raw_products r SET {_MOVED}, {", ".join(f"{name} = i.{name}" for name in DETAILS)},
    is_processed = i.material_id IS NOT NULL
FROM decided d JOIN incoming i USING (offer_key)
WHERE d.action = 'amend' AND r.id = d.old_id
"""  # noqa: S608

_END = """
UPDATE raw_products r SET superseded_at = now(), superseded_by = d.new_id, superseded_pricelistid = :pricelist
FROM decided d WHERE d.action = 'replace' AND r.id = d.old_id
"""

_INSERT = f"""
INSERT INTO raw_products (id, supplier_id, pricelistid, first_pricelistid, is_processed, {", ".join(INCOMING)})
SELECT d.new_id, :supplier, :pricelist, :pricelist, i.material_id IS NOT NULL, {", ".join(f"i.{n}" for n in INCOMING)}
FROM decided d JOIN incoming i USING (offer_key)
WHERE d.action IN ('insert', 'replace') ORDER BY d.offer_key
"""  # noqa: S608

# In their order: of an offer's key one offer is current.
_DONE = {_KEEP: ("keep",), _AMEND: ("amend",), _END: ("replace",), _INSERT: ("insert", "replace")}

_CHANGED_MATERIALS = """
SELECT DISTINCT changed.id FROM decided d CROSS JOIN LATERAL (VALUES (d.old_material), (d.material_id)) AS changed(id)
WHERE d.action IN ('insert', 'replace', 'amend') AND changed.id IS NOT NULL
"""

_ACTIONS = "SELECT action, count(*) AS rows FROM decided GROUP BY action"

_WORDS = """
INSERT INTO search_terms (term, count)
SELECT term, count FROM json_to_recordset(CAST(:words AS json)) AS w(term text, count integer) ORDER BY term
ON CONFLICT (term) DO UPDATE SET count = search_terms.count + excluded.count, changed_by = DEFAULT
"""


def write_chunk(
    session: Session, *, pricelist_id: int, supplier_id: int | None, links: Sequence[MatchedRow]
) -> WriteReceipt:
    ours = {"pricelist": pricelist_id, "supplier": supplier_id}
    if supplier_id is not None:
        share_supplier(session, supplier_id)
    if not applies(session, pricelist_id):
        return _nothing(len(links))
    share_links(session)
    created = _write_materials(session, pricelist_id, links)
    copy_rows(session, "incoming", INCOMING, offer_rows(links))
    session.execute(_DECIDED_SINCE)
    _ask(session, links)
    session.execute(_CATEGORIES)
    of_supplier = OF_SUPPLIER[supplier_id is not None]
    newer = f"{of_supplier.format(table='p')} AND {NEWER}"
    for statement in (_LOCK, _DECIDE):
        tests = {"of_supplier": of_supplier.format(table="o"), "newer": newer}
        session.execute(statement.format(**tests), ours)
    actions: Counter[str] = Counter({row["action"]: row["rows"] for row in session.rows(_ACTIONS)})
    if supplier_id is not None and (actions["keep"] or actions["amend"]):
        note_decided(session, pricelist_id)
    for statement, concerned in _DONE.items():
        if any(actions[action] for action in concerned):
            session.execute(statement, ours)
    replace_again(session, pricelist_id=pricelist_id)
    changed = {row["id"] for row in session.rows(_CHANGED_MATERIALS)}
    out_of_step(session, changed - created)
    names = {link.material_id: link.normalized_name for link in links if link.material_id in created}
    count_words(session, names.values())
    return WriteReceipt(
        inserted=actions["insert"],
        updated=actions["replace"] + actions["amend"],
        unchanged=actions["keep"],
        outdated=actions["outdated"],
        materials_created=len(created),
        to_index=sorted(changed | created),
    )


def _nothing(rows: int) -> WriteReceipt:
    return WriteReceipt(inserted=0, updated=0, unchanged=0, outdated=rows, materials_created=0, to_index=[])


def _write_materials(session: Session, pricelist_id: int, links: Sequence[MatchedRow]) -> set[str]:
    """The ids of the materials that are new."""
    session.execute(_TABLES)
    new = {link.material_id: link for link in links if link.match_type is MatchType.CREATED}
    if not new:
        return set()
    copy_rows(session, "incoming_materials", MATERIAL, (material_row(link) for link in new.values()))
    created = {row["id"] for row in session.rows(_NEW_MATERIALS, {"pricelist": pricelist_id})}
    keys = (row for key in created for row in key_rows(key, new[key].row.name, new[key].row.unit, pricelist_id))
    copy_rows(session, "material_keys", KEYS, keys)
    return created


def _ask(session: Session, links: Sequence[MatchedRow]) -> None:
    """Put what is uncertain before people; a question that was put already stays as it is."""
    asked = [(link, question) for link in links for question in link.questions]
    if asked:
        session.execute(_QUESTIONS, {"questions": json_text([_question(link, one) for link, one in asked])})


def _question(link: MatchedRow, question: Question) -> dict[str, Any]:
    other = question.material
    return {
        "name_id": material_id(link.normalized_name),
        "material_id": other.id,
        "name": link.row.name,
        "unit": link.row.unit,
        "normalized_name": link.normalized_name,
        "other_name": other.name,
        "other_unit": other.unit,
        "score": question.score,
        "missing": dict(question.missing),
    }


def count_words(session: Session, names: Iterable[str], times: int = 1) -> None:
    """Add the words of materials' names to the vocabulary; ``times`` -1 takes them out."""
    counts = Counter(word for name in names for word in set(name.split()) if word.isalpha())
    if counts:
        words = [{"term": word, "count": count * times} for word, count in counts.items()]
        session.execute(_WORDS, {"words": json_text(words)})
