"""What is watched is what the code reports, and each alarm says what to do."""

import ast
import importlib.util
import json
import re

import pytest

from local import ROOT
from local.template import STACK, Template
from quarry.cache.catalogue_cache import CacheState

NAMESPACE = f"Quarry/{STACK}"
RUNBOOK = (ROOT / "docs" / "operations.md").read_text()


@pytest.fixture(scope="module")
def template():
    return Template(ROOT / "template.yaml", {"AlarmEmail": "ops@example.com"}, "http://127.0.0.1:1")


@pytest.fixture(scope="module")
def emitted():
    """Metrics that the code counts, with the names of their dimensions."""
    found = {}
    for path in (ROOT / "shared" / "quarry").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "count":
                found.setdefault(node.args[0].value, set()).add(frozenset(one.arg for one in node.keywords))
    return found


def alarms(template):
    return {name: template.properties(name) for name in template.of_type("AWS::CloudWatch::Alarm")}


def of_alarms(template):
    """Namespace, name and dimensions of each metric that an alarm reads."""
    for alarm in alarms(template).values():
        metrics = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", ()) if "MetricStat" in one]
        for metric in metrics or [alarm]:
            dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions", ())}
            yield metric["Namespace"], metric["MetricName"], dimensions


def of_dashboard(template):
    for widget in json.loads(template.properties("Dashboard")["DashboardBody"])["widgets"]:
        for metric in widget["properties"]["metrics"]:
            words = [one for one in metric if isinstance(one, str)]
            if words and words != ["..."]:
                namespace, name, *dimensions = words
                yield namespace, name, dict(zip(dimensions[::2], dimensions[1::2], strict=True))


def watched(template):
    return [*of_alarms(template), *of_dashboard(template)]


def test_each_alarm_has_its_paragraph_and_each_paragraph_its_alarm(template):
    section = RUNBOOK.partition("## Alarms\n")[2].partition("\n## ")[0]
    titles, *paragraphs = re.split(r"^### (\w+)$", section, flags=re.MULTILINE)
    said = dict(zip(paragraphs[::2], paragraphs[1::2], strict=True))

    assert not titles.strip()
    assert said.keys() == alarms(template).keys()
    assert all(len(text.split()) > 20 for text in said.values())


def test_every_metric_that_is_watched_is_counted_with_those_dimensions(template, emitted):
    ours = [
        (name, frozenset(dimensions)) for namespace, name, dimensions in watched(template) if namespace == NAMESPACE
    ]

    assert len(ours) > 15
    assert {namespace for namespace, _, _ in watched(template)} == {
        NAMESPACE,
        "AWS/SQS",
        "AWS/Lambda",
        "AWS/ApiGateway",
    }
    assert [(name, dimensions) for name, dimensions in ours if dimensions not in emitted.get(name, ())] == []


def test_every_metric_that_is_counted_is_watched_and_documented(template, emitted):
    names = {name for namespace, name, _ in watched(template) if namespace == NAMESPACE}
    reported = (ROOT / "docs" / "architecture.md").read_text().partition("## What a function reports")[2]

    assert names == emitted.keys()
    assert [name for name in names if f"`{name}`" not in reported] == []


def test_dimensions_have_the_values_that_the_code_gives(template):
    given = {
        (name, dimension, value)
        for namespace, name, dimensions in watched(template)
        if namespace == NAMESPACE
        for dimension, value in dimensions.items()
    }
    composed = (ROOT / "shared/quarry/dependencies/adapters.py").read_text()
    stores = set(re.findall(r'_breaker\("(\w+)"\)', composed))

    assert {value for name, _, value in given if name == "CacheAnswers"} == set(CacheState)
    assert stores == {"PostgreSQL", "Qdrant"}
    for metric in ("BreakerOpened", "StoreSkipped"):
        assert {value for name, _, value in given if name == metric} == stores


def test_functions_count_in_the_namespace_that_is_watched(template):
    for function in template.functions:
        assert function.environment["POWERTOOLS_METRICS_NAMESPACE"] == NAMESPACE


def test_resources_that_are_watched_are_there(template):
    known = {function.name for function in template.functions} | {queue.name for queue in template.queues} | {"HttpApi"}
    for namespace, name, dimensions in watched(template):
        if namespace != NAMESPACE:
            assert set(dimensions.values()) <= known, name
            assert dimensions.keys() <= {"FunctionName", "QueueName", "ApiId"}


@pytest.mark.parametrize("alarm", ["FunctionErrorsAlarm", "ThrottlesAlarm"])
def test_errors_and_throttles_of_every_function_are_watched(template, alarm):
    metrics = [one["MetricStat"]["Metric"] for one in alarms(template)[alarm]["Metrics"] if "MetricStat" in one]
    assert {one["Dimensions"][0]["Value"] for one in metrics} == {function.name for function in template.functions}


def test_alarms_reach_an_address_that_is_given(template):
    assert all(alarm["AlarmActions"] == ["Alarms"] for alarm in alarms(template).values())
    (subscription,) = template.of_type("AWS::SNS::Subscription")
    assert template.properties(subscription) == {
        "TopicArn": "Alarms",
        "Protocol": "email",
        "Endpoint": "ops@example.com",
    }


def test_every_function_has_logs_of_its_own_that_end(template):
    groups = [
        template.properties(name)["LoggingConfig"]["LogGroup"] for name in template.of_type("AWS::Serverless::Function")
    ]
    assert len(groups) == len(set(groups))
    for group in groups:
        assert int(template.properties(group)["RetentionInDays"]) == 30


def test_dead_letters_outlive_the_stack():
    text = (ROOT / "template.yaml").read_text()
    for queue in ("Uploads", "Chunks", "Maintenance"):
        kept = "    Type: AWS::SQS::Queue\n    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n"
        assert f"  {queue}DeadLetters:\n{kept}" in text


def test_what_somebody_waits_for_is_deployed_gradually_checked_and_watched(template):
    for function in template.functions:
        preference = template.properties(function.name).get("DeploymentPreference")
        if function.schedules:
            assert preference is None
            continue
        assert preference["Type"] == "Canary10Percent5Minutes"
        assert preference["Hooks"] == {"PreTraffic": "CheckFunction"}
        assert set(preference["Alarms"]) <= alarms(template).keys()
        # The API needs the aliases, an alias its deployment group, that its alarms: CloudFormation refuses a circle.
        assert not [name for name in preference["Alarms"] if "HttpApi" in str(alarms(template)[name])]


def test_the_check_may_ask_the_new_health_function_and_answer_codedeploy_alone(template):
    check = template.properties("CheckFunction")
    (policy,) = check["Policies"]
    rights = {one["Action"]: one["Resource"] for one in policy["Statement"]}

    # The role that SAM gives CodeDeploy invokes only functions of such a name.
    assert check["FunctionName"].startswith("CodeDeployHook_")
    assert check["DeploymentPreference"] == {"Enabled": False}
    assert rights.keys() == {"lambda:InvokeFunction", "codedeploy:PutLifecycleEventHookExecutionStatus"}
    assert check["Environment"]["Variables"]["CHECKED_FUNCTION"] == "HealthFunction.Version"
    # Of any version: the right to a new one would come into force seconds after it is given, and the check is as quick.
    assert rights["lambda:InvokeFunction"].endswith(":HealthFunction:*")


def checked(status=200, found="a", expected="a", qdrant_only=False):
    spec = importlib.util.spec_from_file_location("check_app", ROOT / "functions/check/app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    body = {"migrations": {"found": found, "expected": expected}, "settings": {"qdrant_only_mode": qdrant_only}}
    return module.fault_of({"statusCode": status, "body": json.dumps(body)})


def test_a_version_for_another_schema_gets_no_traffic():
    assert checked() is None
    assert "is a, and the new version is written for b" in checked(expected="b")
    assert "is None" in checked(found=None)
    assert checked(found=None, qdrant_only=True) is None
    assert checked(503) == "the new version answered 503"
