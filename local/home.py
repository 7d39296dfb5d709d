"""The folder of a stack: its passwords, its lock, and the addresses of its running parts."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.parts import Secrets


class HomeInUse(RuntimeError):
    """Another stack runs in this folder."""


class Home:
    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.endpoints_file = self.folder / "endpoints.json"
        self._restarts = self.folder / ".restarts"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder. Raises HomeInUse when another stack has locked it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # The system releases the lock when the process ends, even by kill -9; a file with a pid would be left behind.
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HomeInUse(
                    f"A stack already runs in {self.folder}. Stop it, or choose another folder with --home."
                ) from None
            yield

    @property
    def running(self) -> bool:
        try:
            with self.locked():
                return False
        except HomeInUse:
            return True

    def secrets(self) -> tuple[Secrets, str]:
        """The stores' passwords and the API's token, generated at the first start."""
        path = self.folder / "secrets.json"
        names = ("postgresql", "redis", "qdrant", "token")
        if not path.exists():
            generated = {name: secrets.token_urlsafe(24) for name in names}
            _write(path, json.dumps(generated))
        stored = json.loads(path.read_text())
        return Secrets(*(stored[name] for name in names[:3])), stored["token"]

    def write_endpoints(self, endpoints: Mapping[str, Any]) -> None:
        _write(self.endpoints_file, json.dumps(endpoints, indent=2) + "\n")

    def endpoints(self) -> dict[str, Any]:
        """The running parts with their addresses; empty when no stack runs."""
        return json.loads(self.endpoints_file.read_text()) if self.endpoints_file.exists() else {}

    # Another process requests the restart of a part by a file, which the running stack finds.

    def request_restart(self, part: str) -> None:
        self._restarts.mkdir(exist_ok=True)
        (self._restarts / part).touch()

    def requested_restarts(self) -> list[str]:
        return [path.name for path in self._restarts.iterdir()] if self._restarts.exists() else []

    def finish_restart(self, part: str) -> None:
        (self._restarts / part).unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    """Replace the file in one step, readable only by its owner: it may hold passwords."""
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    partial.replace(path)
