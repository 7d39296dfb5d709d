"""An HTTP function's INIT builds no models that only an OpenAPI document needs, and the document is the same."""

import json
import subprocess
import sys

import pytest
from pydantic import BaseModel

from local import ROOT

PROGRAM = """
import json, sys
{first}
import fastapi.openapi.models as models
from pydantic import BaseModel
from quarry.http.app import create_app
from quarry.http import batches, changes, estimates, health, ingest, rebuilding
from quarry.http import reviews, search, synonyms, watches, webhooks

of_fastapi = [one for one in vars(models).values() if isinstance(one, type) and issubclass(one, BaseModel)]
modules = [batches, changes, estimates, health, ingest, rebuilding, reviews, search, synonyms, watches, webhooks]
app = create_app("all", [module.router for module in modules], patience=1.0)
built = sorted(one.__name__ for one in of_fastapi if one.__pydantic_complete__)
print(json.dumps([built, "pydantic.v1" in sys.modules, app.openapi()]))
"""


def started(first: str):
    command = [sys.executable, "-c", PROGRAM.format(first=first)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env={"PYTHONPATH": "shared"})
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def begun():
    return started("from quarry import http_beginning")


def test_models_of_documents_are_built_when_a_document_is_asked_for(begun):
    built, with_pydantic_1, _ = begun
    # FastAPI makes one of these flows itself, as an argument's default.
    assert set(built) <= {"BaseModel", "OAuthFlows"}
    assert not with_pydantic_1


def test_the_document_is_the_same(begun):
    *_, document = begun
    *_, expected = started("")
    assert document == expected
    assert document["components"]["schemas"]["Problem"]


def test_models_that_are_declared_later_are_built_as_ever():
    from quarry import http_beginning  # noqa: F401

    class Sold(BaseModel):
        price: int

    assert Sold.__pydantic_complete__
    assert "defer_build" not in BaseModel.model_config
    assert BaseModel.model_rebuild.__func__.__module__ == "pydantic.main"
