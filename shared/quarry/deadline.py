"""How much time is left: an answer has its budget, and no work outlives its function.

A wait for a store takes a share of what is left, so that one which is away leaves time for the next; an answer that met
it once does not wait for it again.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_SHARE = 0.5
_MARGIN = 1.0


@dataclass(frozen=True, slots=True)
class _Bound:
    """``away``: the stores that the answer has waited for in vain; null for work that nobody waits for."""

    until: float
    away: set[str] | None


_bound: ContextVar[_Bound | None] = ContextVar("bound", default=None)


@contextmanager
def within(seconds: float, *, answering: bool = False) -> Iterator[None]:
    """Bound what is done inside to so many ``seconds``; a bound that stands already is never widened."""
    outer = _bound.get()
    until = time.monotonic() + seconds
    away = set[str]() if answering else None
    token = _bound.set(_Bound(min(until, outer.until), outer.away) if outer else _Bound(until, away))
    try:
        yield
    finally:
        _bound.reset(token)


@contextmanager
def unbounded() -> Iterator[None]:
    """Let what is done inside, the last word of work whose time ran out, take its own time."""
    token = _bound.set(None)
    try:
        yield
    finally:
        _bound.reset(token)


def within_function(context: "LambdaContext") -> AbstractContextManager[None]:
    """Bound what is done inside to what is left of the invocation."""
    return within(left(context))


def left(context: "LambdaContext") -> float:
    """Seconds of the invocation, less the time to say that they have run out."""
    return context.get_remaining_time_in_millis() / 1000 - _MARGIN


def share() -> float | None:
    """The seconds that one wait may take; null where nothing bounds it."""
    bound = _bound.get()
    return None if bound is None else max(0.0, (bound.until - time.monotonic()) * _SHARE)


def note_away(store: str) -> None:
    """Let the answer that is being made wait for ``store`` no more."""
    bound = _bound.get()
    if bound is not None and bound.away is not None:
        bound.away.add(store)


def is_away(store: str) -> bool:
    """Whether the answer that is being made has waited for ``store`` in vain."""
    bound = _bound.get()
    return bound is not None and bound.away is not None and store in bound.away
