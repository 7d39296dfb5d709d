"""Every client has time limits of ours, and no single call may take as long as the function that makes it."""

import pytest
from botocore.config import Config

from local import ROOT
from local.template import Template
from quarry.adapters import s3, sqs
from quarry.adapters.aws import client_config
from quarry.settings import Settings

# The longest pause that boto3 makes before its second try, and what signing and parsing take.
_BETWEEN_TRIES = 2.0
# What changes something waits for a share of what is left of the invocation alone, and so do these two's writes.
READING = {"PostgreSQL", "Qdrant", "Redis", "OpenAI"}
WRITING = {"PostgreSQL, writing", "Qdrant, writing", "OpenAI", "SQS"}
CALLS = {
    "SearchFunction": READING,
    "BatchStatusFunction": READING,
    "HealthFunction": {*READING, "SQS"},
    "IngestApiFunction": {*READING, "SQS"},
    "IngestPlanFunction": {*WRITING, "a download"},
    "IngestProcessFunction": WRITING,
    "MaintenanceFunction": WRITING,
}


@pytest.fixture
def functions():
    template = Template(ROOT / "template.yaml", {}, "http://127.0.0.1:1")
    return {function.name: function for function in template.functions}


def worst(settings: Settings) -> dict[str, float]:
    """The longest that one call may take, in seconds, with nothing but its client's own limits."""
    connect, read, write = settings.connect_timeout, settings.query_timeout, settings.write_timeout
    # To PostgreSQL: the way there, TLS, the log-in, and a server that goes silent after its own limit.
    return {
        "PostgreSQL": 4 * connect + read,
        "PostgreSQL, writing": 4 * connect + write,
        "Qdrant": connect + 2 * read,
        "Qdrant, writing": connect + 2 * write,
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
