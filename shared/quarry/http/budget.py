"""The time an answer may take: its route's budget, and never more than its function has left."""

import asyncio

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quarry import deadline
from quarry.http import problems

# What the way to the caller and back takes of a budget.
_WAY_SECONDS = 0.2
_READING = ("GET", "HEAD")


class AnswerBudget:
    """``answers_within`` are seconds, for questions; what changes something has as long as its function."""

    def __init__(self, app: ASGIApp, answers_within: float | None) -> None:
        self._app = app
        self._answers_within = answers_within

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seconds = self._seconds(scope) if scope["type"] == "http" else None
        if seconds is None:
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            with deadline.within(seconds, answering=True):
                async with asyncio.timeout(seconds):
                    await self._app(scope, receive, watched)
        except TimeoutError:
            if started:
                raise
            await problems.late(Request(scope))(scope, receive, send)

    def _seconds(self, scope: Scope) -> float | None:
        limits = [deadline.left(scope["aws.context"])] if "aws.context" in scope else []
        reading = scope["method"] in _READING or scope["path"].endswith("/search")
        if reading and self._answers_within is not None:
            limits.append(self._answers_within - _WAY_SECONDS)
        return min(limits, default=None)
