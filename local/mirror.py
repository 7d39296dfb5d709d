"""Copies on disk of the objects in the bucket: moto keeps objects and messages only in memory.

``<folder>/<key>`` holds the newest version of each object, ``<folder>/.objects/<hash of the key>.json`` its
metadata, and ``<folder>/.unread/<version>`` exists until the object's notification has been processed.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_SAFE_KEY = re.compile(r"incoming/supplier=[0-9]{1,10}/[^./\0][^/\0]*")
_MAX_NAME_BYTES = 255


@dataclass(frozen=True, slots=True)
class Copy:
    """The newest version of one object, and when it was stored; ``metadata`` is its headers as S3 keeps them.

    ``bucket`` is None for the bucket of price lists.
    """

    key: str
    version: str
    metadata: Mapping[str, str]
    stored_at: str | None = None
    bucket: str | None = None


class Mirror:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._objects = folder / ".objects"
        self._unread = folder / ".unread"
        for subfolder in (self._objects, self._unread):
            subfolder.mkdir(parents=True, exist_ok=True)

    def save(self, copy: Copy, body: bytes) -> None:
        """Save an object that was just stored; mark the notification of a price list as not yet processed."""
        path = self._path(copy.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, body)
        _write(self._description(copy.key), json.dumps(asdict(copy), ensure_ascii=False).encode())
        if copy.bucket is None:
            (self._unread / copy.version).touch()

    def copies(self) -> Iterator[tuple[Copy, bytes]]:
        for described in sorted(self._objects.glob("*.json")):
            copy = Copy(**json.loads(described.read_text()))
            path = self._path(copy.key)
            if path.exists():
                yield copy, path.read_bytes()

    def unread(self, copy: Copy) -> bool:
        return (self._unread / copy.version).exists()

    def mark_read(self, message: str) -> None:
        """``message`` has been processed; one that is not an S3 notification changes nothing."""
        for version in _versions(message):
            (self._unread / version).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        # A key may be no valid path (".."), or equal the folder of another key: such files are named by a hash.
        plain = _SAFE_KEY.fullmatch(key) and len(key.rpartition("/")[2].encode()) <= _MAX_NAME_BYTES
        return self._folder / key if plain else self._folder / "other" / _digest(key)

    def _description(self, key: str) -> Path:
        return self._objects / f"{_digest(key)}.json"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _write(path: Path, body: bytes) -> None:
    # Renamed into place, so that a kill leaves the old version or the new one. A long name is hashed to stay valid.
    partial = path.with_name(f".{_digest(path.name)}.partial")
    partial.write_bytes(body)
    partial.replace(path)


def _versions(message: str) -> list[str]:
    try:
        records: list[dict[str, Any]] = json.loads(message).get("Records", [])
        return [record["s3"]["object"]["versionId"] for record in records]
    except (ValueError, AttributeError, KeyError):
        return []
