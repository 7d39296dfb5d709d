"""CPU time of a running stack's processes, by part: the stores, the gateway, and each function's environments."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

_PARTS = ("qdrant", "redis", "postgresql", "s3", "api")


class Meter:
    """``own`` is this process. The time of environments that have ended still counts."""

    def __init__(self, home: Path) -> None:
        self._endpoints = json.loads((home / "endpoints.json").read_text())
        self._used: dict[tuple[str, int], float] = {}

    def read(self) -> dict[str, float]:
        """CPU seconds so far, by part."""
        for part in _PARTS:
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(self._endpoints[part]["pid"])
                self._record(part, process)
                for child in process.children(recursive=True):
                    with suppress(psutil.NoSuchProcess):
                        # An environment's working directory is its function's folder.
                        self._record(Path(child.cwd()).name if part == "api" else part, child)
        totals = {"own": time.process_time()}
        for (name, _), seconds in self._used.items():
            totals[name] = totals.get(name, 0.0) + seconds
        return totals

    def _record(self, name: str, process: psutil.Process) -> None:
        times = process.cpu_times()
        self._used[name, process.pid] = times.user + times.system

    @contextmanager
    def into(self, spent: dict[str, float]) -> Iterator[None]:
        """Add the CPU seconds used inside the block to ``spent``."""
        before = self.read()
        yield
        for name, seconds in self.read().items():
            spent[name] = spent.get(name, 0.0) + seconds - before.get(name, 0.0)
