"""Dead letters are moved back, in the queues of the local stack and in those of a deployed one."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from typer.testing import CliRunner

from local import redrive
from local.cli import app
from local.home import Home
from local.processes import free_port
from local.redrive import MAINTENANCE, QUEUES, NoQueues

BODIES = {"uploads": {"Records": []}, "chunks": {"request_id": "b1", "chunk": 3}}


@pytest.fixture
def sqs(aws_url):
    """The queues of both kinds, by the template's names, three dead letters in each."""
    client = boto3.client("sqs")
    for kind, names in QUEUES.items():
        for name in names:
            client.purge_queue(QueueUrl=client.create_queue(QueueName=name)["QueueUrl"])
        for _ in range(3):
            client.send_message(QueueUrl=url(client, names[0]), MessageBody=json.dumps(BODIES[kind]))
    yield client
    for names in QUEUES.values():
        for name in names:
            client.delete_queue(QueueUrl=url(client, name))
    client.close()


def url(client, name):
    return client.get_queue_url(QueueName=name)["QueueUrl"]


def waiting(client, name):
    found = client.receive_message(QueueUrl=url(client, name), MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in found]


def run(*arguments):
    return CliRunner().invoke(app, ["redrive", *map(str, arguments)])


def test_the_laptops_dead_letters_go_back_to_their_queues(sqs, aws_url, tmp_path):
    Home(tmp_path).write_endpoints({"sqs": {"url": aws_url}})

    done = run("--home", tmp_path, "--json")

    assert (done.exit_code, json.loads(done.stdout)) == (0, {"uploads": 3, "chunks": 3})
    assert waiting(sqs, "UploadsQueue") == [BODIES["uploads"]] * 3
    assert waiting(sqs, "ChunksQueue") == [BODIES["chunks"]] * 3
    assert waiting(sqs, "UploadsDeadLetters") == waiting(sqs, "ChunksDeadLetters") == []


def test_a_deployment_is_asked_with_the_profile_that_is_named(sqs, monkeypatch, tmp_path):
    config = "[profile ops]\naws_access_key_id = of-ops\naws_secret_access_key = s\nregion = eu-central-1\n"
    (tmp_path / "config").write_text(config)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    asked = []

    def read(stack, session):
        asked.append(session.get_credentials().access_key)
        raise NoQueues(stack)

    monkeypatch.setattr(redrive, "_resources", read)
    CliRunner().invoke(app, ["--aws-profile", "ops", "redrive", "--stack", "deployed"])

    assert asked == ["of-ops"]
    nobody = CliRunner().invoke(app, ["--aws-profile", "nobody", "redrive", "--stack", "deployed"])
    assert (nobody.exit_code, nobody.stderr) == (1, "The config profile (nobody) could not be found\n")


def test_a_deployments_dead_letters_are_found_by_the_stack(sqs):
    resources = {
        name: {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"made-{name}"}}
        for names in QUEUES.values()
        for name in names
    }
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName="deployed", TemplateBody=json.dumps({"Resources": resources}))
    sqs.send_message(QueueUrl=url(sqs, "made-ChunksDeadLetters"), MessageBody=json.dumps(BODIES["chunks"]))

    done = run("--stack", "deployed")

    assert (done.exit_code, done.stdout) == (0, "uploads: 0\nchunks: 1\nmaintenance: 0\n")
    assert waiting(sqs, "made-ChunksQueue") == [BODIES["chunks"]]
    cloudformation.delete_stack(StackName="deployed")


class Lambda(BaseHTTPRequestHandler):
    """Lambda's API, as far as it is used: functions are invoked."""

    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.invoked.append((self.path, self.headers["X-Amz-Invocation-Type"], json.loads(content)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """No line for each request."""


@pytest.fixture
def invoked(monkeypatch):
    """Which functions were invoked, how, and with what."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Lambda) as server:
        server.invoked = []
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server.invoked
        server.shutdown()
        thread.join()


def test_tasks_of_maintenance_are_run_again_once_each(sqs, invoked):
    resources = {
        name: {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"again-{name}"}}
        for names in (*QUEUES.values(), MAINTENANCE[:1])
        for name in names
    }
    # moto's stacks hold no code: a resource by that name has an id all the same.
    resources[MAINTENANCE[1]] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "maintenance"}}
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName="again", TemplateBody=json.dumps({"Resources": resources}))
    failed = {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": {"task": "cleanup"}}
    for letter in ({"task": "upkeep"}, failed, {"task": "upkeep"}):
        sqs.send_message(QueueUrl=url(sqs, "again-MaintenanceDeadLetters"), MessageBody=json.dumps(letter))

    done = run("--stack", "again", "--json")

    assert (done.exit_code, json.loads(done.stdout)) == (0, {"uploads": 0, "chunks": 0, "maintenance": 3})
    assert sorted(one["task"] for _, _, one in invoked) == ["cleanup", "upkeep"]
    assert {kind for _, kind, _ in invoked} == {"Event"}
    assert all("Qualifier=live" in path and "maintenance" in path for path, _, _ in invoked)
    assert waiting(sqs, "again-MaintenanceDeadLetters") == []
    cloudformation.delete_stack(StackName="again")


def test_without_a_stack_the_command_says_how_to_start_one(tmp_path):
    done = run("--home", tmp_path)

    assert done.exit_code == 1
    assert "quarry up" in done.stderr


def test_an_unavailable_queue_is_reported_in_one_sentence(tmp_path):
    Home(tmp_path).write_endpoints({"sqs": {"url": f"http://127.0.0.1:{free_port()}"}})

    done = run("--home", tmp_path)

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("The queues cannot be reached")
    assert done.stderr.count("\n") == 1


def test_a_move_that_is_broken_off_leaves_each_message_in_one_queue_at_least(sqs, aws_url, tmp_path, monkeypatch):
    Home(tmp_path).write_endpoints({"sqs": {"url": aws_url}})
    import botocore.client

    call, deletions = botocore.client.BaseClient._make_api_call, []

    def interrupted(self, operation, parameters):
        if operation == "DeleteMessage":
            deletions.append(parameters)
            if len(deletions) == 2:
                raise KeyboardInterrupt
        return call(self, operation, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", interrupted)
        assert run("--home", tmp_path).exit_code != 0

    assert len(waiting(sqs, "UploadsQueue")) == 2
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = sqs.get_queue_attributes(QueueUrl=url(sqs, "UploadsDeadLetters"), AttributeNames=names)["Attributes"]
    assert sum(map(int, left.values())) == 2
