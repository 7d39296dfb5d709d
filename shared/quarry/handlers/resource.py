"""A custom resource's handler: work that is a step of a deployment.

::

    CloudFormation ── Create, Update ──> work ──> SUCCESS, or FAILED with its reason ──> what depends on it
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import httpx
from aws_lambda_powertools.utilities.typing import LambdaContext

from quarry.errors import QuarryError
from quarry.observability import get_logger

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]
Work = Callable[[], Mapping[str, Any]]
_ANSWER_SECONDS = 10.0
_MOST_TRIES = 3
# They do not depend on the settings: one is the same, and the others are of the work itself.
NO_SETTINGS = frozenset({"ServiceToken", "ServiceTimeout", "Code"})


def resource_handler(service: str, work: Work) -> Handler:
    """Made when the handler's file is imported. Deleting the resource does nothing.

    The attribute ``Configuration`` changes if and only if the properties of the resource do, beside its code. Without
    the address of an answer somebody called by hand: gets what was done, or the failure of the function.
    """
    logger = get_logger(service)

    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        if "ResponseURL" not in event:
            return dict(work())
        answer = _answer(event)
        if event["RequestType"] != "Delete":
            try:
                logger.info("done", extra={"done": work()})
            except Exception as error:
                logger.exception("failed")
                # Only our own errors' texts are safe to show.
                reason = str(error) if isinstance(error, QuarryError) else type(error).__name__
                answer |= {"Status": "FAILED", "Reason": f"{reason}; the log of {context.function_name} has more"}
        _send(event["ResponseURL"], answer)
        return answer

    return cast("Handler", logger.inject_lambda_context(clear_state=True)(handler))


def _answer(event: Mapping[str, Any]) -> dict[str, Any]:
    settings = {name: value for name, value in event["ResourceProperties"].items() if name not in NO_SETTINGS}
    return {
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
        "PhysicalResourceId": event.get("PhysicalResourceId") or event["LogicalResourceId"],
        "Status": "SUCCESS",
        "Data": {"Configuration": hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]},
    }


def _send(url: str, answer: Mapping[str, Any]) -> None:
    """To the signed address, which allows no type of content."""
    transport = httpx.HTTPTransport(retries=_MOST_TRIES)
    with httpx.Client(transport=transport, timeout=_ANSWER_SECONDS) as client:
        client.put(url, content=json.dumps(answer).encode()).raise_for_status()
