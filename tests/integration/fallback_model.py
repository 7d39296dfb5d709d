"""What a reader must see of two stores of batch records: plain dictionaries, and switches for outages."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import reduce
from typing import Any

from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.domain.batches import Batch, BatchStatus, latest_header
from quarry.domain.clock import HybridClock
from quarry.domain.records import MatchType, ProcessingRecord, RowStatus, count_by_status, latest_record
from quarry.errors import StoreUnavailable
from quarry.fallback.manager import DatabaseFallbackManager
from quarry.repositories.postgresql.processing import ProcessingRepository

Record = ProcessingRecord
SKEW = {0: 0, 1: -90_000}  # milliseconds: the second environment's clock is slow
_WRITES = {"save_batch", "replicate_header", "create_processing_records", "update_processing_status", "discard"}


@dataclass
class Held:
    """What one store has accepted."""

    headers: dict[str, Batch] = field(default_factory=dict)
    records: dict[str, dict[str, Record]] = field(default_factory=dict)

    def note(self, operation: str, *given: Any) -> None:
        """A write that reached the store."""
        match operation:
            case "save_batch" | "replicate_header":
                (batch,) = given
                known = self.headers.get(batch.request_id)
                # The store's own number is no part of the comparison.
                batch = replace(batch, pricelist_id=None)
                self.headers[batch.request_id] = latest_header(known, batch) if known else batch
            case "discard":
                request_id, copies = given
                for copy in copies:
                    if self.of(request_id).get(copy.row_id) == copy:
                        del self.records[request_id][copy.row_id]
            case _:
                request_id, copies = given
                rows = self.records.setdefault(request_id, {})
                for copy in copies:
                    rows[copy.row_id] = latest_record(rows[copy.row_id], copy) if copy.row_id in rows else copy

    def of(self, request_id: str) -> dict[str, Record]:
        return self.records.get(request_id, {})

    def beside(self, other: "Held") -> "Held":
        """Both stores' copies merged."""
        both = Held()
        for held in (self, other):
            for batch in held.headers.values():
                both.note("save_batch", batch)
            for request_id, rows in held.records.items():
                both.note("update_processing_status", request_id, list(rows.values()))
        return both

    def listed(self, status: BatchStatus | None, before: tuple[str, str] | None, limit: int) -> list[Batch]:
        chosen = [
            batch
            for batch in self.headers.values()
            if status in {None, batch.status} and (before is None or batch.sort_key < before)
        ]
        return sorted(chosen, key=lambda batch: batch.sort_key, reverse=True)[:limit]

    def results(
        self, request_id: str, status: RowStatus | None, match_type: MatchType | None, after: int, limit: int
    ) -> list[Record]:
        chosen = [
            record
            for record in self.of(request_id).values()
            if status in {None, record.status} and match_type in {None, record.match_type} and record.sequence > after
        ]
        return sorted(chosen, key=lambda record: record.sequence)[:limit]

    def counts(self, request_id: str) -> dict[str, int]:
        """By status; rows of the total that are not here are as the header of an ended batch has them, or pending."""
        header, counted = self.headers[request_id], count_by_status(self.of(request_id).values())
        missing = (header.total or 0) - sum(counted.values())
        if missing and header.status.terminal and sum(header.counts.values()) == header.total:
            return {status: header.counts.get(status, 0) for status in RowStatus}
        counted["pending"] += missing
        return {status: counted[status] for status in RowStatus}

    def statistics(self) -> tuple[int, int, int, int]:
        """Batches, and their rows settled in each way."""
        counts = [
            batch.counts if batch.status.terminal else count_by_status(self.of(batch.request_id).values())
            for batch in self.headers.values()
        ]
        sums = (sum(one.get(status, 0) for one in counts) for status in ("completed", "failed", "needs_review"))
        return len(self.headers), *sums


class Switched:
    """A real store that one environment may not reach, or whose answers it may not get."""

    def __init__(self, name: str, store: Any, held: Held) -> None:
        self._name, self._store, self._held = name, store, held
        self.back()

    def back(self) -> None:
        self.unavailable = False
        self.breaks_after: int | None = None
        self.loses_answer = False

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._store, operation)

        async def call(*given: Any, **options: Any) -> Any:
            if self.breaks_after is not None:
                self.unavailable = self.unavailable or self.breaks_after == 0
                self.breaks_after -= 1
            if self.unavailable:
                raise StoreUnavailable(self._name)
            answer = await method(*given, **options)
            if operation in _WRITES:
                self._held.note(operation, *given)
                if self.loses_answer:
                    self.loses_answer = False
                    raise StoreUnavailable(self._name, "does not answer")
            return answer

        return call


def fold(copies: Sequence[Record]) -> Record:
    return reduce(latest_record, copies)


class Environment:
    """Its own clients and clock, over the same stores as the other one."""

    def __init__(self, number: int, sql: ProcessingRepository, vector: QdrantVectorDatabase, model: "Model") -> None:
        self.sql = Switched("PostgreSQL", sql, model.sql)
        self.vector = Switched("Qdrant", vector, model.vector)
        self.manager = DatabaseFallbackManager(self.sql, self.vector)
        self.clock = HybridClock(lambda: int(datetime.now(UTC).timestamp() * 1000) + SKEW[number])

    @property
    def reach(self) -> str:
        here = {"PostgreSQL": self.sql, "Qdrant": self.vector}
        return " and ".join(name for name, store in here.items() if not store.unavailable) or "none"

    @property
    def lacks_a_store(self) -> bool:
        return self.sql.unavailable or self.vector.unavailable

    @property
    def may_lose_answers(self) -> int:
        return self.sql.loses_answer + self.vector.loses_answer

    @property
    def cut_off(self) -> bool:
        return self.sql.unavailable and self.vector.unavailable


class Model:
    def __init__(self) -> None:
        self.sql, self.vector = Held(), Held()

    @property
    def truth(self) -> Held:
        return self.sql.beside(self.vector)

    def seen_by(self, environment: Environment) -> Held:
        """The content of the stores that it reaches."""
        reached = [
            held
            for store, held in ((environment.sql, self.sql), (environment.vector, self.vector))
            if not store.unavailable
        ]
        return reached[0] if len(reached) == 1 else self.truth
