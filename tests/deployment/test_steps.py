"""Steps of a deployment that ask AWS, and what they say when something is wrong."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import pytest

from local import deployment
from local.client import ApiFailure
from local.deployment import Environment, StepFailed
from quarry.dependencies.composition import composition
from quarry.repositories.postgresql.figures import SCHEMA_REVISION
from quarry.runtime import run
from tests.environment import close, forget
from tests.integration.functions import invoke, restored
from tests.integration.served import served


@pytest.fixture
def stack(aws_url):
    """Makes a stack with an address of its API."""
    cloudformation = boto3.client("cloudformation")

    def make(url):
        functions = {"MigrateFunction": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "migrate"}}}
        template = {"Resources": functions, "Outputs": {"ApiUrl": {"Value": url}}}
        cloudformation.create_stack(StackName="deployed", TemplateBody=json.dumps(template))
        return Environment("deployed", is_new=False, region=None, profile=None)

    yield make
    cloudformation.delete_stack(StackName="deployed")


@pytest.fixture
def function(monkeypatch, empty_postgresql_url):
    """Lambda's API in front of the handler, on an empty database."""

    class Lambda(BaseHTTPRequestHandler):
        def do_POST(self):
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                answer, headers = invoke("migrate/app.py", event), {}
            except Exception as error:  # noqa: BLE001 - as Lambda's runtime does
                answer, headers = {"errorMessage": str(error)}, {"X-Amz-Function-Error": "Unhandled"}
            content = json.dumps(answer).encode()
            self.send_response(200)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    # One thread: the handler's work has a loop of its own.
    with restored(), HTTPServer(("127.0.0.1", 0), Lambda) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("POSTGRESQL_URL", empty_postgresql_url)
        forget()
        yield monkeypatch
        close()
        forget()
        server.shutdown()


def test_an_environment_is_a_section_of_samconfig(tmp_path):
    file = tmp_path / "samconfig.toml"
    file.write_text(
        '[dev.deploy.parameters]\nstack_name = "a"\n'
        '[prod.deploy.parameters]\nstack_name = "b"\nparameter_overrides = "X=1"\nregion = "eu-west-1"\nprofile = "p"\n'
    )

    assert Environment.read("dev", file) == Environment("a", is_new=True, region=None, profile=None)
    assert Environment.read("prod", file) == Environment("b", is_new=False, region="eu-west-1", profile="p")
    with pytest.raises(StepFailed, match="no environment test; it has: dev, prod"):
        Environment.read("test", file)


def test_the_environments_of_this_repository_are_asked_for_their_parameters(capsys):
    for name in ("dev", "prod"):
        deployment.guided(Environment.read(name))
    assert capsys.readouterr().out == "--guided\n--guided\n"


def test_what_is_deployed_is_asked_for_its_health_and_searched(engines, stack, capsys):
    with served(engines) as api:
        api.submit([{"id": "1", "name": "Цемент М500 50 кг", "unit": "шт", "price": 500}])
        deployment.smoke(stack(api.url))

    # Functions write their logs there too.
    assert capsys.readouterr().out.endswith(f"{api.url} is well, and searches\n")


def test_what_is_wrong_with_a_deployment_is_said(engines, stack):
    with served(engines, REDIS_URL="redis://127.0.0.1:9/0") as api:
        api.changed(REDIS_URL="redis://127.0.0.1:9/0")
        run(composition().postgresql.execute_command("UPDATE alembic_version SET version_num = 'older'"))
        with pytest.raises(StepFailed) as failure:
            deployment.smoke(stack(api.url))

    reasons = str(failure.value).split("\n")
    assert reasons[0].startswith("Redis: Redis cannot be reached")
    assert reasons[1:] == [f"The schema is older, and this version is written for {SCHEMA_REVISION}: make migrate"]


def test_an_address_that_is_none_of_quarrys_is_said(stack):
    with pytest.raises(ApiFailure, match="Nothing answers at"):
        deployment.smoke(stack("http://127.0.0.1:9"))


def test_the_function_of_the_stack_migrates(stack, function, capsys):
    deployed = stack("http://127.0.0.1:9")
    deployment.migrate(deployed)
    deployment.migrate(deployed)

    none, again = capsys.readouterr().out.splitlines()
    assert (none, again) == (f"schema: none → {SCHEMA_REVISION}", f"schema: {SCHEMA_REVISION} → {SCHEMA_REVISION}")


def test_a_migration_that_fails_is_said(stack, function):
    function.setenv("POSTGRESQL_URL", "postgresql://nobody@127.0.0.1:9/none")
    forget()
    with pytest.raises(StepFailed, match="The migration failed: PostgreSQL cannot be reached"):
        deployment.migrate(stack("http://127.0.0.1:9"))


def test_a_stack_that_is_none_of_quarrys_is_said(aws_url):
    boto3.client("cloudformation").create_stack(
        StackName="other", TemplateBody=json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    )
    with pytest.raises(StepFailed, match="no output ApiUrl: is it Quarry's"):
        deployment.smoke(Environment("other", is_new=False, region=None, profile=None))
    boto3.client("cloudformation").delete_stack(StackName="other")


def test_a_stack_that_is_not_there_ends_a_step_in_one_sentence(aws_url, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["deployment", "smoke", "prod"])
    with pytest.raises(SystemExit, match="quarry does not exist"):
        deployment.main()
