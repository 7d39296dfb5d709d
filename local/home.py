"""The folder of a stack: its passwords, who runs it, where its parts are reached."""

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
        self._wanted = self.folder / ".wanted"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder. Raises HomeInUse when another stack holds it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HomeInUse(f"A stack runs in {self.folder} already. Stop it, or give another --home.") from None
            yield

    @property
    def running(self) -> bool:
        try:
            with self.locked():
                return False
        except HomeInUse:
            return True

    def secrets(self) -> tuple[Secrets, str]:
        """The stores' passwords and the API's token, made at the first start."""
        path = self.folder / "secrets.json"
        names = ("postgresql", "redis", "qdrant", "token")
        if not path.exists():
            made = {name: secrets.token_urlsafe(24) for name in names}
            _write(path, json.dumps(made))
        known = json.loads(path.read_text())
        return Secrets(*(known[name] for name in names[:3])), known["token"]

    def write_endpoints(self, endpoints: Mapping[str, Any]) -> None:
        _write(self.endpoints_file, json.dumps(endpoints, indent=2) + "\n")

    def endpoints(self) -> dict[str, Any]:
        """What runs where; empty when nothing does."""
        return json.loads(self.endpoints_file.read_text()) if self.endpoints_file.exists() else {}

    # A part is asked for by a file, which the stack's supervisor finds.

    def want(self, part: str) -> None:
        self._wanted.mkdir(exist_ok=True)
        (self._wanted / part).touch()

    def wanted(self) -> list[str]:
        return [path.name for path in self._wanted.iterdir()] if self._wanted.exists() else []

    def granted(self, part: str) -> None:
        (self._wanted / part).unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    """At once, and readable by its owner alone: it may hold passwords."""
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    partial.replace(path)
