"""The one event loop of an execution environment.

Async clients are bound to the loop that opened their connections. Mangum takes the thread's current loop and the
event handlers call :func:`run`, so both meet this one.
"""

import asyncio
from collections.abc import Awaitable, Coroutine
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")


@cache
def loop() -> asyncio.AbstractEventLoop:
    """The environment's loop, made at first use and current from then on."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    return made


def renew() -> None:
    """Go on with a loop of its own: two copies of one process must not watch the same sockets."""
    loop().close()
    loop.cache_clear()
    loop()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run ``coroutine`` to its end on the environment's loop."""
    return loop().run_until_complete(coroutine)


async def together(one: Awaitable[A], other: Awaitable[B]) -> tuple[A, B]:
    """Both results, once both have ended, so that neither goes on using what the caller then closes.

    Raises the error of the first in order.
    """
    answers = await asyncio.gather(one, other, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return answers  # type: ignore[return-value]  # errors were raised
