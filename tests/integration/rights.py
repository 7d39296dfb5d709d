"""What a handler asks of S3 and SQS is what the role of its function allows in the template.

moto allows everything: without this a call that is refused in AWS alone would pass every test.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import cache
from typing import Any
from unittest import mock

from botocore.client import BaseClient

from local import ROOT
from local.template import Template
from quarry.dependencies.composition import composition

# As SAM's policies of these names have them, of what is called here.
SAMS = {
    "SQSSendMessagePolicy": {"sqs:SendMessage"},
    "SQSPollerPolicy": {"sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"},
}
# The rights that a call needs, where they are called otherwise than the call.
NEEDED = {"HeadObject": "GetObject", "ListObjectsV2": "ListBucket", "SendMessageBatch": "SendMessage"}


@contextmanager
def within_rights(path: str) -> Iterator[None]:
    """While the handler ``functions/<path>`` works; fails after it with the calls that it has no right to."""
    refused, made = [], BaseClient._make_api_call

    def checked(client: BaseClient, operation: str, given: dict[str, Any]) -> Any:
        # The tests ask for themselves, too.
        if client in composition().aws._made.values():
            asked = _asked(client.meta.service_model.service_name, operation, given)
            if asked and not any(asked[0] in actions and fnmatchcase(asked[1], to) for actions, to in _rights(path)):
                refused.append(asked)
        return made(client, operation, given)

    with mock.patch.object(BaseClient, "_make_api_call", checked):
        yield
    assert refused == [], f"{path} has no right in template.yaml to {refused}"


def _asked(service: str, operation: str, given: dict[str, Any]) -> tuple[str, str] | None:
    """The right and what it is to; nothing, of a bucket or queue that a test has made for itself."""
    settings = composition().settings
    right = f"{service}:{NEEDED.get(operation, operation)}" + ("Version" if given.get("VersionId") else "")
    if service == "s3":
        if given["Bucket"] not in {settings.bucket_name, settings.readings_bucket_name}:
            return None
        # In many tests both are one bucket; the keys differ.
        key = given.get("Key") or given.get("Prefix", "")
        name = "ReadingsBucket" if key.startswith(("readings/", "layouts/")) else "PricelistsBucket"
        return right, f"{name}/{key}" if "Key" in given else name
    queues = {settings.uploads_queue_url: "UploadsQueue", settings.chunks_queue_url: "ChunksQueue"}
    queue = queues.get(given.get("QueueUrl"))
    return (right, queue) if queue else None


@cache
def _rights(path: str) -> list[tuple[set[str], str]]:
    template = Template(ROOT / "template.yaml", {"ReadingModel": "some"}, "http://127.0.0.1:1")
    (function,) = [one for one in template.functions if f"{one.folder.name}/{one.handler.partition('.')[0]}.py" == path]
    names = {template.resolve({"Ref": name}): name for name in ("PricelistsBucket", "ReadingsBucket")}
    found = []
    for policy in template.properties(function.name)["Policies"]:
        for kind, actions in SAMS.items():
            if kind in policy:
                found.append((actions, policy[kind]["QueueName"]))
        said = policy.get("Statement", [])
        for one in [said] if isinstance(said, dict) else said:
            for arn in [one["Resource"]] if isinstance(one["Resource"], str) else one["Resource"]:
                bucket, _, keys = arn.rpartition(":")[2].partition("/")
                to = names.get(bucket, bucket) + (f"/{keys}" if keys else "")
                found.append(({one["Action"]} if isinstance(one["Action"], str) else {*one["Action"]}, to))
    return found
