"""``make bench``: the import from upload to searchable, and search as one client sees it.

First as ratios to the floors of the same run, which are similar on any machine, then with the specification's figures.
"""

import argparse
import json
import time
from itertools import islice

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import cache_hits, search_floor
from benchmarks.cpu import spent
from benchmarks.floors import Floors, report_floors
from benchmarks.materials import as_csv, materials
from benchmarks.stack import await_index, drop, percentile, queries, stack

WARM_UP_ROWS = 3_000  # three chunks, so that every environment that processes them has started
NEW_ROWS = 100  # materials added by imports during the Zipf load
ZIPF_QUERIES = 500
ZIPF_REQUESTS = 6_000


def latencies(client: httpx.Client, queries_sent: list[str], cache: str) -> list[float]:
    """Milliseconds of each search; every answer must have the cache state ``cache``."""
    times = []
    for query in queries_sent:
        started = time.perf_counter()
        response = client.post("/search", json={"query": query})
        times.append((time.perf_counter() - started) * 1000)
        answer = response.raise_for_status().json()
        if response.headers["x-cache"] != cache or answer["degraded"]:
            raise SystemExit(f"«{query}»: X-Cache {response.headers['x-cache']}, degraded {answer['degraded']}")
    return times


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--materials", type=int, default=20_000)
    arguments.add_argument("--searches", type=int, default=300)
    arguments.add_argument("--port", type=int, default=8123)
    chosen = arguments.parse_args()
    drawn = materials(chosen.materials + WARM_UP_ROWS + NEW_ROWS)
    listed, new = drawn[:-NEW_ROWS], drawn[-NEW_ROWS:]
    with stack(chosen.port) as (url, home), httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
        endpoints = json.loads((home / "endpoints.json").read_text())
        root = psutil.Process(endpoints["api"]["pid"]).ppid()
        drop(client, "warm-up.csv", as_csv(listed[:WARM_UP_ROWS]))  # the functions' cold starts must not count
        await_index(home)
        before = spent(root)
        seconds, batch = drop(client, "assortment.csv", as_csv(listed[WARM_UP_ROWS:]))
        imported = spent(root) - before
        if batch["completed"] + batch["needs_review"] != chosen.materials:
            raise SystemExit(f"not every row was settled: {batch}")
        again, _ = drop(client, "assortment.csv", as_csv(listed[WARM_UP_ROWS:])[:-2] + b"1\n")
        index_seconds = await_index(home)
        new_queries = iter(queries(listed, 10 + 2 * chosen.searches + ZIPF_QUERIES))
        latencies(client, list(islice(new_queries, 10)), "miss")
        queries_sent = list(islice(new_queries, chosen.searches))
        uncached = latencies(client, queries_sent, "miss")
        cached = latencies(client, queries_sent, "hit")
        searches = search_floor.measure(url, home, list(islice(new_queries, chosen.searches)))
        load = cache_hits.measure(url, listed[WARM_UP_ROWS:], new, list(new_queries), ZIPF_REQUESTS)
        floors = Floors(root, endpoints).measure(as_csv(listed[WARM_UP_ROWS:]))
    report_floors(floors, imported, chosen.materials)
    search_floor.report(searches)
    cache_hits.report(load)
    report(chosen.materials, seconds, again, index_seconds, uncached, cached)


def report(
    count: int, seconds: float, again: float, index_seconds: float, uncached: list[float], cached: list[float]
) -> None:
    table = Table(title=f"{count:,} materials, {len(uncached)} searches, one client")
    for column in ("what", "measured", "specification", "our aim"):
        table.add_column(column, justify="left" if column == "what" else "right")
    table.add_row("first import, drop to searchable", f"{count / seconds:,.0f} rows/s", "1,000 rows/s", "2,000 rows/s")
    table.add_row("the same list again, one price changed", f"{count / again:,.0f} rows/s", "", "")
    table.add_row("vector index, built in the background", f"{index_seconds:.0f} s", "", "")
    for name, times, wanted, aim in (("uncached", uncached, "500 ms", "30 ms"), ("cached", cached, "100 ms", "10 ms")):
        table.add_row(f"search {name}, p50", f"{percentile(times, 50):.1f} ms", "", "")
        table.add_row(f"search {name}, p95", f"{percentile(times, 95):.1f} ms", wanted, aim)
    Console().print(table)


if __name__ == "__main__":
    main()
