"""The cache's hit rate under a Zipf load while price lists are imported, and whether a price was ever out of date.

Queries are asked as often as Zipf's law has it, by one client. After every so many searches, which decides the rate, a
list comes: by turns one of known goods of which a part costs something else, and a small one of new goods. After each
the materials that changed are looked for, by queries that were asked before: the answer must show the new price.
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

_NEW = 200
_CHANGED_SHARE = 0.05
_LOOKED_AFTER = 10
# A busy day of a company: a list every few minutes, a search every second or less.
SEARCHES_AN_IMPORT = 1000


@dataclass
class Load:
    """What the load came to; ``outdated`` are prices of before an import that was over."""

    states: Counter[str] = field(default_factory=Counter)
    imports: int = 0
    looked_at: int = 0
    outdated: int = 0

    @property
    def hit_rate(self) -> float:
        return self.states["hit"] / (sum(self.states.values()) or 1)


def measure(
    url: str,
    listed: Sequence[Material],
    unlisted: Sequence[Material],
    asked: Sequence[str],
    requests: int,
    every: int = SEARCHES_AN_IMPORT,
) -> Load:
    """``listed`` stand in the catalogue as supplier 101's assortment.csv; ``unlisted`` do not."""
    load, due, ended = Load(), threading.Semaphore(0), threading.Event()
    with ThreadPoolExecutor(1) as threads:
        importer = threads.submit(_import, url, list(listed), list(unlisted), load, due, ended)
        try:
            _ask(url, asked, requests, load, due, every)
        finally:
            ended.set()
            due.release()
        importer.result()
    return load


def _ask(url: str, asked: Sequence[str], requests: int, load: Load, due: threading.Semaphore, every: int) -> None:
    weights = [1 / rank for rank in range(1, len(asked) + 1)]
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
        for query in random.Random(5).choices(asked, weights, k=requests):
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
    from benchmarks.speed import drop

    chance = random.Random(6)
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
        for number in count():
            due.acquire()
            if ended.is_set():
                return
            changed: list[Material] = []
            if number % 2 == 0:
                changed = _reprice(listed, chance)
                for material in changed[:_LOOKED_AFTER]:
                    _price(client, material)  # so that the cache has it
                drop(client, "assortment.csv", as_csv(listed))
            elif unlisted:
                drop(client, f"new-{number}.csv", as_csv(unlisted[:_NEW]))
                del unlisted[:_NEW]
            load.imports += 1
            for material in changed[:_LOOKED_AFTER]:
                load.looked_at += 1
                load.outdated += _price(client, material) != material.price


def _reprice(listed: list[Material], chance: random.Random) -> list[Material]:
    """Give a part of the list other prices, in place; returns those materials."""
    places = chance.sample(range(len(listed)), int(len(listed) * _CHANGED_SHARE))
    for place in places:
        listed[place] = replace(listed[place], price=f"{chance.uniform(20, 90_000):.2f}")
    return [listed[place] for place in places]


def _price(client: httpx.Client, material: Material) -> str | None:
    answer = client.post("/search", json={"query": material.name}).raise_for_status().json()
    offers = [offer for hit in answer["hits"] for offer in hit["offers"] if offer["sku"] == material.sku]
    return offers[0]["price"] if offers else None


def report(load: Load) -> None:
    asked = sum(load.states.values())
    Console().print(
        f"cache hit rate under a Zipf load: {load.hit_rate:.1%} of {asked:,} searches ({dict(load.states)}) "
        f"with {load.imports} imports; {load.outdated} of {load.looked_at} changed prices out of date after them"
    )


def main() -> None:
    from benchmarks.speed import drop, queries, stack

    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--materials", type=int, default=3000)
    arguments.add_argument("--queries", type=int, default=500)
    arguments.add_argument("--requests", type=int, default=6000)
    arguments.add_argument("--every", type=int, default=SEARCHES_AN_IMPORT, help="searches between two imports")
    arguments.add_argument("--port", type=int, default=8125)
    chosen = arguments.parse_args()
    every = materials(chosen.materials + 20 * _NEW)
    listed, unlisted = every[: chosen.materials], every[chosen.materials :]
    with stack(chosen.port) as (url, _):
        with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
            drop(client, "assortment.csv", as_csv(listed))
        report(measure(url, listed, unlisted, queries(listed, chosen.queries), chosen.requests, chosen.every))


if __name__ == "__main__":
    main()
