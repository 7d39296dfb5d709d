"""Whether the service can answer, and what state its parts are in."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from quarry import patience
from quarry.adapters.interfaces import Embedder, Health, MessageQueue
from quarry.breaker import CircuitBreaker
from quarry.errors import QuarryError, StoreUnavailable
from quarry.repositories.postgresql.figures import SCHEMA_REVISION, FigureRepository

T = TypeVar("T")
Ping = Callable[[], Awaitable[Health]]
BUDGET_SECONDS = 1.0
_QUEUE_SECONDS = 1.5
_TUNNEL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Check:
    """A part of the service by its type; without a ping it is not used."""

    type: str
    ping: Ping | None


@dataclass(frozen=True, slots=True)
class DatabaseStates:
    vector_database: Health
    relational_database: Health
    cache_database: Health

    @property
    def serving(self) -> bool:
        """Whether any store that can answer is there."""
        # Redis holds nothing of its own: without it everything is answered, only more slowly.
        return "healthy" in {self.vector_database.status, self.relational_database.status}


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """``counts`` and ``revision`` are None where PostgreSQL is unavailable or not used.

    ``certificates``: how many days each store's is still valid, None where that cannot be seen.
    """

    databases: DatabaseStates
    breakers: list[dict[str, Any]]
    tunnel: Health
    queues: Mapping[str, int | None]
    embeddings: Health
    certificates: Mapping[str, int | None]
    revision: str | None
    expected_revision: str
    counts: Mapping[str, int | None]
    settings: Mapping[str, Any]


class HealthService:
    """All parts are checked at once, each in its own time; nothing here raises for an unavailable part."""

    def __init__(
        self,
        *,
        vector: Check,
        relational: Check,
        cache: Check,
        tunnel: Check,
        queues: Mapping[str, MessageQueue],
        embedder: Embedder,
        certificates: Mapping[str, Callable[[], Awaitable[int]]],
        figures: FigureRepository | None,
        points: Callable[[], Awaitable[int]],
        pending: Callable[[], Awaitable[int]],
        waiting: Callable[[], Awaitable[int]],
        breakers: Sequence[CircuitBreaker],
        settings: Mapping[str, Any],
    ) -> None:
        self._stores = (vector, relational, cache)
        self._tunnel = tunnel
        self._queues = queues
        self._embedder = embedder
        self._certificates = certificates
        self._figures = figures
        self._points = points
        self._pending = pending
        self._waiting = waiting
        self._breakers = breakers
        self._settings = settings

    async def databases(self) -> DatabaseStates:
        return DatabaseStates(*await asyncio.gather(*(_pinged(check) for check in self._stores)))

    async def full(self) -> Diagnosed:
        (databases, tunnel), queues, certificates, embeddings, revision, counts = await asyncio.gather(
            self._databases_and_tunnel(),
            _by_name({name: _soon(queue.depth()) for name, queue in self._queues.items()}),
            _by_name({name: days_left() for name, days_left in self._certificates.items()}),
            _pinged(Check(self._embedder.model, self._embedder.health_check)),
            _known(self._figures.revision()) if self._figures else _nothing(),
            self._counts(),
        )
        return Diagnosed(
            databases=databases,
            breakers=[_state(breaker) for breaker in self._breakers],
            tunnel=tunnel,
            queues=queues,
            embeddings=embeddings,
            certificates=certificates,
            revision=revision,
            expected_revision=SCHEMA_REVISION,
            counts=counts,
            settings=self._settings,
        )

    async def _counts(self) -> dict[str, int | None]:
        of_catalogue, points, pending, waiting = await asyncio.gather(
            _known(self._figures.counts()) if self._figures else _nothing(),
            _known(self._points()),
            _known(self._pending()),
            _known(self._waiting()),
        )
        return {
            "materials": of_catalogue.materials if of_catalogue else None,
            "offers": of_catalogue.offers if of_catalogue else None,
            "points": points,
            "unindexed": of_catalogue.unindexed if of_catalogue else None,
            "unreconciled": pending,
            "batches_waiting": waiting,
        }

    async def _databases_and_tunnel(self) -> tuple[DatabaseStates, Health]:
        """The tunnel comes last, since the check of PostgreSQL opens it."""
        return await self.databases(), await _pinged(self._tunnel, _TUNNEL_SECONDS)


async def _pinged(check: Check, seconds: float = BUDGET_SECONDS) -> Health:
    if check.ping is None:
        return Health(check.type, "disabled")
    # Past the breaker: the check must show the store's state, not what earlier calls met.
    try:
        return await patience.in_silence(check.type, check.ping(), seconds)
    except StoreUnavailable:
        return Health(check.type, "unhealthy", error=f"{check.type} does not answer")


async def _known(call: Awaitable[T]) -> T | None:
    """The answer; None when the part that knows it is unavailable."""
    try:
        return await call
    except QuarryError:
        return None


async def _by_name(calls: Mapping[str, Awaitable[T]]) -> dict[str, T | None]:
    return dict(zip(calls, await asyncio.gather(*map(_known, calls.values())), strict=True))


def _state(breaker: CircuitBreaker) -> dict[str, Any]:
    return {
        "store": breaker.store,
        "state": breaker.state,
        "failures": breaker.failures,
        "retry_in_seconds": round(breaker.retry_in, 1),
    }


async def _soon(depth: Awaitable[int]) -> int:
    """A queue has no ping, so its check is bounded more tightly than its client's calls."""
    return await patience.in_silence("SQS", depth, _QUEUE_SECONDS)


async def _nothing() -> None:
    return None
