"""``quarry redrive``: move dead letters back to their queues, on this machine or in a deployment."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from local.home import Home
from local.template import ACCOUNT, REGION

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# The dead-letter queue of each kind of message, and the queue that it came from, as the template names them.
QUEUES = {"uploads": ("UploadsDeadLetters", "UploadsQueue"), "chunks": ("ChunksDeadLetters", "ChunksQueue")}
Urls = Mapping[str, tuple[str, str]]


class NoQueues(RuntimeError):
    """The queues were not found; the text says why."""


def of_home(folder: Path) -> "tuple[SQSClient, Urls]":
    """The queues of the stack that runs in ``folder``."""
    import boto3

    running = Home(folder).endpoints().get("sqs")
    if running is None:
        raise NoQueues(f"No stack runs in {folder}. Start it: quarry up --home {folder}")
    client = boto3.client(
        "sqs",
        endpoint_url=running["url"],
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - moto accepts any
    )
    base = f"{running['url']}/{ACCOUNT}"
    return client, {kind: (f"{base}/{dead}", f"{base}/{queue}") for kind, (dead, queue) in QUEUES.items()}


def of_deployment(stack: str) -> "tuple[SQSClient, Urls]":
    """The queues of a CloudFormation stack, with the caller's own AWS credentials."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        cloudformation = boto3.client("cloudformation")
        resources = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        found = {
            resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
            for page in resources
            for resource in page["StackResourceSummaries"]
        }
        return boto3.client("sqs"), {kind: (found[dead], found[queue]) for kind, (dead, queue) in QUEUES.items()}
    except KeyError as error:
        raise NoQueues(f"The stack {stack} has no queue {error.args[0]}: is it Quarry's?") from error
    except (BotoCoreError, ClientError) as error:
        raise NoQueues(f"The stack {stack} cannot be read: {error}") from error


def of_urls(dead: str, queue: str) -> "tuple[SQSClient, Urls]":
    import boto3

    return boto3.client("sqs"), {"messages": (dead, queue)}


def redrive(client: "SQSClient", queues: Urls) -> dict[str, int]:
    """How many messages were moved, by kind. An interruption may leave a message in both queues, never in none."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return {kind: _move(client, dead, queue) for kind, (dead, queue) in queues.items()}
    except (BotoCoreError, ClientError) as error:
        raise NoQueues(f"The queues cannot be reached; what was moved stays moved: {error}") from error


def _move(client: "SQSClient", dead: str, queue: str) -> int:
    moved = 0
    while messages := client.receive_message(QueueUrl=dead, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
        for message in messages:
            client.send_message(QueueUrl=queue, MessageBody=message["Body"])
            client.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved
