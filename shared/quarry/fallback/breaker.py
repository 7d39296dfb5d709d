"""Circuit breakers: after repeated outages of a store, calls stop waiting for it.

    closed ── failures in a row ──> open ── its time is over ──> half-open: a ping goes out, calls are refused
      ^                               ^                              │
      └───────── it answered ─────────┼──────────────────────────────┤
                                      └────── it is still away ──────┘

A store that refuses a statement has answered, and one that is slow is there: only StoreUnavailable counts. The ping
goes beside the calls, so that no answer waits for an unavailable store; one without a ping is probed by the next call.
"""

import asyncio
import contextvars
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

from quarry import patience
from quarry.adapters.interfaces import Health
from quarry.errors import StoreUnavailable
from quarry.observability import count

log = logging.getLogger(__name__)
Ping = Callable[[], Awaitable[Health]]
# Environments that saw the same outage must not all probe in the same moment.
_JITTER = 0.2


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """One store's breaker, in one environment; ``open_seconds`` is how long it waits before a probe, give or take.

    ``now`` is wall time: the monotonic clock of an environment that was frozen stood.
    """

    def __init__(
        self,
        store: str,
        failures: int,
        open_seconds: float,
        now: Callable[[], float] = time.time,
        ping: Ping | None = None,
    ) -> None:
        self.store = store
        self._limit = failures
        self._open_seconds = open_seconds
        self._now = now
        self._ping = ping
        self.failures = 0
        self._opened_until: float | None = None
        self._probing = False
        self._pinging: asyncio.Task[None] | None = None

    @property
    def state(self) -> State:
        if self._opened_until is None:
            return State.CLOSED
        return State.OPEN if self._now() < self._opened_until else State.HALF_OPEN

    @property
    def retry_in(self) -> float:
        """Seconds until the next probe."""
        return max(0.0, (self._opened_until or 0.0) - self._now()) if self.state is State.OPEN else 0.0

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Around each use of the store. Raises StoreUnavailable at once while the breaker is open."""
        if patience.is_silent(self.store):
            raise StoreUnavailable(self.store, "did not answer a moment ago")
        state = self.state
        if state is State.HALF_OPEN and self._ping and not self._probing:
            self._probe(self._ping)
        if state is State.OPEN or (state is State.HALF_OPEN and self._probing):
            count("StoreSkipped", store=self.store)
            raise StoreUnavailable(self.store, "is not asked for a moment, since it was away")
        probe = state is State.HALF_OPEN
        self._probing = self._probing or probe
        try:
            yield
        except StoreUnavailable as away:
            # Another store's outage, met on the way, tells nothing of this one.
            if away.store == self.store:
                patience.note_silent(self.store)
                self._fail()
            raise
        except Exception:
            self._close()
            raise
        else:
            self._close()
        finally:
            # Also when the caller gave up, which tells nothing of the store: another call probes.
            if probe:
                self._probing = False

    def _probe(self, ping: Ping) -> None:
        self._probing = True
        # A context of its own: the ping outlives the answer that began it, and its budget.
        self._pinging = asyncio.get_running_loop().create_task(self._pinged(ping), context=contextvars.Context())

    async def _pinged(self, ping: Ping) -> None:
        started = self._now()
        try:
            if (await ping()).status == "healthy":
                self._close()
            # An environment that stood still in between made it late, not the store.
            elif self._now() - started < self._open_seconds:
                self._fail()
        finally:
            self._probing = False

    def _fail(self) -> None:
        self.failures += 1
        if self.failures >= self._limit:
            wait = self._open_seconds * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
            self._opened_until = self._now() + wait
            log.warning("breaker opened", extra={"store": self.store, "failures": self.failures})
            count("BreakerOpened", store=self.store)

    def _close(self) -> None:
        if self._opened_until is not None:
            log.info("breaker closed", extra={"store": self.store})
        self.failures = 0
        self._opened_until = None


class Breakers:
    """The environment's breakers, by store; ``pings`` ask a store whether it is back."""

    def __init__(self, failures: int, open_seconds: float, pings: Mapping[str, Ping] | None = None) -> None:
        self._failures = failures
        self._open_seconds = open_seconds
        self._pings = pings or {}
        self._made: dict[str, Breaker] = {}

    def __getitem__(self, store: str) -> Breaker:
        if store not in self._made:
            ping = self._pings.get(store)
            self._made[store] = Breaker(store, self._failures, self._open_seconds, ping=ping)
        return self._made[store]

    def __iter__(self) -> Iterator[Breaker]:
        return iter(self._made.values())
