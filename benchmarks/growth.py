"""``python -m benchmarks.growth``: what an import and a search cost as the catalogue grows to a million materials.

The catalogue is copied into PostgreSQL and indexed from there, as after a restore. At each size another supplier's list
is imported and queries are sent: CPU time by process, wall times, and the room that the stores take.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.candidates import add, look_at_tables, other_list
from benchmarks.compare_import import drop_with_retries
from benchmarks.cpu import GROUPS, spent
from benchmarks.growing import growing
from benchmarks.materials import Material, as_csv
from benchmarks.processes import Meter
from benchmarks.stack import await_index, percentile, stack
from local import ROOT
from quarry.adapters.local_embeddings import LocalEmbedder
from quarry.adapters.postgresql.connection import Session
from quarry.adapters.postgresql.copying import copy_rows
from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.adapters.qdrant.vector_database import QdrantVectorDatabase
from quarry.domain.text import tokens
from quarry.runtime import run
from quarry.services.indexing import IndexingService

SIZES = (10_000, 100_000, 1_000_000)
LIST_ROWS = 3_000
SEARCHES = 100
BLOCK = 4_000
FILLING = 8  # one waits for PostgreSQL or Qdrant most of its time
INDEXING_THRESHOLD_KB = 10_000
CONNECT_SECONDS = 30.0
FIRST_SUPPLIER = 201
COLLECTION = "materials"
NOTHING_PENDING = """
INSERT INTO index_watermarks (model, complete_until) VALUES (:model, now() + interval '1 day')
ON CONFLICT (model) DO UPDATE SET complete_until = excluded.complete_until
"""
UPKEEP = """
import time
from quarry import beginning
from quarry.dependencies.maintenance import maintenance
from quarry.runtime import run

service = maintenance()
started = time.process_time()
outcomes = run(service.upkeep())
failed = [name for name, outcome in outcomes.items() if outcome["status"] != "done"]
assert not failed, outcomes
print((time.process_time() - started) * 1000)
"""
ASKED = 21
FACETS = ["category", "unit"]
BESIDE = ("own", "maintenance", "s3")  # not of a request
CHART = Path(__file__).parents[1] / "docs/pictures/growth.png"


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of CPU per row and per request, wall times in ms, sizes in MB.

    ``row``: of another supplier's first list; ``again``: of a row of the same list with 5 % of the prices changed;
    ``others``: by request, and one run of the upkeep. ``indexed``: how many of the materials the vector index holds.
    """

    materials: int
    indexed: int
    row: dict[str, float]
    again: dict[str, float]
    search: float
    search_p50: float
    search_p95: float
    others: dict[str, float]
    postgresql_mb: float
    qdrant_disk_mb: float
    qdrant_memory_mb: float


class Stores:
    """PostgreSQL and the vector index of a running stack, as a process opens them that fills them."""

    def __init__(self, home: Path) -> None:
        self.endpoints = json.loads((home / "endpoints.json").read_text())
        self.postgresql = self.endpoints["postgresql"]["url"]
        self.db = PostgreSQLDatabase(self.postgresql, connect_timeout=CONNECT_SECONDS)
        embedder, qdrant = LocalEmbedder(), self.endpoints["qdrant"]
        vectors = QdrantVectorDatabase(
            qdrant["url"], qdrant["api_key"], model=embedder.model, connect_timeout=CONNECT_SECONDS
        )
        self._indexing = IndexingService(self.db, vectors, embedder, COLLECTION)

    def add(self, names: Sequence[str], first: int, *, indexed: bool) -> int:
        """Copy materials into PostgreSQL and index them from there; returns how many there are more."""
        ids = add(self.db, names, first)
        return run(self._indexing.index(ids)) if indexed else len(ids)

    def index_rest(self) -> None:
        while run(self._indexing.index_pending(BLOCK)):
            pass

    def index_none(self) -> None:
        """Have the upkeep leave out of the index what is copied from now on."""
        run(self.db.execute_command(NOTHING_PENDING, {"model": LocalEmbedder.model}))


@cache
def _stores(home: Path) -> Stores:
    return Stores(home)


def _add(home: Path, indexed: bool, block: tuple[int, list[str]]) -> int:
    first, names = block
    return _stores(home).add(names, first, indexed=indexed)


class Catalogue:
    """A running stack whose catalogue is filled."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._stores = Stores(home)
        self.endpoints = self._stores.endpoints
        self.root = psutil.Process(self.endpoints["api"]["pid"]).ppid()

    def grow(self, names: Sequence[str], first: int, *, indexed: bool) -> None:
        """Add materials, in several processes; the graph of the vectors is built once, when all are there."""
        if not indexed:
            self._stores.index_none()
        self._build_graphs(0)
        blocks = [(first + start, list(names[start : start + BLOCK])) for start in range(0, len(names), BLOCK)]
        with ProcessPoolExecutor(FILLING, mp_context=get_context("spawn")) as workers:
            filled = first
            for done in workers.map(partial(_add, self.home, indexed), blocks):
                filled += done
                print(f"{time.strftime('%H:%M:%S')} {filled:,} materials", file=sys.stderr, flush=True)
        counts = Counter(token for name in names for token in dict.fromkeys(tokens(name)))
        run(self._stores.db.transaction(lambda session: _count_words(session, counts)))
        self._stores.index_rest()
        self._build_graphs(INDEXING_THRESHOLD_KB)
        look_at_tables(self._stores.postgresql)
        await_index(self.home)

    def upkeep(self) -> float:
        """Run the upkeep with the settings of the stack's own function; returns milliseconds of its CPU."""
        folder = ROOT / "functions/maintenance"
        environments = psutil.Process(self.endpoints["api"]["pid"]).children(recursive=True)
        process = next(one for one in environments if one.cwd() == str(folder))
        command = [sys.executable, "-c", UPKEEP]
        answer = subprocess.run(command, check=True, cwd=folder, env=process.environ(), stdout=subprocess.PIPE)
        return float(answer.stdout.split()[-1])

    def _build_graphs(self, threshold: int) -> None:
        """Qdrant's own way for a bulk: a threshold of 0 puts the graph off."""
        qdrant = self.endpoints["qdrant"]
        httpx.patch(
            f"{qdrant['url']}/collections/{COLLECTION}",
            headers={"api-key": qdrant["api_key"]},
            json={"optimizers_config": {"indexing_threshold": threshold}},
        ).raise_for_status()

    def sizes(self) -> tuple[float, float, float]:
        """Megabytes of PostgreSQL's database, of Qdrant's files and of its memory."""
        (row,) = run(self._stores.db.execute_query("SELECT pg_database_size(current_database()) AS bytes"))
        files = sum(path.stat().st_size for path in (self.home / "qdrant").rglob("*") if path.is_file())
        qdrant = psutil.Process(self.endpoints["qdrant"]["pid"])
        memory = sum(process.memory_info().rss for process in (qdrant, *qdrant.children(recursive=True)))
        return row["bytes"] / 1e6, files / 1e6, memory / 1e6


def _count_words(session: Session, counts: Counter[str]) -> None:
    session.execute("CREATE TEMPORARY TABLE counted (term text, count integer) ON COMMIT DROP")
    copy_rows(session, "counted", ("term", "count"), counts.items())
    session.execute(
        "INSERT INTO search_terms (term, count) SELECT term, count FROM counted "
        "ON CONFLICT (term) DO UPDATE SET count = search_terms.count + excluded.count"
    )


def measure(client: httpx.Client, catalogue: Catalogue, names: Sequence[str], indexed: int, number: int) -> Measured:
    rows = [
        Material(name, "Разное", "шт", f"{100 + place}.00", f"B-{number}-{place}")
        for place, name in enumerate(other_list(names, LIST_ROWS))
    ]
    changed = [replace(row, price=f"{200 + place}.00") if place % 20 == 0 else row for place, row in enumerate(rows)]
    first, again = (_imported(client, catalogue, FIRST_SUPPLIER + number, edition) for edition in (rows, changed))
    queries = [" ".join(name.split()[:4]) for name in other_list(names[number:], 2 * SEARCHES)]
    for query in queries[SEARCHES:]:  # PostgreSQL's and Qdrant's caches
        client.post("/search", json={"query": query})
    meter, used = Meter(catalogue.home), {}
    with meter.into(used):
        searched = [_timed(client, {"query": query}) for query in queries[:SEARCHES]]
    others = {name: _asked(client, meter, path, listed) for name, (path, listed) in _others(names).items()}
    postgresql, disk, memory = catalogue.sizes()
    return Measured(
        materials=len(names),
        indexed=indexed,
        row=first,
        again=again,
        search=_total(used, SEARCHES),
        search_p50=percentile(searched, 50),
        search_p95=percentile(searched, 95),
        others={**others, "upkeep": _upkeep(meter, catalogue)},
        postgresql_mb=postgresql,
        qdrant_disk_mb=disk,
        qdrant_memory_mb=memory,
    )


def _others(names: Sequence[str]) -> dict[str, tuple[str, list[dict[str, object]]]]:
    """Requests of each kind: the path, and what is sent. None is answered from the cache."""
    words = [name.split()[place % 3][:4] for place, name in enumerate(other_list(names, ASKED))]
    return {
        "browse": ("/search", [{"query": "", "limit": 1 + n} for n in range(ASKED)]),
        "browse with facets": ("/search", [{"query": "", "facets": FACETS, "limit": 50 + n} for n in range(ASKED)]),
        "search with facets": ("/search", [{"query": word, "facets": FACETS} for word in dict.fromkeys(words)]),
        "suggestions": ("/search/suggestions", [{"q": word} for word in dict.fromkeys(words)]),
        "suppliers": ("/suppliers", [{}] * ASKED),
        "statistics": ("/batches/statistics", [{}] * ASKED),
        "health/full": ("/health/full", [{}] * ASKED),
    }


def _asked(client: httpx.Client, meter: Meter, path: str, sent: Sequence[dict[str, object]]) -> float:
    """Milliseconds of CPU of a request, on average; the first is not counted."""
    used: dict[str, float] = {}
    first, *others = sent
    _ask(client, path, first)
    with meter.into(used):
        for one in others:
            _ask(client, path, one)
    return _total(used, len(others))


def _ask(client: httpx.Client, path: str, sent: dict[str, object]) -> None:
    request = {"json": sent} if path == "/search" else {"params": sent}
    method = "POST" if path == "/search" else "GET"
    while (answer := client.request(method, path, **request)).status_code == httpx.codes.SERVICE_UNAVAILABLE:
        pass
    answer.raise_for_status()


def _total(used: Mapping[str, float], times: int) -> float:
    return sum(seconds for part, seconds in used.items() if part not in BESIDE) * 1000 / times


def _upkeep(meter: Meter, catalogue: Catalogue) -> float:
    """Of one run of the maintenance's upkeep, when nothing is left to do: the second one."""
    stores = ("qdrant", "postgresql", "redis")
    for _ in range(2):
        used: dict[str, float] = {}
        with meter.into(used):
            own = catalogue.upkeep()
    return own + sum(used.get(store, 0.0) for store in stores) * 1000


def _imported(client: httpx.Client, catalogue: Catalogue, supplier: int, rows: Sequence[Material]) -> dict[str, float]:
    """Milliseconds of CPU per row, by group of processes, until the list has ended."""
    before = spent(catalogue.root)
    drop_with_retries(client, "list.csv", as_csv(list(rows)), supplier=supplier)
    after = spent(catalogue.root)
    await_index(catalogue.home)
    return {group: (after[group] - before[group]) * 1000 / LIST_ROWS for group in GROUPS}


def _timed(client: httpx.Client, body: dict[str, object]) -> float:
    started = time.perf_counter()
    while client.post("/search", json=body).status_code == httpx.codes.SERVICE_UNAVAILABLE:
        pass
    return (time.perf_counter() - started) * 1000


def report(found: Sequence[Measured]) -> None:
    table = Table(title=f"A list of {LIST_ROWS:,} rows and {SEARCHES} new queries at each size")
    columns = (
        "materials",
        "indexed",
        *(f"{group} ms/row" for group in GROUPS),
        "row : first",
        "5 % changed",
        "search CPU ms",
        "search : first",
    )
    for column in (*columns, "p50 ms", "p95 ms", "PostgreSQL MB", "Qdrant MB", "of it in memory"):
        table.add_column(column, justify="right")
    first = found[0]
    for one in found:
        sizes = (one.postgresql_mb, one.qdrant_disk_mb, one.qdrant_memory_mb)
        table.add_row(
            f"{one.materials:,}",
            f"{one.indexed:,}",
            *(f"{one.row[group]:.2f}" for group in GROUPS),
            f"{sum(one.row.values()) / sum(first.row.values()):.2f}",
            f"{sum(one.again.values()):.2f}",
            f"{one.search:.1f}",
            f"{one.search / first.search:.2f}",
            *(f"{value:.0f}" for value in (one.search_p50, one.search_p95, *sizes)),
        )
    requests = Table(title="Milliseconds of CPU of other requests, and of one run of the upkeep")
    for column in ("materials", *first.others):
        requests.add_column(column, justify="right")
    for one in found:
        requests.add_row(f"{one.materials:,}", *(f"{value:.1f}" for value in one.others.values()))
    console = Console(width=220)
    console.print(table)
    console.print(requests)


def draw(found: Sequence[Measured]) -> None:
    """The cost of a row and of a search as multiples of what they cost in the smallest catalogue."""
    from matplotlib import pyplot as plt

    sizes = [one.materials for one in found]
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    first = found[0]
    lines = {
        "a row of an import": [sum(one.row.values()) / sum(first.row.values()) for one in found],
        "a search": [one.search / first.search for one in found if one.indexed == one.materials],
        "if it grew with the catalogue": [one.materials / first.materials for one in found],
    }
    for label, values in lines.items():
        dashed = label.startswith("if")
        axes.plot(
            sizes[: len(values)], values, marker=None if dashed else "o", linestyle=":" if dashed else "-", label=label
        )
    axes.set(xscale="log", xlabel="materials in the catalogue", ylabel="CPU, as a multiple of the first", ylim=(0, 6))
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.legend()
    axes.grid(alpha=0.3)
    CHART.parent.mkdir(exist_ok=True)
    figure.savefig(CHART, dpi=120)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    arguments.add_argument("--indexed", type=int, help="larger sizes grow in PostgreSQL alone, which takes less time")
    arguments.add_argument("--port", type=int, default=8126)
    arguments.add_argument("--json", type=Path, help="write the figures to this file too")
    chosen = arguments.parse_args()
    most = chosen.indexed or chosen.sizes[-1]
    found: list[Measured] = []
    names: list[str] = []
    indexed = 0
    source = growing(chosen.sizes[-1])
    os.environ["VECTOR_QUANTIZATION"] = "scalar"  # as docs/scale.md advises for many materials
    with stack(chosen.port) as (url, home), httpx.Client(base_url=f"{url}/api/v1", timeout=120) as client:
        catalogue = Catalogue(home)
        for place in range(2):  # the functions' cold starts must not count
            warm_up = [Material(f"Разогрев {n}", "Разное", "шт", "1.00", f"W-{n}") for n in range(LIST_ROWS)]
            _imported(client, catalogue, FIRST_SUPPLIER - 1 - place, warm_up)
        for number, size in enumerate(chosen.sizes):
            added = list(islice(source, size - len(names)))
            catalogue.grow(added, len(names), indexed=size <= most)
            names += added
            indexed = len(names) if size <= most else indexed
            found.append(measure(client, catalogue, names, indexed, number))
            report(found)
            if chosen.json:
                chosen.json.write_text(json.dumps([asdict(one) for one in found], indent=1))
    draw(found)


if __name__ == "__main__":
    main()
