"""The ``api`` part: the gateway, the queues' pollers, the schedules and the functions' environments, in one process.

Its configuration comes as JSON on standard input, since it carries passwords.
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
# With a token the routes have scopes, as they have for a deployment with an issuer of tokens.
ISSUER = {"JwtIssuer": "http://127.0.0.1", "JwtAudience": "quarry"}


@dataclass(frozen=True, slots=True)
class Configuration:
    """``variables`` go to each function, and win over the template's; without a ``token`` every caller may in."""

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
        _listen(function, template, mirror, configuration.aws_url, stopped)
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
    """Environments at most: what the template allows, and no more than this machine can feed."""
    processors = max(2, os.cpu_count() or 2)
    if spec.mappings:
        return min(processors + 1, max(mapping.concurrency for mapping in spec.mappings))
    return HTTP_CONCURRENCY if spec.routes else 1


def _prepare(functions: Sequence[Function]) -> None:
    """Let each have an environment that is ready before the first request; one that cannot start says so to callers."""

    def prepare(function: Function) -> None:
        try:
            function.prepare()
        except InitFailed as failure:
            logging.exception("%s cannot start: %s", function.spec.name, failure.error.decode(errors="replace"))  # noqa: LOG015

    with ThreadPoolExecutor() as starters:
        list(starters.map(prepare, functions))


def _listen(function: Function, template: Template, mirror: Mirror, url: str, stopped: threading.Event) -> None:
    for mapping in function.spec.mappings:
        for _ in range(concurrency(function.spec)):
            client = boto3.client(
                "sqs",
                endpoint_url=url,
                region_name=REGION,
                aws_access_key_id="local",
                aws_secret_access_key="local",  # noqa: S106 - moto asks for any
                config=Config(connect_timeout=2, read_timeout=RECEIVE_SECONDS + 10, retries={"total_max_attempts": 1}),
            )
            poller = QueuePoller(mapping, template.queue_url(mapping.queue), function, client, mirror)
            threading.Thread(target=poller.run, args=(stopped,), daemon=True).start()
    for schedule in function.spec.schedules:
        threading.Thread(target=Scheduler(schedule, function).run, args=(stopped,), daemon=True).start()


def _variables(spec: FunctionSpec, configuration: Configuration) -> dict[str, str]:
    """The environment that Lambda gives a function, the template's variables, this machine's addresses."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        # A function has one processor; threads of a numeric library would only wait for each other.
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
