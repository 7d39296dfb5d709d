"""``python -m benchmarks.during_import``: search while a price list is imported, beside search at rest.

One client asks one query after another, each of them new, on the same stack in both phases: the ratio is what counts.
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
from benchmarks.speed import await_index, drop, percentile, queries, stack

AT_MOST = 3.0
# More than are asked in any import; a query that was asked before would be answered from the cache.
QUERIES = 20_000
WARM_UP = 10


@dataclass
class Asked:
    """Milliseconds of each search, and how many were answered short; their time counts too."""

    times: list[float] = field(default_factory=list)
    short: int = 0

    def ask(self, client: httpx.Client, query: str) -> None:
        started = time.perf_counter()
        response = client.post("/search", json={"query": query})
        self.times.append((time.perf_counter() - started) * 1000)
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE or response.raise_for_status().json()["degraded"]:
            self.short += 1
        elif response.headers["x-cache"] != "miss":
            raise SystemExit(f"«{query}» came from the cache")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--materials", type=int, default=10_000, help="rows of the list that is imported")
    arguments.add_argument("--standing", type=int, default=10_000, help="materials that are there before")
    arguments.add_argument("--searches", type=int, default=300, help="at rest")
    arguments.add_argument("--port", type=int, default=8124)
    chosen = arguments.parse_args()
    listed = materials(chosen.standing + chosen.materials)
    asked = iter(queries(listed, QUERIES))
    with (
        stack(chosen.port) as (url, home),
        httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client,
        ThreadPoolExecutor(1) as importer,
    ):
        drop(client, "standing.csv", as_csv(listed[: chosen.standing]))
        await_index(home)
        rest, meanwhile = Asked(), Asked()
        for query in islice(asked, WARM_UP):
            Asked().ask(client, query)
        for query in islice(asked, chosen.searches):
            rest.ask(client, query)
        imported = importer.submit(drop, client, "assortment.csv", as_csv(listed[chosen.standing :]))
        while not imported.done():
            meanwhile.ask(client, next(asked))
        seconds, batch = imported.result()
        if batch["completed"] != chosen.materials:
            raise SystemExit(f"not every row was completed: {batch}")
    report(chosen.materials / seconds, rest, meanwhile)


def report(rows_per_second: float, rest: Asked, meanwhile: Asked) -> None:
    table = Table(title=f"uncached search while {rows_per_second:,.0f} rows/s are imported, one client")
    asked = (f"at rest ({len(rest.times)})", f"during the import ({len(meanwhile.times)})")
    for column in ("", *asked, "ratio", "at most"):
        table.add_column(column, justify="right")
    for percent, most in ((50, ""), (95, f"{AT_MOST:g}")):
        before, during = percentile(rest.times, percent), percentile(meanwhile.times, percent)
        table.add_row(f"p{percent}", f"{before:.1f} ms", f"{during:.1f} ms", f"{during / before:.2f}", most)
    table.add_row("refused or degraded", str(rest.short), str(meanwhile.short), "", "0")
    Console().print(table)


if __name__ == "__main__":
    main()
