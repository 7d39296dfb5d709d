"""The ``quarry`` command against a running stack: what it prints, and its exit codes."""

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from local import ROOT
from local.demo import SAMPLES
from local.processes import free_port

COMMAND = (sys.executable, "-m", "local")
FILE_KEYS = {
    "file", "request_id", "status", "total", "completed", "failed", "needs_review",
    "offers", "materials_created", "errors", "seconds",
}  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory) -> Iterator[str]:
    port = str(free_port())
    home = tmp_path_factory.mktemp("command")
    with subprocess.Popen(
        [*COMMAND, "up", "--home", home, "--port", port], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as stack:
        assert stack.stdout.readline().startswith("ready ")
        yield f"http://127.0.0.1:{port}"
        stack.send_signal(signal.SIGTERM)
    assert stack.returncode == 0


@pytest.fixture(scope="module")
def dropped(api):
    """Supplier 101's list, imported once."""
    return json.loads(
        _quarry("drop", SAMPLES / "sadovaya-base.csv", "--supplier", 101, "--wait", "--json", api=api).stdout
    )


def _quarry(*arguments: object, api: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments), "--api", api], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_drop_reports_the_result_of_each_file(dropped):
    (file,) = dropped["files"]

    assert set(file) >= FILE_KEYS
    assert file["status"] == "completed_with_errors"
    assert (file["total"], file["failed"]) == (16, 1)
    assert file["completed"] + file["failed"] + file["needs_review"] == file["total"]
    assert file["offers"] == file["completed"]  # one of them without a price: «по запросу»
    assert file["materials_created"] == file["completed"]
    (error,) = [one for one in file["errors"] if one["severity"] == "error"]
    assert (error["row"], error["value"]) == (24, "двести десять")


def test_a_list_that_cannot_be_read_ends_with_code_1_and_says_why(api, tmp_path):
    file = tmp_path / "letter.csv"
    file.write_text("Уважаемые коллеги!\nПрайс-лист вышлем позже.\n")

    done = _quarry("drop", file, "--supplier", 7, "--wait", "--json", api=api, code=1)
    (result,) = json.loads(done.stdout)["files"]
    assert result["status"] == "failed"
    assert result["error"]["message"]


def test_drop_shows_a_summary_and_the_row_errors_to_a_person(api, dropped):
    done = _quarry("drop", SAMPLES / "sadovaya-base.csv", "--supplier", 102, "--wait", api=api)

    assert "sadovaya-base.csv" in done.stdout
    assert "двести десять" in done.stdout


def test_without_wait_drop_says_the_request_id_and_returns(api, tmp_path):
    file = tmp_path / "one.csv"
    file.write_text("Наименование;Цена\nКирпич полнотелый М150;18,40\n")

    (result,) = json.loads(_quarry("drop", file, "--supplier", 8, "--json", api=api).stdout)["files"]
    assert result["request_id"]
    assert result["status"] == "received"


def test_search_gives_the_apis_answer(api, dropped):
    answer = json.loads(_quarry("search", "цемент м500", "--limit", 3, "--json", api=api).stdout)

    assert len(answer["hits"]) <= 3
    assert "М500" in answer["hits"][0]["material"]["name"]
    assert answer["hits"][0]["offers"][0]["price_per_base_unit"] == "9.04"


def test_search_shows_a_table_to_a_person(api, dropped):
    shown = _quarry("search", "цемент м500", api=api).stdout

    assert "452 ₽" in shown
    assert "9.04 ₽/кг" in shown


def test_status_shows_the_progress_of_a_batch_and_of_the_recent_ones(api, dropped):
    request_id = dropped["files"][0]["request_id"]

    progress = json.loads(_quarry("status", request_id, "--json", api=api).stdout)
    recent = json.loads(_quarry("status", "--json", api=api).stdout)
    assert (progress["request_id"], progress["percent"]) == (request_id, 100)
    assert request_id in {batch["request_id"] for batch in recent["items"]}
    assert request_id in _quarry("status", api=api).stdout


def test_errors_lists_the_rows_that_were_not_used(api, dropped):
    request_id = dropped["files"][0]["request_id"]

    items = json.loads(_quarry("errors", request_id, "--json", api=api).stdout)["items"]
    assert "двести десять" in {item["value"] for item in items}
    assert "двести десять" in _quarry("errors", request_id, api=api).stdout


def test_errors_as_csv_can_be_sent_to_the_supplier_and_carry_out_nothing(api, tmp_path):
    file = tmp_path / "formula.csv"
    file.write_text('Наименование;Цена\nКирпич М150;18,40\nПесок;"=HYPERLINK(""x"")"\n')
    (result,) = json.loads(_quarry("drop", file, "--supplier", 9, "--wait", "--json", api=api).stdout)["files"]

    mark, remarks = _quarry("errors", result["request_id"], "--csv", api=api).stdout.split("\ufeff")

    rows = csv.DictReader(remarks.splitlines(), delimiter=";")
    (error,) = [row for row in rows if row["severity"] == "error"]
    assert mark == ""
    assert (error["row"], error["column"], error["value"]) == ("3", "Цена", '\'=HYPERLINK("x")')


def test_health_shows_each_store(api):
    states = json.loads(_quarry("health", "--json", api=api).stdout)

    assert {name: state["status"] for name, state in states.items()} == {
        "vector_database": "healthy",
        "relational_database": "healthy",
        "cache_database": "healthy",
    }
    assert "PostgreSQL" in _quarry("health", api=api).stdout


def test_an_unknown_batch_is_reported_in_one_sentence(api):
    done = _quarry("status", "nowhere", api=api, code=1)

    assert "404" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("search", "x"), ("health",), ("status",)])
def test_an_api_that_is_not_there_says_how_to_start_it(arguments):
    done = _quarry(*arguments, api=f"http://127.0.0.1:{free_port()}", code=1)

    assert "quarry up" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("drop", "no-such-file.csv", "--supplier", "7"),
        ("drop", ROOT / "README.md"),
        ("drop", ROOT / "README.md", "--supplier", " "),
        ("drop", ROOT / "README.md", "--supplier", "-7"),
        ("rates", "USD:81"),
        ("search", "x", "--limit", "0"),
        ("dig",),
    ],
)
def test_wrong_usage_ends_with_code_2(arguments):
    _quarry(*arguments, api="http://127.0.0.1:1", code=2)


def test_estimate_prices_a_bill_and_writes_a_workbook_that_is_the_same_estimate_again(api, dropped, tmp_path):
    bill = tmp_path / "Дача.csv"
    bill.write_text(
        "Наименование;Ед. изм.;Кол-во\nЦемент М500;кг;500\nГипсокартон влагостойкий 12,5;м2;30\nДверь входная;шт;1\n"
    )
    book = tmp_path / "priced.xlsx"

    first = json.loads(_quarry("estimate", bill, "--suppliers", 1, "--xlsx", book, "--json", api=api).stdout)
    assert [one["status"] for one in first["lines"]] == ["matched", "matched", "unserved"]
    assert first["lines"][0]["best"]["cost"] == "4520.00"
    again = json.loads(_quarry("estimate", book, "--json", api=api).stdout)
    assert (again["id"], again["totals"]["cheapest"]) == (first["id"], first["totals"]["cheapest"])


def test_estimate_shows_what_nobody_sells_before_what_is_sure(api, dropped, tmp_path):
    bill = tmp_path / "bill.csv"
    bill.write_text("Наименование;Ед.;Количество\nЦемент М500;кг;500\nДверь входная;шт;1\n")

    shown = _quarry("estimate", bill, api=api).stdout
    assert shown.index("Дверь входная") < shown.index("Цемент")
    assert "1 of 2 lines" in shown


def test_estimate_says_why_a_file_is_no_bill(api, tmp_path):
    file = tmp_path / "letter.csv"
    file.write_text("Наименование;Цена\nЦемент;450\n")

    assert "Количество" in _quarry("estimate", file, api=api, code=1).stderr
