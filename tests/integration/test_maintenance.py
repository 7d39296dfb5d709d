"""The maintenance function's handler on real stores, and its steps that fail alone."""

import importlib.util

import pytest

from local import ROOT
from local.processes import free_port
from quarry.dependencies.composition import composition
from quarry.domain.batches import BatchStatus
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
        "warm_cache": {"status": "done", "queries": 0},
        # It was resumed, and has not moved yet.
        "watch_batches": {"status": "done", "waiting": 1},
        "add_up_batches": {"status": "done", "hours": 0},
        "examine_materials": {"status": "done", "materials": 0, "questions": 0},
        "remove_points": {"status": "done", "points": 0},
        "clean_changes": {"status": "done", "changes": 0, "messages": 0},
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
