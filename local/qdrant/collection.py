"""One collection: the engine's shard, its settings file, and the lock that writes go through.

On disk: ``collection.json`` (written and renamed; what has none is a half-made collection) names the folder of the
shard that stands. A rebuild (see ``rebuild.py``) makes a new folder beside it and swaps the name.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import orjson
import qdrant_edge as engine

from local.qdrant.disk import write_back
from local.qdrant.points import PointId, Write, Writer
from local.qdrant.schema import edge_config, read_new_vector, vector_space
from local.qdrant.strict import Refused, wrong
from local.qdrant.vectors import VectorSpace

T = TypeVar("T")
SETTINGS_FILE = "collection.json"
_PAGE = 10_000
# As many points are carried over at once, and as many while writes wait: reads wait for 10 ms.
_COPY_SLICE = 20
_LAST_SLICE = 200
# Changed points in the engine's log before it is shortened. A start replays 20,000 of them in 3 s; a flush keeps every
# reader waiting for the disk, up to seconds where others write to it.
_LONGEST_LOG = 20_000


@contextmanager
def engine_errors() -> Iterator[None]:
    """The engine raises bare exceptions, and panics as BaseException: their text is all there is to tell them by."""
    try:
        yield
    except (Refused, KeyboardInterrupt, SystemExit):
        raise
    except Exception as exc:
        message = str(exc)
        if message.startswith("No point with id"):
            raise Refused(404, f"Not found: {message} found") from exc
        if message.startswith(("Service", "Out of memory")):
            raise Refused(500, message) from exc
        raise wrong(message) from exc
    except BaseException as exc:
        raise Refused(500, f"Service internal error: {exc}") from exc


class Collection:
    """``pending`` counts the points changed since the HNSW index was last built.

    ``moves`` counts the beginnings and ends of writes: it is odd while one is under way.
    """

    def __init__(self, home: Path) -> None:
        record = orjson.loads((home / SETTINGS_FILE).read_bytes())
        self._home = home
        self.settings: dict[str, Any] = record["settings"]
        self.space: VectorSpace = vector_space(self.settings)
        self._folder: str = record["shard"]
        self._built: int = record["built"]
        self._lock = threading.RLock()
        self._moved: set[PointId] | None = None
        self._logged = 0
        self.gone = False
        self.moves = 0
        for stray in home.iterdir():
            if stray.is_dir() and stray.name != self._folder:
                shutil.rmtree(stray)
        self.shard = engine.EdgeShard.load(str(home / self._folder))
        self.pending: int = max(0, self.shard.info().points_count - self._built)

    @classmethod
    def create(cls, home: Path, settings: dict[str, Any]) -> Collection:
        folder = "shard-0"
        (home / folder).mkdir(parents=True)
        with engine_errors():
            engine.EdgeShard.create(str(home / folder), edge_config(settings)).close()
        _write_record(home, {"settings": settings, "shard": folder, "built": 0})
        return cls(home)

    @property
    def searchable_by_vector(self) -> bool:
        return bool(self.settings["vectors"])

    @property
    def rebuilding(self) -> bool:
        return self._moved is not None

    def read(self, ask: Callable[[engine.EdgeShard], T]) -> T:
        with engine_errors():
            return ask(self.shard)

    def select(self, condition: engine.Filter) -> list[PointId]:
        """Ids of all points that match."""
        ids: list[PointId] = []
        offset: Any = None
        while True:
            request = engine.ScrollRequest(offset=offset, limit=_PAGE, filter=condition, with_payload=False)
            records, offset = self.read(lambda shard, request=request: shard.scroll(request))  # type: ignore[misc]
            ids.extend(record.id for record in records)
            if offset is None:
                return ids

    def write(self, writer: Writer, value: Any) -> None:
        """Apply one operation; it is in the engine's log, and so survives a kill, when this returns."""
        with self._writing():
            self._apply(writer(value, self))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            self.moves += 1
            try:
                yield
            finally:
                self.moves += 1

    def _apply(self, write: Write) -> None:
        if self.gone:
            raise Refused(404, "Not found: the collection was deleted")
        if write.ids:
            # Recorded first: an operation that fails in the middle has changed some of them.
            if self._moved is not None:
                self._moved.update(write.ids)
            self.pending += len(write.ids)
            self._logged += len(write.ids)
            with engine_errors():
                for operation in write.operations:
                    self.shard.update(operation)

    def change_schema(self, operation: engine.UpdateOperation) -> None:
        with self._writing(), engine_errors():
            if self.rebuilding:
                # The copy that is being built has the old schema: it is given up, and all is due again.
                self._moved = None
                self.pending = self.shard.info().points_count
            self.shard.update(operation)

    def add_vector(self, name: str, value: Any) -> None:
        """Add a named vector to the standing collection; the same again is no error."""
        section, params, operation = read_new_vector(name, value)
        with self._lock:
            standing = {**self.settings["vectors"], **self.settings["sparse_vectors"]}.get(name)
            if standing is not None:
                if any(standing.get(key) != wanted for key, wanted in params.items()):
                    raise wrong(f"vector `{name}` already exists with different parameters")
                return
            self.change_schema(operation)
            self.settings = {**self.settings, section: {**self.settings[section], name: params}}
            self.space = vector_space(self.settings)
            self._save()

    def _save(self) -> None:
        _write_record(self._home, {"settings": self.settings, "shard": self._folder, "built": self._built})

    def shorten_log(self) -> None:
        """When a start would have much to replay."""
        if self._logged < _LONGEST_LOG:
            return
        write_back(self._home / self._folder)
        with self._lock:
            if not self.gone:
                self._logged = 0
                self.shard.flush()

    def close(self) -> None:
        with self._lock:
            if not self.gone:
                self.gone = True
                self.shard.flush()
                self.shard.close()

    def drop(self) -> None:
        with self._lock:
            self.gone = True
            (self._home / SETTINGS_FILE).unlink()
            shutil.rmtree(self._home)

    def begin_rebuild(self) -> Path:
        """A copy of the shard to build on, as a kill would leave it; from here on changed points are noted."""
        with self._lock:
            source = self._home / self._folder
            target = self._home / f"shard-{int(self._folder.removeprefix('shard-')) + 1}"
            self._moved = set()
            self.pending = 0
            try:
                shutil.copytree(source, target)
            except BaseException:
                self.abandon_rebuild(target)
                raise
            return target

    def finish_rebuild(self, target: Path) -> None:
        """Bring the built copy up to date and let it take the old one's place."""
        fresh = engine.EdgeShard.load(str(target))
        while moved := self._take_moved():
            self._carry(fresh, moved)
        with self._lock:
            if self._moved is None or self.gone:
                self.abandon_rebuild(target)
                return
            self._carry(fresh, list(self._moved))
            old, self._folder, self.shard = self._folder, target.name, fresh
            self._built = fresh.info().points_count
            self._moved = None
            self._logged = 0
            self._save()
        # Readers that still hold the old shard keep its files open until they are done.
        shutil.rmtree(self._home / old)

    def _take_moved(self) -> list[PointId]:
        """Changed points to carry over while writes go on; none when what is left is little."""
        with self._lock:
            if self._moved is None or len(self._moved) <= _LAST_SLICE:
                return []
            moved, self._moved = self._moved, set()
            return list(moved)

    def abandon_rebuild(self, target: Path) -> None:
        with self._lock:
            self._moved = None
            if target.name != self._folder:
                shutil.rmtree(target, ignore_errors=True)

    def _carry(self, fresh: engine.EdgeShard, ids: list[PointId]) -> None:
        for start in range(0, len(ids), _COPY_SLICE):
            part = ids[start : start + _COPY_SLICE]
            found = self.shard.retrieve(part, with_payload=True, with_vector=True)
            points = [engine.Point(record.id, record.vector or {}, record.payload) for record in found]
            fresh.update(engine.UpdateOperation.upsert_points(points))
            lost = set(part).difference(record.id for record in found)
            if lost:
                fresh.update(engine.UpdateOperation.delete_points(list(lost)))


def _write_record(home: Path, record: dict[str, Any]) -> None:
    draft = home / f"{SETTINGS_FILE}.draft"
    with draft.open("wb") as file:
        file.write(orjson.dumps(record))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(home / SETTINGS_FILE)
