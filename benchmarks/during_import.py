"""``python -m benchmarks.during_import``: search while a price list is imported, compared with search at rest.

One client sends one new query after another to the same stack in both phases: the ratio is what counts.
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.materials import as_csv, materials
from benchmarks.stack import await_index, drop, percentile, queries, stack

MAX_RATIO = 3.0
# More than any import leaves time for; a repeated query would be answered from the cache.
MAX_QUERIES = 20_000
WARM_UP_QUERIES = 10


@dataclass
class Searches:
    """Milliseconds of each search, and how many were refused or degraded; their time counts too."""

    times: list[float] = field(default_factory=list)
    incomplete: int = 0

    def send(self, client: httpx.Client, query: str) -> None:
        started = time.perf_counter()
        response = client.post("/search", json={"query": query})
        self.times.append((time.perf_counter() - started) * 1000)
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE or response.raise_for_status().json()["degraded"]:
            self.incomplete += 1
        elif response.headers["x-cache"] != "miss":
            raise SystemExit(f"«{query}» came from the cache")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--materials", type=int, default=10_000, help="rows of the imported list")
    arguments.add_argument("--standing", type=int, default=10_000, help="materials in the catalogue before the import")
    arguments.add_argument("--searches", type=int, default=300, help="number of searches at rest")
    arguments.add_argument("--port", type=int, default=8124)
    chosen = arguments.parse_args()
    listed = materials(chosen.standing + chosen.materials)
    new_queries = iter(queries(listed, MAX_QUERIES))
    with (
        stack(chosen.port) as (url, home),
        httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client,
        ThreadPoolExecutor(1) as importer,
    ):
        drop(client, "standing.csv", as_csv(listed[: chosen.standing]))
        await_index(home)
        rest, meanwhile = Searches(), Searches()
        for query in islice(new_queries, WARM_UP_QUERIES):
            Searches().send(client, query)
        for query in islice(new_queries, chosen.searches):
            rest.send(client, query)
        imported = importer.submit(drop, client, "assortment.csv", as_csv(listed[chosen.standing :]))
        while not imported.done():
            meanwhile.send(client, next(new_queries))
        seconds, batch = imported.result()
        if batch["completed"] + batch["needs_review"] != chosen.materials:
            raise SystemExit(f"not every row was settled: {batch}")
    report(chosen.materials / seconds, rest, meanwhile)


def report(rows_per_second: float, rest: Searches, meanwhile: Searches) -> None:
    table = Table(title=f"uncached search while {rows_per_second:,.0f} rows/s are imported, one client")
    phases = (f"at rest ({len(rest.times)})", f"during the import ({len(meanwhile.times)})")
    for column in ("", *phases, "ratio", "at most"):
        table.add_column(column, justify="right")
    for percent, limit in ((50, ""), (95, f"{MAX_RATIO:g}")):
        before, during = percentile(rest.times, percent), percentile(meanwhile.times, percent)
        table.add_row(f"p{percent}", f"{before:.1f} ms", f"{during:.1f} ms", f"{during / before:.2f}", limit)
    table.add_row("refused or degraded", str(rest.incomplete), str(meanwhile.incomplete), "", "0")
    Console().print(table)


if __name__ == "__main__":
    main()
