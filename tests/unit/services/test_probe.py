"""The synthetic search: what counts as a failure."""

import pytest

from quarry.errors import AllDatabasesUnavailableError
from quarry.runtime import run
from quarry.services import probe
from quarry.services.probe import Probe


@pytest.fixture
def counted(monkeypatch):
    found = []
    monkeypatch.setattr(probe, "count", lambda name, amount: found.append((name, amount)))
    return found


def searched(answer, name="Клей 25 кг"):
    async def some_name():
        return name

    async def search(query):
        assert query == name
        if isinstance(answer, Exception):
            raise answer
        return answer

    return run(Probe(some_name, search).run())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"degraded": False, "hits": []}, "was not found"),
        ({"degraded": True, "hits": [1]}, "degraded"),
        (AllDatabasesUnavailableError(), ""),
    ],
)
def test_what_is_there_and_is_not_found_by_every_store_is_a_failure(answer, reason, counted):
    done = searched(answer)

    assert (done["status"], reason in done["error"], counted) == ("failed", True, [("ProbeFailures", 1)])


@pytest.mark.parametrize("name", ["Клей 25 кг", None])
def test_what_is_found_is_none_and_neither_is_an_empty_catalogue(name, counted):
    assert searched({"degraded": False, "hits": [1]}, name) == {"status": "done"}
    assert counted == [("ProbeFailures", 0)]
