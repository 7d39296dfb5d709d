"""The statements of :mod:`quarry.repositories.postgresql.decisions`."""

from typing import Final

from quarry.repositories.linked_rows import MATERIAL

EVERYBODY: Final = -1
KEPT: Final = (*MATERIAL, "origin_pricelist_id")

FIND = "SELECT id, name, unit, normalized_name, to_jsonb(m) AS row FROM materials m WHERE id = :id"

MOVE_ALL = """
UPDATE raw_products SET material_id = :into, name_id = nullif(coalesce(name_id, :other), CAST(:into AS uuid))
WHERE material_id = :other RETURNING id, superseded_at IS NULL AS current
"""
JOIN_NAME = """
UPDATE raw_products
SET material_id = :material, name_id = nullif(name_id, CAST(:material AS uuid)), match_type = :kind,
    is_processed = true
WHERE name_id = :name_id AND material_id IS NULL RETURNING id
"""
LINK = """
INSERT INTO name_links (name_id, supplier_id, material_id, name, unit, merged)
VALUES (:name_id, :supplier, :material, :name, :unit, CAST(:merged AS jsonb))
ON CONFLICT (name_id, supplier_id) DO UPDATE
SET material_id = excluded.material_id, merged = coalesce(excluded.merged, name_links.merged)
"""
FOLLOW = "UPDATE name_links SET material_id = :into WHERE material_id = :other"
UNLINK = """
DELETE FROM name_links WHERE name_id = :name_id AND supplier_id = :supplier RETURNING merged
"""

REMOVE = """
WITH gone AS (DELETE FROM materials WHERE id = :id RETURNING id)
INSERT INTO removed_materials (id) SELECT id FROM gone ON CONFLICT (id) DO UPDATE SET removed_at = now()
"""
RESTORE = f"""
INSERT INTO materials ({", ".join(KEPT)})
SELECT {", ".join(KEPT)} FROM jsonb_populate_record(NULL::materials, CAST(:row AS jsonb))
ON CONFLICT (id) DO NOTHING RETURNING id
"""  # noqa: S608
BACK = "DELETE FROM removed_materials WHERE id = :id"

NAMES = """
SELECT m.id, m.name, m.unit, m.origin_pricelist_id FROM materials m WHERE m.id = ANY(CAST(:ids AS uuid[]))
UNION ALL
SELECT m.id, l.name, l.unit, m.origin_pricelist_id FROM name_links l JOIN materials m ON m.id = l.material_id
WHERE m.id = ANY(CAST(:ids AS uuid[]))
"""
DROP_KEYS = "DELETE FROM material_keys WHERE material_id = ANY(CAST(:ids AS uuid[]))"
# Maintenance looks whether the material, by all its names, is like another one.
LOOK_AGAIN = "UPDATE materials SET match_version = 0 WHERE id = ANY(CAST(:ids AS uuid[]))"

REVIEW = "SELECT * FROM reviews WHERE id = :id FOR UPDATE"
DECIDE = """
INSERT INTO reviews
    (name_id, material_id, name, unit, normalized_name, other_name, other_unit, score, missing, decision, decided_at)
VALUES (:name_id, :material_id, :name, :unit, :normalized_name, :other_name, :other_unit, 0, '{}', :decision, now())
ON CONFLICT (name_id, material_id) DO UPDATE SET decision = excluded.decision, decided_at = excluded.decided_at
"""
OPEN_OF_NAME = "SELECT id FROM reviews WHERE name_id = :name_id AND decision IS NULL"
CLOSE_OF_NAME = "DELETE FROM reviews WHERE name_id = :name_id AND decision IS NULL"
CLOSE_OF_MATERIAL = """
DELETE FROM reviews r WHERE r.material_id = :other AND EXISTS (
    SELECT FROM reviews o WHERE o.name_id = r.name_id AND o.material_id = :into
) OR r.decision IS NULL AND r.name_id = :into AND r.material_id = :other
"""
ASK_OF = """
UPDATE reviews SET material_id = :into
WHERE material_id = :other AND decision IS DISTINCT FROM 'same' AND name_id <> :into
"""

NEW_OF_NAME = """
SELECT r.name, r.category, r.unit, r.base_unit, r.sku, r.pricelistid FROM raw_products r
WHERE r.name_id = :name_id AND r.material_id IS NULL ORDER BY r.superseded_at IS NOT NULL, r.id LIMIT 1
"""

OFFERS = """
SELECT r.id, r.name, r.category, r.unit, r.base_unit, r.sku, r.supplier_id, r.offer_key, r.pricelistid, r.name_id,
    r.superseded_at IS NULL AS current
FROM raw_products r WHERE r.material_id = :material ORDER BY r.id
"""
MOVE = """
UPDATE raw_products r SET material_id = :into, name_id = nullif(CAST(m.name_id AS uuid), CAST(:into AS uuid))
FROM json_to_recordset(CAST(:moved AS json)) AS m(id integer, name_id text) WHERE r.id = m.id
"""
