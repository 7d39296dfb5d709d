"""One run: a list is imported, stores fail and return, maintenance runs, and everything is compared."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import httpx

from local.api import HTTP_CONCURRENCY
from tests.faults.catalogue import HANG_SECONDS, Catalogue
from tests.faults.checks import Verdict, judge
from tests.faults.listing import KNOWN, KNOWN_SUPPLIER, SUPPLIER, Row, as_csv, known_price, listing
from tests.faults.pace import Pace
from tests.faults.plan import Fault, Shape, plan
from tests.faults.probes import BUDGETS, Outage, Probes, longest_gap, violations
from tests.faults.stack import FaultStack

# Both on a machine where the budgets hold, and as many times longer on a slower one. The first counts from the last
# progress, whatever that is.
STANDSTILL_SECONDS = 120.0
RECOVERY_SECONDS = 30.0
NOTICED_SECONDS = 1.0
_PAUSE = 1.0
_POLL = 0.2


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one endpoint: the number of answers, of those over budget, the slowest, the longest time without a 200."""

    answers: int
    over_budget: int
    worst: float
    longest_gap: float


@dataclass
class Run:
    """``recovery`` is None when search and batch did not recover completely in time; ``slowness`` scales all times."""

    seed: int
    rows: int
    faults: list[Fault]
    slowness: float = 1.0
    ended: bool = False
    import_seconds: float = 0.0
    recovery: float | None = None
    verdict: Verdict = field(default_factory=Verdict)
    endpoints: dict[str, Figures] = field(default_factory=dict)
    violations: dict[str, int] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        return self.ended and self.verdict.right


class Runner:
    """Runs on one stack, one after the other."""

    def __init__(self, stack: FaultStack) -> None:
        self._stack = stack
        self._catalogue = Catalogue(stack)
        self._api = httpx.Client(base_url=f"{stack.url}/api/v1", timeout=HANG_SECONDS)

    def close(self) -> None:
        self._catalogue.close()
        self._api.close()

    def run(self, seed: int, rows: int, shape: Shape | None = None) -> Run:
        with closing(Pace()) as pace:
            self._prepare()
            run = Run(seed, rows, [fault.slowed(pace.factor) for fault in plan(seed, rows, shape)])
            self._go(run, pace)
        return run

    def _go(self, run: Run, pace: Pace) -> None:
        listed = listing(run.seed, run.rows)
        probes = Probes(self._stack.url, run.seed, pace)
        probes.start()
        dropped = time.monotonic()
        wall = datetime.now(UTC)
        try:
            self._catalogue.put(SUPPLIER, as_csv(listed))
            outages = self._break(run.faults, dropped, NOTICED_SECONDS * pace.factor)
            mended = time.monotonic()
            run.ended = self._tidy(run, pace)
            run.recovery = _recovery(probes, mended, pace)
        finally:
            probes.stop()
            run.slowness = pace.factor
        _count(run, probes, outages, dropped)
        if run.ended:
            [[finished]] = self._catalogue.sql("SELECT finished_at FROM pricelists WHERE supplier_id = :s", s=SUPPLIER)
            run.import_seconds = (finished - wall).total_seconds()
        run.verdict.faults += [] if run.ended else ["it never ended"]
        found = judge(self._catalogue, self._api, listed)
        run.verdict = Verdict(found.lost, found.doubled, run.verdict.faults + found.faults)

    def _prepare(self) -> None:
        """Stores that are empty but for another supplier's few goods; every function has started."""
        self._catalogue.reset()
        goods = [Row(name, "Свет", "шт", known_price(name), name[-3:]) for name in KNOWN]
        self._catalogue.put(KNOWN_SUPPLIER, as_csv(goods))
        _wait_for("the known goods", lambda: not any(self._catalogue.open_work(KNOWN_SUPPLIER).values()))
        paths = ["/health/databases", "/batches", "/search?q=люстра"]
        given_up = threading.Event()
        with ThreadPoolExecutor() as threads, ExitStack() as at_last:
            at_last.callback(given_up.set)
            asks = [partial(self._succeeds, path) for path in paths * HTTP_CONCURRENCY]
            list(threads.map(partial(_wait_for, "the functions' start", given_up=given_up), asks))

    def _succeeds(self, path: str) -> bool:
        return self._api.get(path).is_success

    def _break(self, faults: Sequence[Fault], start: float, noticed: float) -> list[Outage]:
        """Cause each fault at its time; returns when all have ended, with their actual times.

        ``noticed`` is how many seconds later each must be known.
        """
        given_up = threading.Event()

        def apply(fault: Fault) -> Outage:
            given_up.wait(max(0.0, start + fault.at - time.monotonic()))
            since = time.monotonic()
            self._stack.begin(fault)
            try:
                given_up.wait(max(0.0, start + fault.end - time.monotonic()))
                until = time.monotonic()
            finally:
                self._stack.end(fault)
            return Outage(fault.function or fault.target, fault.kind, since, since + noticed, until)

        with ThreadPoolExecutor(len(faults)) as threads, ExitStack() as at_last:
            at_last.callback(given_up.set)
            running = [threads.submit(apply, fault) for fault in faults]
            return [one.result() for one in running]

    def _tidy(self, run: Run, pace: Pace) -> bool:
        """Run maintenance until no work is left; false when work is left that has not changed for long."""
        known, since = None, time.monotonic()
        while any((left := self._catalogue.open_work(SUPPLIER)).values()):
            if left != known:
                known, since = left, time.monotonic()
            if time.monotonic() > since + STANDSTILL_SECONDS * pace.factor:
                run.verdict.faults.append(f"left undone: {left}")
                return False
            self._stack.upkeep()
            time.sleep(_PAUSE)
        return True


def _wait_for(what: str, done: Callable[[], bool], given_up: threading.Event | None = None) -> None:
    deadline = time.monotonic() + HANG_SECONDS
    while not done() and not (given_up and given_up.is_set()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"no end of {what}")
        time.sleep(_POLL)


def _recovery(probes: Probes, since: float, pace: Pace) -> float | None:
    while (seconds := probes.recovered(since)) is None:
        if time.monotonic() > since + RECOVERY_SECONDS * pace.factor:
            break
        time.sleep(_PAUSE)
    return seconds


def _count(run: Run, probes: Probes, outages: list[Outage], start: float) -> None:
    run.violations = dict(violations(probes.answers, outages))
    if run.recovery is None or run.recovery > RECOVERY_SECONDS * run.slowness:
        run.violations[f"not whole again within {RECOVERY_SECONDS:g} s × the machine's slowness"] = 1
    end = time.monotonic()
    for endpoint, budget in BUDGETS.items():
        answers = probes.of(endpoint)
        first = min((answer.asked for answer in answers), default=start)
        run.endpoints[endpoint] = Figures(
            answers=len(answers),
            over_budget=sum(answer.seconds > budget * run.slowness for answer in answers),
            worst=max((answer.seconds for answer in answers), default=0.0),
            longest_gap=longest_gap(answers, first, end) if answers else 0.0,
        )
