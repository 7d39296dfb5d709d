"""On a schedule: ``cleanup`` nightly, ``rates`` daily, ``upkeep``, ``probe`` and ``webhooks`` every few minutes."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from quarry import (
    beginning,  # noqa: F401 - must be the first import
    deadline,
)
from quarry.dependencies.environment import make_ready
from quarry.dependencies.maintenance import connect, deliver_webhooks, fetch_rates, maintenance, prepare, probe
from quarry.observability import get_logger
from quarry.runtime import run

make_ready(prepare, connect)
logger = get_logger("maintenance")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    service = maintenance()
    tasks = {
        "cleanup": service.cleanup,
        "upkeep": service.upkeep,
        "rates": fetch_rates,
        "webhooks": deliver_webhooks,
        "probe": probe,
    }
    with deadline.within_function(context):
        done = run(tasks[event["task"]]())
    logger.info("maintenance done", extra={"task": event["task"], "done": done})
    return done
