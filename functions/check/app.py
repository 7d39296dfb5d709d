"""CodeDeploy's check before a new version gets traffic: it answers, and the schema is the one it is written for."""

import json
import logging
import os
import time
from contextlib import closing
from http import HTTPStatus
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger(__name__)
ATTEMPTS = 3
PAUSE_SECONDS = 5.0


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    fault = first_fault()
    if fault:
        log.error("%s gets no traffic: %s", os.environ["CHECKED_FUNCTION"], fault)
    with closing(boto3.client("codedeploy")) as deployments:
        deployments.put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status="Failed" if fault else "Succeeded",
        )
    return {"fault": fault}


def first_fault() -> str | None:
    """What is wrong with the new version, at the last of several attempts; a store may have been busy."""
    fault: str | None = None
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_SECONDS)
        fault = _fault()
        if fault is None:
            return None
    return fault


def _fault() -> str | None:
    try:
        return fault_of(_diagnosis())
    except (BotoCoreError, ClientError) as error:
        # Said, and not raised: CodeDeploy would wait an hour for an answer.
        return f"the new version cannot be asked: {error}"


def fault_of(answer: dict[str, Any]) -> str | None:
    """Of an answer of the health function to ``GET /api/v1/health/full``."""
    if answer.get("statusCode") != HTTPStatus.OK:
        return f"the new version answered {answer.get('statusCode', answer.get('errorMessage', 'nothing'))}"
    body = json.loads(answer["body"])
    found, expected = body["migrations"]["found"], body["migrations"]["expected"]
    if body["settings"]["qdrant_only_mode"] or found == expected:
        return None
    return f"the schema's revision is {found}, and the new version is written for {expected}"


def _diagnosis() -> dict[str, Any]:
    """The full diagnosis of the version that is to get traffic, asked for as API Gateway would."""
    request = {"method": "GET", "path": "/api/v1/health/full", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"}
    event = {
        "version": "2.0",
        "routeKey": "GET /api/v1/health/full",
        "rawPath": "/api/v1/health/full",
        "rawQueryString": "",
        "headers": {"host": "check"},
        "requestContext": {"http": request, "requestId": "check", "stage": "$default"},
        "isBase64Encoded": False,
    }
    with closing(boto3.client("lambda")) as functions:
        answer = functions.invoke(FunctionName=os.environ["CHECKED_FUNCTION"], Payload=json.dumps(event))
        found: dict[str, Any] = json.loads(answer["Payload"].read())
    return found
