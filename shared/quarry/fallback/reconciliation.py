"""What is pending in the second store is merged into the first one, and only then forgotten."""

from quarry.adapters.batch_store import Reconciled
from quarry.adapters.interfaces import IBatchProcessingRepository, IFallbackRepository
from quarry.domain.batch_queries import RecordQuery

_RECORDS_AT_ONCE = 1000  # records in one transaction


async def reconcile(first: IBatchProcessingRepository, second: IFallbackRepository) -> Reconciled:
    """Move everything that is pending in ``second``. It may be interrupted, repeated, or run twice at once."""
    pending = await second.pending_batches()
    for batch in pending:  # headers first, so that no record in PostgreSQL is without its batch
        await second.replicate_header(await first.save_batch(batch))
    records = 0
    for request_id, number in (await second.pending_records()).items():
        pages = -(-number // _RECORDS_AT_ONCE)
        records += await _move(first, second, request_id, pages)
    return Reconciled(len(pending), records)


async def reconcile_batch(
    first: IBatchProcessingRepository, second: IFallbackRepository, request_id: str, pages: int
) -> Reconciled:
    """Move the header of one batch and at most so many ``pages`` of its records."""
    pending = [batch for batch in await second.pending_batches() if batch.request_id == request_id]
    for batch in pending:
        await second.replicate_header(await first.save_batch(batch))
    return Reconciled(len(pending), await _move(first, second, request_id, pages))


async def _move(first: IBatchProcessingRepository, second: IFallbackRepository, request_id: str, pages: int) -> int:
    moved, after = 0, -1
    for _ in range(pages):
        page = await second.get_processing_results(request_id, RecordQuery(after=after, limit=_RECORDS_AT_ONCE))
        if not page:
            break
        await first.update_processing_status(request_id, page)
        # Forgotten only now, and only these copies: one that was revised meanwhile is still pending.
        await second.discard(request_id, page)
        moved += len(page)
        after = page[-1].sequence
    return moved
