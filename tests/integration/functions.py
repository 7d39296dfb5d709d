"""The functions by their own handlers, called with the events that AWS sends."""

import importlib.util
import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from types import ModuleType
from typing import Any
from urllib.parse import quote, urlencode

import boto3
from snapshot_restore_py import get_after_restore, get_before_snapshot

from local import ROOT
from quarry.dependencies.composition import Composition, composition
from tests.environment import invocation
from tests.integration.rights import within_rights


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: dict[str, Any]


@contextmanager
def restored() -> Iterator[None]:
    """Functions set up hooks of the whole process, which here is not theirs alone."""
    yield
    _module.cache_clear()
    get_before_snapshot().clear()
    get_after_restore().clear()


def invoke(path: str, event: dict[str, Any]) -> dict[str, Any]:
    """Call the handler of ``functions/<path>``, which is to ask for nothing that its role does not allow."""
    handler = _module(path, composition()).handler
    with within_rights(path):
        return handler(event, invocation())


@lru_cache(maxsize=16)
def _module(path: str, _composed: Composition) -> ModuleType:
    """Loaded once in an environment, as in Lambda: its routes take longer to make than most answers."""
    spec = importlib.util.spec_from_file_location("handler", ROOT / "functions" / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(
    function: str, method: str, path: str, body: Any = None, *, claims: dict[str, str] | None = None, **query: Any
) -> Answer:
    """Ask an HTTP function as API Gateway does; ``path`` is below ``/api/v1``, ``claims`` are of the caller's token."""
    event = sample("http_v2_search.json")
    event["rawPath"] = event["requestContext"]["http"]["path"] = quote(f"/api/v1{path}")
    event["requestContext"]["http"]["method"] = method
    if claims is not None:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": []}}
    event["rawQueryString"] = urlencode(query)
    event["body"] = json.dumps(body) if body is not None else None
    given = invoke(function, event)
    text = b64decode(given["body"]) if given["isBase64Encoded"] else given["body"]
    return Answer(given["statusCode"], given["headers"], json.loads(text))


def uploaded(key: str, version: str) -> dict[str, Any]:
    """What the plan function is sent when a price list was uploaded."""
    event = sample("sqs_s3_put.json")
    (record,) = event["Records"]
    body = json.loads(record["body"])
    # Of two lists of one moment, chance decides which is the later.
    body["Records"][0]["eventTime"] = datetime.now(UTC).isoformat()
    body["Records"][0]["s3"]["object"] |= {"key": quote(key), "versionId": version}
    record["body"] = json.dumps(body)
    return event


def queued() -> list[dict[str, Any]]:
    """What the process function is sent: an event for each message that waits, each taken out of the queue."""
    sqs, url, events = boto3.client("sqs"), composition().settings.chunks_queue_url, []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            event = sample("sqs_chunk.json")
            event["Records"][0]["body"] = message["Body"]
            events.append(event)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sqs.close()
    return events


def sample(name: str) -> dict[str, Any]:
    return json.loads((ROOT / "events" / name).read_text())
