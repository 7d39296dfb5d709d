"""All collections of one home folder, and their maintenance in the background."""

import fcntl
import logging
import shutil
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from weakref import WeakKeyDictionary

from local.qdrant.collection import SETTINGS_FILE, Collection
from local.qdrant.pace import Pace
from local.qdrant.rebuild import is_due, rebuild
from local.qdrant.schema import read_settings
from local.qdrant.strict import RequestError, wrong

logger = logging.getLogger(__name__)
_TICK_SECONDS = 0.5
# Ticks without a write before the engine's log may be flushed, which makes reads wait.
_IDLE_TICKS_BEFORE_FLUSH = 4
_MAX_NAME_LENGTH = 255


class Store:
    def __init__(self, home: Path) -> None:
        self._root = home / "collections"
        self._root.mkdir(parents=True, exist_ok=True)
        self._lock_file = (home / ".lock").open("w")
        # The system releases the lock when the process ends, in whatever way.
        fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._collections: dict[str, Collection] = {}
        self._paces: WeakKeyDictionary[Collection, Pace] = WeakKeyDictionary()
        for folder in self._root.iterdir():
            if (folder / SETTINGS_FILE).exists():
                self._collections[unquote(folder.name)] = Collection(folder)
            else:
                shutil.rmtree(folder)
        self._upkeep = threading.Thread(target=self._keep_up, name="qdrant-upkeep", daemon=True)
        self._upkeep.start()

    def names(self) -> list[str]:
        return sorted(self._collections)

    def __contains__(self, name: str) -> bool:
        return name in self._collections

    def __getitem__(self, name: str) -> Collection:
        try:
            return self._collections[name]
        except KeyError:
            raise RequestError(404, f"Not found: Collection `{name}` doesn't exist!") from None

    def create(self, name: str, value: Any) -> None:
        if not name or len(name) > _MAX_NAME_LENGTH:
            raise wrong(f"a collection's name has 1 to {_MAX_NAME_LENGTH} characters")
        settings = read_settings(value)
        with self._lock:
            if name in self._collections:
                raise RequestError(409, f"Wrong input: Collection `{name}` already exists!")
            folder = self._folder(name)
            shutil.rmtree(folder, ignore_errors=True)
            self._collections[name] = Collection.create(folder, settings)

    def delete(self, name: str) -> bool:
        with self._lock:
            collection = self._collections.pop(name, None)
            if collection is None:
                return False
            collection.drop()
            return True

    def _folder(self, name: str) -> Path:
        # A dot is quoted too: a collection named ".." must not leave the folder.
        return self._root / quote(name, safe="").replace(".", "%2E")

    def close(self) -> None:
        self._stopping.set()
        self._upkeep.join()
        for collection in self._collections.values():
            collection.close()
        self._lock_file.close()

    def _keep_up(self) -> None:
        while not self._stopping.wait(_TICK_SECONDS):
            for collection in list(self._collections.values()):
                try:
                    self._keep_one(collection)
                except Exception:
                    logger.exception("upkeep of a collection failed")

    def _keep_one(self, collection: Collection) -> None:
        pace = self._paces.setdefault(collection, Pace())
        pace.tick(collection.write_moments)
        if is_due(collection, quiet=pace.quiet):
            rebuild(collection, self._stopping)
        else:
            # When a rebuild is due, the rebuilt shard will have a log of its own.
            idle = pace.idle_ticks >= _IDLE_TICKS_BEFORE_FLUSH and not is_due(collection, quiet=True)
            collection.shorten_log(idle=idle)
