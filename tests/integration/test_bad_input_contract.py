"""Generated requests, valid and invalid, against the OpenAPI document: nothing breaks, everything is as documented."""

from copy import deepcopy

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from local.documents import merged_openapi
from tests.integration.searching import identity
from tests.integration.served import served

pytest_plugins = ["schemathesis.pytest.plugin"]
EXAMPLES = 8
NAMES = [f"Цемент М{grade}, мешок 50 кг" for grade in (300, 400, 500)]
KNOWN = {"request_id": "known", "material_id": identity(NAMES[0])}
# What no schema can say: a cursor is of this very list, each id stands once, the least is not above the most, a synonym
# is another word, a period has a length, a watch is of one thing, its query has a word, an address can be asked.
BEYOND_SCHEMA = (
    "/cursor",
    "/materials/",
    "/filters/price",
    "/means",
    "/since",
    ": give either",
    "/query: says nothing",
    "/url",
)
LIMITS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def document():
    """The merged document; half of the ids in its paths are of what exists."""
    merged = deepcopy(merged_openapi())
    for methods in merged["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] in KNOWN:
                    known = {"enum": [KNOWN[parameter["name"]]]}
                    parameter["schema"] = {"anyOf": [known, parameter["schema"]]}
    return merged


load_all_checks()
schema = schemathesis.openapi.from_dict(document(), config=SchemathesisConfig(seed=1))


@schemathesis.check
def accepted(ctx, response, case):
    """Valid data are accepted, but for what a schema cannot say."""
    if response.status_code == 422:
        faults = [f"{fault['pointer']}: {fault['message']}" for fault in response.json()["errors"]]
        if faults and all(fault.startswith(BEYOND_SCHEMA) for fault in faults):
            return
    positive_data_acceptance(ctx, response, case)


@pytest.fixture(scope="module")
def api(engines):
    with served(engines) as made:
        made.submit(
            [{"id": name, "name": name, "unit": "мешок", "price": "450"} for name in NAMES],
            request_id=KNOWN["request_id"],
            supplier_id=7,
        )
        yield made


@pytest.fixture(scope="module")
def session():
    with requests.Session() as made:
        made.trust_env = False
        yield made


@schema.parametrize()
@LIMITS
def test_every_answer_is_as_documented(case, api, session):
    case.call_and_validate(
        base_url=api.url, session=session, additional_checks=[accepted], excluded_checks=[positive_data_acceptance]
    )


def test_every_answer_is_as_documented_where_requests_follow_from_answers(api, session):
    class Followed(schema.as_state_machine()):
        def get_call_kwargs(self, case):
            return {"base_url": api.url, "session": session}

        def validate_response(self, response, case, additional_checks=None, **kwargs):
            case.validate_response(response, additional_checks=[accepted], excluded_checks=[positive_data_acceptance])

    Followed.run(settings=settings(LIMITS, stateful_step_count=6))
