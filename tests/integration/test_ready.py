"""An environment is ready before its first request, which costs no more than the second."""

import json
import subprocess
import sys

import pytest

from local import ROOT
from tests.environment import composed

REQUESTS = {
    "search/app": ("http_v2_search.json", {}),
    "batch_status/app": ("http_v2_batch_progress.json", {}),
    "health/app": ("http_v2_health_databases.json", {}),
    "ingest/api": ("http_v2_pricelists.json", {}),
}
# Of the same functions, routes that use other parts: method, path, body.
ROUTES = {
    "rows": ("ingest/api", "POST", "/batches", {"materials": [{"id": "1", "name": "Цемент М500", "unit": "кг"}]}),
    "estimate": ("ingest/api", "POST", "/estimates", {"lines": [{"name": "Цемент М500", "quantity": 2, "unit": "кг"}]}),
    "reviews": ("ingest/api", "GET", "/reviews", None),
    "watches": ("ingest/api", "GET", "/watches", None),
    "webhooks": ("ingest/api", "GET", "/webhooks", None),
    "synonyms": ("ingest/api", "GET", "/synonyms", None),
    "refused": ("ingest/api", "POST", "/batches", {"materials": [{"name": 1}]}),
    "suggestions": ("search/app", "GET", "/search/suggestions", None),
    "material": ("search/app", "GET", "/materials/9f2d1a34-58aa-4f0e-9d8c-0a8f6d1e7b11", None),
    "batches": ("batch_status/app", "GET", "/batches", None),
    "everything": ("health/app", "GET", "/health/full", None),
}
# The others take a few milliseconds, in which one is a third.
COSTLY = {"rows", "estimate"}
# Loads a handler as the runtime client does with SnapStart, and reports what two requests cost and imported.
PROGRAM = """
import gc, importlib.util, json, os, sys, time
from awslambdaric.lambda_context import LambdaContext
from awslambdaric.lambda_runtime_hooks_runner import run_after_restore, run_before_snapshot

path, *events = sys.argv[1:]
spec = importlib.util.spec_from_file_location("handler", path)
module = importlib.util.module_from_spec(spec)
walked = gc.get_stats()[2]["collections"]
spec.loader.exec_module(module)
walked = gc.get_stats()[2]["collections"] - walked
run_before_snapshot()
run_after_restore()
kept = {"walked": walked, "enabled": gc.isenabled(), "frozen": gc.get_freeze_count()}

def ask(event):
    before, started = set(sys.modules), time.process_time()
    arn = "arn:aws:lambda:eu-central-1:0:function:tested:live"
    context = LambdaContext("invocation", {}, {}, int((time.time() + 600) * 1000), arn)
    answer = module.handler(json.loads(event), context)
    return {
        "status": answer["statusCode"],
        "cpu": time.process_time() - started,
        "imported": sorted(set(sys.modules) - before),
    }

told = [ask(event) for event in events]
print("told", json.dumps([*told, sorted(sys.modules), kept]))
"""


@pytest.fixture
def environment(request):
    with composed(request) as patch:
        yield patch


@pytest.mark.parametrize("function", REQUESTS)
def test_the_first_request_imports_nothing_and_costs_at_most_three_times_the_second(function, environment):
    events = [_event(function, text) for text in ("цемент м500", "клей для плитки")]
    first, second, modules, kept = asked(environment, function, events)
    assert first["imported"] == []
    assert first["status"] == second["status"]
    # Heavy libraries that no answer needs.
    assert not {"qdrant_client", "openai", "paramiko", "alembic", "sqlalchemy"}.intersection(modules)
    assert not {"boto3", "snowballstemmer", "ijson", "python_calamine", "redis", "pydantic.v1"}.intersection(modules)
    # Nothing walks through all that was made, neither then nor in an answer.
    assert (kept["walked"], kept["enabled"], kept["frozen"] > 0) == (0, True, True)
    assert first["cpu"] <= 3 * second["cpu"], (first, second)


@pytest.mark.parametrize("route", ROUTES)
def test_the_first_request_of_a_route_imports_nothing(route, environment):
    function, method, path, body = ROUTES[route]
    event = json.loads((ROOT / "events" / "http_v2_search.json").read_text())
    path = f"/api/v1{path}"
    event |= {"rawPath": path, "routeKey": f"{method} {path}", "isBase64Encoded": False}
    event |= {
        "body": json.dumps(body, ensure_ascii=False) if body else None,
        "rawQueryString": "q=це" if route == "suggestions" else "",
    }
    event["requestContext"]["http"] |= {"method": method, "path": path}
    event["headers"] = {name: value for name, value in event["headers"].items() if body or "content" not in name}
    other = {**event, "body": event["body"] and event["body"].replace("Цемент М500", "Клей для плитки")}
    first, second, *_ = asked(environment, function, [json.dumps(event), json.dumps(other)])
    assert first["imported"] == []
    assert first["status"] == second["status"]
    assert first["status"] < 500
    assert route not in COSTLY or first["cpu"] <= 3 * second["cpu"], (first, second)


def asked(environment, function, events):
    """What a new environment tells of these requests, of its modules and of its garbage."""
    environment.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    environment.setenv("PYTHONPATH", str(ROOT / "shared"))
    command = [sys.executable, "-c", PROGRAM, ROOT / "functions" / f"{function}.py", *events]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("told ")]
    return json.loads(line.removeprefix("told "))


def _event(function, text):
    name, _ = REQUESTS[function]
    event = json.loads((ROOT / "events" / name).read_text())
    if function == "search/app":
        event["body"], event["isBase64Encoded"] = json.dumps({"query": text}), False
    return json.dumps(event)


def test_garbage_collection_is_unchanged_outside_a_handler():
    program = "import gc, quarry.dependencies.environment; print(gc.isenabled())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
