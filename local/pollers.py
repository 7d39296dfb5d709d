"""Lambda's part between a queue or a schedule and a function."""

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
AWAY_SECONDS = 1.0
# A message is hidden only this long at a time, and again while its function runs: a person waits at this machine, and
# what a killed function was at work on comes again soon, unlike in the cloud.
LEASE_SECONDS = 30


class QueuePoller:
    """Hands a queue's messages to its function and deletes those that succeeded, as an event source mapping does."""

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
                stopped.wait(AWAY_SECONDS)
                continue
            # The stack may have been stopped while this waited: what was received comes again at the next start.
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
        with self._held(messages):
            outcome = self._function.invoke(sqs_event(self._mapping.queue, messages))
        answer = self._answer(outcome)
        failed = self._failed(answer, messages)
        if failed:
            log.warning("%s: %d of %d messages failed", self._mapping.queue, len(failed), len(messages))
        for message in messages:
            if message["MessageId"] in failed:
                continue
            if not self._delete(message, stopped):
                log.warning("%s: a message that was handled could not be deleted, and comes again", self._mapping.queue)
            elif message["MessageId"] not in (answer or {}).get("sentAgain", ()):
                self._mirror.mark_read(message["Body"])

    def _delete(self, message: Mapping[str, Any], stopped: threading.Event) -> bool:
        """As often as it takes: until it is done there is nothing else to do for this poller."""
        while True:
            try:
                self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            except BotoCoreError:
                pass
            except ClientError as refusal:
                if refusal.response["ResponseMetadata"]["HTTPStatusCode"] < HTTPStatus.INTERNAL_SERVER_ERROR:
                    return False
            else:
                return True
            if stopped.wait(AWAY_SECONDS):
                return False

    @contextmanager
    def _held(self, messages: Sequence[Mapping[str, Any]]) -> Iterator[None]:
        """Keep the messages hidden from other pollers."""
        done = threading.Event()

        def hold() -> None:
            while not done.wait(LEASE_SECONDS / 3):
                for message in messages:
                    self._hide(message, LEASE_SECONDS)

        holder = threading.Thread(target=hold, daemon=True)
        holder.start()
        try:
            yield
        finally:
            done.set()
            holder.join()

    def _answer(self, outcome: Outcome) -> Mapping[str, Any] | None:
        """Null when the function failed."""
        if outcome.failure:
            log.warning("%s failed: %s", self._function.spec.name, outcome.failure)
            return None
        return json.loads(outcome.payload) or {}

    def _failed(self, answer: Mapping[str, Any] | None, messages: Sequence[Mapping[str, Any]]) -> set[str]:
        everything = {message["MessageId"] for message in messages}
        if answer is None:
            return everything
        if not self._mapping.reports_failures:
            return set()
        return {str(failure["itemIdentifier"]) for failure in answer.get("batchItemFailures", [])} & everything

    def _hide(self, message: Mapping[str, Any], seconds: int) -> None:
        # Away, the queue has forgotten the message: nothing to hide.
        with suppress(BotoCoreError, ClientError):
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
            )


class Scheduler:
    """Invokes a function at its times; a ``rate`` runs at once as well, as when a schedule is made."""

    def __init__(self, schedule: Schedule, function: Function) -> None:
        self._schedule = schedule
        self._function = function

    def run(self, stopped: threading.Event) -> None:
        at_once = self._schedule.expression.startswith("rate")
        due = datetime.now(UTC) if at_once else next_run(self._schedule.expression, datetime.now(UTC))
        while not stopped.wait(max(timedelta(), due - datetime.now(UTC)).total_seconds()):
            outcome = self._function.invoke(json.loads(self._schedule.event), wait=self._function.spec.timeout)
            if outcome.failure:
                log.warning("%s failed: %s", self._function.spec.name, outcome.failure)
            due = next_run(self._schedule.expression, datetime.now(UTC))
