"""A queue that keeps its messages in a list."""

from collections.abc import Mapping, Sequence
from typing import Any

from quarry.adapters.interfaces import MessageQueue


class MemoryQueue(MessageQueue):
    def __init__(self) -> None:
        self.messages: list[Mapping[str, Any]] = []
        self.postponed: list[tuple[str, int]] = []

    def prepare(self) -> None:
        """There is no client."""

    async def send(self, messages: Sequence[Mapping[str, Any]], delay: int = 0) -> None:
        self.messages.extend(messages)

    async def postpone(self, receipt: str, seconds: int) -> None:
        self.postponed.append((receipt, seconds))

    async def depth(self) -> int:
        return len(self.messages)
