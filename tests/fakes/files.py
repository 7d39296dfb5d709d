"""A bucket in a dictionary."""

from collections.abc import Mapping
from typing import BinaryIO

from quarry.adapters.interfaces import ObjectStore, StoredObject
from quarry.errors import StoreUnavailable


class MemoryObjects(ObjectStore):
    def __init__(self) -> None:
        self.unavailable = False
        self._versions: dict[str, dict[str, tuple[StoredObject, bytes]]] = {}

    def prepare(self) -> None:
        """There is no client."""

    def drop(self, key: str, body: bytes, version: str = "v1", **metadata: str) -> None:
        """Store an object as a supplier's upload does; ``metadata`` has underscores instead of dashes."""
        named = {name.replace("_", "-"): value for name, value in metadata.items()}
        stored = StoredObject(key, len(body), version, f"etag-{version}", named)
        self._versions.setdefault(key, {})[version] = stored, body

    def delete(self, key: str) -> None:
        del self._versions[key]

    async def head(self, key: str, version: str | None = None) -> StoredObject | None:
        if self.unavailable:
            raise StoreUnavailable("S3")
        versions = self._versions.get(key, {})
        found = versions.get(version) if version else next(reversed(versions.values()), None)
        return found and found[0]

    async def download(self, key: str, target: BinaryIO, version: str | None = None) -> None:
        target.write(self._versions[key][version or next(reversed(self._versions[key]))][1])

    async def put(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        self.drop(key, body)

    async def get(self, key: str) -> bytes | None:
        found = self._versions.get(key)
        return next(reversed(found.values()))[1] if found else None

    async def keys(self, prefix: str, limit: int) -> list[str]:
        return sorted(key for key in self._versions if key.startswith(prefix))[:limit]

    async def presigned_post(
        self, key: str, *, max_bytes: int, expires_in: int, metadata: Mapping[str, str]
    ) -> tuple[str, dict[str, str]]:
        return "https://bucket.invalid", {"key": key, **{f"x-amz-meta-{name}": one for name, one in metadata.items()}}
