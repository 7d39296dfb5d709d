"""Rows that a supplier repeats, settled in PostgreSQL by their digests, without being read.

A row's record has its digest, a current offer the place of its row in the list that holds it (``record_sequence``). A
row with the digest of that row's record would become the same offer again, with a record that differs in its place
alone; processing it would find the material by its name (``exact``) and keep the offer. What might come out otherwise
is not settled here: a record that is no longer there, one that failed, remarks that name another row of the sheet. A
row that waits for a person goes on waiting while nothing was decided of its name, and names are compared as then.
"""

import logging
from collections.abc import Mapping
from functools import partial
from itertools import chain

import orjson

from quarry.adapters.interfaces import IRelationalDatabase, Session
from quarry.adapters.postgresql.copying import plain_array_text
from quarry.domain.batches import Batch
from quarry.domain.unchanged import Digests, Repeats
from quarry.errors import StoreError
from quarry.repositories.column_limits import KEY
from quarry.repositories.postgresql.earlier_offers import NOTE_STOOD
from quarry.repositories.postgresql.repeated_rows import NAMES, RECORDS_OF_RUN, WAITING, hold_batch, share_batches
from quarry.repositories.postgresql.replacement import NOT_NEWER, applies, hold_supplier, replace_again

log = logging.getLogger(__name__)
# Another writer of the supplier's came in between: what it met is processed like any other row.
_COLLISIONS = frozenset({"23505", "40P01", "40001"})

_LISTS = f"""
SELECT p.id, p.request_id FROM pricelists p JOIN pricelists ours ON ours.id = :pricelist
WHERE p.supplier_id = ours.supplier_id AND p.kind = 'pricelist' AND {NOT_NEWER} AND p.id = ANY(ARRAY(
    SELECT DISTINCT r.pricelistid FROM raw_products r
    WHERE r.supplier_id = (SELECT supplier_id FROM pricelists WHERE id = :pricelist) AND r.superseded_at IS NULL
))
"""  # noqa: S608

# Tables that a list was just written to have statistics that do not know it: what is found here is found all at once.
_AT_ONCE = "SET LOCAL enable_nestloop = off"

# By its name it is no material, neither of its own nor another's, and all that was asked of it is open. Looked up for
# each: EXISTS might be answered by reading all materials.
_STILL_ASKED = """
r.material_id IS NULL AND (SELECT true FROM materials m WHERE m.id = r.name_id LIMIT 1) IS NULL
AND (SELECT true FROM name_links k WHERE k.name_id = r.name_id AND k.supplier_id IN (-1, r.supplier_id) LIMIT 1) IS NULL
AND (SELECT bool_and(q.decision IS NULL) FROM reviews q WHERE q.name_id = r.name_id)
"""

# The key of an identity's first row in a list ends so; one of full length is a digest, not the identity.
# Of rows that an attempt before this one settled, only the row itself repeats its offer.
_FIND = f"""
WITH listed AS (
    SELECT p.digest, p.sequence AS record, p.sequence AS place, CAST(:list AS integer) AS source, p.catalogue_id,
        p.has_issues, p.status = 'needs_review' AS waits
    FROM processing_results p WHERE p.request_id = :request_id AND p.status IN ('completed', 'needs_review')
    UNION ALL
    SELECT p.digest, p.sequence, p.sequence - b.source_shift, l.id, p.catalogue_id, p.has_issues, false
    FROM repeated_rows b JOIN pricelists l ON l.request_id = b.source CROSS JOIN {RECORDS_OF_RUN}
    WHERE b.request_id = :request_id
),
found AS (
    SELECT d.sequence, d.number, left(r.offer_key, -2) AS identity, r.id, listed.place, listed.source, listed.record,
        listed.waits
    FROM unnest(CAST(:sequences AS integer[]), CAST(:numbers AS integer[]), CAST(:digests AS uuid[]))
        AS d(sequence, number, digest)
    JOIN listed ON listed.digest = d.digest
    JOIN raw_products r ON r.record_sequence = listed.place
    WHERE r.supplier_id = :supplier AND r.superseded_at IS NULL AND r.pricelistid = :list
      AND CASE WHEN listed.waits THEN {_STILL_ASKED} ELSE r.material_id = listed.catalogue_id END
      AND (NOT listed.has_issues OR r.row_number = d.number)
      AND right(r.offer_key, 2) = '|0' AND length(r.offer_key) < {KEY}
      AND (r.pricelistid <> :pricelist OR listed.place = d.sequence)
)
SELECT json_build_array(
    array_agg(sequence), array_agg(number), array_agg(identity), array_agg(id), array_agg(place), array_agg(source),
    array_agg(record), array_agg(waits)
)::text
FROM found
"""  # noqa: S608

_SOURCES = "SELECT id, request_id FROM pricelists WHERE id = ANY(CAST(:sources AS integer[]))"

_KEPT = """
SELECT id FROM pricelists p
WHERE id = ANY(CAST(:sources AS integer[]))
  AND EXISTS (SELECT FROM processing_results r WHERE r.request_id = p.request_id)
"""

_RECORDED = """
SELECT sequence FROM processing_results
WHERE request_id = :request_id AND sequence BETWEEN :first AND :last
"""

# Asked of an offer twice: one that a person's decision changed in between does not move on.
_AS_FOUND = """
r.pricelistid = s.list AND r.record_sequence = s.place AND r.superseded_at IS NULL
AND (r.material_id IS NULL) = s.waits
"""

# An offer is looked up once, noted as it stood, and reached again by its place.
# A run goes on as long as rows, records and numbers follow each other without a gap. A row that waits has a record,
# since people ask for those.
_SETTLE = f"""
WITH same AS (
    SELECT * FROM unnest(
        CAST(:sequences AS integer[]), CAST(:numbers AS integer[]), CAST(:offers AS integer[]),
        CAST(:lists AS integer[]), CAST(:places AS integer[]), CAST(:sources AS integer[]),
        CAST(:records AS integer[]), CAST(:waiting AS boolean[])
    ) AS s(sequence, number, offer, list, place, source, record, waits)
),
stood AS MATERIALIZED (
    SELECT r.ctid AS tuple, r.id, r.pricelistid, r.previous_pricelistid, r.row_number, r.sheet, r.record_sequence, s.*
    FROM same s JOIN raw_products r ON r.id = s.offer AND {_AS_FOUND}
    WHERE r.supplier_id = :supplier
),
noted AS ({NOTE_STOOD}),
moved AS (
    UPDATE raw_products r
    SET previous_pricelistid = r.pricelistid, pricelistid = :pricelist, row_number = s.number,
        record_sequence = s.sequence
    FROM stood s
    WHERE r.ctid = s.tuple AND {_AS_FOUND}
    RETURNING s.sequence, s.source, s.record - s.sequence AS source_shift, s.number - s.sequence AS number_shift,
        s.waits
),
recorded AS (
    INSERT INTO processing_results ({NAMES})
    SELECT {WAITING} FROM (
        SELECT CAST(:request_id AS text) AS request_id, l.request_id AS source, sequence, source_shift, number_shift,
            CAST(:chunk_rows AS integer) AS chunk_rows, CAST(:revision AS bigint) AS revision, now() AS created_at
        FROM moved JOIN pricelists l ON l.id = source WHERE waits
    ) AS b
    CROSS JOIN LATERAL (
        SELECT * FROM processing_results o
        WHERE o.request_id = b.source AND o.sequence = b.sequence + b.source_shift OFFSET 0
    ) AS p
    RETURNING sequence
),
grouped AS (
    SELECT *, sequence - row_number() OVER (
        PARTITION BY source, source_shift, number_shift ORDER BY sequence
    ) AS run
    FROM moved WHERE NOT waits
),
runs AS (
    INSERT INTO repeated_rows
        (request_id, first, last, source, source_shift, number_shift, chunk_rows, revision)
    SELECT CAST(:request_id AS text), g.first, g.last, l.request_id, g.source_shift, g.number_shift,
        CAST(:chunk_rows AS integer), CAST(:revision AS bigint)
    FROM (
        SELECT source, source_shift, number_shift, min(sequence) AS first, max(sequence) AS last
        FROM grouped GROUP BY source, source_shift, number_shift, run
    ) AS g JOIN pricelists l ON l.id = g.source
    RETURNING first, last
)
SELECT json_agg(json_build_array(first, last))::text
FROM (SELECT first, last FROM runs UNION ALL SELECT sequence, sequence FROM recorded) AS settled
"""  # noqa: S608


class UnchangedRowsRepository:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def lists(self, pricelist_id: int) -> dict[int, str]:
        rows = await self._db.execute_query(_LISTS, {"pricelist": pricelist_id})
        return {row["id"]: row["request_id"] for row in rows}

    async def find(self, batch: Batch, lists: Mapping[int, str], rows: Digests) -> Repeats:
        return await self._db.transaction(partial(_find, batch=batch, lists=lists, rows=rows))

    async def settle(self, batch: Batch, rows: Repeats, chunk_rows: int, revision: int) -> set[int]:
        work = partial(_settle, batch=batch, rows=rows, chunk_rows=chunk_rows, revision=revision)
        try:
            return await self._db.transaction(work)
        except StoreError as error:
            if error.code not in _COLLISIONS:
                raise
            log.warning("unchanged rows are processed", extra={"reason": str(error), "rows": len(rows)})
            return set()


def _find(session: Session, *, batch: Batch, lists: Mapping[int, str], rows: Digests) -> Repeats:
    session.execute(_AT_ONCE)
    params = {
        "pricelist": batch.pricelist_id,
        "supplier": batch.supplier_id,
        "sequences": plain_array_text(rows.sequences),
        "numbers": plain_array_text(rows.numbers),
        "digests": plain_array_text(rows.digests),
    }
    parts = []
    for list_id, request_id in lists.items():
        found = orjson.loads(session.value(_FIND, {**params, "list": list_id, "request_id": request_id}))
        if found[0] is not None:
            sequences, numbers, identities, offers, *recorded = found
            parts.append((sequences, numbers, identities, offers, [list_id] * len(sequences), *recorded))
    return Repeats(*(list(chain.from_iterable(columns)) for columns in zip(*parts, strict=True)))


def _settle(session: Session, *, batch: Batch, rows: Repeats, chunk_rows: int, revision: int) -> set[int]:
    assert batch.supplier_id is not None
    assert batch.pricelist_id is not None
    hold_supplier(session, batch.supplier_id)
    hold_batch(session, batch.request_id)
    rows = _still_recorded(session, _without_records(session, batch.request_id, rows))
    if not rows or not applies(session, batch.pricelist_id):
        return set()
    params = {
        "request_id": batch.request_id,
        "pricelist": batch.pricelist_id,
        "supplier": batch.supplier_id,
        "chunk_rows": chunk_rows,
        "revision": revision,
        "sequences": plain_array_text(rows.sequences),
        "numbers": plain_array_text(rows.numbers),
        "offers": plain_array_text(rows.offers),
        "lists": plain_array_text(rows.lists),
        "places": plain_array_text(rows.places),
        "sources": plain_array_text(rows.sources),
        "records": plain_array_text(rows.records),
        "waiting": plain_array_text(rows.waiting),
    }
    runs = orjson.loads(session.value(_SETTLE, params) or "[]")
    replace_again(session, pricelist_id=batch.pricelist_id)
    return {sequence for first, last in runs for sequence in range(first, last + 1)}


def _without_records(session: Session, request_id: str, rows: Repeats) -> Repeats:
    """An attempt before this one, or another reader of the upload, recorded rows to be processed."""
    between = {"request_id": request_id, "first": min(rows.sequences), "last": max(rows.sequences)}
    recorded = {row["sequence"] for row in session.rows(_RECORDED, between)}
    return rows.only([index for index, sequence in enumerate(rows.sequences) if sequence not in recorded])


def _still_recorded(session: Session, rows: Repeats) -> Repeats:
    """Records may have been cleaned up since they were found, of a batch all at once."""
    sources = {"sources": sorted(set(rows.sources))}
    share_batches(session, [row["request_id"] for row in session.rows(_SOURCES, sources)])
    kept = {row["id"] for row in session.rows(_KEPT, sources)}
    return rows.only([index for index, source in enumerate(rows.sources) if source in kept])
