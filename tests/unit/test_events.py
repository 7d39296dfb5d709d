"""The sample events are as AWS sends them, and the local gateway and pollers produce the same."""

import json
from datetime import UTC, datetime

import pytest

from local import ROOT
from local.events import http_event, sqs_event
from local.template import Template
from quarry.adapters.s3_events import uploads
from quarry.domain.uploads import Upload

EVENTS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "events").glob("*.json")}
HTTP = sorted(name for name in EVENTS if name.startswith("http_"))
FUNCTIONS = Template(ROOT / "template.yaml", {}, "http://127.0.0.1:1").functions


@pytest.mark.parametrize("name", HTTP)
def test_http_samples_are_of_routes_that_exist(name):
    routes = {f"{route.method} {route.path}" for function in FUNCTIONS for route in function.routes}

    assert EVENTS[name]["routeKey"] in routes


@pytest.mark.parametrize("name", HTTP)
def test_the_gateway_makes_the_event_that_api_gateway_makes(name):
    sample = EVENTS[name]
    claims = sample["requestContext"]["authorizer"]["jwt"]["claims"]
    made = http_event(
        sample["requestContext"]["http"]["method"],
        sample["rawPath"],
        sample["rawQueryString"],
        list(sample["headers"].items()),
        sample.get("body", "").encode(),
        route=sample["routeKey"],
        parameters=sample.get("pathParameters", {}),
        source_ip=sample["requestContext"]["http"]["sourceIp"],
        claims=claims,
        request_id="0123456789abcdef",
    )

    assert set(made) == set(sample)
    assert set(made["requestContext"]) == set(sample["requestContext"])
    own = {name: value for name, value in made.items() if name != "requestContext"}
    assert own == {name: sample[name] for name in own}
    assert made["requestContext"]["http"] == sample["requestContext"]["http"]


@pytest.mark.parametrize("name", ["sqs_s3_put", "s3_test_event", "sqs_chunk"])
def test_the_poller_makes_the_event_that_lambda_makes(name):
    (record,) = EVENTS[name]["Records"]
    message = {
        "MessageId": record["messageId"],
        "ReceiptHandle": record["receiptHandle"],
        "Body": record["body"],
        "Attributes": record["attributes"],
    }

    (made,) = sqs_event("UploadsQueue", [message])["Records"]
    assert {**made, "eventSourceARN": record["eventSourceARN"]} == record


def test_the_sample_upload_names_its_object_its_version_and_who_stored_it():
    (record,) = EVENTS["sqs_s3_put"]["Records"]

    assert list(uploads(json.loads(record["body"]))) == [
        Upload(
            "incoming/supplier=101/прайс ноябрь.xlsx",
            "096fKKXTRTtl3on89fVO.nfljtsv6qko",
            datetime(2026, 11, 24, 9, 30, 21, 874000, UTC),
            principal="AWS:AROAEXAMPLE:IngestApiFunction",
        )
    ]


def test_the_sample_test_event_names_none():
    (record,) = EVENTS["s3_test_event"]["Records"]

    assert list(uploads(json.loads(record["body"]))) == []


def test_the_sample_schedules_are_the_templates_own():
    scheduled = [json.loads(schedule.event) for function in FUNCTIONS for schedule in function.schedules]

    assert [EVENTS[f"schedule_{task}"] for task in ("cleanup", "rates", "webhooks", "probe", "upkeep")] == scheduled
