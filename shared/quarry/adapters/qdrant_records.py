"""Batches and their records in Qdrant: points without vectors, one a record and one a batch's header.

A header's ``mirror`` tells that PostgreSQL has it as well; records are here only while PostgreSQL does not have them.
Environments write the same points at once: a point is replaced only while it has the revision that was read, and who
finds another one decides again (``update_filter``, Qdrant 1.16).
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from quarry.adapters.codec import Json, batch_json, read_batch, read_record, record_json
from quarry.adapters.interfaces import IHoldingRepository
from quarry.adapters.qdrant_payloads import QdrantPayloads
from quarry.domain.batches import Batch, BatchStatus, newer, settled
from quarry.domain.progress import Progress, Statistics
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus, merge

_NAMESPACE = uuid.UUID("8d9a2f51-57f2-5b8e-9c0e-6d1a4c0f7b32")
_RECORD, _BATCH = "record", "batch"
_PAGE = 1000
_WRITE_BATCH = 500
_MANY = 10_000
PAYLOAD_INDEXES: Mapping[str, str] = {
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


class QdrantRecords(QdrantPayloads, IHoldingRepository):
    """See :class:`QdrantPayloads`."""

    INDEXES = PAYLOAD_INDEXES

    async def save_batch(self, batch: Batch) -> Batch:
        return await self._save(batch, mirror=False)

    async def mirror(self, batch: Batch) -> None:
        await self._save(batch, mirror=True)

    async def _save(self, batch: Batch, *, mirror: bool) -> Batch:
        key = _header_id(batch.request_id)
        while True:
            found = await self._payloads([key])
            stands, mirrored = _standing(found[0], batch, mirror=mirror) if found else (batch, mirror)
            if found and (stands, mirrored) == (read_batch(found[0]), found[0]["mirror"]):
                return stands
            await self._put([(key, _header(stands, mirror=mirrored))], [point["revision"] for point in found])

    async def get_batch(self, request_id: str) -> Batch | None:
        found = await self._payloads([_header_id(request_id)])
        return read_batch(found[0]) if found else None

    async def list_batches(
        self,
        *,
        status: BatchStatus | None = None,
        supplier_id: int | None = None,
        limit: int = 20,
        before: tuple[str, str] | None = None,
    ) -> list[Batch]:
        tests = [_is("entity", _BATCH), *_equal(status=status, supplier_id=supplier_id)]
        if before:
            tests.append({"key": "created_at", "range": {"lte": before[0]}})
        newest = {"key": "created_at", "direction": "desc"}
        # One more than asked for, since the last of the page before has the same time as the bound.
        points = await self._scroll(tests, limit + 1, newest)
        batches = [batch for batch in map(read_batch, points) if before is None or batch.place < before]
        return sorted(batches, key=lambda batch: batch.place, reverse=True)[:limit]

    async def held_batches(self) -> list[Batch]:
        tests = [_is("entity", _BATCH), _is("mirror", False)]
        return [read_batch(point) for point in await self._scroll(tests, _MANY)]

    async def create_processing_records(self, request_id: str, materials: Sequence[ProcessingRecord]) -> int:
        inserted, _ = await self._merge(request_id, materials)
        return inserted

    async def update_processing_status(self, request_id: str, records: Sequence[ProcessingRecord]) -> int:
        inserted, changed = await self._merge(request_id, records)
        return inserted + changed

    async def _merge(self, request_id: str, records: Sequence[ProcessingRecord]) -> tuple[int, int]:
        """How many records were inserted, and how many that stood were replaced."""
        given: dict[str, ProcessingRecord] = {}
        for record in records:
            key = _record_id(request_id, record.material_id)
            given[key] = merge(given[key], record) if key in given else record
        inserted: set[str] = set()
        replaced: set[str] = set()
        while True:
            found = [read_record(payload) for payload in await self._payloads(list(given))]
            standing = {_record_id(request_id, record.material_id): record for record in found}
            # Until all of it stands, so that what another environment wrote meanwhile is not overwritten, nor prevails.
            given = {
                key: record
                for key, record in given.items()
                if key not in standing or merge(standing[key], record) is record
            }
            if not given:
                return len(inserted), len(replaced - inserted)
            inserted |= given.keys() - standing.keys()
            replaced |= given.keys() & standing.keys()
            contents = [(key, _content(request_id, record)) for key, record in given.items()]
            await self._put(contents, [record.revision for record in found])

    async def _put(self, contents: Sequence[tuple[str, Json]], read: Sequence[int]) -> None:
        """Insert points, and replace those that still have one of the revisions that were ``read``."""
        unchanged = {"must": [{"key": "revision", "match": {"any": list(read)}}]}
        for start in range(0, len(contents), _WRITE_BATCH):
            part = contents[start : start + _WRITE_BATCH]
            points = [{"id": key, "vector": {}, "payload": payload} for key, payload in part]
            await self._on("PUT", "/points", {"points": points, "update_filter": unchanged}, params={"wait": "true"})

    async def get_processing_progress(self, request_id: str) -> Progress | None:
        batch = await self.get_batch(request_id)
        if batch is None:
            return None
        created = [_is("entity", _RECORD), _is("request_id", request_id), _is("match_type", MatchType.CREATED.value)]
        counts = await self.held_counts(request_id)
        return Progress.of(batch, counts, source="vector", created=await self._count(created))

    async def get_processing_results(
        self,
        request_id: str,
        *,
        status: RowStatus | None = None,
        match_type: MatchType | None = None,
        with_issues: bool = False,
        unsettled: bool = False,
        chunk: int | None = None,
        after: int = -1,
        limit: int = 20,
    ) -> list[ProcessingRecord]:
        tests = [
            _is("entity", _RECORD),
            _is("request_id", request_id),
            *_equal(status=status, match_type=match_type, chunk=chunk, has_issues=with_issues or None),
        ]
        if unsettled:
            tests.append({"key": "status", "match": {"any": [one.value for one in RowStatus if not one.terminal]}})
        found: list[ProcessingRecord] = []
        while len(found) < limit:
            size = min(_PAGE, limit - len(found))
            within = {"key": "sequence", "range": {"gt": after}}
            page = await self._scroll([*tests, within], size, {"key": "sequence", "direction": "asc"})
            found += [read_record(point) for point in page]
            if len(page) < size:
                break
            after = found[-1].sequence
        return found

    async def get_processing_statistics(self, days: int = 30) -> Statistics:
        since = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        headers = [_is("entity", _BATCH), {"key": "created_at", "range": {"gte": since}}]
        batches = [read_batch(point) for point in await self._scroll(headers, _MANY)]
        counts = dict.fromkeys(RowStatus, 0)
        for batch in batches:
            counted = batch.counts if batch.status.terminal else await self.held_counts(batch.request_id)
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
        tests = [
            _is("entity", _BATCH),
            {"key": "status", "match": {"any": ended}},
            {"key": "created_at", "range": {"lt": before.isoformat()}},
        ]
        deleted = 0
        for batch in map(read_batch, await self._scroll(tests, _MANY)):
            if (batch.finished_at or batch.created_at) < before:
                of_batch = [_is("request_id", batch.request_id)]
                deleted += await self._count([*of_batch, _is("entity", _RECORD)])
                await self._delete(of_batch)
        return deleted

    async def held_counts(self, request_id: str) -> dict[str, int]:
        return await self._facet("status", [_is("entity", _RECORD), _is("request_id", request_id)])

    async def held_records(self) -> dict[str, int]:
        return await self._facet("request_id", [_is("entity", _RECORD)], _MANY)

    async def discard(self, request_id: str, records: Sequence[ProcessingRecord]) -> None:
        if records:
            ids = [_record_id(request_id, record.material_id) for record in records]
            # A copy that was replaced meanwhile has another revision, and stays.
            revisions = {"key": "revision", "match": {"any": [record.revision for record in records]}}
            await self._delete([{"has_id": ids}, revisions])


def _header_id(request_id: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, request_id))


def _record_id(request_id: str, material_id: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{request_id}\0{material_id}"))


def _header(batch: Batch, *, mirror: bool) -> Json:
    return {**batch_json(batch), "entity": _BATCH, "mirror": mirror}


def _standing(point: Json, batch: Batch, *, mirror: bool) -> tuple[Batch, bool]:
    """The header that stands, and whether PostgreSQL has it: a held one is mirrored once its revision is there."""
    held = read_batch(point)
    stands = newer(held, batch)
    if not stands.status.terminal:
        # Its writer may not know what was seen meanwhile, which is all that is left to show in an outage.
        stands = replace(stands, counts=max(stands.counts, held.counts, batch.counts, key=settled))
    of_held, of_batch = ((stands.revision, stands.status) == (one.revision, one.status) for one in (held, batch))
    return stands, (of_held and point["mirror"]) or (of_batch and mirror)


def _content(request_id: str, record: ProcessingRecord) -> Json:
    return {**record_json(record), "request_id": request_id, "entity": _RECORD}


def _is(key: str, value: Any) -> Json:
    return {"key": key, "match": {"value": value}}


def _equal(**values: Any) -> list[Json]:
    return [_is(key, value) for key, value in values.items() if value is not None]
