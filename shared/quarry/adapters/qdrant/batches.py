"""Batches where Qdrant is their only store."""

from quarry.adapters.batch_store import Answer, IBatchStore, Reconciled
from quarry.adapters.qdrant.batch_records import QdrantBatchRecords
from quarry.domain.batch_queries import ANY_BATCH, BatchQuery
from quarry.domain.batches import Batch, with_timestamp_id
from quarry.domain.progress import Progress

_SOURCE = "vector"


class QdrantBatches(QdrantBatchRecords, IBatchStore):
    """Lists are numbered by time, since no sequence counts them; nothing is ever pending for another store."""

    async def save_batch(self, batch: Batch) -> Batch:
        return await super().save_batch(with_timestamp_id(batch))

    async def find_batch(self, request_id: str) -> Answer[Batch | None]:
        return Answer(await self.get_batch(request_id), _SOURCE)

    async def find_batches(self, query: BatchQuery = ANY_BATCH) -> Answer[list[Batch]]:
        return Answer(await self.list_batches(query), _SOURCE)

    async def get_processing_progress(self, request_id: str) -> Progress | None:
        """As the records say; those of an ended batch may have been cleaned up."""
        found = await super().get_processing_progress(request_id)
        return found.with_consistent_total() if found else None

    async def reconcile(self) -> Reconciled:
        return Reconciled()

    async def pending(self) -> int:
        return 0
