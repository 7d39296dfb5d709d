"""What Lambda does between a queue or a schedule and a function."""

import json
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.events import sqs_event
from local.lambdas import Function
from local.mirror import Mirror
from local.runtime_api import Outcome
from local.schedules import next_run
from local.template import QueueMapping, Schedule

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

log = logging.getLogger(__name__)
RECEIVE_SECONDS = 2
# The pause after a call that failed because the queue server is unavailable.
RETRY_SECONDS = 1.0
# In the cloud a message is hidden for its queue's visibility timeout. Here it is hidden for a short time extended
# while its function runs: what a killed function worked on comes back soon, since a person waits for it.
LEASE_SECONDS = 30


class QueuePoller:
    """Invokes a function with a queue's messages and deletes those that succeeded, as an event source mapping does."""

    def __init__(
        self, mapping: QueueMapping, url: str, function: Function, client: "SQSClient", mirror: Mirror
    ) -> None:
        self._mapping = mapping
        self._url = url
        self._function = function
        self._client = client
        self._mirror = mirror

    def run(self, stopped: threading.Event) -> None:
        while not stopped.is_set():
            try:
                messages = self._receive()
            except (BotoCoreError, ClientError):
                stopped.wait(RETRY_SECONDS)
                continue
            # The stack may have been stopped during the wait: what was received comes back at the next start.
            if messages and not stopped.is_set():
                self._deliver(messages, stopped)

    def _receive(self) -> Sequence[Mapping[str, Any]]:
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=self._mapping.batch_size,
            WaitTimeSeconds=RECEIVE_SECONDS,
            VisibilityTimeout=LEASE_SECONDS,
            AttributeNames=["All"],
        )
        return answer.get("Messages", [])

    def _deliver(self, messages: Sequence[Mapping[str, Any]], stopped: threading.Event) -> None:
        with self._kept_hidden(messages):
            outcome = self._function.invoke(sqs_event(self._mapping.queue, messages))
        answer = self._parsed(outcome)
        failed = self._failed(answer, messages)
        if failed:
            log.warning("%s: %d of %d messages failed", self._mapping.queue, len(failed), len(messages))
        for message in messages:
            if message["MessageId"] in failed:
                continue
            if not self._delete(message, stopped):
                log.warning("%s: a processed message could not be deleted, and comes again", self._mapping.queue)
            # A message that its function has sent again is not processed: its object must be announced after a restart.
            elif message["MessageId"] not in (answer or {}).get("sentAgain", ()):
                self._mirror.mark_read(message["Body"])

    def _delete(self, message: Mapping[str, Any], stopped: threading.Event) -> bool:
        """Retried until it succeeds: this poller has nothing else to do. False when SQS refuses it, or at the stop."""
        while True:
            try:
                self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            except BotoCoreError:
                pass
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] < HTTPStatus.INTERNAL_SERVER_ERROR:
                    return False
            else:
                return True
            if stopped.wait(RETRY_SECONDS):
                return False

    @contextmanager
    def _kept_hidden(self, messages: Sequence[Mapping[str, Any]]) -> Iterator[None]:
        """Extend the messages' visibility timeout while the function runs."""
        done = threading.Event()

        def extend() -> None:
            # Well before the lease ends, so that one call may fail.
            while not done.wait(LEASE_SECONDS / 3):
                for message in messages:
                    self._hide(message, LEASE_SECONDS)

        extender = threading.Thread(target=extend, daemon=True)
        extender.start()
        try:
            yield
        finally:
            done.set()
            extender.join()

    def _parsed(self, outcome: Outcome) -> Mapping[str, Any] | None:
        """The function's answer; None when it failed."""
        if outcome.failure:
            log.warning("%s failed: %s", self._function.spec.name, outcome.failure)
            return None
        return json.loads(outcome.payload) or {}

    def _failed(self, answer: Mapping[str, Any] | None, messages: Sequence[Mapping[str, Any]]) -> set[str]:
        all_ids = {message["MessageId"] for message in messages}
        if answer is None:
            return all_ids
        if not self._mapping.reports_failures:
            return set()
        return {str(failure["itemIdentifier"]) for failure in answer.get("batchItemFailures", [])} & all_ids

    def _hide(self, message: Mapping[str, Any], seconds: int) -> None:
        # moto keeps queues in memory: a server that ended has lost the message, and there is nothing to hide.
        with suppress(BotoCoreError, ClientError):
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
            )


class Scheduler:
    """Invokes a function when it is due; a ``rate`` also runs at the start, as when a schedule is created."""

    def __init__(self, schedule: Schedule, function: Function) -> None:
        self._schedule = schedule
        self._function = function

    def run(self, stopped: threading.Event) -> None:
        starts_now = self._schedule.expression.startswith("rate")
        due = datetime.now(UTC) if starts_now else next_run(self._schedule.expression, datetime.now(UTC))
        while not stopped.wait(max(timedelta(), due - datetime.now(UTC)).total_seconds()):
            outcome = self._function.invoke(json.loads(self._schedule.event), wait=self._function.spec.timeout)
            if outcome.failure:
                log.warning("%s failed: %s", self._function.spec.name, outcome.failure)
            due = next_run(self._schedule.expression, datetime.now(UTC))
