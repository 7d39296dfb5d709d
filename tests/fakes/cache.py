"""A cache in a dictionary, which knows the commands of entries and sessions; of changes it knows none."""

from collections.abc import Sequence
from typing import Any

from quarry.cache.store import CacheStore, Command


class MemoryCache(CacheStore):
    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.rankings: dict[str, dict[str, int]] = {}
        self.askers: dict[str, set[str]] = {}

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    async def set(self, key: str, value: bytes, ttl: int) -> bool:
        self.values[key] = value
        return True

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return [self.values.get(key) for key in keys]

    async def together(self, *commands: Command) -> list[Any] | None:
        return [self._run(str(name), str(key), *rest) for name, key, *rest in commands]

    async def increment(self, key: str) -> int | None:
        number = int(self.values.get(key, b"0")) + 1
        self.values[key] = b"%d" % number
        return number

    async def claim(self, key: str, ttl: int) -> bool:
        return self.values.setdefault(key, b"1") == b"1"

    async def delete(self, key: str) -> None:
        self.values.pop(key, None)

    async def count(self, key: str, member: str, amount: int = 1) -> None:
        self._run("ZINCRBY", key, amount, member)

    async def top(self, key: str, limit: int) -> list[tuple[str, int]]:
        ranking = self.rankings.get(key, {}).items()
        return sorted(ranking, key=lambda one: (-one[1], one[0]))[:limit]

    def _run(self, name: str, key: str, *rest: Any) -> Any:
        match name, rest:
            case "GET", ():
                return self.values.get(key)
            case "SET", (value, *_):
                self.values[key] = value
                return b"OK"
            case "DEL", ():
                return int(self.values.pop(key, None) is not None)
            case "ZINCRBY", (amount, member):
                ranking = self.rankings.setdefault(key, {})
                ranking[member] = ranking.get(member, 0) + amount
            case "PFADD", (member,):
                self.askers.setdefault(key, set()).add(member)
            case "PFCOUNT", ():
                return len(self.askers.get(key, ()))
            case "XREVRANGE" | "XRANGE", _:
                return []
        return None
