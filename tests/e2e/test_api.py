"""Price lists through the bucket and requests over HTTP, on one running stack whose parts are killed and restarted."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from local import ROOT
from local.processes import free_port
from local.template import REGION

COMMAND = (sys.executable, "-m", "local")
ENDED = {"completed", "completed_with_errors", "failed"}
HEADER = "Артикул;Наименование;Ед. изм.;Цена, руб.\n"
PAUSE_SECONDS = 0.1
BUSY = {503, 504}


class Stack:
    """``quarry up`` with a home and a port that outlive it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._port = free_port()
        self.api = httpx.Client(base_url=f"http://127.0.0.1:{self._port}/api/v1", timeout=None)
        self._process: subprocess.Popen[str] | None = None

    def start(self, *options: str) -> None:
        command = [*COMMAND, "up", "--home", str(self.home), "--port", str(self._port), *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._process.stdout.readline().startswith("ready ")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        self._process.send_signal(how)
        assert self._process.wait() == 0
        self._process.stdout.close()

    def endpoint(self, part: str) -> dict[str, Any]:
        return json.loads((self.home / "endpoints.json").read_text())[part]

    def kill(self, part: str) -> None:
        os.kill(self.endpoint(part)["pid"], signal.SIGKILL)

    def revive(self, part: str) -> None:
        subprocess.run([*COMMAND, "up", "--only", part, "--home", self.home], check=True, cwd=ROOT, capture_output=True)

    @contextmanager
    def without(self, part: str) -> Iterator[None]:
        self.kill(part)
        try:
            yield
        finally:
            self.revive(part)

    def put(self, key: str, text: str) -> None:
        s3 = boto3.client(
            "s3",
            endpoint_url=self.endpoint("s3")["url"],
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        bucket = next(one for one in s3.list_buckets()["Buckets"] if "pricelists" in one["Name"])
        s3.put_object(Bucket=bucket["Name"], Key=key, Body=text.encode())
        s3.close()

    def ask(self, method: str, path: str, **about: Any) -> httpx.Response:
        """Like a patient caller: a request that no function had the time for is repeated."""
        return _until(lambda: self.api.request(method, path, **about), lambda answer: answer.status_code not in BUSY)

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        return self.ask("GET", path, params=params).raise_for_status().json()

    def search(self, query: str, **about: Any) -> dict[str, Any]:
        return self.ask("POST", "/search", json={"query": query, **about}).raise_for_status().json()

    def dropped(self, supplier: int, file: str, text: str) -> dict[str, Any]:
        """The finished batch of a list that was put into the bucket directly."""
        known = len(self.get("/batches", supplier_id=supplier)["items"])
        self.put(f"incoming/supplier={supplier}/{file}", text)
        found = _until(
            lambda: self.get("/batches", supplier_id=supplier)["items"],
            lambda items: len(items) > known and items[0]["status"] in ENDED,
        )
        return found[0]

    def ended(self, request_id: str) -> dict[str, Any]:
        return _until(lambda: self.get(f"/batches/{request_id}"), lambda batch: batch["status"] in ENDED)


def _until(ask: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
    while True:
        asked = time.monotonic()
        if done(answer := ask()):
            return answer
        # On a slow machine polling would take the CPU time that the import needs.
        time.sleep(max(PAUSE_SECONDS, time.monotonic() - asked))


def _ids(stack: Stack) -> set[str]:
    """Every batch; while a database counts as unavailable, batches that only it has are not listed."""
    listed = _until(
        lambda: stack.get("/batches", limit=100)["items"], lambda items: not any(one["degraded"] for one in items)
    )
    return {batch["request_id"] for batch in listed}


def _listing(*rows: str) -> str:
    return HEADER + "\n".join(rows) + "\n"


def _many(word: str, count: int) -> str:
    return _listing(*(f"{word}-{n};{word} М{n} оцинкованный;шт;{n},50" for n in range(1, count + 1)))


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("api") / "home")
    made.start()
    yield made
    made.stop()
    made.api.close()


@pytest.fixture(scope="module")
def third_list(stack):
    """Supplier 5's third list, after its first two."""
    stack.dropped(5, "v1.csv", _listing("C1;Цемент М500 Д0;мешок;450", "P1;Песок речной;м3;1000", "K1;Кирпич;шт;18"))
    stack.dropped(5, "v2.csv", _listing("C1;Цемент М500 Д0;мешок;495", "P1;Песок речной;м3;900", "K1;Кирпич;шт;18"))
    return stack.dropped(
        5, "v3.csv", _listing("C1;Цемент М500 Д0;мешок;520", "P1;Песок речной;м3;900", "A1;Арматура 12 мм;м;64,5")
    )


def test_each_list_of_a_supplier_replaces_the_last_and_reports_what_changed(stack, third_list):
    changes = stack.get(f"/batches/{third_list['request_id']}/changes")
    assert changes["summary"] == {"new": 1, "gone": 1, "dearer": 1, "cheaper": 0, "unchanged": 1}
    assert {(item["kind"], item["name"], item["old_price"], item["new_price"]) for item in changes["items"]} == {
        ("dearer", "Цемент М500 Д0", "495.00", "520.00"),
        ("new", "Арматура 12 мм", None, "64.50"),
        ("gone", "Кирпич", "18.00", None),
    }
    hit = stack.search("цемент м500")["hits"][0]
    assert [offer["price"] for offer in hit["offers"]] == ["520.00"]
    history = stack.get(f"/materials/{hit['material']['id']}/price-history", supplier_id=5)["items"]
    assert [(past["price"], past["superseded_at"] is None) for past in history] == [
        ("520.00", True),
        ("495.00", False),
        ("450.00", False),
    ]


def test_the_same_bytes_again_import_nothing_and_another_supplier_has_offers_of_its_own(stack):
    listing = _listing("S1;Саморез 3,5х35;шт;1,25")
    stack.dropped(6, "a.csv", listing)
    again = stack.dropped(6, "a.csv", listing)
    stack.dropped(7, "a.csv", listing)

    assert (again["status"], again["total"]) == ("completed", 1)
    offers = stack.search("саморез 3,5х35")["hits"][0]["offers"]
    assert sorted(offer["supplier_id"] for offer in offers) == [6, 7]


@pytest.mark.parametrize("name", ["a b  c.csv", "a+b.csv", "прайс №1.csv", "a%20b%2B.csv", "x&y='(1).csv"])
def test_a_file_name_is_kept_as_the_supplier_wrote_it(stack, name):
    batch = stack.dropped(8, name, _listing("H1;Крюк монтажный;шт;5"))

    assert (batch["file_name"], batch["status"]) == (name, "completed")


def test_a_key_without_the_supplier_is_a_failed_batch_that_says_why(stack):
    stack.put("incoming/supplier=abc/nobody.csv", _listing("H2;Скоба;шт;5"))

    (batch,) = _until(
        lambda: [one for one in stack.get("/batches", status="failed")["items"] if one["file_name"] == "nobody.csv"],
        bool,
    )
    assert batch["error"]["code"] == "bad_key"
    assert "incoming/supplier=<number>/" in batch["error"]["message"]


def test_pages_hold_together_while_a_list_is_imported(stack):
    stack.dropped(9, "first.csv", _many("Шпилька", 60))
    page = stack.search("шпилька", limit=20)
    stack.put("incoming/supplier=10/second.csv", _many("Шпилька резьбовая", 1500))

    found, total = [hit["material"]["id"] for hit in page["hits"]], page["total"]
    while page["next_cursor"]:
        page = stack.search("шпилька", limit=20, cursor=page["next_cursor"])
        found += [hit["material"]["id"] for hit in page["hits"]]
        assert page["total"] == total
    assert len(found) == len(set(found)) == total["value"]


@pytest.mark.parametrize(
    ("materials", "pointer"),
    [
        ([], "/materials"),
        ([{"id": "a", "name": "Болт"}, {"id": "a", "name": "Гайка"}], "/materials/1/id"),
        ([{"id": str(n), "name": "Болт"} for n in range(10_001)], "/materials"),
        ([{"id": "a", "name": " "}], "/materials/0/name"),
        ([{"id": "a", "name": "Болт", "price": "дорого"}], "/materials/0/price"),
        ([{"id": "a", "name": "Болт", "colour": "red"}], "/materials/0/colour"),
    ],
)
def test_rows_that_cannot_be_meant_are_refused_with_the_place(stack, materials, pointer):
    refused = stack.api.post("/batches", json={"materials": materials})

    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


@pytest.mark.parametrize("path", ["/search?q=цемент", "/batches", "/health", "/materials/nothing"])
def test_the_id_of_an_answer_is_in_the_functions_log(stack, path):
    request_id = stack.api.get(path).headers["x-request-id"]

    logs = [file.read_text() for file in (stack.home / "logs").glob("*Function.log")]
    assert any(f'"correlation_id":"{request_id}"' in log for log in logs)


def test_without_redis_nothing_is_cached_and_nothing_is_missing(stack):
    stack.dropped(11, "anchors.csv", _listing("N1;Анкер клиновой 10х100;шт;38"))
    with stack.without("redis"):
        answers = [stack.ask("POST", "/search", json={"query": "анкер клиновой"}) for _ in range(2)]
        # A slow engine beside a large import may count as unavailable for a moment, and is asked again.
        _until(lambda: stack.search("анкер клиновой"), lambda answer: not answer["degraded"])

    assert [(one.status_code, one.headers["x-cache"]) for one in answers] == [(200, "off")] * 2
    assert [one.json()["hits"][0]["offers"][0]["price"] for one in answers] == ["38.00"] * 2


@pytest.mark.usefixtures("third_list")
@pytest.mark.parametrize(("part", "supplier"), [("qdrant", 12), ("postgresql", 13)])
def test_rows_that_were_accepted_while_a_database_is_unavailable_are_all_there_when_it_returns(stack, part, supplier):
    word = f"Хомут {part}"
    body = {
        "request_id": f"away-{part}",
        "supplier_id": supplier,
        "materials": [{"id": str(n), "name": f"{word} {n} мм", "price": str(n)} for n in range(1, 21)],
    }
    with stack.without(part):
        first, second = (stack.ask("POST", "/batches", json=body) for _ in range(2))
        other = stack.ask("POST", "/batches", json={**body, "materials": body["materials"][:1]})
        progress = stack.get(f"/batches/away-{part}")

        assert [first.status_code, second.status_code, other.status_code] == [202, 202, 409]
        assert first.json() == second.json() == {"request_id": f"away-{part}", "accepted": 20}
        assert (progress["total"], progress["degraded"]) == (20, True)
        assert progress["source"] == ("sql" if part == "qdrant" else "vector")
        assert stack.search("цемент м500")["hits"][0]["offers"][0]["price"] == "520.00"
    batch = stack.ended(f"away-{part}")
    assert (batch["status"], batch["completed"]) == ("completed", 20)
    found = _until(lambda: stack.search("", filters={"supplier_id": [supplier]}), lambda one: one["source"] == "sql")
    assert found["total"] == {"value": 20, "relation": "eq"}


@pytest.mark.usefixtures("third_list")
def test_an_import_that_ctrl_c_broke_off_ends_by_itself_after_the_next_start(stack):
    answer = stack.ask("POST", "/pricelists", json={"supplier_id": 14, "file_name": "big.csv"}).json()
    upload, listing = answer["upload"], _many("Заклёпка", 3000)
    httpx.post(upload["url"], data=upload["fields"], files={"file": listing.encode()}).raise_for_status()
    _until(lambda: stack.get(f"/batches/{answer['request_id']}"), lambda batch: batch["status"] == "processing")
    before = _ids(stack)
    stack.stop(signal.SIGINT)

    stack.start()
    batch = stack.ended(answer["request_id"])
    assert (batch["status"], batch["completed"]) == ("completed", 3000)
    assert stack.search("", filters={"supplier_id": [14]})["total"]["value"] == 3000
    assert _ids(stack) == before
    assert stack.search("цемент м500")["hits"][0]["offers"][0]["price"] == "520.00"
