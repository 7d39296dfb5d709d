"""``quarry drop``: upload price lists, show their progress, report their results."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from local.client import FINAL_STATUSES, Api
from local.export import harmless

POLL_SECONDS = 0.25
COUNTS = ("total", "completed", "failed", "needs_review")


def drop(api: Api, files: Sequence[Path], supplier_id: int, console: Console, *, wait: bool) -> list[dict[str, Any]]:
    """One result for each file, as ``quarry drop --json`` prints it."""
    started = {api.upload(file, supplier_id): (file, time.monotonic()) for file in files}
    if not wait:
        return [
            _result(file, {"request_id": request_id, "status": "received"}) for request_id, (file, _) in started.items()
        ]
    results: dict[str, dict[str, Any]] = {}
    with _bars(console) as bars:
        notices = _WaitNotices(bars)
        tasks = {
            request_id: bars.add_task(escape(harmless(file.name)), total=None)
            for request_id, (file, _) in started.items()
        }
        while len(results) < len(started):
            round_started = time.monotonic()
            for request_id, (file, since) in started.items():
                if request_id in results:
                    continue
                progress = api.get(f"/batches/{request_id}", on_wait=notices.show)
                notices.show_waiting(file, progress)
                finished = progress["completed"] + progress["failed"] + progress["needs_review"]
                bars.update(tasks[request_id], total=progress["total"] or None, completed=finished)
                if progress["status"] in FINAL_STATUSES:
                    seconds = round(time.monotonic() - since, 2)
                    results[request_id] = _result(file, progress, seconds=seconds)
            # Polling takes CPU time from the import: a pause as long as the round leaves it at least half.
            time.sleep(max(POLL_SECONDS, time.monotonic() - round_started))
        for request_id, result in results.items():
            result["errors"] = list(api.pages(f"/batches/{request_id}/errors", on_wait=notices.show))
    return list(results.values())


class _WaitNotices:
    """Prints each reason for waiting once, above the progress bars."""

    def __init__(self, bars: Progress) -> None:
        self._console = bars.console
        self._shown: set[str] = set()

    def show(self, reason: str) -> None:
        if reason not in self._shown:
            self._shown.add(reason)
            self._console.print(f"Waiting: {escape(harmless(reason))}")

    def show_waiting(self, file: Path, progress: Mapping[str, Any]) -> None:
        """What the batch itself reports that it waits for."""
        if waiting := progress.get("waiting"):
            self.show(f"{file.name}: {waiting['reason']}")


def succeeded(results: Sequence[dict[str, Any]]) -> bool:
    return all(result["status"] != "failed" for result in results)


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


def _result(file: Path, progress: Mapping[str, Any], seconds: float | None = None) -> dict[str, Any]:
    return {
        "file": str(file),
        "request_id": progress["request_id"],
        "status": progress["status"],
        **{name: progress.get(name, 0) for name in COUNTS},
        "offers": progress.get("offers", 0),
        "materials_created": progress.get("materials_created") or 0,
        "errors": [],
        "seconds": seconds,
        "error": progress.get("error"),
        "rows_seen": progress.get("rows_seen"),
        "attention": progress.get("attention", []),
    }
