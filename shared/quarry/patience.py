"""How a store is waited for. Slow is not unavailable: a call may take long while its store answers pings.

::

    call ── no answer for half of the patience ──> ping beside it ── answered ──> wait on, with the same patience
                                                        │
                                                        └── no answer either ──> StoreUnavailable

Patience is counted in ticks of our own loop, not in seconds of a clock: a process that was frozen, or that got no CPU,
has not waited. It is spent only by waiting in vain, never by an answer that came late or by our own work. A store is
always waited for several times as long as it usually takes, so that on a slow machine all of it is slower alike.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, TypeVar

from quarry import deadline, tracing
from quarry.errors import StoreError, StoreTimeout, StoreUnavailable

T = TypeVar("T")
Ping = Callable[[], Awaitable[object]]
_TICK_SECONDS: Final = 0.05
_SHARE: Final = 0.5
# The patience of background work, in seconds.
_UNHURRIED_SECONDS: Final = 4.0
# How many times its usual duration a store may stay silent, and the most seconds that this may be.
_TIMES_USUAL: Final = 8.0
_LONGEST_SECONDS: Final = 8.0
_NEWEST_WEIGHT: Final = 0.3


@dataclass(slots=True)
class _Answer:
    """An answer that is being made: the seconds that it may wait in vain, and the stores that said nothing to it."""

    patience: float
    silent: set[str] = field(default_factory=set)


# How many seconds each store's answers have taken lately.
_usual: dict[str, float] = {}
_answer: ContextVar[_Answer | None] = ContextVar("answer", default=None)


@contextmanager
def answering(seconds: float) -> Iterator[None]:
    """Let an answer wait in vain for so many ``seconds``, shared out among the stores that it calls."""
    token = _answer.set(_Answer(seconds))
    try:
        yield
    finally:
        _answer.reset(token)


@contextmanager
def connecting() -> Iterator[None]:
    """Remember how long connections take: all that a new environment knows of how slow its stores are."""
    with answering(_UNHURRIED_SECONDS / _SHARE):
        yield


def share(unhurried: float = _UNHURRIED_SECONDS) -> float:
    """The seconds that one store is waited for while it says nothing; ``unhurried`` where no answer waits."""
    answer = _answer.get()
    return unhurried if answer is None else max(answer.patience * _SHARE, 2 * _TICK_SECONDS)


def note_silent(store: str) -> None:
    """Let the answer that is being made call ``store`` no more."""
    answer = _answer.get()
    if answer is not None:
        answer.silent.add(store)


def is_silent(store: str) -> bool:
    """Whether the answer that is being made has waited for ``store`` in vain."""
    answer = _answer.get()
    return answer is not None and store in answer.silent


async def for_store(store: str, call: Awaitable[T], ping: Ping, patience: float | None = None) -> T:
    """The outcome of ``call``, however long it takes while ``store`` answers ``ping``.

    ``patience`` is in seconds, by :func:`share` unless given. Raises StoreUnavailable when neither is answered,
    and StoreTimeout when the time of the function is over.
    """
    running = asyncio.ensure_future(call)
    with _waiting(store, running):
        # Most answers come at once: they cost one wait and no ping.
        while not await _is_done([running], _SHARE * _patience(store, patience)):
            await _await_ping(store, running, ping, _patience(store, patience))
        return await running


async def in_silence(store: str, call: Awaitable[T], patience: float) -> T:
    """The outcome of ``call`` of a store without a ping, which is unavailable when it says nothing for so long."""
    patience = _enough(store, patience)
    running = asyncio.ensure_future(call)
    with _waiting(store, running):
        if not await _is_done([running], patience):
            if deadline.left() == 0:
                raise StoreTimeout(store)
            _spend(store, patience)
            raise StoreUnavailable(store, "does not answer")
        return await running


@contextmanager
def _waiting(store: str, running: "asyncio.Future[Any]") -> Iterator[None]:
    """Around the wait for a call of ``store``: it does not outlive the wait, and how long it took is remembered."""
    started = monotonic()
    try:
        with tracing.part(store):
            yield
    finally:
        _drop(running)
    if _answer.get() is not None:
        _note_usual(store, started)


async def _await_ping(store: str, running: "asyncio.Future[Any]", ping: Ping, patience: float) -> None:
    """Return when ``running`` is done or a ping was answered."""
    if deadline.left() == 0:
        raise StoreTimeout(store)
    started = monotonic()
    pinging = asyncio.ensure_future(ping())
    if not await _is_done([running, pinging], _SHARE * patience):
        _drop(pinging)
        if deadline.left() == 0:
            raise StoreTimeout(store)
        _spend(store, patience)
        raise StoreUnavailable(store, "answers neither a call nor a ping")
    if running.done():
        # The ping goes on by itself: it leaves its connection in step.
        pinging.add_done_callback(_seen)
    else:
        # A server that refuses a ping has answered it.
        with suppress(StoreError):
            await pinging
        _note_usual(store, started)


async def _is_done(tasks: "Sequence[asyncio.Future[Any]]", seconds: float) -> bool:
    """Whether one of ``tasks`` ended within so many ``seconds``, or what is left of the function's time."""
    left = deadline.left()
    for _ in range(max(1, math.ceil((seconds if left is None else min(seconds, left)) / _TICK_SECONDS))):
        # A tick that comes late, as this process did not run, counts as one tick.
        done, _ = await asyncio.wait(tasks, timeout=_TICK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if done:
            return True
    return False


def _drop(task: "asyncio.Future[Any]") -> None:
    """Wait for ``task`` no more, whatever comes of it."""
    task.add_done_callback(_seen)
    task.cancel()


def _seen(task: "asyncio.Future[Any]") -> None:
    if not task.cancelled():
        task.exception()


def _patience(store: str, given: float | None) -> float:
    return _enough(store, share()) if given is None else given


def _enough(store: str, seconds: float) -> float:
    return max(seconds, min(_LONGEST_SECONDS, _TIMES_USUAL * _usual.get(store, 0.0)))


def _note_usual(store: str, started: float) -> None:
    taken = monotonic() - started
    _usual[store] = taken + (1 - _NEWEST_WEIGHT) * (_usual.get(store, taken) - taken)


def _spend(store: str, seconds: float) -> None:
    answer = _answer.get()
    if answer is not None:
        answer.patience = max(0.0, answer.patience - seconds)
        answer.silent.add(store)
