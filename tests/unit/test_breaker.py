import asyncio
import json

import pytest

from quarry import deadline, patience
from quarry.breaker import CircuitBreaker, State
from quarry.errors import StoreError, StoreTimeout, StoreUnavailable


class Time:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def breaker(time):
    return CircuitBreaker("PostgreSQL", failures=3, open_seconds=5, now=time)


async def unasked():
    pytest.fail("a breaker that is closed, or open, sends no ping")


def use(breaker, fault=None, ping=unasked):
    with breaker.guard(ping):
        if fault:
            raise fault


def fail(breaker, times=1):
    for _ in range(times):
        with pytest.raises(StoreUnavailable):
            use(breaker, StoreUnavailable("PostgreSQL"))


def test_it_stays_closed_below_its_number_of_failures(breaker):
    fail(breaker, 2)

    assert breaker.state is State.CLOSED


def test_an_answer_resets_the_count(breaker):
    fail(breaker, 2)
    use(breaker)
    fail(breaker, 2)

    assert breaker.state is State.CLOSED


def test_open_it_refuses_without_asking_the_store(breaker):
    fail(breaker, 3)
    asked = []

    with pytest.raises(StoreUnavailable), breaker.guard(unasked):
        asked.append(1)

    assert (breaker.state, asked) == (State.OPEN, [])


def test_it_never_waits_longer_than_its_time_and_the_jitter(breaker, time):
    fail(breaker, 3)

    assert 4 <= breaker.retry_in <= 6
    time.now = 6.01
    assert breaker.state is State.HALF_OPEN


def test_a_refused_statement_is_no_outage(breaker):
    for _ in range(5):
        with pytest.raises(StoreError):
            use(breaker, StoreError("PostgreSQL", "syntax error", "42601"))

    assert breaker.state is State.CLOSED


def test_another_stores_outage_does_not_count(breaker):
    for _ in range(5):
        with pytest.raises(StoreUnavailable):
            use(breaker, StoreUnavailable("Qdrant"))

    assert breaker.failures == 0


class Pings:
    """A store that answers its pings so, one after the other."""

    def __init__(self, *answers):
        self.left = list(answers)

    async def __call__(self):
        return self.left.pop(0)


@pytest.fixture
def half_open(breaker, time):
    fail(breaker, 3)
    time.now = 10
    return breaker


async def knock(breaker, ping):
    """A call, and time for the ping that it may send."""
    try:
        use(breaker, ping=ping)
    except StoreUnavailable:
        return "refused"
    finally:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return "answered"


def knocks(breaker, ping, times):
    async def calls():
        return [await knock(breaker, ping) for _ in range(times)]

    return asyncio.run(calls())


def test_a_ping_finds_the_store_again_and_no_call_waits_for_it(half_open):
    assert knocks(half_open, Pings(True), 2) == ["refused", "answered"]
    assert (half_open.state, half_open.failures) == (State.CLOSED, 0)


def test_a_store_that_is_unavailable_is_pinged_once_in_its_time(half_open):
    pings = Pings(False, True)

    assert knocks(half_open, pings, 3) == ["refused"] * 3
    assert (half_open.state, pings.left) == (State.OPEN, [True])


def test_one_ping_at_a_time(half_open):
    asked = []

    async def slow():
        asked.append(1)
        await asyncio.sleep(0.01)
        return True

    assert knocks(half_open, slow, 2) == ["refused"] * 2
    assert asked == [1]


def test_a_ping_that_was_given_up_leaves_room_for_another(half_open):
    async def stuck():
        await asyncio.Event().wait()

    # The loop ends, and with it the ping.
    assert knocks(half_open, stuck, 1) == ["refused"]

    assert knocks(half_open, Pings(True), 2) == ["refused", "answered"]


def test_a_ping_is_not_bound_to_the_answer_that_began_it(half_open):
    seen = []

    async def ping():
        seen.append((deadline.left(), patience.is_silent("PostgreSQL")))
        return True

    async def call():
        with deadline.within(1), patience.answering(1):
            await knock(half_open, ping)

    asyncio.run(call())

    assert seen == [(None, False)]


def test_slow_is_not_unavailable(breaker):
    for _ in range(5):
        with pytest.raises(StoreTimeout):
            use(breaker, StoreTimeout("PostgreSQL"))

    assert breaker.state is State.CLOSED


def test_a_ping_that_stood_still_with_its_environment_is_sent_again(half_open, time):
    answers = []

    async def ping():
        answers.append(1)
        if len(answers) == 1:
            time.now += 3600
            return False
        return True

    assert knocks(half_open, ping, 3) == ["refused", "refused", "answered"]


def test_an_answer_does_not_wait_twice_for_one_store(breaker):
    with patience.answering(10):
        fail(breaker)
        asked = []
        with pytest.raises(StoreUnavailable), breaker.guard(unasked):
            asked.append(1)

    assert (breaker.failures, asked) == (1, [])


def test_an_opening_and_what_it_spares_are_counted(breaker, capsys):
    fail(breaker, 3)
    fail(breaker, 2)

    counted = [
        (line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], line["store"])
        for line in map(json.loads, capsys.readouterr().out.splitlines())
    ]
    assert counted == [("BreakerOpened", "PostgreSQL"), *[("StoreSkipped", "PostgreSQL")] * 2]
