"""The statements of :mod:`quarry.repositories.postgresql.processing`."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from quarry.adapters.postgresql.copying import as_json
from quarry.domain.batches import BatchStatus
from quarry.domain.records import MatchType, RowStatus
from quarry.repositories.postgresql.repeated_rows import NAMES, RECORD_COLUMNS, REPEATED

# What processing changes of a record: the rest is what the row says.
STATE_COLUMNS = (
    "material_id",
    "status",
    "revision",
    "retry_count",
    "catalogue_id",
    "match_type",
    "similarity_score",
    "normalized_unit",
    "coefficient",
    "error_code",
    "error",
    "has_issues",
    "updated_at",
)
_KEY = ("request_id", "material_id")
# A number with decimals is text in JSON.
_READ = ", ".join(
    f"{column}::text AS {column}" if column == "coefficient" else f'"{column}"' for column in RECORD_COLUMNS
)
_SETTLED = ", ".join(f"'{status}'" for status in RowStatus if status.terminal)
_ENDED = ", ".join(f"'{status}'" for status in BatchStatus if status.terminal)
_OPENED = ", ".join(f"'{status}'" for status in BatchStatus if status.rows_recorded)


def precedence(copy: str) -> str:
    """As quarry.domain.records.latest_record: the later attempt, then a terminal status, then the higher revision."""
    return f"({copy}.retry_count, {copy}.status IN ({_SETTLED}), {copy}.revision)"


_HIGHEST_FIRST = f"retry_count DESC, status IN ({_SETTLED}) DESC, revision DESC"

INCOMING = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_records ON COMMIT DELETE ROWS AS
    SELECT {NAMES} FROM processing_results WITH NO DATA
"""  # noqa: S608

# Rows in the order of their keys, so that two that write the same records wait for each other and never in a ring.
# xmax is 0 in a row that no transaction replaced: that distinguishes an insert from an update.
MERGE = f"""
WITH merged AS (
    INSERT INTO processing_results AS stood ({NAMES})
    SELECT DISTINCT ON (request_id, material_id) {NAMES} FROM incoming_records
    ORDER BY request_id, material_id, {_HIGHEST_FIRST}
    ON CONFLICT (request_id, material_id) DO UPDATE
    SET ({", ".join(f'"{c}"' for c in RECORD_COLUMNS if c not in _KEY)})
      = ({", ".join(f'excluded."{c}"' for c in RECORD_COLUMNS if c not in _KEY)})
    WHERE {precedence("excluded")} > {precedence("stood")}
    RETURNING xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new) AS inserted, count(*) FILTER (WHERE NOT is_new) AS replaced FROM merged
"""  # noqa: S608

INCOMING_STATES = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_states ON COMMIT DELETE ROWS AS
    SELECT {", ".join(STATE_COLUMNS)} FROM processing_results WITH NO DATA
"""  # noqa: S608

# Each row is found by its key, written as a range: a range has an order, which the primary key alone gives without
# sorting. Of a batch that the statistics do not know PostgreSQL expects one row under any index, and read all of the
# batch's rows for each that it looked up.
_BY_KEY = """
FROM processing_results
WHERE (request_id, material_id) >= (:request_id, asked.material_id)
  AND (request_id, material_id) <= (:request_id, asked.material_id)
ORDER BY request_id, material_id LIMIT 1
"""

# In the order of their keys, and before they are compared: the next statement sees what they have become.
LOCK_STATES = f"""
SELECT stood.material_id
FROM (SELECT DISTINCT material_id FROM incoming_states ORDER BY material_id) AS asked
CROSS JOIN LATERAL (SELECT material_id {_BY_KEY} FOR NO KEY UPDATE) AS stood
"""  # noqa: S608

UPDATE_STATES = f"""
UPDATE processing_results AS stood SET {", ".join(f"{name} = asked.{name}" for name in STATE_COLUMNS[1:])}
FROM (
    SELECT DISTINCT ON (material_id) * FROM incoming_states WHERE material_id <> ALL(CAST(:lacking AS text[]))
    ORDER BY material_id, {_HIGHEST_FIRST}
) AS asked
CROSS JOIN LATERAL (SELECT ctid AS place {_BY_KEY}) AS found
WHERE stood.ctid = found.place AND {precedence("asked")} > {precedence("stood")}
"""  # noqa: S608

COUNTS = """
SELECT status, CAST(sum(records) AS integer) AS records, CAST(sum(created) AS integer) AS created
FROM (
    SELECT status, count(*) AS records, count(*) FILTER (WHERE match_type = 'created') AS created
    FROM processing_results WHERE request_id = :request_id GROUP BY status
    UNION ALL
    SELECT 'completed', last - first + 1, 0 FROM repeated_rows WHERE request_id = :request_id
) AS counted
GROUP BY status
"""

# A range has an order, which the index of states alone gives without sorting. Another index of the batch might be read
# through all that is settled: what PostgreSQL knows of the table is out of date in the midst of an import. It is read
# from its end, since the entries of rows that were settled meanwhile stay before it until VACUUM.
WITHOUT_SORTING = """
SELECT set_config(name, 'off', true)
FROM unnest(ARRAY['enable_seqscan', 'enable_bitmapscan', 'enable_sort', 'enable_incremental_sort']) AS name
"""
_LEFT = """
SELECT 1 AS found FROM processing_results
WHERE (request_id, status) >= (:request_id, '{status}') AND (request_id, status) <= (:request_id, '{status}')
ORDER BY request_id DESC, status DESC LIMIT 1
"""
UNSETTLED = " UNION ALL ".join(f"({_LEFT.format(status=one)})" for one in RowStatus if not one.terminal) + " LIMIT 1"

MERGED_COUNTS = f"""
SELECT status, count(*) AS records, count(*) FILTER (WHERE match_type = 'created') AS created
FROM (
    SELECT DISTINCT ON (material_id) status, match_type
    FROM (
        SELECT material_id, status, match_type, retry_count, revision
        FROM processing_results WHERE request_id = :request_id
        UNION ALL
        SELECT CAST(sequence AS text), 'completed', 'exact', 0, revision
        FROM repeated_rows, generate_series(first, last) AS sequence WHERE request_id = :request_id
        UNION ALL
        SELECT * FROM json_to_recordset(CAST(:held AS json))
            AS held(material_id text, status text, match_type text, retry_count integer, revision bigint)
    ) AS copies
    ORDER BY material_id, {_HIGHEST_FIRST}
) AS known
GROUP BY status
"""  # noqa: S608

# A page of each run at the most: of runs and records each has its index.
_REPEATED_PAGE = f"""
SELECT {REPEATED} FROM (
    SELECT * FROM repeated_rows WHERE request_id = :request_id AND last > :after ORDER BY first
) AS b
CROSS JOIN LATERAL (
    SELECT * FROM processing_results o
    WHERE o.request_id = b.source
      AND o.sequence BETWEEN greatest(b.first, :after + 1) + b.source_shift AND b.last + b.source_shift{{tests}}
    ORDER BY o.sequence LIMIT :limit
) AS p
ORDER BY b.first, p.sequence LIMIT :limit
"""  # noqa: S608
# What is asked of a row in a run, where not every such row meets it.
_OF_REPEATED = {
    "chunk": "(o.sequence - b.source_shift) / b.chunk_rows = :chunk",
    "has_issues": "o.has_issues = :has_issues",
}
_IN_RUNS = {"status": RowStatus.COMPLETED, "match_type": MatchType.EXACT}


def results(conditions: Mapping[str, Any], *, unsettled: bool = False) -> str:
    """Records after a place in the list that meet equality ``conditions``."""
    repeated = not unsettled and all(conditions.get(name, value) == value for name, value in _IN_RUNS.items())
    return _results(tuple(sorted(conditions)), unsettled=unsettled, repeated=repeated)


@cache
def _results(conditions: tuple[str, ...], *, unsettled: bool, repeated: bool) -> str:
    tests = "".join(f" AND {name} = :{name}" for name in conditions)
    if unsettled:
        tests += f" AND status NOT IN ({_SETTLED})"
    page = f"""
SELECT {NAMES} FROM processing_results
WHERE request_id = :request_id AND sequence > :after{tests}
ORDER BY sequence LIMIT :limit
"""  # noqa: S608
    if repeated:
        of_repeated = "".join(f" AND {_OF_REPEATED[name]}" for name in conditions if name in _OF_REPEATED)
        page = f"({page}) UNION ALL ({_REPEATED_PAGE.format(tests=of_repeated)})"
    return as_json(f"SELECT {_READ} FROM ({page}) AS page ORDER BY sequence LIMIT :limit")  # noqa: S608


# A row in a run is known by its place alone.
CURRENT_RECORDS = as_json(f"""
WITH wanted AS (SELECT json_array_elements_text(CAST(:row_ids AS json)) AS material_id)
SELECT {_READ} FROM (
    SELECT {NAMES} FROM processing_results
    WHERE request_id = :request_id AND material_id IN (SELECT material_id FROM wanted)
    UNION ALL
    SELECT {REPEATED} FROM (
        SELECT CASE WHEN material_id ~ '^[0-9]{{1,9}}$' THEN CAST(material_id AS integer) END AS sequence FROM wanted
    ) AS place
    JOIN repeated_rows b ON b.request_id = :request_id AND place.sequence BETWEEN b.first AND b.last
    JOIN processing_results p ON p.request_id = b.source AND p.sequence = place.sequence + b.source_shift
) AS known
""")  # noqa: S608

_HEADER = (
    "request_id",
    "kind",
    "supplier_id",
    "file_name",
    "object_key",
    "object_version",
    "content_hash",
    "status",
    "total",
    "chunks",
    "error_code",
    "error_message",
    "issues",
    "counts",
    "changes",
    "revision",
    "created_at",
    "updated_at",
    "finished_at",
    "uploaded_at",
    "waiting",
    "rows_seen",
    "attention",
    "uploaded_by",
)
_TYPES = {
    **dict.fromkeys(("issues", "counts", "changes", "waiting", "attention"), "jsonb"),
    **dict.fromkeys(("created_at", "updated_at", "finished_at", "uploaded_at"), "timestamptz"),
}
_VALUES = ", ".join(f"CAST(:{name} AS {_TYPES[name]})" if name in _TYPES else f":{name}" for name in _HEADER)
_REPLACED = ", ".join(f"{name} = excluded.{name}" for name in _HEADER if name not in {"request_id", "changes"})


def _header_precedence(copy: str) -> str:
    counts = " + ".join(f"coalesce(CAST({copy}.counts ->> '{one}' AS integer), 0)" for one in RowStatus if one.terminal)
    opened = f"{copy}.status IN ({_OPENED})"
    return f"({opened}, {copy}.revision, {copy}.status IN ({_ENDED}), {counts})"


# As quarry.domain.batches.latest_header. What changed is written by the catalogue, and a header that was read before
# then must not take it away.
SAVE_BATCH = f"""
INSERT INTO pricelists AS stood ({", ".join(_HEADER)}) VALUES ({_VALUES})
ON CONFLICT (request_id) DO UPDATE
SET {_REPLACED}, changes = coalesce(excluded.changes, stood.changes)
WHERE {_header_precedence("excluded")} > {_header_precedence("stood")}
RETURNING *
"""  # noqa: S608

BATCH = "SELECT * FROM pricelists WHERE request_id = :request_id"

_CHOSEN = {
    "status": "status = :status",
    "supplier": "supplier_id = :supplier",
    "moment": "(created_at, request_id) < (:moment, :request_id)",
}


def batches(given: Mapping[str, Any]) -> str:
    """Headers that meet the conditions given, each of which is served by an index of its own."""
    tests = " AND ".join(test for name, test in _CHOSEN.items() if name in given) or "true"
    return f"SELECT * FROM pricelists WHERE {tests} ORDER BY created_at DESC, request_id DESC LIMIT :limit"  # noqa: S608


# ``received`` and still without a file: the upload never came.
_OLD = f"""p.created_at < :before AND p.status IN ({_ENDED}, 'received')
AND coalesce(p.finished_at, p.created_at) < :before"""

DELETE_RUNS = f"""
WITH gone AS (
    DELETE FROM repeated_rows b USING pricelists p WHERE b.request_id = p.request_id AND {_OLD}
    RETURNING b.last - b.first + 1 AS rows
)
SELECT coalesce(sum(rows), 0)::bigint AS rows FROM gone
"""  # noqa: S608

OLD_BATCHES = f"""
SELECT p.request_id FROM pricelists p
WHERE {_OLD} AND EXISTS (SELECT FROM processing_results r WHERE r.request_id = p.request_id)
"""  # noqa: S608

# What a younger list repeats stays as long as that one.
DELETE_RECORDS = """
DELETE FROM processing_results WHERE request_id = :request_id
AND NOT EXISTS (SELECT FROM repeated_rows WHERE source = :request_id)
"""

DELETE_BATCHES = f"""
DELETE FROM pricelists p
WHERE {_OLD} AND NOT EXISTS (SELECT FROM raw_products o WHERE o.pricelistid = p.id AND o.superseded_at IS NULL)
  AND NOT EXISTS (SELECT FROM processing_results r WHERE r.request_id = p.request_id)
"""  # noqa: S608
