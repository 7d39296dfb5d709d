"""How much time is left: no work outlives its function."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_MARGIN_SECONDS = 1.0
# Kept for the end of work on events: what is left undone is reported to the queue, which takes several calls.
_EVENT_MARGIN_SECONDS = 5.0

_until: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Bound what is done inside to so many ``seconds``; an outer bound is never widened."""
    outer, ours = _until.get(), time.monotonic() + seconds
    token = _until.set(ours if outer is None else min(ours, outer))
    try:
        yield
    finally:
        _until.reset(token)


@contextmanager
def unbounded() -> Iterator[None]:
    """Lift the bound inside: for the last notes of work whose time has run out."""
    token = _until.set(None)
    try:
        yield
    finally:
        _until.reset(token)


def within_function(context: "LambdaContext") -> AbstractContextManager[None]:
    """Bound what is done inside to what is left of the invocation."""
    return within(left_of(context, _EVENT_MARGIN_SECONDS))


def left_of(context: "LambdaContext", margin: float = _MARGIN_SECONDS) -> float:
    """The seconds that are left of the invocation, less the time to report that they have run out."""
    return context.get_remaining_time_in_millis() / 1000 - margin


def left() -> float | None:
    """Seconds that are left; None where nothing bounds the work."""
    until = _until.get()
    return None if until is None else max(0.0, until - time.monotonic())
