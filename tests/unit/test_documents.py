"""Documents that are generated from the code are up to date."""

import re

from local import ROOT, documents
from local.reference import reference
from local.template import Template
from quarry.settings import Settings


def test_the_settings_page_lists_every_setting():
    assert documents.CONFIGURATION.read_text() == documents.configuration(), "run make docs"


def test_the_merged_openapi_document_is_current():
    assert documents.OPENAPI.read_bytes() == documents.openapi(), "run make docs"


def test_every_route_is_in_the_merged_document_none_in_the_place_of_another_function_s():
    methods = [
        (path, method)
        for app in documents._applications()
        for path, item in app.openapi()["paths"].items()
        for method in item
    ]

    merged = [(path, method) for path, item in documents.merged_openapi()["paths"].items() for method in item]
    assert sorted(methods) == sorted(merged)


def test_every_route_that_is_deployed_is_in_the_document_and_in_the_reference():
    deployed = {
        (route.method, route.path)
        for function in Template(ROOT / "template.yaml", {}, "http://127.0.0.1:1").functions
        for route in function.routes
        if route.path.startswith("/api/")
    }
    described = {
        (method.upper(), path) for path, item in documents.merged_openapi()["paths"].items() for method in item
    }
    assert described == deployed
    page = documents.REFERENCE.read_text()
    assert page == reference(documents.merged_openapi()), "run make docs"
    assert [f"{method} {path}" for method, path in deployed if f"### {method} {path}\n" not in page] == []


def test_links_within_the_reference_lead_somewhere():
    page = documents.REFERENCE.read_text()
    headings = {line.removeprefix("### ").lower() for line in page.splitlines() if line.startswith("### ")}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) - headings == set()


def test_every_setting_says_what_it_means():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
