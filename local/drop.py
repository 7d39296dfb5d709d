"""``quarry drop``: upload price lists, show their progress, report their results."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from local.client import FINAL_STATUSES, Api, ApiFailure, ApiUnavailable
from local.export import harmless
from local.notices import WaitNotices

POLL_SECONDS = 0.25
COUNTS = ("total", "completed", "failed", "needs_review")


@dataclass
class Dropped:
    """What is known of one file so far; ``request_id`` is None as long as it is not uploaded."""

    file: Path
    since: float = field(default_factory=time.monotonic)
    request_id: str | None = None
    progress: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    errors: list[Mapping[str, Any]] = field(default_factory=list)

    def ends(self, progress: Mapping[str, Any]) -> bool:
        self.progress = progress
        if progress["status"] not in FINAL_STATUSES:
            return False
        self.seconds = round(time.monotonic() - self.since, 2)
        return True

    def refuse(self, message: str) -> None:
        self.progress = {"status": "failed", "error": {"code": "not_uploaded", "message": message}}

    def result(self) -> dict[str, Any]:
        """As ``quarry drop --json`` prints it."""
        known = self.progress
        return {
            "file": str(self.file),
            "request_id": self.request_id,
            "status": known.get("status", "received" if self.request_id else "not_uploaded"),
            **{name: known.get(name, 0) for name in COUNTS},
            "offers": known.get("offers", 0),
            "materials_created": known.get("materials_created") or 0,
            "errors": self.errors,
            "seconds": self.seconds,
            "error": known.get("error"),
            "rows_seen": known.get("rows_seen"),
            "attention": known.get("attention", []),
        }


class Drop:
    """One import of several files. What is known of them can be asked for at any time, also when it broke off."""

    def __init__(self, api: Api, files: Sequence[Path]) -> None:
        self._api = api
        self._files = [Dropped(file) for file in files]

    @property
    def results(self) -> list[dict[str, Any]]:
        """One for each file."""
        return [one.result() for one in self._files]

    def upload(self, supplier_id: int) -> None:
        """A file that is refused does not stop the others; an API that does not answer does."""
        for one in self._files:
            one.since = time.monotonic()
            try:
                one.request_id = self._api.upload(one.file, supplier_id=supplier_id)
            except ApiUnavailable:
                raise
            except (ApiFailure, OSError) as error:
                one.refuse(str(error))

    def follow(self, console: Console) -> None:
        """Show the progress until every import has ended."""
        running = [one for one in self._files if one.request_id]
        if not running:
            return
        uploaded = list(running)
        with _bars(console) as bars:
            notices = WaitNotices(bars.console)
            tasks = {one.request_id: bars.add_task(escape(harmless(one.file.name)), total=None) for one in running}
            while running:
                round_started = time.monotonic()
                for one in list(running):
                    progress = self._api.get(f"/batches/{one.request_id}", on_wait=notices.show)
                    notices.show_waiting(one.file, progress)
                    finished = progress["completed"] + progress["failed"] + progress["needs_review"]
                    bars.update(tasks[one.request_id], total=progress["total"] or None, completed=finished)
                    if one.ends(progress):
                        running.remove(one)
                # Polling takes CPU time from the import: a pause as long as the round leaves it at least half.
                time.sleep(max(POLL_SECONDS, time.monotonic() - round_started))
            for one in uploaded:
                one.errors = list(self._api.pages(f"/batches/{one.request_id}/errors", on_wait=notices.show))


def succeeded(results: Sequence[dict[str, Any]]) -> bool:
    return all(result["status"] not in {"failed", "not_uploaded"} for result in results)


def _bars(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows"),
        TimeElapsedColumn(),
        console=console,
    )
