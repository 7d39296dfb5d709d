"""Circuit breakers: after repeated outages of a store, calls stop waiting for it.

    closed ── failures in a row ──> open ── its time is over ──> half-open: a ping goes out, calls are refused
      ^                               ^                              │
      └───────── it answered ─────────┼──────────────────────────────┤
                                      └── it is still unavailable ───┘

An adapter enters the breaker of its store where it calls the driver, once an operation: nothing reaches a store beside
its breaker but pings and health checks. A store that refuses a statement has answered, and one that is slow is there:
only StoreUnavailable counts. The ping goes beside the calls, so that no answer waits for an unavailable store.
"""

import asyncio
import contextvars
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from quarry import patience
from quarry.errors import StoreUnavailable
from quarry.observability import count

log = logging.getLogger(__name__)
# Whether the store answers; never raises.
Ping = Callable[[], Awaitable[bool]]
# Environments that met the same outage must not all ping at the same moment.
_JITTER = 0.2


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitBreaker:
    """One store's breaker, in one environment; ``open_seconds`` is how long it waits before a ping, give or take.

    ``now`` is wall time: the monotonic clock of an environment that was frozen did not run.
    """

    def __init__(
        self, store: str, failures: int = 3, open_seconds: float = 5.0, now: Callable[[], float] = time.time
    ) -> None:
        self.store = store
        self._limit = failures
        self._open_seconds = open_seconds
        self._now = now
        self.failures = 0
        self._opened_until: float | None = None
        self._pinging: asyncio.Task[None] | None = None

    @property
    def state(self) -> State:
        if self._opened_until is None:
            return State.CLOSED
        return State.OPEN if self._now() < self._opened_until else State.HALF_OPEN

    @property
    def retry_in(self) -> float:
        """Seconds until the next ping."""
        return max(0.0, (self._opened_until or 0.0) - self._now()) if self.state is State.OPEN else 0.0

    @contextmanager
    def guard(self, ping: Ping) -> Iterator[None]:
        """Around each use of the store. Raises StoreUnavailable at once while the breaker is not closed."""
        if patience.is_silent(self.store):
            raise StoreUnavailable(self.store, "did not answer a moment ago")
        if self.state is State.HALF_OPEN and self._pinging is None:
            # A context of its own: the ping outlives the answer that began it, and its budget.
            context = contextvars.Context()
            self._pinging = asyncio.get_running_loop().create_task(self._pinged(ping), context=context)
        if self.state is not State.CLOSED:
            count("StoreSkipped", store=self.store)
            raise StoreUnavailable(self.store, "was unavailable, and is not called again for a moment")
        try:
            yield
        except StoreUnavailable as error:
            # An outage of another store that was met inside proves nothing about this one.
            if error.store == self.store:
                patience.note_silent(self.store)
                self._fail(str(error))
            raise
        except Exception:
            self._close()
            raise
        else:
            self._close()

    async def _pinged(self, ping: Ping) -> None:
        started = self._now()
        try:
            if await ping():
                self._close()
            # An environment that was frozen in between made it late, not the store.
            elif self._now() - started < self._open_seconds:
                self._fail()
        finally:
            self._pinging = None

    def _fail(self, reason: str | None = None) -> None:
        if reason and not self.failures:
            # Logged once in an outage, with the reason: it may be a certificate, a password or a host name.
            log.warning("store is unavailable", extra={"store": self.store, "reason": reason})
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
