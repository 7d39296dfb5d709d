"""The import speed of two checkouts side by side: rows per second, and CPU time per row by process.

Both stacks run at the same time and import each list in turns, so that a change of the machine's speed affects both. A
list starts when the vector index of the previous one has been built: that work counts for neither.

    python -m benchmarks.compare_import ../old        # another checkout, with a .venv of its own
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.cpu import GROUPS, spent
from benchmarks.floors import Floors, report_floors
from benchmarks.materials import Material, as_csv, materials
from benchmarks.speed import WARM_UP_ROWS
from benchmarks.stack import POLL_SECONDS, SUPPLIER

NEW_CHECKOUT = Path(__file__).parents[1]
IDLE_CHECK_SECONDS = 3.0
IDLE_CPU_SHARE = 0.05  # of a core; a stack that uses less is idle
CHANGED_EVERY = 20  # one row in twenty: 5 %
FIRST_IMPORT = "first import"


@dataclass
class Tree:
    name: str
    url: str
    home: Path
    root: int
    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, Counter[str]] = field(default_factory=dict)
    after_end: Counter[str] = field(default_factory=Counter)

    @property
    def endpoints(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.home / "endpoints.json").read_text())
        return found

    def import_list(self, phase: str, content: bytes, rows: int) -> None:
        """Import a list; work after its end is counted in ``after_end``."""
        before = spent(self.root)
        with httpx.Client(base_url=f"{self.url}/api/v1", timeout=120) as client:
            seconds, batch = drop_with_retries(client, "assortment.csv", content)
        if batch["completed"] + batch["needs_review"] != rows:
            raise SystemExit(f"{self.name}: not every row was settled: {batch}")
        after = spent(self.root)
        self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds
        self.cpu.setdefault(phase, Counter()).update({group: after[group] - before[group] for group in GROUPS})
        self.wait_until_idle()
        self.after_end[phase] += spent(self.root).total() - after.total()

    def wait_until_idle(self) -> None:
        """Wait until the vector index is built and the stack is idle."""
        qdrant = self.endpoints["qdrant"]
        address, key = f"{qdrant['url']}/collections/materials", {"api-key": qdrant["api_key"]}
        while True:
            before = spent(self.root)["Qdrant"]
            time.sleep(IDLE_CHECK_SECONDS)
            answer = httpx.get(address, headers=key, timeout=60).json()
            done = answer.get("result", {}).get("status") == "green"
            if done and spent(self.root)["Qdrant"] - before < IDLE_CPU_SHARE * IDLE_CHECK_SECONDS:
                return


def drop_with_retries(
    client: httpx.Client, file_name: str, content: bytes, *, supplier: int = SUPPLIER
) -> tuple[float, dict[str, Any]]:
    """Like :func:`benchmarks.speed.drop`, but repeats a request that is answered 503, as on a very busy machine."""
    ask = retrying(client)
    ticket = ask("POST", "/pricelists", json={"supplier_id": supplier, "file_name": file_name})
    upload = ticket["upload"]
    httpx.post(upload["url"], data=upload["fields"], files={"file": content}, timeout=120).raise_for_status()
    while not (batch := ask("GET", f"/batches/{ticket['request_id']}"))["finished_at"]:
        time.sleep(POLL_SECONDS)
    times = (datetime.fromisoformat(batch[name]) for name in ("finished_at", "created_at"))
    return (next(times) - next(times)).total_seconds(), batch


def retrying(client: httpx.Client) -> Callable[..., dict[str, Any]]:
    def ask(method: str, path: str, **content: Any) -> dict[str, Any]:
        while (answer := client.request(method, path, **content)).status_code == httpx.codes.SERVICE_UNAVAILABLE:
            time.sleep(POLL_SECONDS)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    return ask


@contextmanager
def stack(name: str, checkout: Path, port: int) -> Iterator[Tree]:
    with tempfile.TemporaryDirectory(prefix="quarry-compare-") as home:
        command = [str(checkout / ".venv/bin/quarry"), "up", "--home", home, "--port", str(port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=checkout) as process:
            try:
                assert process.stdout is not None
                line = next((line for line in process.stdout if line.startswith("ready ")), "")
                if not line:
                    raise SystemExit(f"{name}: the stack did not start")
                yield Tree(name, line.split()[1], Path(home), process.pid)
            finally:
                process.terminate()
                process.wait(60)


def editions(listed: list[Material], repeats: int) -> Iterator[tuple[str, list[Material]]]:
    """The list, then with one price changed, then with 5 % changed; each edition continues from the previous one."""
    yield FIRST_IMPORT, listed
    for number in range(repeats):
        listed = [replace(listed[0], price=f"{100 + number}.50"), *listed[1:]]
        yield "unchanged but for one price", listed
    for number in range(repeats):
        listed = [
            replace(material, price=f"{float(material.price) + 1:.2f}")
            if index % CHANGED_EVERY == number % CHANGED_EVERY
            else material
            for index, material in enumerate(listed)
        ]
        yield "5 % changed", listed


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("other", type=Path, help="the checkout to compare with")
    arguments.add_argument("--rows", type=int, default=20_000)
    arguments.add_argument(
        "--repeats", type=int, default=2, help="how often the list is imported again with each kind of change"
    )
    arguments.add_argument("--port", type=int, default=8141)
    chosen = arguments.parse_args()
    listed = materials(chosen.rows + WARM_UP_ROWS)
    warm_up, listed = listed[:WARM_UP_ROWS], listed[WARM_UP_ROWS:]
    with ExitStack() as running:
        old = running.enter_context(stack("old", chosen.other.resolve(), chosen.port))
        new = running.enter_context(stack("new", NEW_CHECKOUT, chosen.port + 1))
        for tree in (old, new):
            with httpx.Client(base_url=f"{tree.url}/api/v1", timeout=120) as client:
                # The functions' cold starts must not count.
                drop_with_retries(client, "warm-up.csv", as_csv(warm_up))
            tree.wait_until_idle()
        for phase, edition in editions(listed, chosen.repeats):
            for tree in (old, new):
                tree.import_list(phase, as_csv(edition), chosen.rows)
        report(old, new, chosen.rows, chosen.repeats)
        floors = Floors(new.root, new.endpoints).measure(as_csv(listed))
    report_floors(floors, new.cpu[FIRST_IMPORT], chosen.rows)


def report(old: Tree, new: Tree, rows: int, repeats: int) -> None:
    table = Table(
        title=f"{rows:,} rows; ms of CPU per row, of each checkout",
        caption="after the list: building the index, not included in the sum",
    )
    for column in ("list", "what", "old", "new", "new : old"):
        table.add_column(column, justify="left" if column in {"list", "what"} else "right")
    for phase in old.seconds:
        times = 1 if phase == FIRST_IMPORT else repeats
        speeds = [rows * times / tree.seconds[phase] for tree in (old, new)]
        table.add_row(phase, "rows/s", *(f"{speed:,.0f}" for speed in speeds), f"{speeds[1] / speeds[0]:.2f}")
        sums = [
            {**tree.cpu[phase], "sum": tree.cpu[phase].total(), "after the list": tree.after_end[phase]}
            for tree in (old, new)
        ]
        for group in (*GROUPS, "sum", "after the list"):
            spent_by = [each.get(group, 0.0) * 1000 / (rows * times) for each in sums]
            ratio = f"{spent_by[1] / spent_by[0]:.2f}" if spent_by[0] else ""
            table.add_row("", group, *(f"{milliseconds:.3f}" for milliseconds in spent_by), ratio)
        table.add_section()
    Console().print(table)


if __name__ == "__main__":
    main()
