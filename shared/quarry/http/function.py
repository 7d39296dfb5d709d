"""An HTTP function's handler: API Gateway's events reach the application through Mangum."""

from collections.abc import Callable
from typing import Any, cast

from aws_lambda_powertools.logging import correlation_paths
from fastapi import FastAPI
from mangum import Mangum
from mangum.types import LambdaContext

from quarry.dependencies.snapshot import register_hooks
from quarry.observability import get_logger
from quarry.runtime import loop

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


def http_handler(service: str, app: FastAPI) -> Handler:
    """Made when the handler's file is imported. The request's id in an answer is the logs' correlation id."""
    register_hooks()
    loop()  # Mangum takes the thread's current one
    logger = get_logger(service)
    with_context = logger.inject_lambda_context(
        clear_state=True, correlation_id_path=correlation_paths.API_GATEWAY_HTTP
    )
    return cast("Handler", with_context(Mangum(app, lifespan="off")))
