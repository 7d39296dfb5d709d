import asyncio
import json

import pytest

from quarry import deadline, patience
from quarry.adapters.interfaces import Health
from quarry.errors import StoreError, StoreTimeout, StoreUnavailable
from quarry.fallback.breaker import Breaker, State


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
    return Breaker("PostgreSQL", failures=3, open_seconds=5, now=time)


def use(breaker, fault=None):
    with breaker.guard():
        if fault:
            raise fault


def fail(breaker, times=1):
    for _ in range(times):
        with pytest.raises(StoreUnavailable):
            use(breaker, StoreUnavailable("PostgreSQL"))


def test_it_stays_closed_below_its_number_of_failures(breaker):
    fail(breaker, 2)

    assert breaker.state is State.CLOSED


def test_an_answer_begins_the_count_anew(breaker):
    fail(breaker, 2)
    use(breaker)
    fail(breaker, 2)

    assert breaker.state is State.CLOSED


def test_open_it_refuses_without_asking_the_store(breaker):
    fail(breaker, 3)
    asked = []

    with pytest.raises(StoreUnavailable), breaker.guard():
        asked.append(1)

    assert (breaker.state, asked) == (State.OPEN, [])


def test_it_never_waits_longer_than_its_time_and_the_jitter(breaker, time):
    fail(breaker, 3)

    assert 4 <= breaker.retry_in <= 6
    time.now = 6.01
    assert breaker.state is State.HALF_OPEN


def test_a_probe_that_is_answered_closes_it(breaker, time):
    fail(breaker, 3)
    time.now = 10

    use(breaker)

    assert (breaker.state, breaker.failures) == (State.CLOSED, 0)


def test_a_probe_that_fails_opens_it_again(breaker, time):
    fail(breaker, 3)
    time.now = 10

    fail(breaker)

    assert breaker.state is State.OPEN


def test_one_probe_at_a_time(breaker, time):
    fail(breaker, 3)
    time.now = 10

    with breaker.guard(), pytest.raises(StoreUnavailable):
        use(breaker)

    assert breaker.state is State.CLOSED


def test_a_probe_that_was_given_up_leaves_room_for_another(breaker, time):
    fail(breaker, 3)
    time.now = 10
    with pytest.raises(KeyboardInterrupt):
        use(breaker, KeyboardInterrupt())

    use(breaker)

    assert breaker.state is State.CLOSED


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


def pinged(time, *states):
    """An open breaker whose store answers its pings so, one after the other, and what was asked of it meanwhile."""
    answers = list(states)

    async def ping():
        return Health("PostgreSQL", answers.pop(0))

    opened = Breaker("PostgreSQL", failures=3, open_seconds=5, now=time, ping=ping)
    fail(opened, 3)
    return opened, answers


async def knock(breaker):
    """A call, and time for the ping that it may send."""
    try:
        use(breaker)
    except StoreUnavailable:
        return "refused"
    finally:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return "answered"


def test_a_ping_finds_the_store_again_and_no_call_waits_for_it(time):
    breaker, _ = pinged(time, "healthy")
    time.now = 10

    async def calls():
        return [await knock(breaker), await knock(breaker)]

    assert asyncio.run(calls()) == ["refused", "answered"]
    assert breaker.state is State.CLOSED


def test_a_store_that_is_away_is_pinged_once_in_its_time(time):
    breaker, left = pinged(time, "unhealthy", "healthy")
    time.now = 10

    async def calls():
        return [await knock(breaker) for _ in range(3)]

    assert asyncio.run(calls()) == ["refused"] * 3
    assert (breaker.state, left) == (State.OPEN, ["healthy"])


def test_a_ping_is_not_bound_to_the_answer_that_began_it(time):
    seen = []

    async def ping():
        seen.append((deadline.left(), patience.is_silent("PostgreSQL")))
        return Health("PostgreSQL", "healthy")

    breaker = Breaker("PostgreSQL", failures=3, open_seconds=5, now=time, ping=ping)
    fail(breaker, 3)
    time.now = 10

    async def call():
        with deadline.within(1), patience.answering(1):
            await knock(breaker)

    asyncio.run(call())

    assert seen == [(None, False)]


def test_slow_is_not_unavailable(breaker):
    for _ in range(5):
        with pytest.raises(StoreTimeout):
            use(breaker, StoreTimeout("PostgreSQL"))

    assert breaker.state is State.CLOSED


def test_a_ping_that_stood_still_with_its_environment_is_sent_again(time):
    answers = []

    async def ping():
        answers.append(1)
        if len(answers) == 1:
            time.now += 3600
            return Health("PostgreSQL", "unhealthy")
        return Health("PostgreSQL", "healthy")

    breaker = Breaker("PostgreSQL", failures=3, open_seconds=5, now=time, ping=ping)
    fail(breaker, 3)
    time.now = 10

    async def calls():
        return [await knock(breaker) for _ in range(3)]

    assert asyncio.run(calls()) == ["refused", "refused", "answered"]


def test_an_answer_does_not_wait_twice_for_one_store(breaker):
    with patience.answering(10):
        fail(breaker)
        asked = []
        with pytest.raises(StoreUnavailable), breaker.guard():
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
