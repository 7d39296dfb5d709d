"""The cache's hit rate under a Zipf load while price lists are imported, and whether a price was ever out of date.

One client sends queries with frequencies by Zipf's law. After every N searches, which decides the hit rate, a price
list is imported: in turns one of known goods, some with new prices, and a small one of new goods. After each import
some of the repriced materials are searched for by cached queries: the answer must show the new price.
"""

import argparse
import random
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count

import httpx
from rich.console import Console

from benchmarks.materials import Material, as_csv, materials
from benchmarks.stack import drop, queries, stack

_NEW_ROWS = 200
_CHANGED_SHARE = 0.05
_CHECKED_PRICES = 10
# A busy day of a company: a list every few minutes, a search every second or less.
SEARCHES_PER_IMPORT = 1000


@dataclass
class Load:
    """The results; ``outdated`` counts answers with a price from before an import that had ended."""

    states: Counter[str] = field(default_factory=Counter)
    imports: int = 0
    checked: int = 0
    outdated: int = 0

    @property
    def hit_rate(self) -> float:
        return self.states["hit"] / (sum(self.states.values()) or 1)


def measure(
    url: str,
    listed: Sequence[Material],
    unlisted: Sequence[Material],
    queries_sent: Sequence[str],
    requests: int,
    every: int = SEARCHES_PER_IMPORT,
) -> Load:
    """``listed`` are in the catalogue as supplier 101's assortment.csv; ``unlisted`` are not."""
    load, due, ended = Load(), threading.Semaphore(0), threading.Event()
    with ThreadPoolExecutor(1) as threads:
        importer = threads.submit(_import, url, list(listed), list(unlisted), load, due, ended)
        try:
            _search(url, queries_sent, requests, load, due, every)
        finally:
            ended.set()
            due.release()
        importer.result()
    return load


def _search(
    url: str, queries_sent: Sequence[str], requests: int, load: Load, due: threading.Semaphore, every: int
) -> None:
    weights = [1 / rank for rank in range(1, len(queries_sent) + 1)]
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
        for query in random.Random(5).choices(queries_sent, weights, k=requests):
            response = client.post("/search", json={"query": query}).raise_for_status()
            load.states[response.headers["x-cache"]] += 1
            if sum(load.states.values()) % every == 0:
                due.release()


def _import(
    url: str,
    listed: list[Material],
    unlisted: list[Material],
    load: Load,
    due: threading.Semaphore,
    ended: threading.Event,
) -> None:
    chance = random.Random(6)
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
        for number in count():
            due.acquire()
            if ended.is_set():
                return
            checked: list[Material] = []
            if number % 2 == 0:
                changed = _reprice(listed, chance)[:_CHECKED_PRICES]
                # The cache holds their answers from here on; a row that waits for a review is in none of them.
                checked = [material for material in changed if _price(client, material) is not None]
                drop(client, "assortment.csv", as_csv(listed))
            elif unlisted:
                drop(client, f"new-{number}.csv", as_csv(unlisted[:_NEW_ROWS]))
                del unlisted[:_NEW_ROWS]
            load.imports += 1
            for material in checked:
                load.checked += 1
                load.outdated += _price(client, material) != material.price


def _reprice(listed: list[Material], chance: random.Random) -> list[Material]:
    """Give some materials of the list new prices, in place; returns those materials."""
    indexes = chance.sample(range(len(listed)), int(len(listed) * _CHANGED_SHARE))
    for index in indexes:
        listed[index] = replace(listed[index], price=f"{chance.uniform(20, 90_000):.2f}")
    return [listed[index] for index in indexes]


def _price(client: httpx.Client, material: Material) -> str | None:
    answer = client.post("/search", json={"query": material.name}).raise_for_status().json()
    offers = [offer for hit in answer["hits"] for offer in hit["offers"] if offer["sku"] == material.sku]
    return offers[0]["price"] if offers else None


def report(load: Load) -> None:
    searches = sum(load.states.values())
    Console().print(
        f"cache hit rate under a Zipf load: {load.hit_rate:.1%} of {searches:,} searches ({dict(load.states)}) "
        f"with {load.imports} imports; {load.outdated} of {load.checked} changed prices out of date after them"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--materials", type=int, default=3000)
    arguments.add_argument("--queries", type=int, default=500)
    arguments.add_argument("--requests", type=int, default=6000)
    arguments.add_argument("--every", type=int, default=SEARCHES_PER_IMPORT, help="searches between two imports")
    arguments.add_argument("--port", type=int, default=8125)
    chosen = arguments.parse_args()
    every = materials(chosen.materials + 20 * _NEW_ROWS)
    listed, unlisted = every[: chosen.materials], every[chosen.materials :]
    with stack(chosen.port) as (url, _):
        with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
            drop(client, "assortment.csv", as_csv(listed))
        report(measure(url, listed, unlisted, queries(listed, chosen.queries), chosen.requests, chosen.every))


if __name__ == "__main__":
    main()
