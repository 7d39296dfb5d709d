"""Searches compared, in one run, with what they cannot do without: the engine's bare query, and a handler without work.

An uncached search is compared with the same hybrid query sent to Qdrant through our client, which returns 20 complete
payloads; a cached one with ``GET /health``, which uses no store, through the same gateway. CPU time by process, and
wall time as one client sees it. The kinds of request take turns, so that a busy moment of the machine affects all.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.materials import as_csv, materials
from benchmarks.processes import Meter
from benchmarks.stack import await_index, drop, queries, stack
from quarry.adapters.interfaces import SparseVector
from quarry.adapters.local_embeddings import LocalEmbedder
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.domain.lexical import lexical_query
from quarry.runtime import run

_BLOCK_QUERIES = 25
_SHOWN_HITS = 20
_CANDIDATE_HITS = 150
# The processes whose CPU time counts; for cached answers the gateway's too.
_SEARCH = ("search", "qdrant", "redis", "postgresql")
_CACHED = ("search", "health", "redis", "api")
_BARE = ("own", "qdrant")


@dataclass(slots=True)
class Kind:
    """The measurements of one kind of request; times in milliseconds, CPU in seconds."""

    work: Callable[[str], object]
    counted: tuple[str, ...]
    times: list[float] = field(default_factory=list)
    spent: dict[str, float] = field(default_factory=dict)

    @property
    def cpu(self) -> float:
        """Milliseconds per request."""
        return sum(self.spent.get(name, 0.0) for name in self.counted) * 1000 / len(self.times)

    def wall(self, percent: int) -> float:
        return quantiles(self.times, n=100)[percent - 1]


def measure(url: str, home: Path, queries_sent: Sequence[str]) -> dict[str, Kind]:
    """Send each query once by every kind of request; none may be in the cache."""
    meter = Meter(home)
    qdrant = json.loads((home / "endpoints.json").read_text())["qdrant"]
    engine = QdrantVectorDatabase(qdrant["url"], qdrant["api_key"], model=LocalEmbedder.model)
    embedder = LocalEmbedder()
    vectors = {
        query: (vector, SparseVector(*lexical_query(query)))
        for query, vector in zip(queries_sent, run(embedder.embed(list(queries_sent))), strict=True)
    }

    def bare(limit: int) -> Callable[[str], object]:
        def query(text: str) -> object:
            dense, sparse = vectors[text]
            return run(engine.search("materials", dense, limit, sparse=sparse))

        return query

    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
        kinds = {
            "bare query, 20 payloads": Kind(bare(_SHOWN_HITS), _BARE),
            "bare query, 150 payloads": Kind(bare(_CANDIDATE_HITS), _BARE),
            "GET /health": Kind(lambda _: client.get("/health").raise_for_status(), _CACHED),
            "search, uncached": Kind(lambda text: _search(client, text, "miss"), _SEARCH),
            "search, cached": Kind(lambda text: _search(client, text, "hit"), _CACHED),
        }
        for kind in list(kinds.values())[:3]:
            kind.work(queries_sent[0])
        for start in range(0, len(queries_sent), _BLOCK_QUERIES):
            for kind in kinds.values():
                with meter.into(kind.spent):
                    for query in queries_sent[start : start + _BLOCK_QUERIES]:
                        began = time.perf_counter()
                        kind.work(query)
                        kind.times.append((time.perf_counter() - began) * 1000)
    run(engine.close())
    return kinds


def _search(client: httpx.Client, query: str, cache: str) -> None:
    response = client.post("/search", json={"query": query}).raise_for_status()
    if response.headers["x-cache"] != cache:
        raise SystemExit(f"«{query}»: X-Cache {response.headers['x-cache']} in place of {cache}")


def ratios(kinds: dict[str, Kind]) -> dict[str, float]:
    """The cost of each search as a multiple of its floor."""
    uncached, cached, empty = kinds["search, uncached"], kinds["search, cached"], kinds["GET /health"]
    return {
        "uncached, CPU / bare query with 20 payloads": uncached.cpu / kinds["bare query, 20 payloads"].cpu,
        "uncached, CPU / bare query with 150 payloads": uncached.cpu / kinds["bare query, 150 payloads"].cpu,
        "cached, wall p50 / GET /health": cached.wall(50) / empty.wall(50),
        "cached, wall p95 / GET /health": cached.wall(95) / empty.wall(95),
        "cached, CPU / GET /health": cached.cpu / empty.cpu,
    }


def report(kinds: dict[str, Kind]) -> None:
    names = ("search", "health", "qdrant", "redis", "postgresql", "api", "own")
    table = Table(title="One client; CPU in ms per request, by process")
    for column in ("what", "p50 ms", "p95 ms", "CPU counted", *names):
        table.add_column(column, justify="left" if column == "what" else "right")
    for label, kind in kinds.items():
        parts = [f"{kind.spent.get(name, 0.0) * 1000 / len(kind.times):.2f}" for name in names]
        table.add_row(label, f"{kind.wall(50):.1f}", f"{kind.wall(95):.1f}", f"{kind.cpu:.2f}", *parts)
    console = Console()
    console.print(table)
    for label, ratio in ratios(kinds).items():
        console.print(f"{label}: {ratio:.2f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--materials", type=int, default=20_000)
    arguments.add_argument("--searches", type=int, default=300)
    arguments.add_argument("--port", type=int, default=8124)
    chosen = arguments.parse_args()
    listed = materials(chosen.materials)
    with stack(chosen.port) as (url, home):
        with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
            drop(client, "assortment.csv", as_csv(listed))
            await_index(home)
            made = queries(listed, chosen.searches + 50)
            for query in made[chosen.searches :]:
                client.post("/search", json={"query": query}).raise_for_status()
        report(measure(url, home, made[: chosen.searches]))


if __name__ == "__main__":
    main()
