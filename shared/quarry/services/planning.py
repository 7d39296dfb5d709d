"""A dropped price list is read, its rows are recorded, its chunks are queued."""

import hashlib
import logging
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BufferedRandom
from typing import Any, BinaryIO

from quarry import pricelists
from quarry.adapters.interfaces import IBatchProcessingRepository, ObjectStore, StoredObject
from quarry.domain.batches import Batch, BatchKind, BatchStatus
from quarry.domain.rows import PriceRow, RowIssue
from quarry.domain.uploads import Upload, parse_key, uploads
from quarry.errors import BadPriceList
from quarry.services.finishing import BatchFinisher
from quarry.services.records import BatchOpener, new_batch, revised
from quarry.services.spool import RowSpool

log = logging.getLogger(__name__)
REQUEST_ID_METADATA = "request-id"
_NAMESPACE = uuid.UUID("5c1f0f66-53ab-5d3c-8f0a-0d4c9a3a4d10")
_RECENT_BATCHES = 50  # how far back a second drop of the same bytes is looked for


class PriceListPlanner:
    """Takes S3 notifications; each upload ends as a batch that is queued, failed with its reason, or known already."""

    def __init__(
        self,
        store: IBatchProcessingRepository,
        objects: ObjectStore,
        opener: BatchOpener,
        finisher: BatchFinisher,
        options: pricelists.ReadOptions,
    ) -> None:
        self._store = store
        self._objects = objects
        self._opener = opener
        self._finisher = finisher
        self._options = options

    async def receive_notification(self, body: Mapping[str, Any]) -> None:
        for upload in uploads(body):
            await self.plan(upload)

    async def plan(self, upload: Upload) -> None:
        """Import one upload. Told twice of the same upload, the second time does nothing."""
        found = await self._objects.head(upload.key, upload.version)
        if found is None:
            log.warning("upload is gone", extra={"object_key": upload.key, "object_version": upload.version})
            return
        request_id, known = await self._identify(upload, found)
        if known and known.status not in {BatchStatus.RECEIVED, BatchStatus.PLANNING}:
            return
        batch = await self._store.save_batch(_header(request_id, upload, known))
        try:
            await self._import(batch, found)
        except BadPriceList as fault:
            await self._fail(batch, fault)

    async def _identify(self, upload: Upload, found: StoredObject) -> tuple[str, Batch | None]:
        """The upload's request id and its batch, if there is one.

        The id that was given with the ticket counts for that ticket's object and its first version: a copy of the
        object, or a second upload with the same form, is another price list.
        """
        given = found.metadata.get(REQUEST_ID_METADATA)
        known = await self._store.get_batch(given) if given else None
        if given and (known is None or _is_of(known, upload)):
            return given, known
        derived = str(uuid.uuid5(_NAMESPACE, f"{upload.key}\0{found.version or found.etag}"))
        return derived, await self._store.get_batch(derived)

    async def _import(self, batch: Batch, found: StoredObject) -> None:
        supplier_id, file_name = parse_key(found.key)
        if found.size > self._options.max_file_bytes:
            raise BadPriceList(
                "file_too_large",
                f"The file has {found.size:,} bytes; at most {self._options.max_file_bytes:,} are taken. "
                "Split the price list into several files.",
            )
        await self._refuse_outdated(found)
        with tempfile.TemporaryFile() as file:
            await self._objects.download(found.key, file, found.version)
            content_hash = _hash(file)
            batch = revised(batch, supplier_id=supplier_id, file_name=file_name, content_hash=content_hash)
            original = await self._imported_already(batch)
            if original:
                await self._store.save_batch(
                    revised(batch, status=BatchStatus.COMPLETED, same_as=original, finished_at=datetime.now(UTC))
                )
                return
            await self._open(batch, file)

    async def _open(self, batch: Batch, file: BinaryIO) -> None:
        """Queue the list once it was read to its end: one that breaks off half-way changes no price."""
        issues: list[RowIssue] = []
        read = pricelists.read(file, batch.file_name or "", self._options)
        with RowSpool(_rows(read, issues)) as rows:
            if not len(rows):
                raise BadPriceList(
                    "no_rows",
                    "The file has a header but no row with a product below it. Check that it was saved whole.",
                )
            await self._opener.open(revised(batch, issues=tuple(issues)), rows)
        await self._finisher.finish_if_settled(batch.request_id)

    async def _refuse_outdated(self, found: StoredObject) -> None:
        """Events come in any order: a version that a newer one replaced must not overwrite the newer one's prices."""
        newest = await self._objects.head(found.key)
        if newest and newest.version != found.version:
            raise BadPriceList(
                "replaced",
                "A newer version of this file was uploaded before this one was read; the newer one is imported.",
            )

    async def _imported_already(self, batch: Batch) -> str | None:
        """The request id that imported the same bytes, when that is the supplier's newest list.

        Were it not the newest, these bytes would take back what a newer list changed, and are imported again.
        """
        recent = await self._store.list_batches(supplier_id=batch.supplier_id, limit=_RECENT_BATCHES)
        for other in recent:
            read = other.content_hash and other.status is not BatchStatus.FAILED and other.kind is BatchKind.PRICELIST
            if read and other.request_id != batch.request_id:
                same = other.content_hash == batch.content_hash
                return (other.same_as or other.request_id) if same else None
        return None

    async def _fail(self, batch: Batch, fault: BadPriceList) -> None:
        log.warning("price list refused", extra={"batch": batch.request_id, "code": fault.code})
        standing = await self._store.get_batch(batch.request_id) or batch
        await self._store.save_batch(
            revised(
                standing,
                status=BatchStatus.FAILED,
                error_code=fault.code,
                error_message=fault.message,
                finished_at=datetime.now(UTC),
            )
        )


def _rows(read: Iterator[PriceRow | RowIssue], issues: list[RowIssue]) -> Iterator[PriceRow]:
    for item in read:
        if isinstance(item, RowIssue):
            issues.append(item)
        else:
            yield item


def _header(request_id: str, upload: Upload, known: Batch | None) -> Batch:
    if known:
        return revised(known, status=BatchStatus.PLANNING, object_key=upload.key, object_version=upload.version)
    try:
        supplier_id, file_name = parse_key(upload.key)
    except BadPriceList:
        supplier_id, file_name = None, upload.key.rpartition("/")[2]
    return new_batch(
        request_id,
        BatchKind.PRICELIST,
        BatchStatus.PLANNING,
        supplier_id=supplier_id,
        file_name=file_name,
        object_key=upload.key,
        object_version=upload.version,
    )


def _is_of(batch: Batch, upload: Upload) -> bool:
    return batch.object_key == upload.key and batch.object_version in {None, upload.version}


def _hash(file: BufferedRandom) -> str:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest
