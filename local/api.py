"""The ``api`` part: the gateway, the queue pollers, the schedules and the functions' environments, in one process.

Its configuration is read as JSON from standard input: it carries passwords, and arguments are visible to every user.
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import boto3
import uvicorn
from botocore.config import Config

from local import ROOT
from local.gateway import Gateway
from local.lambdas import Function
from local.mirror import Mirror
from local.pollers import RECEIVE_SECONDS, QueuePoller, Scheduler
from local.processes import Nursery
from local.snapshots import InitFailed
from local.template import REGION, FunctionSpec, Template

HTTP_CONCURRENCY = 2
# With a token, the template's routes get scopes, as in a deployment that has a token issuer.
ISSUER = {"JwtIssuer": "http://127.0.0.1", "JwtAudience": "quarry"}


@dataclass(frozen=True, slots=True)
class Configuration:
    """``variables`` override the template's in every function; without a ``token`` no caller is checked."""

    home: str
    port: int
    aws_url: str
    token: str | None
    variables: Mapping[str, str]

    def dump(self) -> str:
        return json.dumps(asdict(self))


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    configuration = Configuration(**json.load(sys.stdin))
    home = Path(configuration.home)
    template = Template(ROOT / "template.yaml", ISSUER if configuration.token else {}, configuration.aws_url)
    nursery = Nursery(home / "logs")
    functions = [
        Function(spec, _variables(spec, configuration), nursery, concurrency(spec)) for spec in template.functions
    ]
    stopped = threading.Event()
    mirror = Mirror(home / "bucket")
    for function in functions:
        _start_triggers(function, template, mirror, configuration.aws_url, stopped)
    _prepare([function for function in functions if function.spec.routes])
    server = uvicorn.Server(
        uvicorn.Config(
            Gateway(functions, configuration.token),
            host="127.0.0.1",
            port=configuration.port,
            access_log=False,
            log_level="warning",
        )
    )
    server.run()
    stopped.set()
    nursery.close()


def concurrency(spec: FunctionSpec) -> int:
    """The maximum number of environments: what the template allows, but no more than this machine has CPUs for."""
    processors = max(2, os.cpu_count() or 2)
    if spec.mappings:
        return min(processors + 1, max(mapping.concurrency for mapping in spec.mappings))
    return HTTP_CONCURRENCY if spec.routes else 1


def _prepare(functions: Sequence[Function]) -> None:
    """Start an environment of each function before the first request; callers learn why one cannot start."""

    def prepare(function: Function) -> None:
        try:
            function.prepare()
        except InitFailed as error:
            logging.exception("%s cannot start: %s", function.spec.name, error.report.decode(errors="replace"))  # noqa: LOG015

    with ThreadPoolExecutor() as pool:
        list(pool.map(prepare, functions))


def _start_triggers(function: Function, template: Template, mirror: Mirror, url: str, stopped: threading.Event) -> None:
    for mapping in function.spec.mappings:
        for _ in range(concurrency(function.spec)):
            client = boto3.client(
                "sqs",
                endpoint_url=url,
                region_name=REGION,
                aws_access_key_id="local",
                aws_secret_access_key="local",  # noqa: S106 - moto accepts any
                config=Config(connect_timeout=2, read_timeout=RECEIVE_SECONDS + 10, retries={"total_max_attempts": 1}),
            )
            # A receive call waits for messages, so each poller has a client, and a thread, of its own.
            poller = QueuePoller(mapping, template.queue_url(mapping.queue), function, client, mirror)
            threading.Thread(target=poller.run, args=(stopped,), daemon=True).start()
    for schedule in function.spec.schedules:
        threading.Thread(target=Scheduler(schedule, function).run, args=(stopped,), daemon=True).start()


def _variables(spec: FunctionSpec, configuration: Configuration) -> dict[str, str]:
    """What Lambda sets itself, then the template's variables, then this machine's addresses."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        # A function has one CPU: more threads of a numeric library would only wait for each other.
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT / "shared"),
        "LAMBDA_TASK_ROOT": str(spec.folder),
        "_HANDLER": spec.handler,
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory),
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_ENDPOINT_URL": configuration.aws_url,
        **spec.environment,
        **configuration.variables,
    }


if __name__ == "__main__":
    main()
