"""A queue that keeps its messages, and the delay of each, in lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from quarry.adapters.interfaces import MessageQueue
from quarry.errors import StoreUnavailable


class MemoryQueue(MessageQueue):
    def __init__(self) -> None:
        self.unavailable = False
        self.messages: list[Mapping[str, Any]] = []
        self.delays: list[int] = []
        self.postponed: list[tuple[str, int]] = []

    def prepare(self) -> None:
        """There is no client."""

    async def send(self, messages: Sequence[Mapping[str, Any]], delay: int = 0) -> None:
        self._reach()
        self.messages.extend(messages)
        self.delays.extend([delay] * len(messages))

    async def postpone(self, receipt: str, seconds: int) -> None:
        self._reach()
        self.postponed.append((receipt, seconds))

    async def depth(self) -> int:
        self._reach()
        return len(self.messages)

    def _reach(self) -> None:
        if self.unavailable:
            raise StoreUnavailable("SQS")
