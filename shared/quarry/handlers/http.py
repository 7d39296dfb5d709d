"""An HTTP function's handler: API Gateway's events reach the application through Mangum."""

import inspect
from collections.abc import Callable
from typing import Any, cast

from aws_lambda_powertools.logging import correlation_paths
from fastapi import FastAPI
from mangum import Mangum
from mangum.types import LambdaContext

from quarry.dependencies.environment import Connect, Prepare, make_ready
from quarry.http.callers import subject_of
from quarry.observability import get_logger

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


def http_handler(service: str, app: FastAPI, prepare: Prepare, connect: Connect) -> Handler:
    """Made when the handler's file is imported.

    The request's id in an answer is the logs' correlation id; each line says who called.
    """
    logger = get_logger(service)
    make_ready(prepare, connect)
    _rehearse(app)
    with_context = logger.inject_lambda_context(
        clear_state=True, correlation_id_path=correlation_paths.API_GATEWAY_HTTP
    )
    answer = Mangum(app, lifespan="off")

    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        logger.append_keys(caller=subject_of(event))
        return answer(event, context)

    return cast("Handler", with_context(handler))


def _rehearse(app: FastAPI) -> None:
    """Have made what FastAPI makes for a first request: middleware, and what looks up where an endpoint is."""
    app.middleware_stack = app.build_middleware_stack()
    inspect.getsourcelines(http_handler)
