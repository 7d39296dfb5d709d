"""``python -m benchmarks.scale``: a week of Quarry with 10, 1,000 and 100,000 suppliers, simulated.

Lists come as suppliers send them, most on Monday morning; functions, PostgreSQL and Qdrant serve them with the CPU
times that :mod:`benchmarks.growth` measured (``benchmarks/growth.json``). Printed are how long a list waits, how busy
each part is and which is full first, how much room the stores take, and what a month costs.
"""

import argparse
import json
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import simpy
from rich.console import Console
from rich.table import Table

MEASURED = Path(__file__).with_name("growth.json")
HOUR, DAY = 3600.0, 24 * 3600.0
WEEKS_PER_MONTH = 52 / 12
# From template.yaml: MaximumConcurrency of the queues' mappings, memory in GB, rows of a chunk.
PLAN_ENVIRONMENTS, PROCESS_ENVIRONMENTS, FUNCTION_GB, SEARCH_GB, CHUNK_ROWS = 5, 10, 2.0, 1.75, 1000
PLAN_SHARE = 0.25  # of the functions' time for a row: reading it and writing its record
CHANGED_SHARE = 0.05  # rows of a list whose price changes from one week to the next
HIT_RATE = 0.8  # the specification's; `make bench` prints what is reached
SEARCHES_PER_BUYER, PEAK_HOUR_SHARE = 100, 0.2  # a working day's
# Where lists come: the share of a week's lists in the hour of the week (Monday 0:00 is 0).
MONDAY_MORNING, WORKING_DAYS = 0.3, 5
# Bytes: a record kept for 30 days; float32 vectors of 1,536 numbers, int8 when quantised, links of the graph (m = 16).
RECORD_BYTES, VECTOR_NUMBERS, GRAPH_BYTES = 700, 1536, 300
TOKENS_PER_NAME = 20
# List prices of us-east-1 in dollars, to be looked up anew before anyone relies on them.
PRICES = {
    "Lambda, GB-second (arm64)": 0.0000133334,
    "requests, million (Lambda, SQS, API)": 1.0 + 0.2 + 3 * 0.4,
    "PostgreSQL, core-month (RDS, one zone)": 75.0,
    "PostgreSQL, GB-month": 0.115,
    "Qdrant Cloud, GB of memory and month": 20.0,
    "Redis, GB-month": 12.0,
    "S3, GB-month": 0.023,
    "logs, GB": 0.5,
    "OpenAI, million tokens": 0.02,
}


@dataclass(frozen=True, slots=True)
class Scenario:
    suppliers: int
    rows: int  # of a list; each supplier sends one a week
    materials: int
    buyers: int
    postgresql_cores: int
    qdrant_cores: int
    plan: int = PLAN_ENVIRONMENTS
    process: int = PROCESS_ENVIRONMENTS

    @property
    def offers(self) -> int:
        return self.suppliers * self.rows


SCENARIOS = (
    Scenario(10, 2_000, 15_000, 20, 2, 2),
    Scenario(1_000, 1_000, 300_000, 500, 4, 4),
    Scenario(100_000, 1_000, 10_000_000, 20_000, 32, 32),
    Scenario(100_000, 1_000, 10_000_000, 20_000, 32, 32, plan=40, process=100),
)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of CPU: of a row of a list that is known, by part; of an uncached search."""

    functions: float
    postgresql: float
    qdrant: float
    search: float
    postgresql_bytes: float  # per material with its offers
    document_bytes: float  # per material, in Qdrant, without vectors

    @classmethod
    def read(cls) -> "Times":
        found = json.loads(MEASURED.read_text())
        largest = found[-1]
        again = {group: milliseconds / 1000 for group, milliseconds in largest["again"].items()}
        vectors = largest["materials"] * 300 * 4  # the embedded model's, which the laptop uses
        return cls(
            functions=again["functions"],
            postgresql=again["PostgreSQL"],
            qdrant=again["Qdrant"],
            search=largest["search"] / 1000,
            postgresql_bytes=largest["postgresql_mb"] * 1e6 / largest["materials"],
            document_bytes=max(largest["qdrant_disk_mb"] * 1e6 - vectors, 0) / largest["materials"],
        )


class Week:
    """Lists of a week through the queues: reading, then chunk after chunk, each with its share of both stores' time."""

    def __init__(self, scenario: Scenario, times: Times, seed: int = 1) -> None:
        self._scenario, self._times = scenario, times
        self._chance = random.Random(seed)
        self._env = simpy.Environment()
        self._plan = simpy.Resource(self._env, scenario.plan)
        self._process = simpy.Resource(self._env, scenario.process)
        self._postgresql = simpy.Resource(self._env, scenario.postgresql_cores)
        self._qdrant = simpy.Resource(self._env, scenario.qdrant_cores)
        self.waits: list[float] = []
        self.busy: dict[str, float] = {}
        self.most_waiting = 0

    def simulate(self) -> "Week":
        for moment in sorted(self._moment() for _ in range(self._scenario.suppliers)):
            self._env.process(self._list(moment))
        self._env.run()
        return self

    def _moment(self) -> float:
        if self._chance.random() < MONDAY_MORNING:
            return 9 * HOUR + self._chance.uniform(0, 2 * HOUR)
        return self._chance.randrange(WORKING_DAYS) * DAY + 9 * HOUR + self._chance.uniform(0, 9 * HOUR)

    def _list(self, moment: float) -> Iterator[simpy.Event]:
        yield self._env.timeout(moment)
        rows = max(1, int(self._chance.lognormvariate(math.log(self._scenario.rows) - 0.5, 1)))
        yield from self._use("plan", self._plan, rows * self._times.functions * PLAN_SHARE, rows)
        chunks = [self._env.process(self._chunk(part)) for part in _chunks(rows)]
        yield self._env.all_of(chunks)
        self.waits.append(self._env.now - moment)

    def _chunk(self, rows: int) -> Iterator[simpy.Event]:
        yield from self._use("process", self._process, rows * self._times.functions * (1 - PLAN_SHARE), rows)

    def _use(self, name: str, functions: simpy.Resource, seconds: float, rows: int) -> Iterator[simpy.Event]:
        """An environment works, and waits for both stores meanwhile."""
        share = PLAN_SHARE if name == "plan" else 1 - PLAN_SHARE
        self.most_waiting = max(self.most_waiting, len(functions.queue))
        with functions.request() as environment:
            yield environment
            started = self._env.now
            yield self._env.timeout(seconds)
            for part, store, each in (
                ("PostgreSQL", self._postgresql, self._times.postgresql),
                ("Qdrant", self._qdrant, self._times.qdrant),
            ):
                with store.request() as core:
                    yield core
                    self._count(part, rows * share * each)
                    yield self._env.timeout(rows * share * each)
            self._count(name, self._env.now - started)

    def _count(self, part: str, seconds: float) -> None:
        self.busy[part] = self.busy.get(part, 0.0) + seconds


def _chunks(rows: int) -> list[int]:
    return [min(CHUNK_ROWS, rows - start) for start in range(0, rows, CHUNK_ROWS)]


@dataclass
class Outcome:
    """What a scenario needs; shares are of the busiest two hours."""

    scenario: Scenario
    wait_p50: float
    wait_p95: float
    most_waiting: int
    shares: dict[str, float]
    connections: int
    postgresql_gb: float
    qdrant_gb: dict[str, float]
    embedding_hours: float
    month: dict[str, float] = field(default_factory=dict)

    @property
    def full_first(self) -> tuple[str, float]:
        """The part that is full first, and at how many times this load."""
        part = max(self.shares, key=self.shares.__getitem__)
        return part, 1 / self.shares[part]


def judge(scenario: Scenario, times: Times) -> Outcome:
    week = Week(scenario, times).simulate()
    searches = scenario.buyers * SEARCHES_PER_BUYER * WORKING_DAYS * WEEKS_PER_MONTH
    per_second = scenario.buyers * SEARCHES_PER_BUYER * PEAK_HOUR_SHARE / HOUR
    computed = per_second * (1 - HIT_RATE) * times.search
    peak = _peak(scenario, times)
    shares = {
        "plan": peak["plan"] / scenario.plan,
        "process": peak["process"] / scenario.process,
        "PostgreSQL": (peak["PostgreSQL"] + computed / 4) / scenario.postgresql_cores,
        "Qdrant": (peak["Qdrant"] + computed / 2) / scenario.qdrant_cores,
    }
    searching = math.ceil(per_second * (times.search + 0.02))
    # Whoever imports reads, writes and pings; a search does not write.
    connections = 2 * searching + 3 * (scenario.plan + scenario.process)
    float32 = scenario.materials * (4 * VECTOR_NUMBERS + GRAPH_BYTES) / 1e9
    int8 = scenario.materials * (VECTOR_NUMBERS + GRAPH_BYTES) / 1e9
    history = scenario.offers * CHANGED_SHARE * 52 * 600 / 1e9
    records = scenario.offers * WEEKS_PER_MONTH * CHANGED_SHARE * RECORD_BYTES / 1e9
    low, high = _percentiles(week.waits)
    outcome = Outcome(
        scenario=scenario,
        wait_p50=low,
        wait_p95=high,
        most_waiting=week.most_waiting,
        shares=shares,
        connections=connections,
        postgresql_gb=scenario.materials * times.postgresql_bytes / 1e9 + records + history,
        qdrant_gb={"float32": float32, "int8": int8, "payload": scenario.materials * times.document_bytes / 1e9},
        embedding_hours=scenario.materials * TOKENS_PER_NAME / 1e6 / 60,
    )
    outcome.month = _cost(outcome, week.busy, searches, times)
    return outcome


def _peak(scenario: Scenario, times: Times) -> dict[str, float]:
    """Seconds of work of each part per second of Monday's two hours."""
    rows = scenario.offers * MONDAY_MORNING / (2 * HOUR)
    return {
        "plan": rows * PLAN_SHARE * (times.functions + times.postgresql + times.qdrant),
        "process": rows * (1 - PLAN_SHARE) * (times.functions + times.postgresql + times.qdrant),
        "PostgreSQL": rows * times.postgresql,
        "Qdrant": rows * times.qdrant,
    }


def _cost(outcome: Outcome, busy: Mapping[str, float], searches: float, times: Times) -> dict[str, float]:
    """Dollars a month."""
    scenario, price = outcome.scenario, list(PRICES.values())
    gb_seconds = (busy["plan"] + busy["process"]) * WEEKS_PER_MONTH * FUNCTION_GB
    gb_seconds += searches * (0.005 + (1 - HIT_RATE) * times.search) * SEARCH_GB
    lists = scenario.suppliers * WEEKS_PER_MONTH
    requests = (searches + lists * (10 + 2 * scenario.rows / CHUNK_ROWS)) / 1e6
    new_tokens = scenario.materials * 0.02 * TOKENS_PER_NAME / 1e6
    return {
        "Lambda": gb_seconds * price[0],
        "requests": requests * price[1],
        "PostgreSQL": scenario.postgresql_cores * price[2] + outcome.postgresql_gb * price[3],
        "Qdrant": max(1.0, outcome.qdrant_gb["int8"] * 1.3) * price[4],
        "Redis": max(0.5, scenario.buyers * 0.0005) * price[5],
        "S3 and logs": lists * scenario.rows * 200 / 1e9 * 12 * price[6] + (requests * 2) * price[7],
        "OpenAI": new_tokens * price[8],
    }


def _percentiles(waits: list[float]) -> tuple[float, float]:
    cuts = quantiles(waits, n=20)
    return cuts[9], cuts[18]


def report(outcomes: list[Outcome]) -> None:
    table = Table(title="A week, simulated: one list a week of each supplier, 30 % of them on Monday from 9 to 11")
    table.add_column("")
    for outcome in outcomes:
        one = outcome.scenario
        table.add_column(f"{one.suppliers:,} suppliers\n{one.process} × process", justify="right")
    rows: dict[str, list[str]] = {
        "offers": [f"{one.scenario.offers:,}" for one in outcomes],
        "materials": [f"{one.scenario.materials:,}" for one in outcomes],
        "cores of PostgreSQL, of Qdrant": [
            f"{one.scenario.postgresql_cores}, {one.scenario.qdrant_cores}" for one in outcomes
        ],
        "upload to searchable, p50": [_duration(one.wait_p50) for one in outcomes],
        "upload to searchable, p95": [_duration(one.wait_p95) for one in outcomes],
        "most messages waiting": [f"{one.most_waiting:,}" for one in outcomes],
    }
    for part in outcomes[0].shares:
        rows[f"{part} busy on Monday"] = [f"{one.shares[part]:.0%}" for one in outcomes]
    rows["full first, at × this load"] = [
        f"{part}, {times:.1f}" for part, times in (one.full_first for one in outcomes)
    ]
    rows["connections to PostgreSQL"] = [f"{one.connections:,}" for one in outcomes]
    rows["PostgreSQL after a year, GB"] = [f"{one.postgresql_gb:,.1f}" for one in outcomes]
    rows["Qdrant: float32 in memory, GB"] = [f"{one.qdrant_gb['float32']:,.1f}" for one in outcomes]
    rows["Qdrant: int8 in memory, GB"] = [f"{one.qdrant_gb['int8']:,.1f}" for one in outcomes]
    rows["Qdrant: payloads on disk, GB"] = [f"{one.qdrant_gb['payload']:,.1f}" for one in outcomes]
    rows["embedding it all, h at 1M tokens/min"] = [f"{one.embedding_hours:,.1f}" for one in outcomes]
    for part in outcomes[0].month:
        rows[f"a month, $: {part}"] = [f"{one.month[part]:,.2f}" for one in outcomes]
    rows["a month, $: all"] = [f"{sum(one.month.values()):,.0f}" for one in outcomes]
    for label, values in rows.items():
        table.add_row(label, *values)
    Console(width=150).print(table)


def _duration(seconds: float) -> str:
    if seconds < 2 * 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * HOUR else f"{seconds / HOUR:.1f} h"


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    times = Times.read()
    report([judge(scenario, times) for scenario in SCENARIOS])


if __name__ == "__main__":
    main()
