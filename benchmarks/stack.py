"""A local stack to measure on: price lists dropped into it, queries as buyers type them."""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx

from benchmarks.materials import Material

SUPPLIER = 101
POLL_SECONDS = 1.0
QUARRY = Path(sys.executable).with_name("quarry")


@contextmanager
def stack(port: int) -> Iterator[tuple[str, Path]]:
    """A local stack in a temporary folder; yields its URL and that folder."""
    with tempfile.TemporaryDirectory(prefix="quarry-bench-") as home:
        command = [str(QUARRY), "up", "--home", home, "--port", str(port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                line = next((line for line in process.stdout if line.startswith("ready ")), "")
                if not line:
                    raise SystemExit("the stack did not start")
                yield line.split()[1], Path(home)
            finally:
                process.terminate()
                process.wait(30)


def drop(client: httpx.Client, file_name: str, content: bytes, *, supplier: int = SUPPLIER) -> tuple[float, dict]:
    """Import a price list: the seconds between the batch's own times, and the batch.

    The time starts with the request for the upload. Polling is rare, since each answer counts rows.
    """
    ticket = (
        client.post("/pricelists", json={"supplier_id": supplier, "file_name": file_name}).raise_for_status().json()
    )
    upload = ticket["upload"]
    httpx.post(upload["url"], data=upload["fields"], files={"file": content}, timeout=60).raise_for_status()
    while True:
        batch = client.get(f"/batches/{ticket['request_id']}").raise_for_status().json()
        if batch["finished_at"]:
            times = (datetime.fromisoformat(batch[name]) for name in ("finished_at", "created_at"))
            return (next(times) - next(times)).total_seconds(), batch
        time.sleep(POLL_SECONDS)


def await_index(home: Path) -> float:
    """Wait until Qdrant has built its vector index; returns the seconds that it took."""
    qdrant = json.loads((home / "endpoints.json").read_text())["qdrant"]
    started = time.perf_counter()
    while True:
        answer = httpx.get(f"{qdrant['url']}/collections/materials", headers={"api-key": qdrant["api_key"]})
        if answer.raise_for_status().json()["result"]["status"] == "green":
            return time.perf_counter() - started
        time.sleep(POLL_SECONDS)


def queries(listed: list[Material], count: int) -> list[str]:
    """Distinct queries as buyers type them: some words of a material's name, sometimes with a typo."""
    chance = random.Random(2)
    new_queries: dict[str, None] = {}
    while len(new_queries) < count:
        words = chance.choice(listed).name.replace(",", "").split()
        query = " ".join(words[: chance.randint(2, max(2, len(words)))])
        if chance.random() < 0.2:
            index = chance.randrange(len(query) - 1)
            query = query[:index] + query[index + 1 :]
        new_queries[query.lower()] = None
    return list(new_queries)


def percentile(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1]
