"""Rows that a supplier repeats, settled in PostgreSQL by their digests, without being read.

A row's record has its digest, an offer in force the place of the record that made it (``record_sequence``). A row with
that record's digest would become the same offer again, with a record that differs in its place alone; processing it
would find the material by its name (``exact``) and keep the offer. What might come out otherwise is not settled here: a
record that is no longer there, one that failed or waits for a person, remarks that name another row of the sheet.
"""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from quarry.adapters.interfaces import IRelationalDatabase, Session
from quarry.adapters.postgresql.copying import array_text, copy_rows
from quarry.domain.batches import Batch
from quarry.domain.unchanged import Digest, Repeated, Settled
from quarry.errors import StoreError
from quarry.repositories.columns import KEY
from quarry.repositories.processing_sql import RECORD_COLUMNS, precedence
from quarry.repositories.replacement import NOT_NEWER, replace_again, share_supplier

log = logging.getLogger(__name__)
# Another writer of the supplier's came in between: what it met is processed like any other row.
_COLLISIONS = frozenset({"23505", "40P01", "40001"})
# Of an identity's first row in a list.
_FIRST = "|0"

_LISTS = f"""
SELECT p.id, p.request_id FROM pricelists p JOIN pricelists ours ON ours.id = :pricelist
WHERE p.supplier_id = ours.supplier_id AND p.kind = 'pricelist' AND {NOT_NEWER} AND EXISTS (
    SELECT FROM raw_products r WHERE r.pricelistid = p.id AND r.superseded_at IS NULL
)
"""  # noqa: S608

_DIGESTS = """
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_digests (sequence integer, row_number integer, digest uuid)
ON COMMIT DELETE ROWS
"""

_FIND = """
SELECT json_agg(json_build_array(
    d.sequence, r.id, r.pricelistid, r.record_sequence, r.offer_key
))::text
FROM incoming_digests d
JOIN processing_results p ON p.digest = d.digest AND p.request_id = :request_id
JOIN raw_products r ON r.record_sequence = p.sequence AND r.pricelistid = :pricelist
WHERE p.status = 'completed' AND r.superseded_at IS NULL AND r.material_id = p.catalogue_id
  AND (NOT p.has_issues OR r.row_number = d.row_number)
"""

_SAME = """
CREATE TEMPORARY TABLE IF NOT EXISTS same (
    sequence integer, row_number integer, row_id text, chunk integer,
    offer_id integer, pricelist_id integer, record_sequence integer
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS still (LIKE same, moved_to jsonb) ON COMMIT DELETE ROWS;
"""

# Tables that a list was just written to have statistics that do not know it: what must be found one by one is found by
# the offers' key alone, and a list's records all at once.
_STILL = """
INSERT INTO still
SELECT same.*, CASE WHEN r.row_number = same.row_number THEN NULL ELSE jsonb_build_object('row', same.row_number) END
FROM same JOIN raw_products r ON r.id = same.offer_id
WHERE r.pricelistid + 0 = same.pricelist_id AND r.record_sequence = same.record_sequence AND r.superseded_at IS NULL
ORDER BY r.id FOR UPDATE OF r
"""
_AT_ONCE = "SET LOCAL enable_nestloop = {}"

# Of the record that is repeated; what processing would write anew is below.
_WRITTEN = {
    "request_id": ":request_id",
    "material_id": "s.row_id",
    "sequence": "s.sequence",
    "chunk": "s.chunk",
    "row": "CASE WHEN s.moved_to IS NULL THEN p.row ELSE p.row || s.moved_to END",
    "status": "'completed'",
    "revision": ":revision",
    "retry_count": "0",
    "match_type": "'exact'",
    "similarity_score": "1.0",
    "error_code": "NULL",
    "error": "NULL",
    "created_at": "now()",
    "updated_at": "now()",
}
_VALUES = ", ".join(_WRITTEN.get(column, f'p."{column}"') for column in RECORD_COLUMNS)
_NAMES = ", ".join(f'"{column}"' for column in RECORD_COLUMNS)
_TAKEN = ", ".join(f'"{column}" = excluded."{column}"' for column in RECORD_COLUMNS[2:])

_RECORD = f"""
WITH recorded AS (
    INSERT INTO processing_results AS stood ({_NAMES})
    SELECT {_VALUES} FROM still s
    JOIN pricelists l ON l.id = s.pricelist_id
    JOIN processing_results p ON p.request_id = l.request_id AND p.sequence = s.record_sequence
    WHERE p.request_id = ANY(CAST(:repeated AS text[])) AND p.sequence BETWEEN :first AND :last
      AND p.status || '' = 'completed'
    ORDER BY s.row_id
    ON CONFLICT (request_id, material_id) DO UPDATE SET {_TAKEN} WHERE {precedence("excluded")} > {precedence("stood")}
    RETURNING sequence
)
SELECT json_agg(sequence)::text FROM recorded
"""  # noqa: S608

_MOVE = """
UPDATE raw_products r
SET previous_pricelistid = r.pricelistid, pricelistid = :pricelist, row_number = s.row_number,
    record_sequence = s.sequence
FROM still s JOIN json_array_elements_text(CAST(:settled AS json)) AS settled(sequence)
    ON s.sequence = CAST(settled.sequence AS integer)
WHERE r.id = s.offer_id
"""


class UnchangedRowsRepository:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def lists(self, pricelist_id: int) -> dict[int, str]:
        rows = await self._db.execute_query(_LISTS, {"pricelist": pricelist_id})
        return {row["id"]: row["request_id"] for row in rows}

    async def find(self, lists: Mapping[int, str], digests: Sequence[Digest]) -> dict[int, Repeated]:
        found = await self._db.transaction(partial(_find, lists=lists, digests=digests))
        return {
            sequence: Repeated(offer_id, pricelist_id, record_sequence, key.removesuffix(_FIRST))
            for sequence, offer_id, pricelist_id, record_sequence, key in found
            # A longer one is its digest, and does not tell the identity.
            if key.endswith(_FIRST) and len(key) < KEY
        }

    async def settle(self, batch: Batch, lists: Mapping[int, str], rows: Sequence[Settled], revision: int) -> set[int]:
        params = {
            "request_id": batch.request_id,
            "pricelist": batch.pricelist_id,
            "supplier": batch.supplier_id,
            "revision": revision,
            "repeated": array_text(list(lists.values())),
            "first": min(row.record_sequence for row in rows),
            "last": max(row.record_sequence for row in rows),
        }
        try:
            return await self._db.transaction(partial(_settle, params=params, rows=rows))
        except StoreError as fault:
            if fault.code not in _COLLISIONS:
                raise
            log.warning("unchanged rows are processed", extra={"reason": str(fault), "rows": len(rows)})
            return set()


def _find(session: Session, *, lists: Mapping[int, str], digests: Sequence[Digest]) -> list[Any]:
    session.execute(_DIGESTS)
    copy_rows(session, "incoming_digests", Digest._fields, digests)
    session.execute(_AT_ONCE.format("off"))
    found = []
    for pricelist_id, request_id in lists.items():
        ours = {"pricelist": pricelist_id, "request_id": request_id}
        found += orjson.loads(session.value(_FIND, ours) or "[]")
    return found


def _settle(session: Session, *, params: Mapping[str, Any], rows: Sequence[Settled]) -> set[int]:
    share_supplier(session, params["supplier"])
    session.execute(_SAME)
    copy_rows(session, "same", Settled._fields, rows)
    session.execute(_STILL)
    session.execute(_AT_ONCE.format("off"))
    settled = session.value(_RECORD, params) or "[]"
    session.execute(_AT_ONCE.format("on"))
    session.execute(_MOVE, {**params, "settled": settled})
    replace_again(session, pricelist_id=params["pricelist"])
    return set(orjson.loads(settled))
