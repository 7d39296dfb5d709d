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
class Store:
    """A store by its type; without a ping it is not used."""

    type: str
    ping: Ping | None


@dataclass(frozen=True, slots=True)
class Databases:
    vector_database: Health
    relational_database: Health
    cache_database: Health

    @property
    def serving(self) -> bool:
        """Whether any store that can answer is there."""
        return "healthy" in {self.vector_database.status, self.relational_database.status}


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """``counts`` and ``revision`` are None where PostgreSQL is unavailable or not used.

    ``certificates``: how many days each store's is still valid, None where that cannot be seen.
    """

    databases: Databases
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
        vector: Store,
        relational: Store,
        cache: Store,
        tunnel: Store,
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

    async def databases(self) -> Databases:
        return Databases(*await asyncio.gather(*(_pinged(store) for store in self._stores)))

    async def full(self) -> Diagnosed:
        depths = asyncio.gather(*(_known(_soon(queue.depth())) for queue in self._queues.values()))
        days = asyncio.gather(*(_known(days_left()) for days_left in self._certificates.values()))
        (
            (databases, tunnel),
            (found_depths, found_days),
            embeddings,
            revision,
            counts,
            (points, pending, waiting),
        ) = await asyncio.gather(
            self._databases_and_tunnel(),
            asyncio.gather(depths, days),
            _pinged(Store(self._embedder.model, self._embedder.health_check)),
            _known(self._figures.revision()) if self._figures else _nothing(),
            _known(self._figures.counts()) if self._figures else _nothing(),
            asyncio.gather(_known(self._points()), _known(self._pending()), _known(self._waiting())),
        )
        return Diagnosed(
            databases=databases,
            breakers=[
                {
                    "store": breaker.store,
                    "state": breaker.state,
                    "failures": breaker.failures,
                    "retry_in_seconds": round(breaker.retry_in, 1),
                }
                for breaker in self._breakers
            ],
            tunnel=tunnel,
            queues=dict(zip(self._queues, found_depths, strict=True)),
            embeddings=embeddings,
            certificates=dict(zip(self._certificates, found_days, strict=True)),
            revision=revision,
            expected_revision=SCHEMA_REVISION,
            counts={
                "materials": counts.materials if counts else None,
                "offers": counts.offers if counts else None,
                "points": points,
                "unindexed": counts.unindexed if counts else None,
                "unreconciled": pending,
                "batches_waiting": waiting,
            },
            settings=self._settings,
        )

    async def _databases_and_tunnel(self) -> tuple[Databases, Health]:
        """The tunnel last: asking for PostgreSQL opens it."""
        return await self.databases(), await _pinged(self._tunnel, _TUNNEL_SECONDS)


async def _pinged(store: Store, seconds: float = BUDGET_SECONDS) -> Health:
    if store.ping is None:
        return Health(store.type, "disabled")
    try:
        return await patience.in_silence(store.type, store.ping(), seconds)
    except StoreUnavailable:
        return Health(store.type, "unhealthy", error=f"{store.type} does not answer")


async def _known(call: Awaitable[T]) -> T | None:
    """The answer; None when the part that knows it is unavailable."""
    try:
        return await call
    except QuarryError:
        return None


async def _soon(depth: Awaitable[int]) -> int:
    """A queue has no ping: it is not waited for as long as its client would."""
    return await patience.in_silence("SQS", depth, _QUEUE_SECONDS)


async def _nothing() -> None:
    return None
