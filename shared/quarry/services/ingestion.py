"""What a caller needs of ingestion: a place to upload to, or rows processed without a file."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from quarry.adapters.interfaces import IBatchProcessingRepository, MessageQueue, ObjectStore
from quarry.adapters.s3_events import notification
from quarry.domain.batches import Batch, BatchKind, BatchStatus, unknown_batch
from quarry.domain.callers import ANYBODY, Caller
from quarry.domain.rows import PriceRow
from quarry.domain.uploads import ESTIMATES, PREFIX, PREVIEWS, Upload, object_key, ticket_metadata
from quarry.errors import Conflict
from quarry.pricelists import ReadRow
from quarry.services.batch_opener import BatchOpener
from quarry.services.finishing import BatchFinisher

UPLOAD_EXPIRES = timedelta(hours=1)
PREFIXES = {BatchKind.PRICELIST: PREFIX, BatchKind.PREVIEW: PREVIEWS, BatchKind.ESTIMATE: ESTIMATES}
# Moments are in milliseconds, made distinct within it: no other list's lies between.
_JUST_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class UploadTicket:
    """A presigned POST: send ``fields`` and the file as a multipart form to ``url``."""

    request_id: str
    url: str
    fields: dict[str, str]
    expires_at: datetime
    max_bytes: int


class IngestionService:
    def __init__(
        self,
        store: IBatchProcessingRepository,
        objects: ObjectStore,
        uploads: MessageQueue,
        opener: BatchOpener,
        finisher: BatchFinisher,
        max_file_bytes: int,
    ) -> None:
        self._store = store
        self._objects = objects
        self._uploads = uploads
        self._opener = opener
        self._finisher = finisher
        self._max_file_bytes = max_file_bytes

    async def request_upload(
        self,
        supplier_id: int,
        file_name: str,
        caller: Caller = ANYBODY,
        kind: BatchKind = BatchKind.PRICELIST,
        metadata: Mapping[str, str] | None = None,
    ) -> UploadTicket:
        """Open a batch for a file that is about to be uploaded; a preview is read, and imports nothing."""
        caller.demand(supplier_id)
        request_id = str(uuid.uuid4())
        key = object_key(supplier_id, file_name, PREFIXES[kind])
        url, fields = await self._objects.presigned_post(
            key,
            max_bytes=self._max_file_bytes,
            expires_in=int(UPLOAD_EXPIRES.total_seconds()),
            metadata={**(metadata or {}), **ticket_metadata(request_id, caller.subject)},
        )
        batch = Batch.new(
            request_id,
            kind,
            BatchStatus.RECEIVED,
            supplier_id=supplier_id,
            file_name=file_name,
            object_key=key,
            uploaded_by=caller.subject,
        )
        # Saved before the ticket is given out: the upload's event may arrive before our answer does.
        await self._store.save_batch(batch)
        return UploadTicket(request_id, url, fields, datetime.now(UTC) + UPLOAD_EXPIRES, self._max_file_bytes)

    async def reread(self, request_id: str, caller: Caller = ANYBODY) -> Batch:
        """Read a batch's stored file again, as a list of its own that takes the place of the one before.

        It is of the same moment among the supplier's lists: those that came later stay later. Raises NotFound for an
        unknown batch, Conflict for one whose file cannot be read again.
        """
        batch = await self._store.get_batch(request_id)
        if batch is None:
            raise unknown_batch(request_id)
        caller.demand_batch(request_id, batch.supplier_id)
        key, version = await self._stored_file(batch)
        again = Batch.new(
            str(uuid.uuid4()),
            batch.kind,
            BatchStatus.RECEIVED,
            supplier_id=batch.supplier_id,
            file_name=batch.file_name,
            object_key=key,
            object_version=version,
            # After the list that it replaces, before every later one of the supplier.
            uploaded_at=batch.upload_order[0] + _JUST_AFTER,
            uploaded_by=caller.subject,
        )
        # Saved before the message is sent: its reader must know whose upload it is.
        await self._store.save_batch(again)
        await self._uploads.send([notification(Upload(key, version, again.uploaded_at, again.request_id))])
        return again

    async def _stored_file(self, batch: Batch) -> tuple[str, str | None]:
        """The key and version of the batch's file. Raises Conflict where it cannot be read again."""
        name, key = batch.request_id, batch.object_key
        if batch.kind is BatchKind.MATERIALS or not key:
            raise Conflict(f"The batch {name} has no file. Send its materials again with POST /api/v1/batches.")
        if not batch.status.terminal:
            raise Conflict(f"The batch {name} is not ended yet. Wait for its end, then read it again.")
        newest = await self._objects.head(key)
        if newest is None or newest.version != batch.object_version:
            raise Conflict(
                f"The file of the batch {name} was {'deleted' if newest is None else 'replaced by a newer one'}. "
                "Drop the file that is to be read."
            )
        return key, batch.object_version

    async def submit(
        self, request_id: str | None, supplier_id: int | None, rows: Sequence[PriceRow], caller: Caller = ANYBODY
    ) -> Batch:
        """Process rows like a price list's. The same id and rows again give the same batch.

        Raises Conflict when the id is of other rows.
        """
        caller.demand(supplier_id)
        content_hash = _content_hash(supplier_id, rows)
        request_id = request_id or str(uuid.uuid4())
        # The caller names the batch, so that a request that is sent again is not a second import.
        known = await self._store.get_batch(request_id)
        if known and known.content_hash != content_hash:
            raise Conflict(f"The request id {request_id} is already of other content. Send new content under a new id.")
        if known and not known.needs_planning:
            if not known.status.terminal:
                # A caller who sends it again may have had the answer that the queue was unavailable.
                await self._opener.send(request_id, range(known.chunks or 0))
            return known
        batch = (
            known.resubmit()
            if known
            else Batch.new(
                request_id,
                BatchKind.MATERIALS,
                BatchStatus.RECEIVED,
                supplier_id=supplier_id,
                content_hash=content_hash,
                uploaded_by=caller.subject,
            )
        )
        rows_found = [ReadRow(row) for row in rows]
        opened, queued = await self._opener.open(await self._store.save_batch(batch), rows_found)
        if not queued:
            # Rows that all failed when they were read have no chunk that would end the batch.
            await self._finisher.finish_if_settled(request_id)
        return opened


def _content_hash(supplier_id: int | None, rows: Sequence[PriceRow]) -> str:
    content = json.dumps([supplier_id, [asdict(row) for row in rows]], default=str, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
