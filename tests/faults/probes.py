"""Callers that send requests throughout a run, and the errors in the answers that they got."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import httpx

from tests.faults.listing import KNOWN, SUPPLIER
from tests.faults.pace import Pace

BUDGETS = {"search": 2.0, "health": 2.0, "batch": 3.0}
FUNCTIONS = {"search": "SearchFunction", "health": "HealthFunction", "batch": "BatchStatusFunction"}
_PAUSE = 0.33
_HANG = 20.0
_CACHED = 3  # every third search repeats an earlier one


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` 0: no answer. Times are of the monotonic clock."""

    endpoint: str
    asked: float
    came: float
    status: int
    body: dict[str, Any]
    headers: httpx.Headers
    sought: str | None = None

    @property
    def seconds(self) -> float:
        return self.came - self.asked

    @property
    def degraded(self) -> bool:
        return bool(self.body.get("degraded"))

    @property
    def whole(self) -> bool:
        return self.status == httpx.codes.OK and not self.degraded


class Probes:
    """One thread for each endpoint, until stopped; on a slow machine requests are rarer, and timeouts longer."""

    def __init__(self, url: str, seed: int, pace: Pace) -> None:
        self.answers: list[Answer] = []
        self._url = url
        self._pace = pace
        self._chance = random.Random(seed)
        self._stopped = threading.Event()
        self._request_id: str | None = None
        asks = {"search": self._search, "health": self._health, "batch": self._batch}
        self._threads = [
            threading.Thread(target=self._run, args=(endpoint, ask), daemon=True) for endpoint, ask in asks.items()
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def of(self, endpoint: str) -> list[Answer]:
        return [answer for answer in self.answers if answer.endpoint == endpoint]

    def recovered(self, since: float) -> float | None:
        """Seconds until search and batch gave complete answers again; None while they do not."""
        firsts = [
            next((answer.came for answer in self.of(endpoint) if answer.asked >= since and answer.whole), None)
            for endpoint in ("search", "batch")
        ]
        return max(first - since for first in firsts if first) if all(firsts) else None

    def _run(self, endpoint: str, ask: Callable[[httpx.Client], tuple[httpx.Response | None, str | None]]) -> None:
        with httpx.Client(base_url=f"{self._url}/api/v1", timeout=None) as client:
            while not self._stopped.is_set():
                asked = time.monotonic()
                client.timeout = _HANG * self._pace.factor
                try:
                    response, sought = ask(client)
                except httpx.TransportError as error:
                    gone = {"fault": type(error).__name__}
                    self.answers.append(Answer(endpoint, asked, time.monotonic(), 0, gone, httpx.Headers()))
                else:
                    if response is not None:
                        self._note(endpoint, asked, response, sought)
                self._stopped.wait(max(0.0, _PAUSE * self._pace.factor - (time.monotonic() - asked)))

    def _note(self, endpoint: str, asked: float, response: httpx.Response, sought: str | None) -> None:
        kind = response.headers.get("content-type", "")
        body = response.json() if "json" in kind else {}
        self.answers.append(
            Answer(endpoint, asked, time.monotonic(), response.status_code, body, response.headers, sought)
        )

    def _search(self, client: httpx.Client) -> tuple[httpx.Response, str]:
        if self._chance.randrange(_CACHED) == 0:
            name, body = KNOWN[0], {"limit": 10}
        else:
            name = self._chance.choice(KNOWN)
            facets = self._chance.sample(["category", "supplier_id", "unit"], self._chance.randrange(4))
            body = {"limit": self._chance.randint(5, 100), "facets": facets}
        return client.post("/search", json={"query": name, **body}), name

    def _health(self, client: httpx.Client) -> tuple[httpx.Response, None]:
        return client.get("/health/databases"), None

    def _batch(self, client: httpx.Client) -> tuple[httpx.Response | None, None]:
        if self._request_id is None:
            listed = client.get("/batches", params={"supplier_id": SUPPLIER, "limit": 1})
            if listed.status_code != httpx.codes.OK:
                return listed, None
            if not listed.json()["items"]:
                return None, None
            self._request_id = listed.json()["items"][0]["request_id"]
        return client.get(f"/batches/{self._request_id}"), None


@dataclass(frozen=True, slots=True)
class Outage:
    """When a store or process was unavailable, on the monotonic clock; it must be known at ``noticed``."""

    target: str
    kind: str
    since: float
    noticed: float
    until: float

    def covers(self, answer: Answer) -> bool:
        """Whether it was unavailable, and known to be, for all the time that the answer took."""
        return self.noticed <= answer.asked and answer.came <= self.until

    def met(self, answer: Answer) -> bool:
        return self.since <= answer.came and answer.asked <= self.until


def violations(answers: list[Answer], outages: list[Outage]) -> Counter[str]:
    """The kinds of wrong answers, with how often each occurred."""
    found: Counter[str] = Counter()
    for answer in answers:
        fault = _fault(answer, outages)
        if fault:
            found[f"{answer.endpoint}: {fault}"] += 1
    found.update(_backwards([answer for answer in answers if answer.endpoint == "batch"]))
    return found


def _fault(answer: Answer, outages: list[Outage]) -> str | None:
    if answer.status not in {httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE}:
        function = FUNCTIONS[answer.endpoint]
        if any(outage.target == function and outage.kind == "kill" and outage.met(answer) for outage in outages):
            return None
        return f"status {answer.status} {answer.body.get('title') or answer.body.get('fault') or ''}"
    if answer.endpoint == "health":
        stores = "vector_database" in str(answer.body)
        return None if stores else f"{answer.status} without the stores: {answer.body.get('detail')}"
    if answer.status == httpx.codes.SERVICE_UNAVAILABLE:
        problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        return None if problem and "retry-after" in answer.headers else "503 that is no problem with Retry-After"
    return (_wrong_hits if answer.endpoint == "search" else _wrong_progress)(answer, outages)


def _wrong_hits(answer: Answer, outages: list[Outage]) -> str | None:
    names = [hit["material"]["name"] for hit in answer.body["hits"]]
    if answer.sought not in names and answer.body["source"] != "mock":
        return f"the product is missing, source {answer.body['source']}, cache {answer.headers['x-cache']}"
    cached = answer.headers["x-cache"] in {"hit", "stale"}
    if _unavailable("qdrant", answer, outages) and not cached and not answer.degraded:
        return f"not degraded with Qdrant away, source {answer.body['source']}"
    return None


def _wrong_progress(answer: Answer, outages: list[Outage]) -> str | None:
    body = answer.body
    if "pending" not in body:
        return None
    if sum(body[name] for name in ("pending", "processing", "completed", "failed", "needs_review")) != body["total"]:
        return "the counts do not add up"
    for store in ("postgresql", "qdrant"):
        if _unavailable(store, answer, outages) and not answer.degraded:
            return f"not degraded with {store} away, source {body['source']}"
    return None


def _unavailable(store: str, answer: Answer, outages: list[Outage]) -> bool:
    return any(outage.target == store and outage.covers(answer) for outage in outages)


def _backwards(answers: list[Answer]) -> Counter[str]:
    found: Counter[str] = Counter()
    settled = total = 0
    for answer in answers:
        if answer.status != httpx.codes.OK or "pending" not in answer.body:
            continue
        now = answer.body["total"] - answer.body["pending"] - answer.body["processing"]
        whence = f"source {answer.body['source']}, {answer.body['status']}"
        if now < settled:
            found[f"batch: progress went back from {settled} to {now}, {whence}"] += 1
        if total and answer.body["total"] != total:
            found[f"batch: the total changed from {total} to {answer.body['total']}, {whence}"] += 1
        settled, total = max(settled, now), answer.body["total"] or total
    return found


def longest_gap(answers: list[Answer], start: float, end: float) -> float:
    """The longest time without an answer of 200."""
    moments = [start, *(answer.came for answer in answers if answer.status == httpx.codes.OK), end]
    return max(later - sooner for sooner, later in pairwise(moments))
