"""Steps of ``make deploy`` that ask AWS: ``python -m local.deployment STEP ENVIRONMENT``, of ``samconfig.toml``."""

import argparse
import json
import os
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local import ROOT
from local.client import Api, ApiFailure

# As long as the function may run.
_MIGRATION_SECONDS = 900
_STORES = ("vector_database", "relational_database", "cache_database")


class StepFailed(RuntimeError):
    """The text says what is wrong, for a person."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A section of ``samconfig.toml``: how ``sam deploy`` is called."""

    stack: str
    is_new: bool
    region: str | None
    profile: str | None

    @classmethod
    def read(cls, name: str, file: Path = ROOT / "samconfig.toml") -> "Environment":
        sections = tomllib.loads(file.read_text("utf-8"))
        try:
            given = sections[name]["deploy"]["parameters"]
        except KeyError:
            known = ", ".join(key for key, section in sections.items() if "deploy" in section)
            raise StepFailed(f"samconfig.toml has no environment {name}; it has: {known}") from None
        new = "parameter_overrides" not in given
        return cls(given["stack_name"], new, given.get("region"), given.get("profile"))

    @property
    def session(self) -> boto3.Session:
        return boto3.Session(profile_name=self.profile, region_name=self.region)

    def resource(self, name: str) -> str:
        """What the stack calls one of the template's resources."""
        found = self.session.client("cloudformation").describe_stack_resource(
            StackName=self.stack, LogicalResourceId=name
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def output(self, name: str) -> str:
        (stack,) = self.session.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        found = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", ())}
        if name not in found:
            raise StepFailed(f"The stack {self.stack} has no output {name}: is it Quarry's?")
        return str(found[name])


def guided(environment: Environment) -> None:
    """Print the option with which ``sam deploy`` asks for the parameters, when it never did."""
    print("--guided" if environment.is_new else "")


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
    url = environment.output("ApiUrl")
    api = Api(url, os.environ.get("QUARRY_TOKEN"), auth=_signature(environment, url))
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


def _signature(environment: Environment, url: str) -> Any:
    if os.environ.get("QUARRY_TOKEN"):
        return None
    from local.signing import Signature

    return Signature(environment.profile or os.environ.get("AWS_PROFILE"), url)


STEPS: Mapping[str, Callable[[Environment], None]] = {"guided": guided, "migrate": migrate, "smoke": smoke}


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
