"""Batches and their records in Qdrant: points without vectors, one a record and one a batch's header.

A header's ``mirror`` says that PostgreSQL has it as well; records are here only while PostgreSQL does not have them.
Environments write the same points at once: a point is replaced only while it has the revision that was read, and who
finds another one decides again (``update_filter``, Qdrant 1.16).
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from quarry.adapters.codec import Json, batch_json, read_batch, read_record, record_json
from quarry.adapters.interfaces import IFallbackRepository, Point
from quarry.adapters.qdrant.collection import Collection, Layout
from quarry.adapters.qdrant.filters import Filter, all_of, among, equals, has_id, in_range
from quarry.domain.batch_queries import ANY_BATCH, ANY_RECORD, BatchQuery, RecordQuery
from quarry.domain.batches import Batch, BatchStatus, latest_header, settled
from quarry.domain.progress import Progress, Statistics
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus, latest_record

_NAMESPACE = uuid.UUID("8d9a2f51-57f2-5b8e-9c0e-6d1a4c0f7b32")
_RECORD, _BATCH = "record", "batch"
_RECORDS_IN_PAGE = 1000
_MOST_BATCHES = 10_000
_UNSETTLED = [status.value for status in RowStatus if not status.terminal]
RECORDS = Layout(
    indexes={
        "entity": "keyword",
        "request_id": "keyword",
        "status": "keyword",
        "match_type": "keyword",
        "sequence": "integer",
        "chunk": "integer",
        "supplier_id": "integer",
        "has_issues": "bool",
        "mirror": "bool",
        "created_at": "datetime",
    }
)
_BATCHES = equals("entity", _BATCH)
_RECORDS = equals("entity", _RECORD)


class QdrantBatchRecords(IFallbackRepository):
    def __init__(self, records: Collection) -> None:
        self._records = records

    async def save_batch(self, batch: Batch) -> Batch:
        return await self._save(batch, mirror=False)

    async def replicate_header(self, batch: Batch) -> None:
        await self._save(batch, mirror=True)

    async def _save(self, batch: Batch, *, mirror: bool) -> Batch:
        # Compare and set: whoever finds a newer copy merges with it and tries again.
        key = _header_id(batch.request_id)
        while True:
            found = [point.payload for point in await self._records.retrieve([key])]
            current, mirrored = _current(found[0], batch, mirror=mirror) if found else (batch, mirror)
            if found and (current, mirrored) == (read_batch(found[0]), found[0]["mirror"]):
                return current
            await self._put([(key, _header(current, mirror=mirrored))], [point["revision"] for point in found])

    async def get_batch(self, request_id: str) -> Batch | None:
        found = await self._records.retrieve([_header_id(request_id)])
        return read_batch(found[0].payload) if found else None

    async def list_batches(self, query: BatchQuery = ANY_BATCH) -> list[Batch]:
        tests = [_BATCHES, *_equal(status=query.status, supplier_id=query.supplier_id)]
        if query.before:
            tests.append(in_range("created_at", lte=query.before[0]))
        # One more than requested, since the last of the page before has the same time as the bound.
        points = await self._records.first(all_of(*tests), query.limit + 1, "created_at", descending=True)
        return query.chosen(read_batch(point.payload) for point in points)[: query.limit]

    async def pending_batches(self) -> list[Batch]:
        return await self._headers(equals("mirror", False))

    async def _headers(self, *tests: Filter) -> list[Batch]:
        points, _ = await self._records.scroll(all_of(_BATCHES, *tests), _MOST_BATCHES)
        return [read_batch(point.payload) for point in points]

    async def create_processing_records(self, request_id: str, materials: Sequence[ProcessingRecord]) -> int:
        inserted, _ = await self._merge(request_id, materials)
        return inserted

    async def update_processing_status(self, request_id: str, records: Sequence[ProcessingRecord]) -> int:
        inserted, changed = await self._merge(request_id, records)
        return inserted + changed

    async def _merge(self, request_id: str, records: Sequence[ProcessingRecord]) -> tuple[int, int]:
        """How many records were inserted, and how many that were there were replaced."""
        given: dict[str, ProcessingRecord] = {}
        for record in records:
            key = _record_id(request_id, record.row_id)
            given[key] = latest_record(given[key], record) if key in given else record
        inserted: set[str] = set()
        replaced: set[str] = set()
        while True:
            found = [read_record(point.payload) for point in await self._records.retrieve(list(given))]
            current = {_record_id(request_id, record.row_id): record for record in found}
            # Repeated until all is written: a concurrent copy is merged, neither overwritten nor preferred unseen.
            given = {
                key: record
                for key, record in given.items()
                if key not in current or latest_record(current[key], record) is record
            }
            if not given:
                return len(inserted), len(replaced - inserted)
            inserted |= given.keys() - current.keys()
            replaced |= given.keys() & current.keys()
            contents = [(key, _content(request_id, record)) for key, record in given.items()]
            await self._put(contents, [record.revision for record in found])

    async def _put(self, contents: Sequence[tuple[str, Json]], read: Sequence[int]) -> None:
        """Insert points, and replace those that still have one of the revisions that were ``read``."""
        points = [Point(key, payload) for key, payload in contents]
        await self._records.upsert(points, lambda _: all_of(among("revision", read)))

    async def get_processing_progress(self, request_id: str) -> Progress | None:
        batch = await self.get_batch(request_id)
        if batch is None:
            return None
        created = _of_batch(request_id, equals("match_type", MatchType.CREATED.value))
        counts = await self.pending_counts(request_id)
        return Progress.of(batch, counts, source="vector", created=await self._records.count(created))

    async def has_unsettled(self, request_id: str) -> bool:
        points, _ = await self._records.scroll(_of_batch(request_id, among("status", _UNSETTLED)), 1)
        return bool(points)

    async def get_processing_results(self, request_id: str, query: RecordQuery = ANY_RECORD) -> list[ProcessingRecord]:
        tests = _equal(
            status=query.status,
            match_type=query.match_type,
            chunk=query.chunk,
            has_issues=query.with_issues or None,
        )
        if query.unsettled:
            tests.append(among("status", _UNSETTLED))
        found: list[ProcessingRecord] = []
        after = query.after
        while len(found) < query.limit:
            size = min(_RECORDS_IN_PAGE, query.limit - len(found))
            behind = _of_batch(request_id, *tests, in_range("sequence", gt=after))
            page = await self._records.first(behind, size, "sequence")
            found += [read_record(point.payload) for point in page]
            if len(page) < size:
                break
            after = found[-1].sequence
        return found

    async def get_processing_statistics(self, days: int = 30) -> Statistics:
        since = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        batches = await self._headers(in_range("created_at", gte=since))
        counts = dict.fromkeys(RowStatus, 0)
        for batch in batches:
            # The header of an ended batch has its counts; its records may be cleaned up, or in PostgreSQL.
            counted = batch.counts if batch.status.terminal else await self.pending_counts(batch.request_id)
            for status, number in counted.items():
                counts[RowStatus(status)] += number
        seconds = [(batch.finished_at - batch.created_at).total_seconds() for batch in batches if batch.finished_at]
        by_status: dict[str, int] = {}
        for batch in batches:
            by_status[batch.status] = by_status.get(batch.status, 0) + 1
        return Statistics(
            batches=len(batches),
            rows=sum(counts.values()),
            completed=counts[RowStatus.COMPLETED],
            failed=counts[RowStatus.FAILED],
            needs_review=counts[RowStatus.NEEDS_REVIEW],
            average_seconds=round(sum(seconds) / len(seconds), 3) if seconds else None,
            by_status=by_status,
            source="vector",
        )

    async def cleanup_old_records(self, days_old: int = 30) -> int:
        before = datetime.now(UTC) - timedelta(days=days_old)
        ended = [str(status) for status in BatchStatus if status.terminal or status is BatchStatus.RECEIVED]
        # Created before then is a narrower test than ended before then, and it has an index.
        created_before = in_range("created_at", lt=before.isoformat())
        deleted = 0
        for batch in await self._headers(among("status", ended), created_before):
            if (batch.finished_at or batch.created_at) < before:
                deleted += await self._records.count(_of_batch(batch.request_id))
                await self._records.delete(all_of(equals("request_id", batch.request_id)))
        return deleted

    async def pending_counts(self, request_id: str) -> dict[str, int]:
        return dict(await self._records.facet("status", _of_batch(request_id), len(RowStatus)))

    async def pending_records(self) -> dict[str, int]:
        return dict(await self._records.facet("request_id", all_of(_RECORDS), _MOST_BATCHES))

    async def discard(self, request_id: str, records: Sequence[ProcessingRecord]) -> None:
        if records:
            ids = [_record_id(request_id, record.row_id) for record in records]
            # A copy that was replaced meanwhile has another revision, and stays.
            revisions = among("revision", [record.revision for record in records])
            await self._records.delete(all_of(has_id(ids), revisions))


def _header_id(request_id: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, request_id))


def _record_id(request_id: str, row_id: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{request_id}\0{row_id}"))


def _header(batch: Batch, *, mirror: bool) -> Json:
    return {**batch_json(batch), "entity": _BATCH, "mirror": mirror}


def _current(point: Mapping[str, Any], batch: Batch, *, mirror: bool) -> tuple[Batch, bool]:
    """The current header, and whether PostgreSQL has it: a pending one does not until its revision is there."""
    known = read_batch(point)
    current = latest_header(known, batch)
    if not current.status.terminal:
        # Its writer may not know what was seen meanwhile, which is all that is left to show in an outage.
        current = replace(current, counts=max(current.counts, known.counts, batch.counts, key=settled))
    of_known, of_batch = ((current.revision, current.status) == (one.revision, one.status) for one in (known, batch))
    return current, (of_known and point["mirror"]) or (of_batch and mirror)


def _content(request_id: str, record: ProcessingRecord) -> Json:
    return {**record_json(record), "request_id": request_id, "entity": _RECORD}


def _of_batch(request_id: str, *tests: Filter) -> Filter:
    """The batch's records that pass the ``tests``."""
    return all_of(_RECORDS, equals("request_id", request_id), *tests)


def _equal(**values: Any) -> list[Filter]:
    return [equals(key, value) for key, value in values.items() if value is not None]
