"""Steps of ``make deploy`` that ask AWS: ``python -m local.deployment STEP ENVIRONMENT``, of ``samconfig.toml``."""

import argparse
import json
import os
import shlex
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local import ROOT
from local.client import Api, ApiFailure

# As long as the function may run.
_MIGRATION_SECONDS = 900
_TOKEN_SECONDS = 10.0
BUILT = ROOT / ".aws-sam" / "build"
# The longest name that is made of it, of the function that checks new versions, may have 64 characters.
LONGEST_STACK = 64 - len("CodeDeployHook__check")
_STORES = ("vector_database", "relational_database", "cache_database")


class StepFailed(RuntimeError):
    """The text says what is wrong, for a person."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A section of ``samconfig.toml``: how ``sam deploy`` is called; with no parameters before the first time."""

    stack: str
    parameters: Mapping[str, str] | None
    region: str | None
    profile: str | None

    @classmethod
    def read(cls, name: str, file: Path = ROOT / "samconfig.toml") -> "Environment":
        sections = tomllib.loads(file.read_text("utf-8"))
        known = {key: one["deploy"] for key, one in sections.items() if isinstance(one, dict) and "deploy" in one}
        if name not in known:
            raise StepFailed(f"samconfig.toml has no environment {name}; it has: {', '.join(known)}")
        given = known[name]["parameters"]
        overrides = given.get("parameter_overrides")
        parameters = None if overrides is None else _parameters(overrides)
        return cls(given["stack_name"], parameters, given.get("region"), given.get("profile"))

    @property
    def session(self) -> boto3.Session:
        return boto3.Session(profile_name=self.profile, region_name=self.region)

    def resource(self, name: str) -> str:
        """What the stack calls one of the template's resources."""
        found = self.session.client("cloudformation").describe_stack_resource(
            StackName=self.stack, LogicalResourceId=name
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def outputs(self) -> Mapping[str, str]:
        (stack,) = self.session.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        found = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", ())}
        if "ApiUrl" not in found:
            raise StepFailed(f"The stack {self.stack} has no output ApiUrl: is it Quarry's?")
        return found


def _parameters(overrides: str | list[str]) -> Mapping[str, str]:
    """As ``sam deploy`` writes them: ``Name="value" …``."""
    pairs = shlex.split(overrides) if isinstance(overrides, str) else overrides
    return dict(pair.split("=", 1) for pair in pairs)


def guided(environment: Environment) -> None:
    """Print the option with which ``sam deploy`` asks for the parameters, when it never did."""
    for obstacle in obstacles(environment):
        raise StepFailed(obstacle)
    print("--guided" if environment.parameters is None else "")


def obstacles(environment: Environment) -> Iterator[str]:
    """What a deployment would break off at, after minutes."""
    if not (BUILT / "template.yaml").is_file():
        yield "Nothing is built: make build"
    if len(environment.stack) > LONGEST_STACK:
        yield f"The stack's name has more than {LONGEST_STACK} characters: {environment.stack}"
    authorities = (environment.parameters or {}).get("PostgresqlCaFile")
    if authorities and not (BUILT / "SharedLayer" / "python" / "certificates" / authorities).is_file():
        yield f"PostgresqlCaFile is {authorities}, which was not in the folder certificates when it was built"


def migrate(environment: Environment) -> None:
    """Run the stack's migration, as a deployment does."""
    config = Config(read_timeout=_MIGRATION_SECONDS, retries={"total_max_attempts": 1})
    function = environment.resource("MigrateFunction")
    answer = environment.session.client("lambda", config=config).invoke(FunctionName=function, Payload=b"{}")
    done = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise StepFailed(f"The migration failed: {done.get('errorMessage', done)}")
    print(f"schema: {done['before'] or 'none'} → {done['after'] or 'none'}")


def smoke(environment: Environment) -> None:
    """Ask the deployed API for its diagnosis, and for one search."""
    outputs = environment.outputs()
    url = outputs["ApiUrl"]
    known = os.environ.get("QUARRY_TOKEN") or _token(environment, outputs)
    api = Api(url, known, auth=None if known else _signature(environment, url))
    try:
        faults = [*diagnosed(api.get("/health/full")), *searched(api)]
    finally:
        api.close()
    if faults:
        raise StepFailed("\n".join(faults))
    print(f"{url} is well, and searches")


def diagnosed(health: Mapping[str, Any]) -> list[str]:
    """What is wrong by the diagnosis of ``/health/full``."""
    stores = [health["databases"][name] for name in _STORES] + [health["embeddings"], health["tunnel"]]
    # A tunnel that was not used yet is degraded.
    faults = [f"{one['type']}: {one.get('error') or one['status']}" for one in stores if one["status"] == "unhealthy"]
    found, expected = health["migrations"]["found"], health["migrations"]["expected"]
    if found != expected and health["databases"]["relational_database"]["status"] == "healthy":
        faults.append(f"The schema is {found}, and this version is written for {expected}: make migrate")
    return faults


def searched(api: Api) -> list[str]:
    answer = api.post("/search", {"query": "цемент М500", "limit": 1})
    return [f"A search was answered from a copy or a fallback: {answer['source']}"] if answer["degraded"] else []


def token(environment: Environment) -> None:
    """Print a token of the stack's own user pool that reads, imports and sees the diagnosis, for an hour."""
    made = _token(environment, environment.outputs())
    if made is None:
        raise StepFailed(f"The stack {environment.stack} has no user pool of its own (CreateUserPool)")
    print(made)


def _token(environment: Environment, outputs: Mapping[str, str]) -> str | None:
    if "TokenUrl" not in outputs:
        return None
    client = outputs["WritingClient"]
    pool = environment.session.client("cognito-idp")
    known = pool.describe_user_pool_client(UserPoolId=outputs["UserPoolId"], ClientId=client)["UserPoolClient"]
    asked = {"grant_type": "client_credentials"}
    try:
        answer = httpx.post(
            outputs["TokenUrl"], data=asked, auth=(client, known["ClientSecret"]), timeout=_TOKEN_SECONDS
        )
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise StepFailed(f"The user pool gives no token: {error}") from error
    return str(answer.json()["access_token"])


def _signature(environment: Environment, url: str) -> httpx.Auth:
    from local.signing import Signature

    return Signature(environment.profile or os.environ.get("AWS_PROFILE"), url)


STEPS: Mapping[str, Callable[[Environment], None]] = {
    "guided": guided,
    "migrate": migrate,
    "smoke": smoke,
    "token": token,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("environment")
    options = parser.parse_args()
    try:
        STEPS[options.step](Environment.read(options.environment))
    except (StepFailed, ApiFailure, BotoCoreError, ClientError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
