"""A list taken back: its supplier's offers are again what they were before it.

A list brings offers, ends others, and moves on those that it repeats. What it brought is named by
``first_pricelistid``, what it ended by ``superseded_pricelistid``. How an offer was that it moved on is noted before
(``earlier_offers``), a row of the table for each chunk. Only the newest list can be taken back: what came later is
built upon it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from quarry.adapters.interfaces import IRelationalDatabase, Session
from quarry.domain.uploads import OtherList
from quarry.repositories.linked_rows import DETAILS
from quarry.repositories.postgresql.finished_lists import again
from quarry.repositories.postgresql.price_changes import record_changes
from quarry.repositories.postgresql.replacement import NEWER, NOT_NEWER, hold_supplier, out_of_step
from quarry.repositories.postgresql.watches import concerned_watches, look_again

_LIST: Final = "SELECT id, supplier_id FROM pricelists WHERE id = :pricelist"
# A list that broke off may have written rows all the same.
_LATER: Final = f"""
SELECT p.request_id, p.file_name, p.status FROM pricelists p
WHERE p.supplier_id = :supplier AND p.kind IN ('pricelist', 'materials') AND {NEWER}
  AND (p.status NOT IN ('received', 'failed', 'undone') OR p.error_code = 'broken_off')
ORDER BY coalesce(p.uploaded_at, p.created_at) DESC LIMIT 1
"""  # noqa: S608
_BEING_READ: Final = """
SELECT p.request_id, p.file_name, p.status FROM pricelists p
WHERE p.supplier_id = :supplier AND p.kind IN ('pricelist', 'materials') AND p.id <> :pricelist
  AND p.status IN ('planning', 'processing') LIMIT 1
"""
# Offers that the list moved on, and of how many of them it is known what they were.
_KNOWN: Final = """
SELECT count(*) FILTER (WHERE noted.id IS NULL) = 0 AS known
FROM raw_products r LEFT JOIN (
    SELECT DISTINCT unnest(offers) AS id FROM earlier_offers WHERE pricelist_id = :pricelist
) AS noted USING (id)
WHERE r.supplier_id = :supplier AND r.superseded_at IS NULL AND r.pricelistid = :pricelist
  AND r.first_pricelistid IS DISTINCT FROM :pricelist
"""
# Lists that came before it and were read after it: their rows gave way to its own where both name the same goods.
_GAVE_WAY: Final = f"""
SELECT p.request_id FROM pricelists p JOIN pricelists ours ON ours.id = :pricelist
WHERE p.supplier_id = :supplier AND p.kind = 'pricelist' AND p.id <> ours.id AND {NOT_NEWER}
  AND p.status IN ('completed', 'completed_with_errors') AND p.finished_at >= ours.created_at
ORDER BY coalesce(p.uploaded_at, p.created_at)
"""  # noqa: S608

# The first note of an offer says what it was before the list: later ones are of attempts of the list itself.
_DETAILS_BACK: Final = f"""
WITH earlier AS (
    SELECT DISTINCT ON (d.id) d.*, d.id = ANY(e.relinked) AS relinked
    FROM earlier_offers e CROSS JOIN LATERAL json_populate_recordset(NULL::raw_products, e.details) AS d
    WHERE e.pricelist_id = :pricelist AND e.details IS NOT NULL ORDER BY d.id, e.id
),
restored AS (
    UPDATE raw_products r SET {", ".join(f"{name} = e.{name}" for name in DETAILS if name != "material_id")},
        material_id = CASE
            WHEN NOT e.relinked THEN r.material_id
            ELSE coalesce((
                SELECT l.material_id FROM name_links l WHERE l.name_id = e.material_id AND l.supplier_id = -1
                  AND NOT EXISTS (SELECT FROM materials m WHERE m.id = e.material_id)
            ), e.material_id)
        END,
        is_processed = e.is_processed
    FROM earlier e JOIN raw_products was ON was.id = e.id
    WHERE r.id = e.id AND r.pricelistid = :pricelist
    RETURNING r.material_id, was.material_id AS other
)
SELECT DISTINCT id FROM restored CROSS JOIN LATERAL (VALUES (material_id), (other)) AS touched(id) WHERE id IS NOT NULL
"""  # noqa: S608
_MOVE_BACK: Final = """
WITH earlier AS (
    SELECT DISTINCT ON (s.offer) s.*
    FROM earlier_offers e
    CROSS JOIN LATERAL unnest(e.offers, e.lists, e.previous, e.rows, e.sheets, e.places)
        AS s(offer, list, previous, number, sheet, place)
    WHERE e.pricelist_id = :pricelist ORDER BY s.offer, e.id
)
UPDATE raw_products r SET pricelistid = e.list, previous_pricelistid = e.previous, row_number = e.number,
    sheet = e.sheet, record_sequence = e.place
FROM earlier e WHERE r.id = e.offer AND r.pricelistid = :pricelist
"""
_DROP_BROUGHT: Final = """
WITH dropped AS (DELETE FROM raw_products WHERE first_pricelistid = :pricelist RETURNING material_id)
SELECT DISTINCT material_id AS id FROM dropped WHERE material_id IS NOT NULL
"""
# Two offers of one key can have ended by one list, if an older list was tried again meanwhile: the later one counts.
_REVIVE: Final = """
WITH ended AS (
    SELECT id, row_number() OVER (PARTITION BY supplier_id, offer_key ORDER BY id DESC) AS nth,
        first_value(id) OVER (PARTITION BY supplier_id, offer_key ORDER BY id DESC) AS latest,
        first_value(first_pricelistid) OVER (PARTITION BY supplier_id, offer_key ORDER BY id DESC) AS latest_list
    FROM raw_products WHERE superseded_pricelistid = :pricelist
),
revived AS (
    UPDATE raw_products r SET superseded_at = CASE WHEN nth > 1 THEN r.superseded_at END,
        superseded_by = CASE WHEN nth > 1 THEN latest END,
        superseded_pricelistid = CASE WHEN nth > 1 THEN latest_list END
    FROM ended WHERE r.id = ended.id
    RETURNING r.material_id
)
SELECT DISTINCT material_id AS id FROM revived WHERE material_id IS NOT NULL
"""
_FORGET: Final = "DELETE FROM earlier_offers WHERE pricelist_id = :pricelist"
_DELETED_AT_ONCE: Final = 1000
_CLEAN: Final = """
DELETE FROM earlier_offers WHERE id IN (
    SELECT id FROM earlier_offers WHERE at < now() - CAST(:age AS interval) ORDER BY id LIMIT :most
)
"""


class UndoneLists:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def later(self, pricelist_id: int, supplier_id: int) -> OtherList | None:
        """The newest of the supplier's lists, if it came after this one."""
        return await self._other(_LATER, pricelist_id, supplier_id)

    async def being_read(self, pricelist_id: int, supplier_id: int) -> OtherList | None:
        return await self._other(_BEING_READ, pricelist_id, supplier_id)

    async def is_known(self, pricelist_id: int, supplier_id: int) -> bool:
        """Whether it is known of each offer what it was before the list."""
        rows = await self._db.execute_query(_KNOWN, {"pricelist": pricelist_id, "supplier": supplier_id})
        return bool(rows[0]["known"])

    async def gave_way(self, pricelist_id: int, supplier_id: int) -> list[str]:
        """Lists to be read again afterwards: they were uploaded before this one and read after it."""
        params = {"pricelist": pricelist_id, "supplier": supplier_id}
        return [row["request_id"] for row in await self._db.execute_query(_GAVE_WAY, params)]

    async def undo(self, pricelist_id: int) -> bool:
        """Take back what the list changed; false if a later list is there by now. Done twice it is done once."""
        return await again(self._db, lambda session: _undo(session, pricelist_id))

    async def clean(self, older_than: timedelta) -> int:
        """Delete some of what is older; returns how many, 0 when nothing is left."""
        params = {"age": f"{older_than.days} days", "most": _DELETED_AT_ONCE}
        return await self._db.execute_command(_CLEAN, params)

    async def _other(self, query: str, pricelist_id: int, supplier_id: int) -> OtherList | None:
        rows = await self._db.execute_query(query, {"pricelist": pricelist_id, "supplier": supplier_id})
        return OtherList(**rows[0]) if rows else None


def _undo(session: Session, pricelist_id: int) -> bool:
    ours = {"pricelist": pricelist_id}
    (issue,) = session.rows(_LIST, ours)
    hold_supplier(session, issue["supplier_id"])
    if session.rows(_LATER, {**ours, "supplier": issue["supplier_id"]}):
        return False
    watches = concerned_watches(session, pricelist_id)
    changed: set[str] = set()
    # What it brought goes first: of an offer's key one offer is current.
    for statement in (_DROP_BROUGHT, _REVIVE, _DETAILS_BACK):
        changed |= _ids(session.rows(statement, ours))
    session.execute(_MOVE_BACK, ours)
    session.execute(_FORGET, ours)
    out_of_step(session, changed)
    record_changes(session, pricelist_id)
    look_again(session, watches)
    return True


def _ids(rows: Sequence[dict[str, Any]]) -> set[str]:
    return {row["id"] for row in rows}
