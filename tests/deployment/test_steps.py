"""Steps of a deployment that ask AWS, and what they say when something is wrong."""

import json
import subprocess
import sys
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import pytest

from local import ROOT, deployment
from local.client import Api, ApiFailure
from local.deployment import Environment, StepFailed
from quarry.dependencies.composition import composition
from quarry.repositories.postgresql.figures import SCHEMA_REVISION
from quarry.runtime import run
from tests.environment import close, forget
from tests.integration.functions import invoke, restored
from tests.integration.served import served


def environment(stack, parameters=None):
    return Environment(stack, parameters, region=None, profile=None)


@pytest.fixture
def stack(aws_url):
    """Makes a stack with an address of its API."""
    cloudformation = boto3.client("cloudformation")

    def make(url, **outputs):
        functions = {"MigrateFunction": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "migrate"}}}
        said = {name: {"Value": value} for name, value in {"ApiUrl": url, **outputs}.items()}
        template = {"Resources": functions, "Outputs": said}
        cloudformation.create_stack(StackName="deployed", TemplateBody=json.dumps(template))
        return environment("deployed")

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
        "version = 0.1\n[default.build.parameters]\ncached = false\n"
        '[dev.deploy.parameters]\nstack_name = "a"\n'
        '[prod.deploy.parameters]\nstack_name = "b"\nregion = "eu-west-1"\nprofile = "p"\n'
        'parameter_overrides = "SubnetIds=\\"one,two\\" SshHostKey=\\"ssh-rsa AAAA==\\""\n'
    )

    assert Environment.read("dev", file) == environment("a")
    given = {"SubnetIds": "one,two", "SshHostKey": "ssh-rsa AAAA=="}
    assert Environment.read("prod", file) == Environment("b", given, region="eu-west-1", profile="p")
    with pytest.raises(StepFailed, match="no environment test; it has: dev, prod"):
        Environment.read("test", file)


@pytest.fixture
def built(tmp_path, monkeypatch):
    monkeypatch.setattr(deployment, "BUILT", tmp_path)
    (tmp_path / "template.yaml").touch()
    authorities = tmp_path / "SharedLayer" / "python" / "certificates"
    authorities.mkdir(parents=True)
    (authorities / "rds.pem").touch()
    return tmp_path


def test_the_environments_of_this_repository_are_asked_for_their_parameters(built, capsys):
    for name in ("dev", "prod"):
        deployment.guided(Environment.read(name))
    assert capsys.readouterr().out == "--guided\n--guided\n"


def test_what_a_deployment_would_break_off_at_is_said_before(built):
    def obstacles(stack="quarry", **parameters):
        return [*deployment.obstacles(environment(stack, parameters))]

    assert obstacles() == obstacles(PostgresqlCaFile="rds.pem") == obstacles("q" * 43) == []
    assert obstacles("q" * 44) == [f"The stack's name has more than 43 characters: {'q' * 44}"]
    assert "which was not in the folder certificates" in obstacles(PostgresqlCaFile="eu.pem")[0]
    (built / "template.yaml").unlink()
    assert obstacles() == ["Nothing is built: make build"]


def test_an_environment_that_is_not_there_deploys_nothing():
    """Its name is a slip of the pen: ``sam deploy`` would go on without it."""
    made = subprocess.run(["make", "stack", "ENV=tset"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode != 0
    assert made.stderr.startswith("samconfig.toml has no environment tset; it has: dev, prod")


@pytest.fixture
def pool(aws_url):
    """Outputs of a stack with a user pool, whose clients get tokens of a server here."""
    cognito = boto3.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="quarry")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="writing", GenerateSecret=True)
    known = client["UserPoolClient"]
    basic = b64encode(f"{known['ClientId']}:{known['ClientSecret']}".encode()).decode()

    class Issuer(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            right = self.headers["Authorization"] == f"Basic {basic}" and asked == b"grant_type=client_credentials"
            content = json.dumps({"access_token": "of-the-pool", "expires_in": 3600}).encode()
            self.send_response(200 if right else 400)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Issuer) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/oauth2/token"
        yield {"TokenUrl": url, "UserPoolId": pool, "WritingClient": known["ClientId"]}
        server.shutdown()
    cognito.delete_user_pool(UserPoolId=pool)


def test_a_stack_with_a_user_pool_is_tried_with_a_token_of_it(stack, pool, monkeypatch, capsys):
    monkeypatch.delenv("QUARRY_TOKEN", raising=False)
    asked = []

    class Asked(Api):
        def __init__(self, url, token=None, **options):
            asked.append((token, options))
            super().__init__(url, token, **options)

    monkeypatch.setattr(deployment, "Api", Asked)
    deployed = stack("http://127.0.0.1:9", **pool)
    with pytest.raises(ApiFailure, match="Nothing answers"):
        deployment.smoke(deployed)
    deployment.token(deployed)

    assert asked == [("of-the-pool", {"auth": None})]
    assert capsys.readouterr().out == "of-the-pool\n"


def test_without_a_user_pool_of_the_stack_there_is_no_token(stack):
    with pytest.raises(StepFailed, match="no user pool of its own"):
        deployment.token(stack("http://127.0.0.1:9"))


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
        deployment.smoke(environment("other"))
    boto3.client("cloudformation").delete_stack(StackName="other")


def test_a_stack_that_is_not_there_ends_a_step_in_one_sentence(aws_url, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["deployment", "smoke", "prod"])
    with pytest.raises(SystemExit, match="quarry does not exist"):
        deployment.main()
