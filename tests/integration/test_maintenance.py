"""The maintenance function's handler on real stores, and its steps that fail alone."""

import importlib.util
from decimal import Decimal

import pytest

from local import ROOT
from local.processes import free_port
from quarry.dependencies.composition import composition
from quarry.domain.batches import BatchStatus
from quarry.domain.rows import PriceRow
from quarry.runtime import run
from tests.batches import batch, days_ago, records
from tests.environment import composed, forget, invocation


@pytest.fixture
def environment(request):
    with composed(request) as patch:
        yield patch


def invoke(task: str):
    spec = importlib.util.spec_from_file_location("maintenance_app", ROOT / "functions/maintenance/app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler({"task": task}, invocation())


def test_the_upkeep_does_what_an_outage_left_undone(environment):
    run(composition().qdrant.save_batch(batch(total=3, chunks=1)))
    run(composition().qdrant.create_processing_records("b1", records(3)))

    done = invoke("upkeep")

    assert done == {
        "reconcile": {"status": "done", "batches": 1, "records": 3},
        "resume_batches": {"status": "done", "messages": 1},
        "index_materials": {"status": "done", "materials": 0},
        "rebuild_index": {"status": "done"},
        "warm_cache": {"status": "done", "queries": 0},
        # It was resumed, and has not moved yet.
        "watch_batches": {"status": "done", "waiting": 1},
        "add_up_batches": {"status": "done", "hours": 0},
        "examine_materials": {"status": "done", "materials": 0, "questions": 0},
        "remove_points": {"status": "done", "points": 0},
        "clean_changes": {"status": "done", "changes": 0, "messages": 0, "earlier_offers": 0},
        "resume_estimates": {"status": "done", "estimates": 0},
        "remove_estimates": {"status": "done", "estimates": 0},
    }
    assert run(composition().batches.pending()) == 0
    assert run(composition().chunks_queue.depth()) == 1


def test_one_step_that_fails_does_not_stop_the_others(environment):
    environment.setenv("QDRANT_URL", f"http://127.0.0.1:{free_port()}")
    forget()

    done = invoke("upkeep")

    assert done["reconcile"]["status"] == "failed"
    assert "Qdrant" in done["reconcile"]["error"]
    assert done["resume_batches"]["status"] == done["warm_cache"]["status"] == "done"


def test_the_clean_up_takes_what_is_older_than_the_setting(environment):
    environment.setenv("BATCH_RETENTION_DAYS", "10")
    forget()
    manager = composition().batches
    for name, days in (("old", 11), ("young", 9)):
        moment = days_ago(days)
        about = {"created_at": moment, "updated_at": moment, "finished_at": moment}
        run(manager.save_batch(batch(name, status=BatchStatus.COMPLETED, total=2, **about)))
        run(manager.create_processing_records(name, records(2, name)))

    assert invoke("cleanup") == {"deleted": 2}
    assert [one.request_id for one in run(manager.list_batches())] == ["young"]


@pytest.fixture
def counted(monkeypatch):
    """What the probe has counted."""
    found = []
    monkeypatch.setattr("quarry.services.probe.count", lambda name, amount: found.append((name, amount)))
    return found


@pytest.fixture(params=["both databases", "Qdrant only"])
def catalogue(request, environment):
    """A catalogue of one material."""
    environment.setenv("QDRANT_ONLY_MODE", str(request.param == "Qdrant only").lower())
    forget()
    row = PriceRow(row=1, external_id="a1", name="Клей плиточный Юнис 25 кг", unit="мешок", price=Decimal(380))
    submitted = run(composition().ingestion.service.submit(None, 7, [row]))
    run(composition().ingestion.processor.process_chunk(submitted.request_id, 0))
    return environment


def test_the_synthetic_search_finds_what_is_in_the_catalogue(catalogue, counted):
    assert invoke("probe") == {"status": "done"}
    assert counted == [("ProbeFailures", 0)]


def test_an_empty_catalogue_is_no_failure(environment, counted):
    assert invoke("probe") == {"status": "done"}
    assert counted == [("ProbeFailures", 0)]


def test_a_material_that_is_not_found_is_a_failure(catalogue, counted, monkeypatch):
    async def other(*_):
        return "Арматура А500С 12 мм"

    monkeypatch.setattr("quarry.dependencies.maintenance._some_name", other)
    done = invoke("probe")
    assert (done["status"], "was not found" in done["error"]) == ("failed", True)
    assert counted == [("ProbeFailures", 1)]


def test_a_degraded_answer_and_none_at_all_are_failures(catalogue, counted):
    catalogue.setenv("QDRANT_URL", f"http://127.0.0.1:{free_port()}")
    forget()
    assert invoke("probe")["status"] == "failed"
    catalogue.setenv("POSTGRESQL_URL", f"postgresql://quarry@127.0.0.1:{free_port()}/quarry")
    forget()
    assert invoke("probe")["status"] == "failed"
    assert counted == [("ProbeFailures", 1), ("ProbeFailures", 1)]


def test_a_failed_step_of_the_upkeep_is_counted(environment, monkeypatch):
    found = []
    monkeypatch.setattr("quarry.services.maintenance.count", found.append)
    environment.setenv("QDRANT_URL", f"http://127.0.0.1:{free_port()}")
    forget()

    done = invoke("upkeep")

    assert len(found) == sum(step["status"] == "failed" for step in done.values()) > 0
    assert set(found) == {"UpkeepFailures"}
