"""One collection: the engine's shard, its settings file, and the lock around writes.

On disk, ``collection.json`` names the folder of the current shard. It is written to a draft and renamed; a folder
without it is an incomplete collection. A rebuild (see ``rebuild.py``) makes a new folder and swaps the name.
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
from local.qdrant.schema import edge_config, read_new_vector, vector_space, with_optimizers
from local.qdrant.strict import RequestError, wrong
from local.qdrant.vectors import VectorSpace

T = TypeVar("T")
SETTINGS_FILE = "collection.json"
_PAGE_SIZE = 10_000
# After a rebuild, points that changed meanwhile are copied in batches of this size, for each of which reads wait 10 ms.
_COPY_BATCH_POINTS = 20
# The number of changed points that may be left to copy while writes wait.
_MAX_FINAL_POINTS = 200
# Changed points in the engine's write-ahead log before it is flushed. A start replays 20,000 of them in 3 s; but during
# a flush every read waits for the disk, up to seconds when other processes write to it.
_MAX_LOGGED_POINTS = 20_000
# In the midst of a long import: 100,000 points of 1,536 numbers are 0.5 GB of log.
_MAX_LOGGED_POINTS_WHILE_BUSY = 100_000


@contextmanager
def engine_errors() -> Iterator[None]:
    """The engine raises plain Exceptions, and BaseExceptions when it panics: only their text distinguishes them."""
    try:
        yield
    except (RequestError, KeyboardInterrupt, SystemExit):
        raise
    except Exception as error:
        message = str(error)
        if message.startswith("No point with id"):
            raise RequestError(404, f"Not found: {message} found") from error
        if message.startswith(("Service", "Out of memory")):
            raise RequestError(500, message) from error
        raise wrong(message) from error
    except BaseException as error:
        raise RequestError(500, f"Service internal error: {error}") from error


class Collection:
    """``pending`` counts the points changed since the HNSW index was last built, which is due after ``bulk_ended``.

    ``write_moments`` counts the starts and ends of writes: it is odd while a write is running.
    """

    def __init__(self, home: Path) -> None:
        record = orjson.loads((home / SETTINGS_FILE).read_bytes())
        self._home = home
        self.settings: dict[str, Any] = record["settings"]
        self.space: VectorSpace = vector_space(self.settings)
        self._folder: str = record["shard"]
        self._built: int = record["built"]
        self._lock = threading.RLock()
        self._changed_ids: set[PointId] | None = None
        self._logged_points = 0
        self.closed = False
        self.write_moments = 0
        self.bulk_ended = False
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
    def graphs_wanted(self) -> bool:
        """False while a bulk is written: a client sets this threshold to 0 before it, and back afterwards."""
        threshold = self.settings.get("optimizers_config", {}).get("indexing_threshold")
        return bool(threshold != 0)

    @property
    def rebuilding(self) -> bool:
        return self._changed_ids is not None

    def read(self, query: Callable[[engine.EdgeShard], T]) -> T:
        with engine_errors():
            return query(self.shard)

    def select(self, condition: engine.Filter) -> list[PointId]:
        """Ids of all points that match."""
        ids: list[PointId] = []
        offset: Any = None
        while True:
            request = engine.ScrollRequest(offset=offset, limit=_PAGE_SIZE, filter=condition, with_payload=False)
            records, offset = self.read(lambda shard, request=request: shard.scroll(request))  # type: ignore[misc]
            ids.extend(record.id for record in records)
            if offset is None:
                return ids

    def write(self, writer: Writer, value: Any) -> None:
        """Apply one operation. When this returns it is in the engine's write-ahead log, and survives a kill."""
        with self._writing():
            self._apply(writer(value, self))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            self.write_moments += 1
            try:
                yield
            finally:
                self.write_moments += 1

    def _apply(self, write: Write) -> None:
        if self.closed:
            raise RequestError(404, "Not found: the collection was deleted")
        if write.ids:
            # Recorded before the update: an operation that fails half-way has changed some of the points.
            if self._changed_ids is not None:
                self._changed_ids.update(write.ids)
            self.pending += len(write.ids)
            self._logged_points += len(write.ids)
            with engine_errors():
                for operation in write.operations:
                    self.shard.update(operation)

    def change_schema(self, operation: engine.UpdateOperation) -> None:
        with self._writing(), engine_errors():
            if self.rebuilding:
                # The copy that is being built has the old schema: it is discarded, and every point counts as changed.
                self._changed_ids = None
                self.pending = self.shard.info().points_count
            self.shard.update(operation)

    def change_optimizers(self, value: Any) -> None:
        with self._lock:
            put_off = not self.graphs_wanted
            self.settings = with_optimizers(self.settings, value)
            self.bulk_ended = put_off and self.graphs_wanted
            self._save()

    def add_vector(self, name: str, value: Any) -> None:
        """Add a named vector to an existing collection; adding the same one again is not an error."""
        section, params, operation = read_new_vector(name, value)
        with self._lock:
            existing = {**self.settings["vectors"], **self.settings["sparse_vectors"]}.get(name)
            if existing is not None:
                if any(existing.get(key) != wanted for key, wanted in params.items()):
                    raise wrong(f"vector `{name}` already exists with different parameters")
                return
            self.change_schema(operation)
            self.settings = {**self.settings, section: {**self.settings[section], name: params}}
            self.space = vector_space(self.settings)
            self._save()

    def _save(self) -> None:
        _write_record(self._home, {"settings": self.settings, "shard": self._folder, "built": self._built})

    def shorten_log(self, *, idle: bool) -> None:
        """Flush the write-ahead log when a start would otherwise take long to replay it."""
        if self._logged_points < (_MAX_LOGGED_POINTS if idle else _MAX_LOGGED_POINTS_WHILE_BUSY):
            return
        # Outside the lock: most of the data is on disk before writes have to wait.
        write_back(self._home / self._folder)
        with self._lock:
            if not self.closed:
                self._logged_points = 0
                self.shard.flush()

    def close(self) -> None:
        with self._lock:
            if not self.closed:
                self.closed = True
                self.shard.flush()
                self.shard.close()

    def drop(self) -> None:
        with self._lock:
            self.closed = True
            # First, so that a kill in between leaves an incomplete collection, which the next start removes.
            (self._home / SETTINGS_FILE).unlink()
            shutil.rmtree(self._home)

    def begin_rebuild(self) -> Path:
        """Copy the shard's files, as a kill would leave them; from here on the ids of changed points are recorded."""
        with self._lock:
            source = self._home / self._folder
            target = self._home / f"shard-{int(self._folder.removeprefix('shard-')) + 1}"
            self._changed_ids = set()
            self.pending = 0
            self.bulk_ended = False
            try:
                shutil.copytree(source, target)
            except BaseException:
                self.abandon_rebuild(target)
                raise
            return target

    def finish_rebuild(self, target: Path) -> None:
        """Bring the rebuilt copy up to date and replace the old shard by it."""
        fresh = engine.EdgeShard.load(str(target))
        while changed := self._take_changed():
            self._copy_points(fresh, changed)
        with self._lock:
            if self._changed_ids is None or self.closed:
                self.abandon_rebuild(target)
                return
            self._copy_points(fresh, list(self._changed_ids))
            old, self._folder, self.shard = self._folder, target.name, fresh
            self._built = fresh.info().points_count
            self._changed_ids = None
            self._logged_points = 0
            self._save()
        # Readers that still hold the old shard keep its files open until they are done.
        shutil.rmtree(self._home / old)

    def _take_changed(self) -> list[PointId]:
        """Changed points to copy while writes continue; empty when so few are left that writes can wait for them."""
        with self._lock:
            if self._changed_ids is None or len(self._changed_ids) <= _MAX_FINAL_POINTS:
                return []
            changed, self._changed_ids = self._changed_ids, set()
            return list(changed)

    def abandon_rebuild(self, target: Path) -> None:
        with self._lock:
            self._changed_ids = None
            if target.name != self._folder:
                shutil.rmtree(target, ignore_errors=True)

    def _copy_points(self, fresh: engine.EdgeShard, ids: list[PointId]) -> None:
        for start in range(0, len(ids), _COPY_BATCH_POINTS):
            part = ids[start : start + _COPY_BATCH_POINTS]
            found = self.shard.retrieve(part, with_payload=True, with_vector=True)
            points = [engine.Point(record.id, record.vector or {}, record.payload) for record in found]
            fresh.update(engine.UpdateOperation.upsert_points(points))
            deleted = set(part).difference(record.id for record in found)
            if deleted:
                fresh.update(engine.UpdateOperation.delete_points(list(deleted)))


def _write_record(home: Path, record: dict[str, Any]) -> None:
    draft = home / f"{SETTINGS_FILE}.draft"
    with draft.open("wb") as file:
        file.write(orjson.dumps(record))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(home / SETTINGS_FILE)
