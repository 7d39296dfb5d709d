"""The port to batches that services use: one store, or several that replace each other in an outage."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from quarry.adapters.interfaces import IBatchProcessingRepository
from quarry.domain.batch_queries import ANY_BATCH, BatchQuery
from quarry.domain.batches import Batch

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What was found and where; ``degraded``: a store was unavailable, so that something may be missing or older."""

    value: T
    source: str
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many headers and records were moved."""

    batches: int = 0
    records: int = 0


class IBatchStore(IBatchProcessingRepository):
    """Says beside the answer where it was found, and moves what one store took for another one."""

    @abstractmethod
    async def find_batch(self, request_id: str) -> Answer[Batch | None]:
        """The header; with none found, ``degraded`` says that the store that is unavailable may know it."""

    @abstractmethod
    async def find_batches(self, query: BatchQuery = ANY_BATCH) -> Answer[list[Batch]]:
        """As ``list_batches``."""

    @abstractmethod
    async def reconcile(self) -> Reconciled:
        """Move what is pending. Raises StoreUnavailable when a store that this needs is unavailable."""

    @abstractmethod
    async def pending(self) -> int:
        """How many records are in one store until they are moved to another one."""
