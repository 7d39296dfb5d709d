"""A dropped price list is read, its rows are recorded, its chunks are queued."""

import asyncio
import hashlib
import logging
import tempfile
import uuid
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BufferedRandom
from typing import BinaryIO, Protocol

from quarry import deadline
from quarry.adapters.interfaces import IBatchProcessingRepository, ObjectStore, StoredObject
from quarry.adapters.s3_events import uploads
from quarry.domain.batch_queries import BatchQuery
from quarry.domain.batches import Batch, BatchKind, BatchStatus
from quarry.domain.uploads import ESTIMATES, NOBODY, PREVIEWS, REQUEST_ID_METADATA, Upload, parse_key, uploader
from quarry.errors import BadPriceList, QuarryError
from quarry.pricelists import ReadOptions
from quarry.pricelists.estimate_files import EstimateFile
from quarry.runtime import together
from quarry.services.batch_opener import BatchOpener
from quarry.services.finishing import BatchFinisher
from quarry.services.list_read import ListRead
from quarry.services.reading_help import ReadingHelp
from quarry.services.readings import Readings
from quarry.services.redelivery import Delivery
from quarry.services.spool import RowSpool
from quarry.services.waits import BatchWaits

log = logging.getLogger(__name__)
# The queue's maxReceiveCount: the last time only says that all others failed.
MAX_RECEIVE_COUNT = 5
_NAMESPACE = uuid.UUID("5c1f0f66-53ab-5d3c-8f0a-0d4c9a3a4d10")
_BEING_READ = BatchQuery(status=BatchStatus.PLANNING, limit=50)
_GIVEN_UP = (
    "Reading this file broke off each time: it is too large for what it holds, or damaged. "
    "Save it anew or split it, and drop it again."
)
_DELETED = "The file was deleted before it was read. Drop it again."


class MaxAttemptsExceeded(Exception):
    """The message is for the dead letters; brought back from there it is tried anew."""


class Bills(Protocol):
    """Bills of materials become estimates."""

    async def __call__(
        self, batch: Batch, file: BinaryIO, options: ReadOptions, metadata: Mapping[str, str]
    ) -> EstimateFile:
        """Read one, and queue its lines. Raises BadPriceList."""


class PriceListPlanner:
    """Takes S3 notifications; each upload ends as a batch that is queued, failed with its reason, or known already."""

    def __init__(
        self,
        store: IBatchProcessingRepository,
        objects: ObjectStore,
        opener: BatchOpener,
        finisher: BatchFinisher,
        options: ReadOptions,
        waits: BatchWaits,
        readings: Readings,
        bills: Bills,
        reading_help: ReadingHelp,
    ) -> None:
        self._bills = bills
        self._help = reading_help
        self._store = store
        self._objects = objects
        self._readings = readings
        self._opener = opener
        self._finisher = finisher
        self._options = options
        self._waits = waits

    async def receive(self, delivery: Delivery) -> None:
        """Import what a notification reports. Raises MaxAttemptsExceeded when every earlier attempt broke off."""
        lost = False
        for upload in uploads(delivery.message):
            if delivery.receives >= MAX_RECEIVE_COUNT and await self._give_up(upload, delivery.sent_at):
                lost = True
            else:
                await self._plan_or_wait(upload)
        if lost:
            raise MaxAttemptsExceeded(f"broke off {delivery.receives - 1} times")

    async def _plan_or_wait(self, upload: Upload) -> None:
        try:
            await self.plan(upload)
        except QuarryError as error:
            # Unbounded, since the function's time may be over; and a failed note must not hide the error itself.
            with deadline.unbounded(), suppress(QuarryError):
                for batch in await self._store.list_batches(_BEING_READ):
                    if _belongs_to(batch, upload):
                        await self._waits.note(batch.request_id, str(error))
            raise

    async def plan(self, upload: Upload) -> None:
        """Import one upload. Notified twice of the same upload, it does nothing the second time."""
        # Mostly the event names the newest version, and then only that one is requested.
        newest = await self._objects.head(upload.key)
        found = newest if _is_version(newest, upload) else await self._objects.head(upload.key, upload.version)
        if found is None:
            log.warning("upload was deleted", extra={"object_key": upload.key, "object_version": upload.version})
            await self._fail_deleted(upload)
            return
        request_id, known = await self._identify(upload, found)
        if known is None or known.needs_planning:
            await self._import_or_fail(_new_or_resumed_batch(request_id, upload, found, known), found, newest)
        elif not known.status.terminal:
            # Its opener may have died before ending it, and a list without a change has no chunk to do so.
            await self._finisher.finish_if_settled(request_id)

    async def _give_up(self, upload: Upload, since: datetime) -> bool:
        """Fail an upload whose reading began ``since`` then and never ended; a later delivery takes it up again."""
        found = await self._objects.head(upload.key, upload.version)
        known = (await self._identify(upload, found))[1] if found else None
        if known is None or known.status is not BatchStatus.PLANNING or known.updated_at < since:
            return False
        log.error("price list given up", extra={"batch": known.request_id, "object_key": upload.key})
        await self._store.save_batch(known.fail_interrupted(_GIVEN_UP))
        return True

    async def _fail_deleted(self, upload: Upload) -> None:
        """Its request id went with the object: what was begun of it is found by its key."""
        for batch in await self._store.list_batches(_BEING_READ):
            if _belongs_to(batch, upload):
                await self._store.save_batch(batch.fail_interrupted(_DELETED))

    async def _import_or_fail(self, batch: Batch, found: StoredObject, newest: StoredObject | None) -> None:
        try:
            if batch.kind is not BatchKind.ESTIMATE:  # a bill of materials replaces no other list
                _refuse_outdated(found, newest)
            await self._import(batch, found)
        except BadPriceList as error:
            await self._fail(batch, error)

    async def _identify(self, upload: Upload, found: StoredObject) -> tuple[str, Batch | None]:
        """The upload's request id and its batch, if there is one.

        The id that was given with the ticket counts for that ticket's object and its first version: a copy of the
        object, or a second upload with the same form, is another price list.
        """
        if upload.request_id:
            return upload.request_id, await self._store.get_batch(upload.request_id)
        given = found.metadata.get(REQUEST_ID_METADATA)
        known = await self._store.get_batch(given) if given else None
        if given and (known is None or _belongs_to(known, upload)):
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
        with tempfile.TemporaryFile() as file:
            is_bill = batch.kind is BatchKind.ESTIMATE
            # Side by side: each is a request, or several.
            batch, (layouts, _) = await together(
                self._store.save_batch(batch),
                together(
                    self._readings.corrections(NOBODY if is_bill else supplier_id),
                    self._objects.download(found.key, file, found.version),
                ),
            )
            options = replace(self._options, layouts=layouts)
            batch = batch.describe(supplier_id=supplier_id, file_name=file_name, content_hash=_hash(file))
            if is_bill:
                await self._estimate(batch, file, options, found.metadata)
            else:
                await self._open(batch, file, options)

    async def _estimate(self, batch: Batch, file: BinaryIO, options: ReadOptions, metadata: Mapping[str, str]) -> None:
        bill = await self._bills(batch, file, options, metadata)
        await self._readings.save(batch.request_id, bill.sheets)
        read = batch.describe(total=len(bill.lines), chunks=0, issues=tuple(bill.issues))
        await self._store.save_batch((await self._store.save_batch(read)).complete({}, None))

    async def _open(self, batch: Batch, file: BinaryIO, options: ReadOptions) -> None:
        """Queue the list once it was read to its end: one that breaks off half-way changes no price."""
        found = ListRead(file, batch.file_name or "", options)
        try:
            if proposed := await self._help.proposals(found.report.excerpts):
                found = found.with_help(proposed)
                if batch.kind is not BatchKind.PREVIEW:
                    for taken in found.taken:
                        await self._readings.correct(batch.supplier_id or NOBODY, taken)
            # What was not understood of it can be corrected, whatever becomes of its rows.
            saved = asyncio.create_task(self._readings.save(batch.request_id, found.report.sheets))
            try:
                await self._import_rows(found.described(batch), found.rows)
            finally:
                await saved
        finally:
            found.close()

    async def _import_rows(self, batch: Batch, rows: RowSpool) -> None:
        if batch.kind is BatchKind.PREVIEW:
            await self._store.save_batch(batch.complete({}, None))
            return
        if not len(rows):
            raise BadPriceList(
                "no_rows", "The file has a header but no row with a product below it. Check that it was saved whole."
            )
        _, queued = await self._opener.open(batch, rows)
        if not queued:
            await self._finisher.finish_if_settled(batch.request_id)

    async def _fail(self, batch: Batch, fault: BadPriceList) -> None:
        log.warning("price list refused", extra={"batch": batch.request_id, "code": fault.code})
        # As it is now: another reader of the same upload may have come to the end meanwhile.
        stored = await self._store.save_batch(batch)
        if not stored.rows_recorded:  # by another who read the same upload
            await self._store.save_batch(stored.fail(fault.code, fault.message))


def _new_or_resumed_batch(request_id: str, upload: Upload, found: StoredObject, known: Batch | None) -> Batch:
    if known:
        return known.start_planning(
            object_key=upload.key,
            object_version=upload.version,
            uploaded_at=known.uploaded_at or _uploaded_at(request_id, upload, found),
            uploaded_by=known.uploaded_by or uploader(upload, found.metadata),
        )
    try:
        supplier_id, file_name = parse_key(upload.key)
    except BadPriceList:
        supplier_id, file_name = None, upload.key.rpartition("/")[2]
    return Batch.new(
        request_id,
        _kind(upload.key),
        BatchStatus.PLANNING,
        supplier_id=supplier_id,
        file_name=file_name,
        object_key=upload.key,
        object_version=upload.version,
        uploaded_at=_uploaded_at(request_id, upload, found),
        uploaded_by=uploader(upload, found.metadata),
    )


def _kind(key: str) -> BatchKind:
    if key.startswith(ESTIMATES):
        return BatchKind.ESTIMATE
    return BatchKind.PREVIEW if key.startswith(PREVIEWS) else BatchKind.PRICELIST


def _uploaded_at(request_id: str, upload: Upload, found: StoredObject) -> datetime | None:
    """No two lists are of one moment: within a millisecond, which is all that S3 reports, the request id decides."""
    moment = upload.at or _stored_at(found)
    if moment is None or moment.microsecond % 1000:
        return moment
    return moment + timedelta(microseconds=zlib.crc32(request_id.encode()) % 1000)


def _stored_at(found: StoredObject) -> datetime | None:
    """S3 reports the second of an object's storing: of those that are read within it, the one read first was first."""
    if found.stored_at is None:
        return None
    since = datetime.now(UTC) - found.stored_at
    milliseconds = max(0, min(999, since // timedelta(milliseconds=1)))
    return found.stored_at + timedelta(milliseconds=milliseconds)


def _is_version(newest: StoredObject | None, upload: Upload) -> bool:
    return newest is not None and upload.version in {None, newest.version}


def _refuse_outdated(found: StoredObject, newest: StoredObject | None) -> None:
    """Events come in any order: a version that a newer one replaced must not overwrite the newer one's prices."""
    if newest and newest.version != found.version:
        raise BadPriceList(
            "replaced",
            "A newer version of this file was uploaded before this one was read; the newer one is imported.",
        )


def _belongs_to(batch: Batch, upload: Upload) -> bool:
    same = batch.object_key == upload.key and batch.object_version in {None, upload.version}
    return same and upload.request_id in {None, batch.request_id}


def _hash(file: BufferedRandom) -> str:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest
