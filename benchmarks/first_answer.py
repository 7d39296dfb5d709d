"""The first answer after a restore: CPU that an environment takes for it in the real runtime client, on real stores.

An environment is a copy of its function's prepared process, as SnapStart makes it. Its CPU seconds are those of its
hooks after the restore, in which it connects, and of the first request. On AWS they take as much longer as the memory
gives less than a core: 1,769 MB is one. Not in them: the network, TLS to the stores, and reading the snapshot.
"""

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
from rich.table import Table

from local import ROOT
from local.client import FINAL_STATUSES, PREFIX, Api
from local.home import Home
from local.lambdas import Function
from local.processes import Nursery, free_port
from local.stack import Stack
from local.template import REGION, FunctionSpec, Template

CORE_MB = 1769
MAX_SECONDS = 1.0
MATERIALS = 500
Requests = Mapping[str, tuple[str, str, Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """CPU seconds of one environment, until it was connected and for its first answer."""

    restoring: float
    answering: float

    @property
    def cpu(self) -> float:
        return self.restoring + self.answering

    def seconds(self, megabytes: int) -> float:
        return self.cpu * CORE_MB / min(megabytes, CORE_MB)

    @property
    def smallest(self) -> int:
        """Megabytes with which it takes no longer than a second."""
        return int(self.cpu * CORE_MB / MAX_SECONDS) + 1


def requests(batch: str) -> Requests:
    """By function, the request whose answer takes most."""
    return {
        "SearchFunction": ("POST", "/search", {"query": "цемент м500", "limit": 10}),
        "IngestApiFunction": ("POST", "/batches", {"materials": [{"id": "1", "name": "Цемент М500", "unit": "кг"}]}),
        "BatchStatusFunction": ("GET", f"/batches/{batch}", None),
        "HealthFunction": ("GET", "/health/full", None),
    }


@contextmanager
def running() -> Iterator[tuple[Mapping[str, str], str]]:
    """The variables of functions on a stack with some materials, and the batch that brought them."""
    with tempfile.TemporaryDirectory(prefix="quarry-first-") as folder:
        home = Home(Path(folder))
        stack = Stack(home, free_port(), auth=False, notify=print)
        try:
            with home.locked():
                stack.start()
                yield _variables(home.endpoints()), _filled(stack.url)
        finally:
            stack.close()


def _filled(url: str) -> str:
    api = Api(url)
    names = ("Цемент М{} 50 кг", "Кирпич М{} полнотелый", "Арматура {} А500С", "Труба ПНД {}")
    rows = [
        {"id": str(number), "name": names[number % len(names)].format(number), "unit": "шт", "price": number + 1}
        for number in range(MATERIALS)
    ]
    batch = str(api.post("/batches", {"materials": rows})["request_id"])
    while api.get(f"/batches/{batch}")["status"] not in FINAL_STATUSES:
        time.sleep(0.2)
    api.close()
    return batch


def _variables(endpoints: Mapping[str, Any]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "shared"),
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_ENDPOINT_URL": endpoints["s3"]["url"],
        "POSTGRESQL_URL": endpoints["postgresql"]["url"],
        "REDIS_URL": endpoints["redis"]["url"],
        "QDRANT_URL": endpoints["qdrant"]["url"],
        "QDRANT_API_KEY": endpoints["qdrant"]["api_key"],
    }


def measured(rounds: int) -> dict[str, tuple[FunctionSpec, Answer]]:
    """By function the first answer that took least."""
    found: dict[str, tuple[FunctionSpec, Answer]] = {}
    with running() as (variables, batch), tempfile.TemporaryDirectory() as logs:
        nursery = Nursery(Path(logs))
        sqs = variables["AWS_ENDPOINT_URL"]
        specs = [spec for spec in Template(ROOT / "template.yaml", {}, sqs).functions if spec.routes]
        try:
            for spec in specs:
                own = {
                    "LAMBDA_TASK_ROOT": str(spec.folder),
                    "_HANDLER": spec.handler,
                    "AWS_LAMBDA_FUNCTION_NAME": spec.name,
                }
                answers = [
                    first_answer(
                        spec, {**spec.environment, **variables, **own}, nursery, event(*requests(batch)[spec.name])
                    )
                    for _ in range(rounds)
                ]
                found[spec.name] = spec, min(answers, key=lambda answer: answer.cpu)
        finally:
            nursery.close()
    return found


def first_answer(
    spec: FunctionSpec, variables: Mapping[str, str], nursery: Nursery, asked: Mapping[str, Any]
) -> Answer:
    function = Function(spec, {**variables, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory)}, nursery, 1)
    try:
        function.prepare()
        environment = _newest(spec.folder)
        restored = _cpu(environment)
        outcome = function.invoke(asked)
        answer = json.loads(outcome.payload or b"{}")
        if answer.get("statusCode") not in {200, 202}:
            raise SystemExit(f"{spec.name} does not answer: {outcome.failure} {answer}")
        return Answer(restored, _cpu(environment) - restored)
    finally:
        function.close()


def event(method: str, path: str, body: Any) -> dict[str, Any]:
    """A request as API Gateway passes it on."""
    made: dict[str, Any] = json.loads((ROOT / "events" / "http_v2_search.json").read_text())
    made["rawPath"] = made["requestContext"]["http"]["path"] = f"{PREFIX}{path}"
    made["requestContext"]["http"]["method"] = method
    made["rawQueryString"] = urlencode({})
    made["body"] = json.dumps(body) if body is not None else None
    return made


def _newest(folder: Path) -> psutil.Process:
    """The copy: it is younger than the process that it is a copy of."""
    there = [one for one in psutil.process_iter(["cwd", "create_time"]) if one.info["cwd"] == str(folder)]
    return max(there, key=lambda one: one.info["create_time"])


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def table(found: Mapping[str, tuple[FunctionSpec, Answer]]) -> Table:
    shown = Table(
        "", "restore CPU s", "answer CPU s", "memory MB", "seconds there", "≤ 1 s from MB",
        title="First answer after a restore",
    )  # fmt: skip
    for name, (spec, answer) in found.items():
        seconds = answer.seconds(spec.memory)
        figures = (f"{answer.restoring:.2f}", f"{answer.answering:.2f}", str(spec.memory), f"{seconds:.2f}")
        shown.add_row(name, *figures, str(answer.smallest), style="red" if seconds > MAX_SECONDS else None)
    return shown
