"""What the local stack reads from ``template.yaml``: functions, routes, queues, the bucket, mappings, schedules.

The intrinsic functions are resolved as CloudFormation would, with this machine's names and addresses.
"""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ACCOUNT = "123456789012"
REGION = "eu-central-1"
STACK = "quarry"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()


@dataclass(frozen=True, slots=True)
class Route:
    """The caller's token must have one of ``scopes``; a ``public`` route requires no token."""

    method: str
    path: str
    public: bool
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueueMapping:
    """A queue that triggers a function: ``concurrency`` invocations at most, of ``batch_size`` messages each."""

    queue: str
    batch_size: int
    concurrency: int
    reports_failures: bool


@dataclass(frozen=True, slots=True)
class Schedule:
    expression: str
    event: str


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    name: str
    folder: Path
    handler: str
    timeout: int
    memory: int
    runtime: str
    environment: Mapping[str, str]
    routes: tuple[Route, ...] = ()
    mappings: tuple[QueueMapping, ...] = ()
    schedules: tuple[Schedule, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """``attributes`` are SQS's own; a message that was received ``max_receives`` times goes to ``dead_letters``."""

    name: str
    attributes: Mapping[str, str]
    dead_letters: str | None = None
    max_receives: int = 0


@dataclass(frozen=True, slots=True)
class BucketSpec:
    name: str
    versioned: bool
    notifies: tuple[tuple[str, str], ...] = field(default=())
    """Pairs of event and queue."""


class Template:
    """``parameters`` are the deployment's; ``sqs_url`` is the address of this machine's SQS."""

    def __init__(self, path: Path, parameters: Mapping[str, str], sqs_url: str) -> None:
        self._root = path.parent
        self.document = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader with tags
        self._parameters = parameters
        self._sqs_url = sqs_url
        self._properties: dict[str, Any] = {}

    def with_parameters(self, parameters: Mapping[str, str]) -> "Template":
        """The same template with other values."""
        made = copy.copy(self)
        vars(made).update(_parameters=parameters, _properties={})
        return made

    @property
    def functions(self) -> list[FunctionSpec]:
        """Those that something triggers: the others are steps of a deployment."""
        found = [self._function(name) for name in self.of_type("AWS::Serverless::Function")]
        return [each for each in found if each.routes or each.mappings or each.schedules]

    @property
    def queues(self) -> list[QueueSpec]:
        return [self._queue(name) for name in self.of_type("AWS::SQS::Queue")]

    @property
    def buckets(self) -> list[BucketSpec]:
        return [self._bucket(name) for name in self.of_type("AWS::S3::Bucket")]

    @property
    def parameters(self) -> Any:
        """As the template declares them."""
        return self.document.get("Parameters", {})

    @property
    def globals(self) -> Any:
        """Properties that all functions share."""
        return self.resolve(self.document["Globals"]["Function"])

    def queue_url(self, name: str) -> str:
        return f"{self._sqs_url}/{ACCOUNT}/{name}"

    def of_type(self, kind: str) -> list[str]:
        return [name for name, resource in self.document["Resources"].items() if resource["Type"] == kind]

    def properties(self, name: str) -> Any:
        if name not in self._properties:  # each route of an API asks for all of the API
            self._properties[name] = self.resolve(self.document["Resources"][name].get("Properties", {}))
        return self._properties[name]

    def _function(self, name: str) -> FunctionSpec:
        shared = self.globals
        own = self.properties(name)
        variables = shared["Environment"]["Variables"] | own.get("Environment", {}).get("Variables", {})
        events = own.get("Events", {}).values()
        return FunctionSpec(
            name=name,
            folder=self._root / own["CodeUri"],
            handler=own["Handler"],
            timeout=own.get("Timeout", shared["Timeout"]),
            memory=own.get("MemorySize", shared["MemorySize"]),
            runtime=own.get("Runtime", shared["Runtime"]),
            environment={key: str(value) for key, value in variables.items()},
            routes=tuple(self._route(event["Properties"]) for event in events if event["Type"] == "HttpApi"),
            mappings=tuple(self._mappings(name)),
            schedules=tuple(
                Schedule(event["Properties"]["ScheduleExpression"], event["Properties"]["Input"])
                for event in events
                if event["Type"] == "ScheduleV2"
            ),
        )

    def _route(self, event: Mapping[str, str]) -> Route:
        api = self.properties(event["ApiId"])
        security = api["DefinitionBody"]["paths"][event["Path"]][event["Method"].lower()]["security"]
        scopes = tuple(scope for scheme in security for some in scheme.values() for scope in some)
        return Route(event["Method"], event["Path"], public=not security, scopes=scopes)

    def _mappings(self, function: str) -> list[QueueMapping]:
        found = [self.properties(name) for name in self.of_type("AWS::Lambda::EventSourceMapping")]
        return [
            QueueMapping(
                queue=mapping["EventSourceArn"].rpartition(":")[2],
                batch_size=mapping["BatchSize"],
                concurrency=mapping["ScalingConfig"]["MaximumConcurrency"],
                reports_failures="ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", []),
            )
            for mapping in found
            if mapping["FunctionName"] == f"{function}.Alias"
        ]

    def _queue(self, name: str) -> QueueSpec:
        properties = self.properties(name)
        redrive = properties.get("RedrivePolicy")
        copied = ("VisibilityTimeout", "MessageRetentionPeriod")
        return QueueSpec(
            name=name,
            attributes={key: str(properties[key]) for key in copied if key in properties},
            dead_letters=redrive["deadLetterTargetArn"].rpartition(":")[2] if redrive else None,
            max_receives=redrive["maxReceiveCount"] if redrive else 0,
        )

    def _bucket(self, name: str) -> BucketSpec:
        properties = self.properties(name)
        configurations = properties.get("NotificationConfiguration", {}).get("QueueConfigurations", [])
        return BucketSpec(
            name=_bucket_name(name),
            versioned=properties.get("VersioningConfiguration", {}).get("Status") == "Enabled",
            notifies=tuple((each["Event"], each["Queue"].rpartition(":")[2]) for each in configurations),
        )

    # Intrinsic functions

    def resolve(self, value: Any) -> Any:
        """``value`` with its intrinsic functions evaluated. Raises ValueError for one that is not supported here."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name in self._intrinsics:
                return self._intrinsics[name](argument)
            if isinstance(name, str) and name.startswith("Fn::"):
                raise ValueError(f"The local stack does not support the template's function {name}")
        pairs = ((key, self.resolve(item)) for key, item in value.items())
        return {key: item for key, item in pairs if item is not NO_VALUE}

    @property
    def _intrinsics(self) -> Mapping[str, Callable[[Any], Any]]:
        return {
            "Ref": self._ref,
            "Fn::GetAtt": self._attribute,
            "Fn::Sub": self._substitute,
            "Fn::Join": lambda args: args[0].join(map(str, self._list(args[1]))),
            "Fn::If": lambda args: self.resolve(args[1] if self._condition(args[0]) else args[2]),
            "Fn::Equals": lambda args: self.resolve(args[0]) == self.resolve(args[1]),
            "Condition": self._condition,
            "Fn::Not": lambda args: not self.resolve(args[0]),
            "Fn::And": lambda args: all(self.resolve(arg) for arg in args),
            "Fn::Or": lambda args: any(self.resolve(arg) for arg in args),
        }

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self._parameters.get(name, self.parameters[name].get("Default", ""))
        kind = self.document["Resources"].get(name.partition(".")[0], {}).get("Type")
        if kind == "AWS::SQS::Queue":
            return self.queue_url(name)
        if kind == "AWS::S3::Bucket":
            return _bucket_name(name)
        if kind is None:
            raise ValueError(f"The template refers to {name}, which is not in it")
        return name

    def _list(self, argument: Any) -> list[Any]:
        """A parameter that is a list is written with commas."""
        value = self.resolve(argument)
        return value.split(",") if isinstance(value, str) else value

    def _attribute(self, argument: str | list[str]) -> str:
        name, _, attribute = argument.partition(".") if isinstance(argument, str) else (argument[0], ".", argument[1])
        if attribute == "QueueName":
            return name
        service = self.document["Resources"][name]["Type"].split("::")[1].lower()
        if service == "s3":
            return f"arn:aws:s3:::{_bucket_name(name)}"
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"

    def _substitute(self, argument: str | list[Any]) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else argument

        def value(match: re.Match[str]) -> str:
            if match[1] in given:
                return str(self.resolve(given[match[1]]))
            return self._attribute(match[1]) if "." in match[1] else str(self._ref(match[1]))

        return re.sub(r"\$\{([^}]+)\}", value, text)

    def _condition(self, name: str) -> bool:
        return bool(self.resolve(self.document["Conditions"][name]))


def _bucket_name(name: str) -> str:
    """What CloudFormation calls a bucket is different in each stack; here it is the same in each run."""
    return f"{STACK}-{name.removesuffix('Bucket').lower()}-{ACCOUNT}"


class _Loader(yaml.CSafeLoader):
    """YAML with CloudFormation's short forms: ``!Ref x`` is ``{"Ref": "x"}``."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    argument: Any
    if isinstance(node, yaml.ScalarNode):
        argument = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        argument = loader.construct_sequence(node, deep=True)
    else:
        argument = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": argument}


_Loader.add_multi_constructor("!", _short_form)
