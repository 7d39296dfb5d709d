"""Ports to the stores. Every method raises StoreUnavailable in an outage of its store, StoreError when it refuses."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Protocol, TypeVar

from quarry.domain.batch_queries import ANY_BATCH, ANY_RECORD, BatchQuery, RecordQuery
from quarry.domain.batches import Batch
from quarry.domain.progress import Progress, Statistics
from quarry.domain.reading import Excerpt, Proposal
from quarry.domain.records import ProcessingRecord

T = TypeVar("T")
Vector = Sequence[float]
# Gives a newer credential after a store has refused the current one; None when there is no newer one.
Renew = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Health:
    """One store's state: ``healthy``, ``degraded``, ``unhealthy`` or ``disabled``; ``error`` carries no secret."""

    type: str
    status: str
    response_time_ms: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Lexical weights by token hash (unsigned 32-bit)."""

    indices: Sequence[int]
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Point:
    """A point to upsert. ``dense`` is keyed by the embedding model's vector name."""

    id: str
    payload: Mapping[str, Any]
    dense: Mapping[str, Vector] = field(default_factory=dict)
    sparse: Mapping[str, SparseVector] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScoredPoint:
    id: str
    score: float
    payload: Mapping[str, Any]


class LayoutModel(Protocol):
    """Looks at sheets whose layout is a guess."""

    async def propose(self, excerpt: Excerpt) -> Proposal:
        """How the model reads the sheet's layout. Raises StoreUnavailable also for an unusable answer."""


class IVectorDatabase(ABC):
    """The specification's port to vectors."""

    @abstractmethod
    async def search(
        self,
        collection_name: str,
        query_vector: Vector,
        limit: int = 10,
        *,
        sparse: SparseVector | None = None,
        filters: Mapping[str, Any] | None = None,
        with_payload: bool | Sequence[str] = True,
    ) -> list[ScoredPoint]:
        """Best first. With ``sparse`` both are fused by reciprocal rank; ``filters`` is Qdrant's filter as JSON."""

    @abstractmethod
    async def upsert(self, collection_name: str, vectors: Sequence[Point]) -> None:
        """Write whole points; returns when they are durable."""

    @abstractmethod
    async def delete(self, collection_name: str, vector_id: str | Sequence[str]) -> None:
        """Delete points by id; an id that does not exist is not an error."""

    @abstractmethod
    async def health_check(self) -> Health:
        """Never raises."""


class Session(Protocol):
    """One connection within a transaction; statements have ``:name`` parameters."""

    def rows(self, statement: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]: ...

    def value(self, statement: str, params: Mapping[str, Any] | None = None) -> Any:
        """The value of a query that returns one row with one column."""

    def execute(self, statement: str, params: Mapping[str, Any] | None = None) -> int:
        """Returns the number of rows that were changed."""

    def copy(self, statement: str, stream: Any) -> None:
        """COPY from blocks of bytes, or into a writable object."""


class IRelationalDatabase(ABC):
    """The specification's port to relations."""

    @abstractmethod
    async def execute_query(self, query: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Rows of a reading statement with ``:name`` parameters; retried once when the connection was stale."""

    @abstractmethod
    async def execute_command(self, command: str, params: Mapping[str, Any] | None = None) -> int:
        """The number of rows that a writing statement changed; committed on return."""

    @abstractmethod
    async def transaction(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in a transaction, off the event loop; committed on return, rolled back when it raises.

        Never run twice: a connection that went stale is found and replaced before ``work`` begins.
        """

    @abstractmethod
    async def health_check(self) -> Health:
        """Never raises."""


class ICacheDatabase(ABC):
    """The specification's port to the cache. An unavailable cache is a miss: no method raises."""

    @abstractmethod
    async def get(self, key: str) -> bytes | None: ...

    @abstractmethod
    async def set(self, key: str, value: bytes, ttl: int) -> bool:
        """Keep ``value`` for ``ttl`` seconds; false when it was not kept."""

    @abstractmethod
    async def delete(self, key: str) -> None: ...

    @abstractmethod
    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]: ...

    @abstractmethod
    async def together(self, *commands: tuple[str | bytes | int, ...]) -> list[Any] | None:
        """The answers of the cache's commands, in one round trip.

        None for one that is refused, or for all when the cache is unavailable.
        """

    @abstractmethod
    async def increment(self, key: str) -> int | None:
        """The counter after one more; None when the cache is unavailable."""

    @abstractmethod
    async def claim(self, key: str, ttl: int) -> bool:
        """True for the first who claims ``key`` within ``ttl`` seconds, and for all when the cache is unavailable."""

    @abstractmethod
    async def count(self, key: str, member: str, amount: int = 1) -> None:
        """Add to ``member``'s count in the ranking ``key``."""

    @abstractmethod
    async def top(self, key: str, limit: int) -> list[tuple[str, int]]:
        """The members of the ranking ``key`` with the highest counts."""

    @abstractmethod
    async def health_check(self) -> Health:
        """Never raises."""


class IBatchProcessingRepository(ABC):
    """The specification's port to batch records; PostgreSQL and Qdrant implement it with one behaviour."""

    @abstractmethod
    async def save_batch(self, batch: Batch) -> Batch:
        """Insert the header, or replace it when ``batch.revision`` is higher; returns the current one."""

    @abstractmethod
    async def get_batch(self, request_id: str) -> Batch | None: ...

    @abstractmethod
    async def list_batches(self, query: BatchQuery = ANY_BATCH) -> list[Batch]:
        """The requested headers, newest first."""

    @abstractmethod
    async def create_processing_records(self, request_id: str, materials: Sequence[ProcessingRecord]) -> int:
        """Insert records; one that exists is merged. Returns how many were new."""

    @abstractmethod
    async def update_processing_status(self, request_id: str, records: Sequence[ProcessingRecord]) -> int:
        """Merge whole records into those that are there (inserted when absent). Returns how many changed."""

    @abstractmethod
    async def get_processing_progress(self, request_id: str) -> Progress | None:
        """Counts of the records that this store holds; None when it knows no such batch."""

    @abstractmethod
    async def has_unsettled(self, request_id: str) -> bool:
        """Whether rows are left for certain, at the same cost however many there are.

        False is not certain: only the counts of :meth:`get_processing_progress` say that a batch is settled.
        """

    @abstractmethod
    async def get_processing_results(self, request_id: str, query: RecordQuery = ANY_RECORD) -> list[ProcessingRecord]:
        """The requested records, in sequence."""

    @abstractmethod
    async def get_processing_statistics(self, days: int = 30) -> Statistics: ...

    @abstractmethod
    async def cleanup_old_records(self, days_old: int = 30) -> int:
        """Delete ended batches older than that with their records; returns the number of records deleted."""


class IFallbackRepository(IBatchProcessingRepository):
    """A second store of batch records: copies of headers, and what is pending until the first store can take it."""

    @abstractmethod
    async def replicate_header(self, batch: Batch) -> None:
        """Keep a copy of a header that the first store has; a pending one of a higher revision stays."""

    @abstractmethod
    async def pending_batches(self) -> list[Batch]:
        """Headers that the first store has not taken yet."""

    @abstractmethod
    async def pending_counts(self, request_id: str) -> dict[str, int]:
        """Pending records of a batch by status; whether it knows the batch's header or not."""

    @abstractmethod
    async def pending_records(self) -> dict[str, int]:
        """Number of pending records by request id."""

    @abstractmethod
    async def discard(self, request_id: str, records: Sequence[ProcessingRecord]) -> None:
        """Forget exactly these copies, which the first store has; newer copies stay."""


class Embedder(Protocol):
    """Makes 1536-dimensional unit vectors. ``model`` names the vector space, and so the Qdrant vector and cache key.

    ``stored`` says that vectors cost money or time, and are kept in PostgreSQL and Redis.
    """

    model: str
    stored: bool

    def prepare(self) -> None:
        """Read and import what the first text would need."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """One vector a text, same order. Raises StoreUnavailable when the provider is unavailable."""

    async def health_check(self) -> Health: ...


@dataclass(frozen=True, slots=True)
class StoredObject:
    key: str
    size: int
    version: str | None
    etag: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    stored_at: datetime | None = None


class ObjectStore(Protocol):
    """A bucket: of price lists, or of what is known of their readings."""

    def prepare(self) -> None:
        """Make the client."""

    async def head(self, key: str, version: str | None = None) -> StoredObject | None: ...

    async def download(self, key: str, target: BinaryIO, version: str | None = None) -> None:
        """Into ``target``, which is empty."""

    async def put(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None: ...

    async def get(self, key: str) -> bytes | None:
        """A small object's content; None when there is none."""

    async def keys(self, prefix: str, limit: int) -> list[str]:
        """At most so many keys, at most 1,000, in their order."""

    async def presigned_post(
        self, key: str, *, max_bytes: int, expires_in: int, metadata: Mapping[str, str]
    ) -> tuple[str, dict[str, str]]:
        """URL and form fields of a presigned POST; the form demands ``metadata`` as ``x-amz-meta-…`` fields."""


class MessageQueue(Protocol):
    """A queue of JSON messages."""

    def prepare(self) -> None:
        """Make the client."""

    async def send(self, messages: Sequence[Mapping[str, Any]], delay: int = 0) -> None:
        """``delay``: the messages come only after so many seconds."""

    async def postpone(self, receipt: str, seconds: int) -> None:
        """Let a message that was received come again after so many seconds, if it is not deleted by then."""

    async def depth(self) -> int:
        """Messages waiting or in flight, approximately."""
