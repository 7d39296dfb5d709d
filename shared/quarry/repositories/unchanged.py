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
from sqlalchemy import Connection, text

from quarry.adapters.copying import copy_rows
from quarry.adapters.postgresql import PostgreSQLDatabase
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
    d.sequence, r.id, r.pricelistid, r.record_sequence, r.offer_key,
    CASE WHEN r.sheet IS NULL THEN p.row ->> 'external_id' END
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
) ON COMMIT DELETE ROWS
"""

_LOCK = "SELECT r.id FROM raw_products r JOIN same ON same.offer_id = r.id ORDER BY r.id FOR UPDATE OF r"

# Of the record that is repeated; what processing would write anew is below.
_COPIED = ("occurrence", "name", "unit", "sku", "normalized_unit", "coefficient", "has_issues", "digest")
_WRITTEN = {
    "request_id": ":request_id",
    "material_id": "s.row_id",
    "sequence": "s.sequence",
    "chunk": "s.chunk",
    "row": """CASE WHEN s.row_number = r.row_number THEN p."row"
        ELSE p."row" || jsonb_build_object('row', s.row_number) END""",
    "status": "'completed'",
    "revision": ":revision",
    "retry_count": "0",
    "catalogue_id": "r.material_id",
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

# One statement, so that all of it sees one moment. A row of our own list was settled by an attempt before this one.
_SETTLE = f"""
WITH still AS (
    SELECT s.*, r.id, p.request_id AS repeated FROM same s
    JOIN raw_products r ON r.id = s.offer_id AND r.pricelistid = s.pricelist_id
        AND r.record_sequence = s.record_sequence AND r.superseded_at IS NULL
    JOIN pricelists l ON l.id = s.pricelist_id
    JOIN processing_results p ON p.request_id = l.request_id AND p.sequence = s.record_sequence
    WHERE p.status = 'completed'
),
recorded AS (
    INSERT INTO processing_results AS stood ({_NAMES})
    SELECT {_VALUES} FROM still s
    JOIN raw_products r ON r.id = s.offer_id
    JOIN processing_results p ON p.request_id = s.repeated AND p.sequence = s.record_sequence
    WHERE s.repeated <> :request_id ORDER BY s.row_id
    ON CONFLICT (request_id, material_id) DO UPDATE SET {_TAKEN} WHERE {precedence("excluded")} > {precedence("stood")}
),
moved AS (
    UPDATE raw_products r
    SET previous_pricelistid = r.pricelistid, pricelistid = :pricelist, row_number = s.row_number,
        record_sequence = s.sequence
    FROM still s WHERE r.id = s.offer_id AND r.pricelistid <> :pricelist
)
SELECT json_agg(sequence)::text FROM still
"""  # noqa: S608


class UnchangedRowsRepository:
    def __init__(self, db: PostgreSQLDatabase) -> None:
        self._db = db

    async def lists(self, pricelist_id: int) -> dict[int, str]:
        rows = await self._db.execute_query(_LISTS, {"pricelist": pricelist_id})
        return {row["id"]: row["request_id"] for row in rows}

    async def find(self, lists: Mapping[int, str], digests: Sequence[Digest]) -> dict[int, Repeated]:
        found = await self._db.transaction(partial(_find, lists=lists, digests=digests), whole_list=True)
        return {
            sequence: Repeated(offer_id, pricelist_id, record_sequence, key.removesuffix(_FIRST), external_id)
            for sequence, offer_id, pricelist_id, record_sequence, key, external_id in found
            # A longer one is its digest, and does not tell the identity.
            if key.endswith(_FIRST) and len(key) < KEY
        }

    async def settle(self, request_id: str, pricelist_id: int, rows: Sequence[Settled], revision: int) -> set[int]:
        ours = {"request_id": request_id, "pricelist": pricelist_id, "revision": revision}
        try:
            return await self._db.transaction(partial(_settle, ours=ours, rows=rows))
        except StoreError as fault:
            if fault.code not in _COLLISIONS:
                raise
            log.warning("unchanged rows are processed", extra={"reason": str(fault), "rows": len(rows)})
            return set()


def _find(connection: Connection, *, lists: Mapping[int, str], digests: Sequence[Digest]) -> list[Any]:
    connection.execute(text(_DIGESTS))
    copy_rows(connection, "incoming_digests", Digest._fields, digests)
    # The planner knows nothing of a table made here, and would go through each list once a row.
    connection.execute(text("ANALYZE incoming_digests"))
    found = []
    for pricelist_id, request_id in lists.items():
        ours = {"pricelist": pricelist_id, "request_id": request_id}
        found += orjson.loads(connection.execute(text(_FIND), ours).scalar() or "[]")
    return found


def _settle(connection: Connection, *, ours: Mapping[str, Any], rows: Sequence[Settled]) -> set[int]:
    supplier = "SELECT supplier_id FROM pricelists WHERE id = :pricelist"
    share_supplier(connection, connection.execute(text(supplier), ours).scalar_one())
    connection.execute(text(_SAME))
    copy_rows(connection, "same", Settled._fields, rows)
    connection.execute(text(_LOCK))
    settled = orjson.loads(connection.execute(text(_SETTLE), ours).scalar() or "[]")
    replace_again(connection, pricelist_id=ours["pricelist"])
    return set(settled)
