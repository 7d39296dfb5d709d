"""Requests over HTTP that are too large, malformed or not accepted by a route: each gets a problem that says why."""

import gzip
import json
import socket

import psutil
import pytest

from tests.integration.served import served

JSON = {"content-type": "application/json"}
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def api(engines):
    with served(engines) as made:
        made.ask("GET", "/search", params={"q": "цемент"})
        yield made


def refused(response, status):
    """The problem document, whose form is checked too."""
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    problem = response.json()
    assert set(problem) == {"type", "title", "status", "detail", "instance", "request_id", "errors"}
    assert (problem["status"], problem["request_id"]) == (status, response.headers["x-request-id"])
    return problem


def nested(opening, closing):
    return b'{"query":' + opening * 100_000 + b"1" + closing * 100_000 + b"}"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"query":', "line 1 column 10"),
        (nested(b"[", b"]"), "nested too deeply"),
        (nested(b'{"a":', b"}"), "nested too deeply"),
        (b"[" * MIB, "nested too deeply"),
        (b'{"query":"a","limit":' + b"9" * 5000 + b"}", "more than 100 digits"),
        (b'{"query":"a","limit":NaN}', "NaN is no number"),
        (b'{"query":"a","limit":-Infinity}', "-Infinity is no number"),
        (b'{"query":"a","query":"b"}', "'query' occurs twice"),
        (b'{"query":"a","\\ud800":1,"\\ud800":2}', "'\\ud800' occurs twice"),
        (b'{"query":"\xff"}', "byte 10 is no UTF-8"),
        ('{"query":"a"}'.encode("utf-16"), "byte 0 is no UTF-8"),
        (json.dumps({str(number): 0 for number in range(300_000)}).encode(), "more than 50 names"),
    ],
)
def test_a_body_that_is_not_json_is_refused_with_the_reason(api, body, reason):
    assert reason in refused(api.ask("POST", "/search", content=body, headers=JSON), 400)["detail"]


def test_a_byte_order_mark_is_accepted(api):
    response = api.ask("POST", "/search", content=b'\xef\xbb\xbf{"query": "a"}', headers=JSON)

    assert response.status_code == 200, response.text


MATERIAL = {"id": "1", "name": "Цемент"}


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/search", None, ""),
        ("/search", [], ""),
        ("/search", "a", ""),
        ("/search", {"query": "a", "limit": 7.5}, "/limit"),
        ("/search", {"query": "a", "limit": 1e9}, "/limit"),
        ("/search", {"query": "a", "filters": {"price": {"min": "1e5"}}}, "/filters/price/min"),
        ("/search", {"query": "a", "filters": {"price": {"min": "１００"}}}, "/filters/price/min"),
        ("/search", {"query": "a", "filters": {"price": {"min": "1_000"}}}, "/filters/price/min"),
        ("/search", {"query": "a", "filters": {"price": {"max": 1e300}}}, "/filters/price/max"),
        ("/search", {"query": "a", "filters": {"category": ["a"] * 51}}, "/filters/category"),
        ("/search", {"query": "a", "filters": {"supplier_id": ["1"] * 1_000_000}}, "/filters/supplier_id/0"),
        ("/search", {"query": "a", "facets": ["unit"] * 4}, "/facets"),
        ("/search", {"query": "a", "\ud800": 1}, ""),
        ("/search", {"query": "a", "/~": 1}, "/~1~0"),
        ("/search", {"query": "a", "/" * 5_000_000: 1}, "/" + "~1" * 200),
        ("/batches", {"materials": []}, "/materials"),
        ("/batches", {"materials": [{"id": str(n), "name": "x"} for n in range(10_001)]}, "/materials"),
        ("/batches", {"materials": [MATERIAL | {"name": "a" * MIB}]}, "/materials/0/name"),
        ("/batches", {"materials": [MATERIAL | {"name": "\ud800"}]}, "/materials/0/name"),
        ("/batches", {"materials": [MATERIAL | {"sku": "a\0"}]}, "/materials/0/sku"),
        ("/batches", {"materials": [MATERIAL | {"price": "-1"}]}, "/materials/0/price"),
        ("/batches", {"materials": [MATERIAL | {"price": "1e-400"}]}, "/materials/0/price"),
        ("/batches", {"materials": [MATERIAL, {"id": "2", "name": "x"}, MATERIAL]}, "/materials/2/id"),
        ("/batches", {"materials": [MATERIAL], "supplier_id": 2**31}, "/supplier_id"),
    ],
)
def test_a_wrong_field_is_pointed_at(api, path, body, pointer):
    response = api.ask("POST", path, content=json.dumps(body).encode(), headers=JSON)

    assert pointer in [fault["pointer"] for fault in refused(response, 422)["errors"]]


def test_ids_that_differ_by_nul_alone_are_not_taken_for_one(api):
    response = api.ask("POST", "/batches", json={"materials": [MATERIAL, MATERIAL | {"id": "1\0"}]})

    assert [fault["pointer"] for fault in refused(response, 422)["errors"]] == ["/materials/1/id"]


def test_many_errors_are_reported_up_to_a_limit_and_cost_no_memory(api):
    one = dict.fromkeys("abcdefghijklmnopqrst", 0)
    before = psutil.Process().memory_info().rss
    response = api.ask("POST", "/batches", json={"materials": [one] * 10_000})

    pointers = [fault["pointer"] for fault in refused(response, 422)["errors"]]
    assert {"/materials/0/a", "/materials/4/name"} <= set(pointers)
    assert 100 <= len(pointers) < 125
    assert psutil.Process().memory_info().rss - before < 100 * MIB


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(b'{"query": "a"}', mtime=0), JSON | {"content-encoding": "gzip"}),
        (b'{"query": "a"}', {}),
        (b"<query/>", {"content-type": "application/xml"}),
        (b"query=a", {"content-type": "application/x-www-form-urlencoded"}),
        (b"--x\r\n", {"content-type": "multipart/form-data; boundary=x"}),
    ],
)
def test_a_body_of_another_kind_is_refused(api, body, headers):
    assert "application/json" in refused(api.ask("POST", "/search", content=body, headers=headers), 415)["detail"]


@pytest.mark.parametrize("size", [6 * MIB, 11 * MIB])
def test_a_body_over_the_limit_is_refused(api, size):
    response = api.ask("POST", "/search", content=b'{"query": "' + b"a" * size + b'"}', headers=JSON)

    assert "smaller parts" in refused(response, 413)["detail"]


def test_a_body_that_does_not_end_is_refused_while_it_comes(api):
    start = b"POST /api/v1/search HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    part = b"100000\r\n" + b" " * MIB + b"\r\n"

    assert b"413" in _answer(api, start + b"Transfer-Encoding: chunked\r\n\r\n" + part * 11)
    assert b"413" in _answer(api, start + b"Content-Length: 99999999999\r\n\r\n")


def _answer(api, request: bytes) -> bytes:
    """The first line of what comes back on a connection of its own, which stays open."""
    with socket.create_connection(("127.0.0.1", int(api.url.rpartition(":")[2])), timeout=30) as connection:
        connection.sendall(request)
        return connection.makefile("rb").readline()


@pytest.mark.parametrize("value", ["0", "-1", "101", "1e9", "1000000000", "9" * 5000, "1_0", " 7 ", "٣", "", "0x1"])
@pytest.mark.parametrize("path", ["/search?q=a&limit=", "/batches?limit=", "/reference/units?limit="])
def test_a_limit_that_is_none_is_refused(api, path, value):
    assert [fault["pointer"] for fault in refused(api.ask("GET", path + value), 422)["errors"]] == ["/limit"]


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PUT", "PATCH", "DELETE"])
def test_a_method_that_a_route_does_not_take_is_refused_with_those_that_it_takes(api, method):
    response = api.ask(method, "/search")

    refused(response, 405)
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/batches/%00", 422),
        ("/batches/a%0D%0AX-Evil:%201", 422),
        ("/batches/" + "a" * 10_000, 422),
        ("/batches/%27;DROP%20TABLE%20pricelists;--", 404),
        ("/batches/%FF", 404),
        ("/batches/%ED%A0%80", 404),
        ("/batches/..%2F..%2Fetc", 404),
        ("/batches/known%3Fa", 404),
        ("/batches/known%23a", 404),
        ("/batches/%E2%80%AEknown", 404),
        ("/materials/%7B%7D", 422),
        ("/materials/" + "a" * 10_000 + "/offers", 422),
        ("/" + "a/" * 10_000, 404),
        ("/search?q=" + "a" * 60_000, 422),
    ],
)
def test_an_address_is_taken_as_it_was_written(api, path, status):
    api.submit([MATERIAL], request_id="known")

    refused(api.ask("GET", path), status)


@pytest.mark.parametrize("query", ["%FF", "%ED%A0%80", "%zz", "a&q=b"])
def test_bytes_that_are_not_text_in_an_address_are_only_not_found(api, query):
    response = api.ask("GET", f"/search?q={query}", headers={"x-long": "a" * 30_000, "x-odd": b"\xff"})

    assert (response.status_code, response.json()["hits"]) == (200, [])
