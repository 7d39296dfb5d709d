"""Where a form is sent to: nothing is connected."""

import asyncio

import pytest

from quarry.adapters.s3 import S3ObjectStore


@pytest.fixture
def store(monkeypatch):
    for name, value in {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "for-signing")
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    return S3ObjectStore("quarry-lists")


def form_url(store: S3ObjectStore) -> str:
    return asyncio.run(store.presigned_post("incoming/a.csv", max_bytes=10, expires_in=60, metadata={}))[0]


def test_a_form_goes_to_the_buckets_own_region(store):
    assert form_url(store) == "https://quarry-lists.s3.eu-central-1.amazonaws.com/"


def test_a_server_in_the_place_of_s3_is_addressed_as_it_is_named(store, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:5000")
    assert form_url(store) == "http://127.0.0.1:5000/quarry-lists"
