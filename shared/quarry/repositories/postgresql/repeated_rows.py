"""Rows of a batch that repeat records of another one: consecutive ones are one run, and expanded when they are read.

A row has a record or lies in a run, never both: what writes a record of a row that lies in a run writes out the whole
run before. Who notes runs holds the batch alone, who writes records shares it. Whoever lets runs refer to a batch
shares it too, and its records are cleaned up, all at once, by one that holds it alone.
"""

from collections.abc import Sequence
from typing import Final

from quarry.adapters.interfaces import Session

RECORD_COLUMNS: Final = (
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
NAMES: Final = ", ".join(f'"{column}"' for column in RECORD_COLUMNS)

# What a row of the run ``b`` has of its own; all else is that of the record ``p`` that it repeats. Processing would
# have found the material by its name.
_SEQUENCE = "p.sequence - b.source_shift"
_OWN = {
    "request_id": "b.request_id",
    "material_id": f"CAST({_SEQUENCE} AS text)",
    "sequence": _SEQUENCE,
    "chunk": f"({_SEQUENCE}) / b.chunk_rows",
    "row": f"p.row || jsonb_build_object('row', {_SEQUENCE} + b.number_shift)",
    "status": "'completed'",
    "revision": "b.revision",
    "retry_count": "0",
    "match_type": "'exact'",
    "similarity_score": "CAST(1.0 AS float)",
    "error_code": "NULL",
    "error": "NULL",
    "created_at": "b.created_at",
    "updated_at": "b.created_at",
}
REPEATED: Final = ", ".join(f'{_OWN.get(column, f"p.{column}")} AS "{column}"' for column in RECORD_COLUMNS)
# Of a row that waits for a person as the record ``p`` does, which is not a row of a run.
_WAITS = {**_OWN, **{column: f"p.{column}" for column in ("status", "match_type", "similarity_score")}}
WAITING: Final = ", ".join(f'{_WAITS.get(column, f"p.{column}")} AS "{column}"' for column in RECORD_COLUMNS)

# Run by run, by the records' index: a join of all runs with all records compares each with each.
RECORDS_OF_RUN: Final = """
LATERAL (
    SELECT * FROM processing_results o
    WHERE o.request_id = b.source AND o.sequence BETWEEN b.first + b.source_shift AND b.last + b.source_shift OFFSET 0
) AS p
"""

# The number that distinguishes our locks of batches from other advisory locks.
_BATCHES = 8
_HOLD = "SELECT pg_advisory_xact_lock(:batches, hashtext(:request_id))"
_SHARE = """
SELECT pg_advisory_xact_lock_shared(:batches, hashtext(shared))
FROM unnest(CAST(:request_ids AS text[])) AS shared
"""

_RUNS = "SELECT EXISTS (SELECT FROM repeated_rows WHERE request_id = :request_id) AS found"

_CONCERNED = """
SELECT DISTINCT b.first FROM unnest(CAST(:sequences AS integer[])) AS row(sequence)
CROSS JOIN LATERAL (
    SELECT first, last FROM repeated_rows
    WHERE request_id = :request_id AND first <= row.sequence ORDER BY first DESC LIMIT 1
) AS b
WHERE b.last >= row.sequence
"""

_CHOSEN = "b.request_id = :request_id AND b.first = ANY(CAST(:firsts AS integer[]))"

_WRITE_OUT = f"""
INSERT INTO processing_results ({NAMES})
SELECT {REPEATED} FROM repeated_rows b CROSS JOIN {RECORDS_OF_RUN} WHERE {_CHOSEN} ORDER BY 3
ON CONFLICT (request_id, material_id) DO NOTHING
"""  # noqa: S608

_DROP = f"DELETE FROM repeated_rows b WHERE {_CHOSEN}"  # noqa: S608


def hold_batch(session: Session, request_id: str) -> None:
    """Until the transaction ends nobody else writes records of the batch, or lets runs refer to it."""
    session.execute(_HOLD, {"batches": _BATCHES, "request_id": request_id})


def share_batches(session: Session, request_ids: Sequence[str]) -> None:
    """Until the transaction ends nobody holds one of the batches alone."""
    session.execute(_SHARE, {"batches": _BATCHES, "request_ids": request_ids})


def write_out(session: Session, request_id: str, sequences: Sequence[int]) -> None:
    """Share the batch, of which records of these rows are to be written."""
    share_batches(session, [request_id])
    if not session.value(_RUNS, {"request_id": request_id}):
        return
    concerned = session.rows(_CONCERNED, {"request_id": request_id, "sequences": sequences})
    if concerned:
        runs = {"request_id": request_id, "firsts": [row["first"] for row in concerned]}
        session.execute(_WRITE_OUT, runs)
        session.execute(_DROP, runs)
