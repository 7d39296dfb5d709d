"""A queue of JSON messages, in SQS."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from quarry.adapters.aws import Clients, client_config, in_thread
from quarry.errors import StoreUnavailable

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

STORE = "SQS"
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MAX_BATCH_MESSAGES = 10
MAX_BATCH_BYTES = 1024 * 1024
_SENDING_ATTEMPTS = 2
ANSWER_SECONDS = 3.0
_WAITING: "Sequence[QueueAttributeNameType]" = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class SQSQueue:
    """Implements MessageQueue over one queue. The client is made at first use, unless ``clients`` have it."""

    def __init__(self, url: str, clients: Clients | None = None) -> None:
        self._url = url
        self._clients = clients or Clients()

    @property
    def _client(self) -> "SQSClient":
        made: SQSClient = self._clients.of("sqs", _config)
        return made

    def prepare(self) -> None:
        """Make the client."""
        _ = self._client

    async def send(self, messages: Sequence[Mapping[str, Any]], delay: int = 0) -> None:
        """Send all or raise; what was sent by then stays sent, so receivers must bear a message twice."""
        bodies = [orjson.dumps(message).decode() for message in messages]
        for batch in _batches(bodies):
            await in_thread(STORE, lambda batch=batch: self._send(batch, delay))  # type: ignore[misc]

    def _send(self, bodies: Sequence[str], delay: int) -> None:
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(place), "MessageBody": body, "DelaySeconds": delay} for place, body in enumerate(bodies)
        ]
        for _ in range(_SENDING_ATTEMPTS):
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            # Only what is confirmed is sent: an empty answer may be a proxy's.
            taken = {entry["Id"] for entry in answer.get("Successful", ())}
            entries = [entry for entry in entries if entry["Id"] not in taken]
            if not entries:
                return
        codes = sorted({entry["Code"] for entry in answer.get("Failed", ())})
        raise StoreUnavailable(STORE, f"did not take {len(entries)} of {len(bodies)} messages {codes}")

    async def postpone(self, receipt: str, seconds: int) -> None:
        await in_thread(
            STORE,
            lambda: self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            ),
        )

    async def depth(self) -> int:
        return await in_thread(STORE, self._depth)

    def _depth(self) -> int:
        found = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=_WAITING)["Attributes"]
        return sum(int(found[name]) for name in _WAITING)

    def close(self) -> None:
        self._clients.close()


def _config() -> "Config":
    return client_config(read_timeout=ANSWER_SECONDS)


def _batches(bodies: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for body in bodies:
        length = len(body.encode())
        if batch and (len(batch) == MAX_BATCH_MESSAGES or size + length > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += length
    if batch:
        yield batch
