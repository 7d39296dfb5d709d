"""What becomes of a message: handled, sent again in an outage, or left to the queue, and soon."""

import pytest

from quarry.errors import StoreError, StoreTimeout, StoreUnavailable
from quarry.runtime import run
from quarry.services import redelivery
from quarry.services.redelivery import LONGEST_WAIT_SECONDS, TRIES, Redelivery, wait
from tests.fakes import MemoryQueue
from tests.unit.services.conftest import delivery


@pytest.fixture
def queue():
    return MemoryQueue()


def attempt(queue, fault=None, message=None):
    async def work(_):
        if fault:
            raise fault

    return run(Redelivery(queue).attempt(delivery(message or {"chunk": 1}, receives=2), work))


def test_a_message_that_was_handled_is_done_with(queue):
    assert attempt(queue) is True
    assert (queue.messages, queue.postponed) == ([], [])


def test_in_an_outage_it_goes_out_again_later_as_a_new_message_that_counts_its_tries(queue):
    assert attempt(queue, StoreUnavailable("PostgreSQL")) is False
    assert attempt(queue, StoreUnavailable("PostgreSQL"), queue.messages[0]) is False

    assert queue.messages == [{"chunk": 1, TRIES: 1}, {"chunk": 1, TRIES: 2}]
    assert [1 <= delay <= most for delay, most in zip(queue.delays, (2, 4), strict=True)] == [True, True]


@pytest.mark.parametrize("fault", [StoreError("PostgreSQL", "no"), StoreTimeout("PostgreSQL"), ValueError("a bug")])
def test_what_fails_otherwise_comes_again_soon_and_counts_as_an_attempt(queue, fault):
    with pytest.raises(type(fault)):
        attempt(queue, fault)

    assert queue.messages == []
    ((receipt, seconds),) = queue.postponed
    assert (receipt, 1 <= seconds <= 4) == ("receipt", True)


def test_a_queue_that_is_unavailable_hides_no_fault(queue):
    queue.unavailable = True

    with pytest.raises(ValueError, match="a bug"):
        attempt(queue, ValueError("a bug"))


def test_a_message_that_waits_for_the_thirtieth_time_is_counted(queue, monkeypatch):
    counted = []
    monkeypatch.setattr(redelivery, "count", counted.append)

    attempt(queue, StoreUnavailable("Qdrant"), {"chunk": 1, TRIES: 28})
    assert counted == []
    attempt(queue, StoreUnavailable("Qdrant"), {"chunk": 1, TRIES: 29})
    assert counted == ["SentAgain"]


def test_waits_grow_to_two_minutes_and_differ():
    assert max(wait(30) for _ in range(50)) <= LONGEST_WAIT_SECONDS
    assert len({wait(30) for _ in range(50)}) > 1
