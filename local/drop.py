"""``quarry drop``: upload price lists, follow them, say what came of them."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from local.client import ENDED, Api
from local.export import harmless

POLL_SECONDS = 0.25
COUNTS = ("total", "completed", "failed", "needs_review")


def drop(api: Api, files: Sequence[Path], supplier_id: int, console: Console, *, wait: bool) -> list[dict[str, Any]]:
    """One result a file, as ``quarry drop --json`` prints it."""
    started = {api.upload(file, supplier_id): (file, time.monotonic()) for file in files}
    if not wait:
        return [
            _result(file, {"request_id": request_id, "status": "received"}) for request_id, (file, _) in started.items()
        ]
    results: dict[str, dict[str, Any]] = {}
    with _bars(console) as bars:
        teller = _Teller(bars)
        tasks = {
            request_id: bars.add_task(escape(harmless(file.name)), total=None)
            for request_id, (file, _) in started.items()
        }
        while len(results) < len(started):
            asked = time.monotonic()
            for request_id, (file, since) in started.items():
                if request_id in results:
                    continue
                progress = api.get(f"/batches/{request_id}", waiting=teller.tell)
                teller.tell_waiting(file, progress)
                settled = progress["completed"] + progress["failed"] + progress["needs_review"]
                bars.update(tasks[request_id], total=progress["total"] or None, completed=settled)
                if progress["status"] in ENDED:
                    seconds = round(time.monotonic() - since, 2)
                    results[request_id] = _result(file, progress, seconds=seconds)
            # Asking costs the machine what the import needs: at most half of the time on a slow one.
            time.sleep(max(POLL_SECONDS, time.monotonic() - asked))
        for request_id, result in results.items():
            result["errors"] = list(api.pages(f"/batches/{request_id}/errors", waiting=teller.tell))
    return list(results.values())


class _Teller:
    """Says above the bars what is waited for, once."""

    def __init__(self, bars: Progress) -> None:
        self._console = bars.console
        self._told: set[str] = set()

    def tell(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            self._console.print(f"Waiting: {escape(harmless(what))}")

    def tell_waiting(self, file: Path, progress: Mapping[str, Any]) -> None:
        """What the batch itself waits for, when it says so."""
        if waiting := progress.get("waiting"):
            self.tell(f"{file.name}: {waiting['reason']}")


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
    }
