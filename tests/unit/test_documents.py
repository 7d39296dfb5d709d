"""Documents that are generated from the code are up to date."""

from local import documents
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


def test_every_setting_says_what_it_means():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
