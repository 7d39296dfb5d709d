"""``quarry redrive``: move dead letters back to their queues, on this machine or in a deployment.

A dead letter of maintenance comes from no queue: in a deployment its task is run again. On this machine a schedule that
failed comes again by itself.
"""

import json
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from local.home import Home
from local.template import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boto3 import Session
    from mypy_boto3_sqs import SQSClient

# The dead-letter queue of each kind of message, and the queue that it came from, as the template names them.
QUEUES = {"uploads": ("UploadsDeadLetters", "UploadsQueue"), "chunks": ("ChunksDeadLetters", "ChunksQueue")}
MAINTENANCE = ("MaintenanceDeadLetters", "MaintenanceFunction")
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


def of_deployment(stack: str, session: "Session") -> "tuple[SQSClient, Urls]":
    """The queues of a CloudFormation stack, with the caller's own AWS credentials."""
    found = _resources(stack, session)
    try:
        return session.client("sqs"), {kind: (found[dead], found[queue]) for kind, (dead, queue) in QUEUES.items()}
    except KeyError as error:
        raise NoQueues(f"The stack {stack} has no queue {error.args[0]}: is it Quarry's?") from error


def dead_letters(stack: str | None, folder: Path, session: "Session") -> "tuple[SQSClient, Mapping[str, str]]":
    """The dead-letter queues of a deployment, or of the stack that runs in ``folder``, by the kind of message."""
    if stack is None:
        client, queues = of_home(folder)
        return client, {kind: dead for kind, (dead, _) in queues.items()}
    client, queues = of_deployment(stack, session)
    others = {"maintenance": found} if (found := _resources(stack, session).get(MAINTENANCE[0])) else {}
    return client, {**{kind: dead for kind, (dead, _) in queues.items()}, **others}


def rerun_maintenance(stack: str, session: "Session") -> int:
    """Run the tasks of a deployment's dead letters of maintenance again, each once; returns how many letters."""
    found = _resources(stack, session)
    if not found.keys() >= set(MAINTENANCE):
        return 0
    dead, function = (found[name] for name in MAINTENANCE)
    runs = session.client("lambda")
    asked: set[str] = set()

    def run(body: str) -> None:
        task = task_of(body)
        if task not in asked:
            runs.invoke(
                FunctionName=function, Qualifier="live", InvocationType="Event", Payload=json.dumps({"task": task})
            )
        asked.add(task)

    with _reachable():
        return _taken(session.client("sqs"), dead, run)


def task_of(body: str) -> str:
    """Of an event that the scheduler could not deliver, or of what Lambda says of a run that failed."""
    content = json.loads(body)
    return str(content.get("requestPayload", content)["task"])


@contextmanager
def _reachable() -> "Iterator[None]":
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise NoQueues(f"The queues cannot be reached; what was moved stays moved: {error}") from error


def _resources(stack: str, session: "Session") -> Mapping[str, str]:
    """Physical ids by the names that the template gives."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        cloudformation = session.client("cloudformation")
        resources = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        return {
            resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
            for page in resources
            for resource in page["StackResourceSummaries"]
        }
    except (BotoCoreError, ClientError) as error:
        raise NoQueues(f"The stack {stack} cannot be read: {error}") from error


def of_urls(dead: str, queue: str, session: "Session") -> "tuple[SQSClient, Urls]":
    return session.client("sqs"), {"messages": (dead, queue)}


def redrive(client: "SQSClient", queues: Urls) -> dict[str, int]:
    """How many messages were moved, by kind. An interruption may leave a message in both queues, never in none."""
    with _reachable():
        return {kind: _move(client, dead, queue) for kind, (dead, queue) in queues.items()}


def _move(client: "SQSClient", dead: str, queue: str) -> int:
    return _taken(client, dead, lambda body: client.send_message(QueueUrl=queue, MessageBody=body))


def _taken(client: "SQSClient", dead: str, use: "Callable[[str], object]") -> int:
    """Each message is used, then deleted; returns how many."""
    moved = 0
    while messages := client.receive_message(QueueUrl=dead, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
        for message in messages:
            use(message["Body"])
            client.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved
