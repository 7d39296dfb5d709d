"""What the command makes of a bucket's answers."""

import httpx
import pytest

from local import client
from local.client import Api, ApiFailure

TICKET = {"request_id": "r1", "upload": {"url": "http://bucket.invalid/", "fields": {"key": "incoming/a.csv"}}}


@pytest.fixture
def upload(monkeypatch, tmp_path):
    """Uploads a file into a bucket that answers with a status."""
    file = tmp_path / "a.csv"
    file.write_text("Цемент;450")

    def uploaded(status: int) -> str:
        def answer(request: httpx.Request) -> httpx.Response:
            if request.url.host == "bucket.invalid":
                return httpx.Response(status, headers={"location": "http://elsewhere.invalid/"})
            return httpx.Response(201, json=TICKET)

        transport = httpx.MockTransport(answer)
        monkeypatch.setattr(client, "_client", lambda *_: httpx.Client(transport=transport))
        return Api("http://api.invalid").upload(file, supplier_id=7)

    return uploaded


def test_a_bucket_that_took_the_file(upload):
    assert upload(204) == "r1"


@pytest.mark.parametrize("status", [307, 403, 500])
def test_a_bucket_that_did_not_take_the_file(upload, status):
    with pytest.raises(ApiFailure, match=str(status)):
        upload(status)
