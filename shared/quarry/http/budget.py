"""How long an answer waits: its route's patience for silent stores, and never longer than its function has left.

Slow is not unavailable: an answer that takes long while the stores are there is an answer all the same.
"""

import asyncio

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quarry import deadline, patience
from quarry.http import problems

_READING = ("GET", "HEAD")


class AnswerBudget:
    """``patience`` is in seconds and for reading requests; changes wait for stores as long as background work does."""

    def __init__(self, app: ASGIApp, patience: float | None) -> None:
        self._app = app
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._patience is not None and _asks(scope):
            with patience.answering(self._patience):
                await self._answer(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "aws.context" not in scope:
            await self._app(scope, receive, send)
            return
        seconds = deadline.left_of(scope["aws.context"])
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            with deadline.within(seconds):
                async with asyncio.timeout(seconds):
                    await self._app(scope, receive, watched)
        except TimeoutError:
            if started:
                raise
            await problems.late(Request(scope))(scope, receive, send)


def _asks(scope: Scope) -> bool:
    return scope["method"] in _READING or scope["path"].endswith("/search")
