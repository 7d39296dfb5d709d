"""Batches and their records in PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from quarry.adapters.codec import batch_json, read_batch, read_record, record_json, row_text
from quarry.adapters.interfaces import IBatchProcessingRepository, IRelationalDatabase, Session
from quarry.adapters.postgresql.copying import copy_rows, json_text, read_json
from quarry.domain.batch_queries import ANY_BATCH, ANY_RECORD, BatchQuery, RecordQuery
from quarry.domain.batches import Batch
from quarry.domain.progress import Progress, Statistics
from quarry.domain.records import ProcessingRecord, RowStatus
from quarry.errors import StoreError
from quarry.repositories.postgresql import processing_sql as sql
from quarry.repositories.postgresql.batch_hours import STATISTICS, forget_before, forget_hour_of
from quarry.repositories.postgresql.repeated_rows import RECORD_COLUMNS, hold_batch, write_out

_OF_ROW = ("name", "unit", "sku")
_SEQUENCE = RECORD_COLUMNS.index("sequence")
_DUPLICATE = "23505"
_HOUR = timedelta(hours=1)


class ProcessingRepository(IBatchProcessingRepository):
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def save_batch(self, batch: Batch) -> Batch:
        return _batch(await self._db.transaction(partial(_save, batch=batch)))

    async def get_batch(self, request_id: str) -> Batch | None:
        rows = await self._db.execute_query(sql.BATCH, {"request_id": request_id})
        return _batch(rows[0]) if rows else None

    async def list_batches(self, query: BatchQuery = ANY_BATCH) -> list[Batch]:
        conditions = {"status": query.status, "supplier": query.supplier_id}
        given: dict[str, Any] = {name: value for name, value in conditions.items() if value is not None}
        if query.before:
            moment, request_id = query.before
            given |= {"moment": datetime.fromisoformat(moment), "request_id": request_id}
        rows = await self._db.execute_query(sql.batches(given), {**given, "limit": query.limit})
        return [_batch(row) for row in rows]

    async def create_processing_records(self, request_id: str, materials: Sequence[ProcessingRecord]) -> int:
        """A list is recorded once, as a rule: only what is there already is merged."""
        if not materials:
            return 0
        rows = [_cells(request_id, record) for record in materials]
        try:
            await self._db.transaction(partial(_copy_records, request_id=request_id, rows=rows))
        except StoreError as error:
            if error.code != _DUPLICATE:
                raise
            return (await self._db.transaction(partial(_merge_rows, request_id=request_id, rows=rows)))[0]
        return len(rows)

    async def update_processing_status(self, request_id: str, records: Sequence[ProcessingRecord]) -> int:
        if not records:
            return 0
        return await self._db.transaction(partial(settle, request_id=request_id, records=records))

    async def get_processing_progress(self, request_id: str) -> Progress | None:
        return await self.progress_with(request_id, ())

    async def has_unsettled(self, request_id: str) -> bool:
        return bool(await self._db.transaction(partial(unsettled, request_id=request_id)))

    async def progress_with(self, request_id: str, pending: Sequence[ProcessingRecord]) -> Progress | None:
        """Progress as if ``pending``, which another store took, were merged; both are seen at one moment."""
        batch = await self.get_batch(request_id)
        if batch is None:
            return None
        copies = [
            {
                "material_id": record.row_id,
                "status": record.status,
                "match_type": record.match_type,
                "retry_count": record.retry_count,
                "revision": record.revision,
            }
            for record in pending
        ]
        params = {"request_id": request_id, "held": json_text(copies)}
        rows = await self._db.execute_query(sql.MERGED_COUNTS if copies else sql.COUNTS, params)
        counts = {row["status"]: row["records"] for row in rows}
        return Progress.of(batch, counts, source="sql", created=sum(row["created"] for row in rows))

    async def current(self, request_id: str, row_ids: Sequence[str]) -> list[ProcessingRecord]:
        """The records of these rows, as far as they are there."""
        params = {"request_id": request_id, "row_ids": json_text(list(row_ids))}
        return [read_record(row) for row in read_json(await self._db.execute_query(sql.CURRENT_RECORDS, params))]

    async def get_processing_results(self, request_id: str, query: RecordQuery = ANY_RECORD) -> list[ProcessingRecord]:
        conditions = {
            "status": query.status,
            "match_type": query.match_type,
            "chunk": query.chunk,
            "has_issues": query.with_issues or None,
        }
        given = {name: value for name, value in conditions.items() if value is not None}
        statement = sql.results(given, unsettled=query.unsettled)
        params = {**given, "request_id": request_id, "after": query.after, "limit": query.limit}
        return [read_record(row) for row in read_json(await self._db.execute_query(statement, params))]

    async def get_processing_statistics(self, days: int = 30) -> Statistics:
        rows = await self._db.execute_query(STATISTICS, {"since": datetime.now(UTC) - timedelta(days=days)})
        row = rows[0]
        return Statistics(
            batches=row["batches"],
            rows=row["rows"],
            completed=row["completed"],
            failed=row["failed"],
            needs_review=row["needs_review"],
            average_seconds=row["average_seconds"],
            by_status=row["by_status"] or {},
        )

    async def cleanup_old_records(self, days_old: int = 30) -> int:
        """Headers of lists whose offers are in force stay: the supplier's next list is compared with them."""
        before = {"before": datetime.now(UTC) - timedelta(days=days_old)}
        (runs,) = await self._db.transaction(lambda session: session.rows(sql.DELETE_RUNS, before))
        deleted = int(runs["rows"])
        for row in await self._db.execute_query(sql.OLD_BATCHES, before):
            deleted += await self._db.transaction(partial(_delete_records, request_id=row["request_id"]))
        await self._db.transaction(partial(_delete_batches, before=before["before"]))
        return deleted


def _batch(row: Mapping[str, Any]) -> Batch:
    return read_batch({**row, "pricelist_id": row["id"]})


def unsettled(session: Session, statement: str = sql.UNSETTLED, *, request_id: str) -> list[dict[str, Any]]:
    session.execute(sql.WITHOUT_SORTING)
    return session.rows(statement, {"request_id": request_id})


def _save(session: Session, *, batch: Batch) -> dict[str, Any]:
    if datetime.now(UTC) - batch.created_at > _HOUR:
        forget_hour_of(session, batch.created_at)
    content = batch_json(batch)
    params = {name: json_text(value) if isinstance(value, list | dict) else value for name, value in content.items()}
    saved = session.rows(sql.SAVE_BATCH, params) or session.rows(sql.BATCH, {"request_id": batch.request_id})
    return saved[0]


def _delete_batches(session: Session, *, before: datetime) -> None:
    session.execute(sql.DELETE_BATCHES, {"before": before})
    forget_before(session, before)


def _delete_records(session: Session, *, request_id: str) -> int:
    hold_batch(session, request_id)
    return session.execute(sql.DELETE_RECORDS, {"request_id": request_id})


def _cells(request_id: str, record: ProcessingRecord) -> list[Any]:
    content = record_json(record, row_text)
    content["request_id"] = request_id
    content.update((name, getattr(record.row, name)) for name in _OF_ROW)
    return [content[column] for column in RECORD_COLUMNS]


def _copy_records(session: Session, *, request_id: str, rows: Sequence[Sequence[Any]]) -> None:
    write_out(session, request_id, [row[_SEQUENCE] for row in rows])
    copy_rows(session, "processing_results", RECORD_COLUMNS, rows)


def settle(session: Session, *, request_id: str, records: Sequence[ProcessingRecord]) -> int:
    """What the rows say is there already; of those that do not, another store had taken the whole."""
    write_out(session, request_id, [record.sequence for record in records])
    session.execute(sql.INCOMING_STATES)
    copy_rows(session, "incoming_states", sql.STATE_COLUMNS, map(_state, records))
    session.execute(sql.WITHOUT_SORTING)
    known = {row["material_id"] for row in session.rows(sql.LOCK_STATES, {"request_id": request_id})}
    lacking = [record for record in records if record.row_id not in known]
    held = {"request_id": request_id, "lacking": [record.row_id for record in lacking]}
    changed = session.execute(sql.UPDATE_STATES, held)
    if lacking:
        changed += sum(_merge_rows(session, request_id=request_id, rows=[_cells(request_id, one) for one in lacking]))
    return changed


def _state(record: ProcessingRecord) -> tuple[Any, ...]:
    """The values of ``STATE_COLUMNS``."""
    return (
        record.row_id,
        record.status.value,
        record.revision,
        record.retry_count,
        record.material_id,
        record.match_type.value if record.match_type else None,
        record.similarity_score,
        record.normalized_unit,
        record.coefficient,
        record.error_code,
        record.error,
        record.status is RowStatus.FAILED or bool(record.row.issues),
        record.updated_at,
    )


def _merge_rows(session: Session, *, request_id: str, rows: Sequence[Sequence[Any]]) -> tuple[int, int]:
    write_out(session, request_id, [row[_SEQUENCE] for row in rows])
    session.execute(sql.INCOMING)
    copy_rows(session, "incoming_records", RECORD_COLUMNS, rows)
    (merged,) = session.rows(sql.MERGE)
    return merged["inserted"], merged["replaced"]
