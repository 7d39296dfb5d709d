"""How what is due for webhooks is sent: each receiver its messages in a row, and none behind one that failed."""

import pytest

from quarry import deadline
from quarry.domain.webhooks import GIVEN_UP_AFTER
from quarry.errors import StoreError, StoreUnavailable
from quarry.repositories.postgresql.outbox import Delivery, Outbox
from quarry.runtime import run
from quarry.services import webhooks
from quarry.services.webhooks import Sender, WebhookDelivery


class MemoryOutbox(Outbox):
    """``last_try``: receivers whose next failure is the last one."""

    def __init__(self, *due: Delivery) -> None:
        self.due = list(due)
        self.taken: list[str] = []
        self.errors: dict[str, str] = {}
        self.postponed: list[str] = []
        self.last_try: set[str] = set()

    async def claim(self, limit, lease):
        claimed, self.due = self.due[:limit], self.due[limit:]
        return claimed

    async def delivered(self, one):
        self.taken.append(one.event_id)

    async def failed(self, one, error):
        self.errors[one.event_id] = error
        return one.webhook in self.last_try

    async def postpone(self, webhook, claimed):
        self.postponed += [one.event_id for one in claimed]


class Receivers(Sender):
    """``faults`` by address; ``heard`` is who was sent what."""

    def __init__(self, **faults: Exception) -> None:
        self._faults = {f"https://{name}.example": fault for name, fault in faults.items()}
        self.heard: list[tuple[str, str]] = []

    async def send(self, url, headers, body):
        self.heard.append((url, headers["webhook-id"]))
        if url in self._faults:
            raise self._faults[url]


def message(webhook, event):
    return Delivery(webhook=webhook, event_id=event, body="{}", url=f"https://{webhook}.example", secret="s" * 32)


def deliver(outbox, sender):
    return run(WebhookDelivery(outbox, sender).deliver())


def test_each_receiver_gets_its_messages_in_their_order():
    outbox, sender = MemoryOutbox(message("a", "1"), message("b", "2"), message("a", "3")), Receivers()

    assert deliver(outbox, sender) == {"delivered": 3, "failed": 0, "given_up": 0}
    assert [event for url, event in sender.heard if "a." in url] == ["1", "3"]
    assert sorted(outbox.taken) == ["1", "2", "3"]


@pytest.mark.parametrize("fault", [StoreUnavailable("It", "is silent"), StoreError("It", "has no valid URL")])
def test_behind_a_message_that_failed_the_receiver_s_others_wait_and_no_one_else_s(fault):
    outbox, sender = MemoryOutbox(message("a", "1"), message("a", "2"), message("b", "3")), Receivers(a=fault)

    assert deliver(outbox, sender) == {"delivered": 1, "failed": 1, "given_up": 0}
    assert (outbox.errors, outbox.postponed, outbox.taken) == ({"1": str(fault)}, ["2"], ["3"])


def test_a_message_that_is_given_up_is_counted(monkeypatch):
    counted = []
    monkeypatch.setattr(webhooks, "count", counted.append)
    outbox = MemoryOutbox(message("a", "1"))
    outbox.last_try = {"a"}

    assert deliver(outbox, Receivers(a=StoreUnavailable("It"))) == {"delivered": 0, "failed": 1, "given_up": 1}
    assert (counted, GIVEN_UP_AFTER.days) == (["WebhooksGivenUp"], 3)


def test_without_time_left_nothing_is_claimed():
    outbox, sender = MemoryOutbox(message("a", "1")), Receivers()

    with deadline.within(1):
        assert deliver(outbox, sender) == {"delivered": 0, "failed": 0, "given_up": 0}
    assert (sender.heard, len(outbox.due)) == ([], 1)


def test_more_than_one_round_is_made_while_a_full_one_was_due():
    outbox = MemoryOutbox(*(message("a", str(number)) for number in range(120)))

    assert deliver(outbox, Receivers())["delivered"] == 120
    assert outbox.due == []
