"""The statements of :mod:`quarry.repositories.processing`."""

from collections.abc import Collection
from functools import cache

from quarry.adapters.postgresql.copying import as_json
from quarry.domain.batches import BatchStatus
from quarry.domain.records import RowStatus

RECORD_COLUMNS = (
    "request_id",
    "material_id",
    "sequence",
    "chunk",
    "occurrence",
    "row",
    "name",
    "unit",
    "sku",
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
    "digest",
    "created_at",
    "updated_at",
)
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
_NAMES = ", ".join(f'"{column}"' for column in RECORD_COLUMNS)
_SETTLED = ", ".join(f"'{status}'" for status in RowStatus if status.terminal)
_ENDED = ", ".join(f"'{status}'" for status in BatchStatus if status.terminal)
_OPENED = ", ".join(f"'{status}'" for status in BatchStatus if status.opened)


def precedence(copy: str) -> str:
    """As quarry.domain.records.latest_record: the later attempt, then a terminal status, then the higher revision."""
    return f"({copy}.retry_count, {copy}.status IN ({_SETTLED}), {copy}.revision)"


_HIGHEST_FIRST = f"retry_count DESC, status IN ({_SETTLED}) DESC, revision DESC"

INCOMING = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_records ON COMMIT DELETE ROWS AS
    SELECT {_NAMES} FROM processing_results WITH NO DATA
"""  # noqa: S608

# Rows in the order of their keys, so that two that write the same records wait for each other and never in a ring.
# xmax is 0 in a row that no transaction replaced: that is how PostgreSQL tells an insert from an update.
MERGE = f"""
WITH merged AS (
    INSERT INTO processing_results AS stood ({_NAMES})
    SELECT DISTINCT ON (request_id, material_id) {_NAMES} FROM incoming_records
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

# The rows are locked first, in the order of their keys, and only then compared.
UPDATE_STATES = f"""
WITH locked AS (
    SELECT stood.material_id FROM processing_results stood
    WHERE stood.request_id = :request_id AND stood.material_id IN (SELECT material_id FROM incoming_states)
    ORDER BY stood.material_id FOR NO KEY UPDATE
),
given AS (
    SELECT DISTINCT ON (material_id) * FROM incoming_states ORDER BY material_id, {_HIGHEST_FIRST}
)
UPDATE processing_results AS stood SET {", ".join(f"{name} = given.{name}" for name in STATE_COLUMNS[1:])}
FROM given JOIN locked USING (material_id)
WHERE stood.request_id = :request_id AND stood.material_id = given.material_id
  AND {precedence("given")} > {precedence("stood")}
"""  # noqa: S608

LACKING = """
SELECT material_id FROM incoming_states EXCEPT
SELECT material_id FROM processing_results WHERE request_id = :request_id
"""

COUNTS = """
SELECT status, count(*) AS records, count(*) FILTER (WHERE match_type = 'created') AS created
FROM processing_results WHERE request_id = :request_id GROUP BY status
"""

MERGED_COUNTS = f"""
SELECT status, count(*) AS records, count(*) FILTER (WHERE match_type = 'created') AS created
FROM (
    SELECT DISTINCT ON (material_id) status, match_type
    FROM (
        SELECT material_id, status, match_type, retry_count, revision
        FROM processing_results WHERE request_id = :request_id
        UNION ALL
        SELECT * FROM json_to_recordset(CAST(:held AS json))
            AS held(material_id text, status text, match_type text, retry_count integer, revision bigint)
    ) AS copies
    ORDER BY material_id, {_HIGHEST_FIRST}
) AS standing
GROUP BY status
"""  # noqa: S608


def results(conditions: Collection[str], *, unsettled: bool = False) -> str:
    """Records after a place in the list that meet equality ``conditions``."""
    return _results(tuple(sorted(conditions)), unsettled=unsettled)


@cache
def _results(conditions: tuple[str, ...], *, unsettled: bool) -> str:
    tests = "".join(f" AND {name} = :{name}" for name in conditions)
    if unsettled:
        tests += f" AND status NOT IN ({_SETTLED})"
    return as_json(f"""
SELECT {_READ} FROM processing_results
WHERE request_id = :request_id AND sequence > :after{tests}
ORDER BY sequence LIMIT :limit
""")  # noqa: S608


STANDING = as_json(f"""
SELECT {_READ} FROM processing_results
WHERE request_id = :request_id
  AND material_id IN (SELECT json_array_elements_text(CAST(:material_ids AS json)))
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

BATCHES = """
SELECT * FROM pricelists
WHERE (CAST(:status AS text) IS NULL OR status = :status)
  AND (CAST(:supplier AS integer) IS NULL OR supplier_id = :supplier)
  AND (CAST(:moment AS timestamptz) IS NULL
       OR (created_at, request_id) < (CAST(:moment AS timestamptz), CAST(:request_id AS text)))
ORDER BY created_at DESC, request_id DESC LIMIT :limit
"""

# An ended batch's header carries its counts; only the records of open ones are counted.
STATISTICS = f"""
WITH chosen AS (SELECT * FROM pricelists WHERE created_at >= :since),
counted AS (
    SELECT key AS status, CAST(value AS integer) AS records FROM chosen, jsonb_each_text(counts)
    WHERE status IN ({_ENDED})
    UNION ALL
    SELECT r.status, 1 FROM chosen c JOIN processing_results r USING (request_id) WHERE c.status NOT IN ({_ENDED})
)
SELECT
    (SELECT count(*) FROM chosen) AS batches,
    (SELECT coalesce(sum(records), 0)::bigint FROM counted) AS rows,
    (SELECT coalesce(sum(records), 0)::bigint FROM counted WHERE status = 'completed') AS completed,
    (SELECT coalesce(sum(records), 0)::bigint FROM counted WHERE status = 'failed') AS failed,
    (SELECT coalesce(sum(records), 0)::bigint FROM counted WHERE status = 'needs_review') AS needs_review,
    (SELECT CAST(round(avg(extract(epoch FROM finished_at - created_at)), 3) AS float) FROM chosen)
        AS average_seconds,
    (SELECT jsonb_object_agg(status, batches)
     FROM (SELECT status, count(*) AS batches FROM chosen GROUP BY status) AS by_status) AS by_status
"""  # noqa: S608

# ``received`` and still without a file: the upload never came.
_OLD = f"p.status IN ({_ENDED}, 'received') AND coalesce(p.finished_at, p.created_at) < :before"

OLD_BATCHES = f"""
SELECT p.request_id FROM pricelists p
WHERE {_OLD} AND EXISTS (SELECT FROM processing_results r WHERE r.request_id = p.request_id)
"""  # noqa: S608

DELETE_RECORDS = """
DELETE FROM processing_results WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM processing_results WHERE request_id = :request_id LIMIT :most
))
"""

DELETE_BATCHES = f"""
DELETE FROM pricelists p
WHERE {_OLD} AND NOT EXISTS (SELECT FROM raw_products o WHERE o.pricelistid = p.id AND o.superseded_at IS NULL)
"""  # noqa: S608
