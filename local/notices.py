"""Reasons for waiting, as a person is told them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from local.export import harmless


class WaitNotices:
    """Prints each reason for waiting once; on a console with progress bars, above them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: set[str] = set()

    def show(self, reason: str) -> None:
        if reason not in self._shown:
            self._shown.add(reason)
            self._console.print(f"Waiting: {escape(harmless(reason))}")

    def show_waiting(self, file: Path, progress: Mapping[str, Any]) -> None:
        """What the batch itself reports that it waits for."""
        if waiting := progress.get("waiting"):
            self.show(f"{file.name}: {waiting['reason']}")
