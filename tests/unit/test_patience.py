"""Slow is not unavailable: only a store that says nothing at all is, and only waiting in vain costs patience."""

import asyncio

import pytest

from quarry import deadline, patience
from quarry.dependencies import environment
from quarry.errors import StoreError, StoreTimeout, StoreUnavailable

STORE = "PostgreSQL"


@pytest.fixture(autouse=True)
def _unknown():
    """Nothing is known of how long the stores usually take."""
    patience._usual.clear()
    yield
    patience._usual.clear()


class Server:
    """Answers a call after so many pings, if it answers pings at all."""

    def __init__(self, pings_until_answer=0, *, alive=True, refuses=None):
        self.pings = 0
        self._alive = alive
        self._refuses = refuses
        self._answered = asyncio.Event()
        self._until = pings_until_answer
        if not pings_until_answer:
            self._answered.set()

    async def call(self):
        await self._answered.wait()
        return "answer"

    async def ping(self):
        if not self._alive:
            await asyncio.Event().wait()
        self.pings += 1
        if self.pings >= self._until:
            self._answered.set()
        if self._refuses:
            raise self._refuses


async def asked(server, seconds=0.2):
    return await patience.for_store(STORE, server.call(), server.ping, seconds)


def test_an_answer_at_once_costs_no_ping():
    async def scenario():
        server = Server()
        return await asked(server), server.pings

    assert asyncio.run(scenario()) == ("answer", 0)


def test_a_store_that_answers_pings_is_waited_for_however_long_it_takes():
    async def scenario():
        server = Server(pings_until_answer=4)
        with patience.answering(0.2):
            given = await patience.for_store(STORE, server.call(), server.ping)
            return given, server.pings, patience.is_silent(STORE), patience.share()

    given, pings, silent, left = asyncio.run(scenario())
    assert (given, pings, silent) == ("answer", 4, False)
    assert left == pytest.approx(0.1)


def test_a_store_that_answers_neither_is_unavailable_and_not_tried_again_for_the_same_answer():
    async def scenario():
        with patience.answering(0.4):
            with pytest.raises(StoreUnavailable):
                await patience.for_store(STORE, Server(9).call(), Server(alive=False).ping)
            return patience.is_silent(STORE), patience.is_silent("Qdrant"), patience.share()

    silent, other, left = asyncio.run(scenario())
    assert (silent, other) == (True, False)
    assert left == pytest.approx(0.1)


def test_a_refused_ping_has_been_answered_and_one_without_a_server_has_not():
    async def refused(fault):
        return await asked(Server(2, refuses=fault))

    assert asyncio.run(refused(StoreError(STORE, "no"))) == "answer"
    with pytest.raises(StoreUnavailable):
        asyncio.run(refused(StoreUnavailable(STORE)))


def test_the_time_of_the_function_ends_every_wait_and_says_nothing_of_the_store():
    async def scenario():
        with deadline.within(0), patience.answering(10):
            with pytest.raises(StoreTimeout):
                await asked(Server(10_000))
            return patience.is_silent(STORE)

    assert asyncio.run(scenario()) is False


def test_a_frozen_process_has_not_waited():
    async def scenario():
        server = Server(pings_until_answer=1)
        call = asyncio.ensure_future(asked(server, seconds=0.5))
        for _ in range(3):
            await asyncio.sleep(0)
            blocking()
        return await call

    def blocking():
        until = asyncio.get_running_loop().time() + 0.3
        while asyncio.get_running_loop().time() < until:
            pass

    assert asyncio.run(scenario()) == "answer"


def test_a_store_without_a_ping_is_unavailable_when_it_says_nothing():
    async def scenario():
        with patience.answering(10):
            with pytest.raises(StoreUnavailable):
                await patience.in_silence(STORE, asyncio.Event().wait(), 0.1)
            return patience.is_silent(STORE)

    assert asyncio.run(scenario()) is True


def test_what_fails_fails_as_it_is():
    async def fails():
        raise StoreError(STORE, "refused")

    async def scenario():
        await patience.for_store(STORE, fails(), Server().ping)

    with pytest.raises(StoreError, match="refused"):
        asyncio.run(scenario())


def test_giving_up_is_passed_on_to_the_call():
    ended = []

    async def call():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async def scenario():
        waiting = asyncio.ensure_future(patience.for_store(STORE, call(), Server().ping))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(0)

    asyncio.run(scenario())
    assert ended == ["cancelled"]


def test_a_store_that_usually_takes_long_is_waited_for_as_much_longer():
    async def scenario():
        with patience.answering(100):
            await patience.for_store(STORE, asyncio.sleep(0.1), Server().ping)
        waited = asyncio.get_running_loop().time()
        with patience.answering(0.1), pytest.raises(StoreUnavailable):
            await patience.for_store(STORE, asyncio.Event().wait(), Server(alive=False).ping)
        return asyncio.get_running_loop().time() - waited

    assert asyncio.run(scenario()) > 0.5


class SlowStores:
    async def connect(self):
        await patience.in_silence(STORE, asyncio.sleep(0.1), patience.share())


def test_a_new_environment_waits_by_how_long_its_connections_took(monkeypatch):
    monkeypatch.setattr(environment, "composition", SlowStores)

    async def waited():
        begun = asyncio.get_running_loop().time()
        with patience.answering(0.1), pytest.raises(StoreUnavailable):
            await patience.for_store(STORE, asyncio.Event().wait(), Server(alive=False).ping)
        return asyncio.get_running_loop().time() - begun

    async def scenario():
        unknown = await waited()
        await environment._connected(SlowStores().connect)
        return unknown, await waited()

    unknown, known = asyncio.run(scenario())
    assert known > 2 * unknown
