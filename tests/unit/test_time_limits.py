"""Clients without a ping have time limits set by us, and no single call may take as long as its function."""

import pytest
from botocore.config import Config

from local import ROOT
from local.template import Template
from quarry.adapters import s3, sqs
from quarry.adapters.aws import client_config
from quarry.settings import Settings

# The longest pause that boto3 makes before its second try, and what signing and parsing take.
_BETWEEN_TRIES = 2.0
CALLS = {
    "SearchFunction": {"Redis", "OpenAI"},
    "BatchStatusFunction": {"Redis", "SQS"},
    "HealthFunction": {"Redis", "OpenAI", "SQS"},
    "IngestApiFunction": {"SQS"},
    "IngestPlanFunction": {"Redis", "OpenAI", "SQS", "a download"},
    "IngestProcessFunction": {"Redis", "OpenAI", "SQS"},
    "MaintenanceFunction": {"Redis", "OpenAI", "SQS"},
}


@pytest.fixture
def functions():
    template = Template(ROOT / "template.yaml", {}, "http://127.0.0.1:1")
    return {function.name: function for function in template.functions}


def worst(settings: Settings) -> dict[str, float]:
    """The longest that one call may take, in seconds, with nothing but its client's own limits."""
    return {
        "Redis": 2 * 5 * settings.redis_timeout,
        "OpenAI": 3 * settings.openai_timeout,
        "SQS": of_boto3(client_config(read_timeout=sqs.ANSWER_SECONDS)),
        "a download": s3.DOWNLOAD_ATTEMPTS * of_boto3(client_config()),
    }


def of_boto3(config: Config) -> float:
    return config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout) + _BETWEEN_TRIES


def test_no_call_outlasts_its_function(functions):
    assert set(functions) == set(CALLS)
    limits = worst(Settings())
    slowest = {name: max(limits[call] for call in calls) for name, calls in CALLS.items()}
    assert {name: slowest[name] for name in slowest if slowest[name] >= functions[name].timeout} == {}


def test_boto3_tries_twice_at_the_most():
    assert client_config().retries == {"mode": "standard", "total_max_attempts": 2}
