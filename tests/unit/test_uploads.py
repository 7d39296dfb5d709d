import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import ROOT
from quarry.adapters.s3_events import uploads
from quarry.domain.uploads import Upload, file_name_fault, object_key, parse_key
from quarry.errors import BadPriceList


def event(name: str) -> dict:
    """The S3 notification within a sample of the plan function's event."""
    (record,) = json.loads((Path(ROOT) / "events" / name).read_text())["Records"]
    return json.loads(record["body"])


def test_an_upload_has_its_key_and_version():
    (upload,) = uploads(event("sqs_s3_put.json"))

    assert parse_key(upload.key)
    assert upload.version


def test_the_test_event_of_s3_describes_no_upload():
    assert list(uploads(event("s3_test_event.json"))) == []


def test_any_other_message_is_refused():
    with pytest.raises(ValueError, match="not an S3 notification"):
        list(uploads({"hello": "world"}))


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("incoming/supplier%3D7/%D0%BF%D1%80%D0%B0%D0%B9%D1%81+2026.csv", "incoming/supplier=7/прайс 2026.csv"),
        ("incoming%2Fsupplier%3D7%2Fa%2Bb.csv", "incoming/supplier=7/a+b.csv"),
        ("incoming/supplier=7/100%25.csv", "incoming/supplier=7/100%.csv"),
    ],
)
def test_keys_are_decoded_once(encoded, key):
    record = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": encoded}}}

    assert list(uploads({"Records": [record]})) == [Upload(key, None)]


def test_deletions_describe_no_upload():
    record = {"eventName": "ObjectRemoved:Delete", "s3": {"object": {"key": "incoming/supplier=7/a.csv"}}}

    assert list(uploads({"Records": [record]})) == []


@pytest.mark.parametrize(
    "key",
    [
        "price.csv",
        "incoming/price.csv",
        "incoming/supplier=abc/price.csv",
        "incoming/supplier=-1/price.csv",
        "incoming/supplier=7/",
        "incoming/supplier=7/sub/price.csv",
        "incoming/supplier=7/..",
        "incoming/supplier=7/a\x00b.csv",
        "incoming/supplier=99999999999/price.csv",
    ],
)
def test_a_key_without_the_supplier_is_refused_with_advice(key):
    with pytest.raises(BadPriceList, match="supplier=<number>") as error:
        parse_key(key)

    assert error.value.code == "bad_key"


@pytest.mark.parametrize("name", ["..", "../a.csv", "..\\a.csv", "a/b.csv", " ", "a\nb.csv", "a\x85b.csv", "a\0.csv"])
def test_a_name_that_is_not_plain_is_refused(name):
    assert file_name_fault(name)


@given(st.integers(0, 2**31 - 1), st.text(min_size=1, max_size=50).filter(lambda name: not file_name_fault(name)))
def test_a_key_gives_back_what_it_was_made_of(supplier_id, file_name):
    assert parse_key(object_key(supplier_id, file_name)) == (supplier_id, file_name)
