"""The time an answer may take: its route's budget, and never more than its function has left."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quarry import deadline
from quarry.http import problems

# What the way to the caller takes of a budget, and of a function's time to say that it has run out.
_MARGIN = 0.2
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
        limits = [_left(scope.get("aws.context"))]
        if scope["method"] in _READING or scope["path"].endswith("/search"):
            limits.append(self._answers_within)
        known = [limit - _MARGIN for limit in limits if limit is not None]
        return min(known) if known else None


def _left(context: Any) -> float | None:
    """The seconds that are left of the invocation, where there is one."""
    return None if context is None else context.get_remaining_time_in_millis() / 1000
