"""The real runtime client against our Runtime API, on handlers written for the test."""

import json
import os
import time
from pathlib import Path

import psutil
import pytest

from local.lambdas import Function
from local.processes import Nursery
from local.runtime_api import THROTTLED, TIMED_OUT
from local.template import FunctionSpec

HANDLER = """
import os, sys, time
from pathlib import Path

calls = 0

def handler(event, context):
    global calls
    calls += 1
    act = event["act"]
    if act == "fail":
        raise KeyError("nothing here")
    if act == "sleep":
        time.sleep(600)
    if act == "wait":
        Path("waiting").touch()
        while not Path("go").exists():
            time.sleep(0.02)
    if act == "exit":
        os._exit(3)
    if act == "large":
        return "x" * (7 * 1024 * 1024)
    return {
        "pid": os.getpid(),
        "calls": calls,
        "echo": event.get("echo"),
        "left_ms": context.get_remaining_time_in_millis(),
        "arn": context.invoked_function_arn,
    }
"""


@pytest.fixture
def nursery(tmp_path):
    made = Nursery(tmp_path / "logs")
    yield made
    made.close()


@pytest.fixture
def function(tmp_path, nursery):
    made = _function(tmp_path, nursery, HANDLER)
    yield made
    made.close()


def _function(folder: Path, nursery: Nursery, code: str, concurrency: int = 1, timeout: int = 900) -> Function:
    (folder / "app.py").write_text(code)
    spec = FunctionSpec("Tested", folder, "app.handler", timeout, 128, "python3.13", {})
    return Function(spec, {"PATH": os.environ["PATH"]}, nursery, concurrency)


def test_the_handlers_answer_comes_back(function):
    outcome = function.invoke({"act": "answer", "echo": "цемент"})

    answer = json.loads(outcome.payload)
    assert outcome.failure is None
    assert answer["echo"] == "цемент"
    assert answer["arn"].endswith(":function:Tested:live")
    assert 0 < answer["left_ms"] <= 900_000


def test_an_environment_is_used_again(function):
    first, second = (json.loads(function.invoke({"act": "answer"}).payload) for _ in range(2))

    assert first["pid"] == second["pid"]
    assert (first["calls"], second["calls"]) == (1, 2)


def test_an_exception_is_the_functions_failure_and_the_environment_lives_on(function):
    before = json.loads(function.invoke({"act": "answer"}).payload)
    outcome = function.invoke({"act": "fail"})
    after = json.loads(function.invoke({"act": "answer"}).payload)

    assert outcome.failure == "KeyError"
    assert "nothing here" in json.loads(outcome.payload)["errorMessage"]
    assert before["pid"] == after["pid"]


def test_a_handler_that_takes_too_long_is_killed_and_the_next_call_gets_a_new_environment(tmp_path, nursery):
    function = _function(tmp_path, nursery, HANDLER, timeout=5)
    before = json.loads(function.invoke({"act": "answer"}).payload)
    outcome = function.invoke({"act": "sleep"})
    after = json.loads(function.invoke({"act": "answer"}).payload)

    assert outcome.failure == TIMED_OUT
    assert not psutil.pid_exists(before["pid"])
    assert after["pid"] != before["pid"]
    function.close()


def test_a_process_that_exits_fails_its_invocation_alone(function):
    assert function.invoke({"act": "exit"}).failure == "Runtime.ExitError"
    assert function.invoke({"act": "answer"}).failure is None


def test_an_environment_that_died_between_two_calls_gets_no_work(function):
    idle = psutil.Process(json.loads(function.invoke({"act": "answer"}).payload)["pid"])
    idle.kill()
    _until(lambda: not psutil.pid_exists(idle.pid))

    assert function.invoke({"act": "answer"}).failure is None


def _until(done):
    while not done():
        time.sleep(0.02)


def test_an_answer_over_the_payload_limit_is_a_failure(function):
    assert function.invoke({"act": "large"}).failure == "Function.ResponseSizeTooLarge"


def test_a_module_that_cannot_be_imported_fails_the_invocation(tmp_path, nursery):
    function = _function(tmp_path, nursery, "import nowhere_to_be_found")

    assert function.invoke({"act": "answer"}).failure == "Runtime.InitError"


def test_calls_beyond_the_concurrency_wait_and_are_throttled(tmp_path, nursery):
    import threading

    function = _function(tmp_path, nursery, HANDLER)
    busy = threading.Thread(target=function.invoke, args=({"act": "wait"},))
    busy.start()
    _until((tmp_path / "waiting").exists)

    assert function.invoke({"act": "answer"}, wait=0.1).failure == THROTTLED
    (tmp_path / "go").touch()
    busy.join()
    function.close()
