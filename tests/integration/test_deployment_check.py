"""CodeDeploy's check of a new version: the health function on real stores, behind a small Lambda and CodeDeploy."""

import asyncio
import importlib.util
import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local import ROOT
from local.processes import free_port
from quarry.dependencies.composition import composition
from quarry.runtime import loop, run
from tests.environment import composed, forget
from tests.integration.functions import invoke, restored


class Aws(BaseHTTPRequestHandler):
    """Lambda invokes the health function of this process, CodeDeploy notes what it is told."""

    def do_POST(self):
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "X-Amz-Target" in self.headers:
            self.server.told.append((self.headers["X-Amz-Target"].rpartition(".")[2], content))
            answer = {"lifecycleEventHookExecutionId": content["lifecycleEventHookExecutionId"]}
        else:
            self.server.asked.append(self.path)
            answer = self.server.health(content)
        body = json.dumps(answer).encode()
        self.send_response(HTTPStatus.FORBIDDEN if "__type" in answer else HTTPStatus.OK)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """No line for each request."""


@pytest.fixture
def aws(request, monkeypatch):
    """What CodeDeploy is told, while a new version of the health function is asked."""
    with restored(), composed(request) as patch, ThreadingHTTPServer(("127.0.0.1", 0), Aws) as server:
        server.told, server.asked, server.patch = [], [], patch

        def health(event):
            asyncio.set_event_loop(loop())
            return invoke("health/app.py", event)

        server.health = health
        url = f"http://127.0.0.1:{server.server_port}"
        for name in ("LAMBDA", "CODEDEPLOY"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", url)
        monkeypatch.setenv("CHECKED_FUNCTION", "arn:aws:lambda:eu-central-1:123456789012:function:health:7")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def check(monkeypatch):
    spec = importlib.util.spec_from_file_location("check_app", ROOT / "functions/check/app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
    return module.handler({"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "hook-1"}, None)


def told(aws):
    ((action, content),) = aws.told
    assert action == "PutLifecycleEventHookExecutionStatus"
    assert (content["deploymentId"], content["lifecycleEventHookExecutionId"]) == ("d-1", "hook-1")
    return content["status"]


def test_a_version_that_answers_and_finds_its_schema_gets_traffic(aws, monkeypatch):
    assert check(monkeypatch) == {"fault": None}
    assert told(aws) == "Succeeded"
    assert len(aws.asked) == 1


def test_a_version_for_another_schema_gets_none(aws, monkeypatch):
    run(composition().postgresql.execute_command("UPDATE alembic_version SET version_num = 'earlier'"))
    assert "is earlier, and the new version is written for" in check(monkeypatch)["fault"]
    assert told(aws) == "Failed"
    assert len(aws.asked) == 3


def test_a_version_that_reaches_no_store_gets_none(aws, monkeypatch):
    aws.patch.setenv("QDRANT_URL", f"http://127.0.0.1:{free_port()}")
    aws.patch.setenv("POSTGRESQL_URL", f"postgresql://quarry@127.0.0.1:{free_port()}/quarry")
    forget()
    assert check(monkeypatch) == {"fault": "the new version answered 503"}
    assert told(aws) == "Failed"


def test_a_version_that_cannot_start_gets_none(aws, monkeypatch):
    aws.health = lambda _: {"errorMessage": "No module named quarry", "errorType": "Runtime.ImportModuleError"}
    assert check(monkeypatch) == {"fault": "the new version answered No module named quarry"}
    assert told(aws) == "Failed"


def test_a_version_that_may_not_be_asked_gets_none_and_codedeploy_need_not_wait(aws, monkeypatch):
    aws.health = lambda _: {"__type": "AccessDeniedException", "Message": "not authorized to perform: InvokeFunction"}
    assert "the new version cannot be asked: An error occurred" in check(monkeypatch)["fault"]
    assert told(aws) == "Failed"
    assert len(aws.asked) == 3
