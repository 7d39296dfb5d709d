"""What a caller asks of ingestion: a place to upload to, or rows processed without a file."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from quarry.adapters.interfaces import IBatchProcessingRepository, ObjectStore
from quarry.domain.batches import Batch, BatchKind, BatchStatus
from quarry.domain.rows import PriceRow
from quarry.domain.uploads import object_key
from quarry.errors import Conflict
from quarry.pricelists import ReadRow
from quarry.services.finishing import BatchFinisher
from quarry.services.opening import BatchOpener
from quarry.services.planning import REQUEST_ID_METADATA

UPLOAD_EXPIRES = timedelta(hours=1)


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
        opener: BatchOpener,
        finisher: BatchFinisher,
        max_file_bytes: int,
    ) -> None:
        self._store = store
        self._objects = objects
        self._opener = opener
        self._finisher = finisher
        self._max_file_bytes = max_file_bytes

    async def request_upload(self, supplier_id: int, file_name: str) -> UploadTicket:
        """Open a batch for a price list that is about to be uploaded."""
        request_id = str(uuid.uuid4())
        key = object_key(supplier_id, file_name)
        url, fields = await self._objects.presigned_post(
            key,
            max_bytes=self._max_file_bytes,
            expires_in=int(UPLOAD_EXPIRES.total_seconds()),
            metadata={REQUEST_ID_METADATA: request_id},
        )
        batch = Batch.new(
            request_id,
            BatchKind.PRICELIST,
            BatchStatus.RECEIVED,
            supplier_id=supplier_id,
            file_name=file_name,
            object_key=key,
        )
        await self._store.save_batch(batch)
        return UploadTicket(request_id, url, fields, datetime.now(UTC) + UPLOAD_EXPIRES, self._max_file_bytes)

    async def submit(self, request_id: str | None, supplier_id: int | None, rows: Sequence[PriceRow]) -> Batch:
        """Process rows like a price list's. The same id and rows again give the same batch.

        Raises Conflict when the id stands for other rows.
        """
        content_hash = _content_hash(supplier_id, rows)
        request_id = request_id or str(uuid.uuid4())
        known = await self._store.get_batch(request_id)
        if known and known.content_hash != content_hash:
            raise Conflict(
                f"The request id {request_id} already stands for other content. Send new content under a new id."
            )
        if known and not known.needs_planning:
            if not known.status.terminal:
                # Who asks again may have been told that the queue was away.
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
            )
        )
        opened = await self._opener.open(await self._store.save_batch(batch), [ReadRow(row) for row in rows])
        await self._finisher.finish_if_settled(request_id)
        return opened


def _content_hash(supplier_id: int | None, rows: Sequence[PriceRow]) -> str:
    content = json.dumps([supplier_id, [asdict(row) for row in rows]], default=str, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
