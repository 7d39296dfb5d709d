"""What the second store took while the first one was away is merged into the first one, and only then forgotten."""

from dataclasses import dataclass

from quarry.adapters.interfaces import IBatchProcessingRepository, IHoldingRepository

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many headers and records were moved."""

    batches: int = 0
    records: int = 0


async def reconcile(first: IBatchProcessingRepository, second: IHoldingRepository) -> Reconciled:
    """Move all that ``second`` holds. Broken off and run again, or run twice at once, it leaves the same."""
    held = await second.held_batches()
    for batch in held:
        await second.mirror(await first.save_batch(batch))
    records = 0
    for request_id, number in (await second.held_records()).items():
        pages = -(-number // _PAGE)
        records += await _move(first, second, request_id, pages)
    return Reconciled(len(held), records)


async def reconcile_batch(
    first: IBatchProcessingRepository, second: IHoldingRepository, request_id: str, pages: int
) -> Reconciled:
    """Move the header of one batch and at most so many ``pages`` of its records."""
    held = [batch for batch in await second.held_batches() if batch.request_id == request_id]
    for batch in held:
        await second.mirror(await first.save_batch(batch))
    return Reconciled(len(held), await _move(first, second, request_id, pages))


async def _move(first: IBatchProcessingRepository, second: IHoldingRepository, request_id: str, pages: int) -> int:
    moved, after = 0, -1
    for _ in range(pages):
        page = await second.get_processing_results(request_id, after=after, limit=_PAGE)
        if not page:
            break
        await first.update_processing_status(request_id, page)
        await second.discard(request_id, page)
        moved += len(page)
        after = page[-1].sequence
    return moved
