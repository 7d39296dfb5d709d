"""What caching needs of Redis. An unavailable store answers as if it were empty; no method raises."""

from collections.abc import Sequence
from typing import Any, Protocol

Command = tuple[str | bytes | int, ...]


class CacheStore(Protocol):
    async def get(self, key: str) -> bytes | None: ...

    async def set(self, key: str, value: bytes, ttl: int) -> bool:
        """False when the value was not kept."""

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]: ...

    async def together(self, *commands: Command) -> list[Any] | None:
        """The answers of Redis commands that go in one round trip.

        None for one that is refused, or for all while Redis is unavailable.
        """

    async def increment(self, key: str) -> int | None: ...

    async def claim(self, key: str, ttl: int) -> bool:
        """True for the one who comes first within ``ttl`` seconds, and for everybody while the store is unavailable."""

    async def delete(self, key: str) -> None: ...

    async def count(self, key: str, member: str, amount: int = 1) -> None: ...

    async def top(self, key: str, limit: int) -> list[tuple[str, int]]: ...
