"""What the ``quarry`` command shows in a terminal, with an API that is played: Ctrl-C, narrow windows, hints, JSON."""

import json
import shlex
import subprocess
import sys
import threading

import pytest
from typer.testing import CliRunner

from local import ROOT
from local.cli import app
from tests.integration.played import playing_api
from tests.integration.test_command_answers import ENDED
from tests.terminals import in_terminal

RUNNING = {**ENDED, "status": "processing", "total": 2, "completed": 0}
PROBLEM = {
    "title": "Not found",
    "status": 404,
    "detail": "There is no batch b9. GET /api/v1/batches lists those that there are.",
}
UUID = "0d311205-b3ae-437e-84cc-5a81208d73e6"
BATCH = {
    **ENDED,
    "request_id": UUID,
    "supplier_id": 7,
    "supplier_name": "Северная база стройматериалов",
    "file_name": "прайс.csv",
    "status": "completed_with_errors",
    "percent": 100.0,
    "error": None,
    "attention": [],
}


@pytest.fixture
def played():
    with playing_api() as server:
        yield server


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "прайс.csv"
    file.write_text("Наименование;Цена\nКирпич;18\n")
    return file


def uploads(played, request_id="b1"):
    played.will(201, {"request_id": request_id, "upload": {"url": played.url, "fields": {}}})
    played.will(204, "")


def test_ctrl_c_in_a_drop_says_that_the_import_goes_on_and_how_to_see_it(played, file):
    uploads(played)
    played.will(200, RUNNING)
    ended = in_terminal("drop", file, "--supplier", 7, "--wait", "--api", played.url, interrupt_at="0/2")
    assert ended.code == 130
    assert "goes on. See it:" in " ".join(ended.lines)
    assert ended.lines[-2] == f"quarry status b1 --api {played.url}"
    assert "Traceback" not in ended.shown


def test_ctrl_c_in_a_drop_gives_what_is_known_as_json(played, file, tmp_path):
    uploads(played)
    played.will(200, RUNNING)
    with (tmp_path / "out").open("w+") as out:
        ended = in_terminal(
            "drop", file, "--supplier", 7, "--wait", "--json", "--api", played.url, interrupt_at="0/2", stdout=out
        )
        out.seek(0)
        answer = json.load(out)
    assert ended.code == 130
    assert [(one["request_id"], one["status"]) for one in answer["files"]] == [("b1", "processing")]
    assert "Interrupted" in answer["error"]["message"]


PRICING = {"status": "pricing", "progress": {"priced": 0, "lines": 3}}
PRICED = {
    "id": "b1",
    "status": "priced",
    "progress": {"priced": 3, "lines": 3},
    "lines": [],
    "next_cursor": None,
    "currency": "RUB",
    "degraded": False,
    "totals": {
        "cheapest": {"cost": "0", "suppliers": 0, "served": 0},
        "with_at_most": None,
        "by_supplier": [],
    },
}


BEST = {
    "name": "Портландцемент 500Д0 (50кг)",
    "supplier_id": 7,
    "supplier_name": "Северная база стройматериалов",
    "price_per_base_unit": "5.10",
    "base_unit": "кг",
    "currency": "RUB",
    "packages": 10,
    "cost": "12550.00",
}
SERVED = {"line": 1, "name": "Цемент М500", "quantity": "500", "unit": "кг", "status": "matched", "best": BEST}
OF_ONE = {"supplier_id": 7, "supplier_name": "Северная база стройматериалов", "cost": "12550.00"}


@pytest.mark.parametrize("columns", [50, 120])
def test_an_estimate_fits_the_terminal_and_hides_nothing(played, file, columns):
    totals = {
        "cheapest": {"cost": "12550.00", "suppliers": 1, "served": 1},
        "with_at_most": None,
        "by_supplier": [{**OF_ONE, "served": 1, "missing": 0}],
    }
    uploads(played)
    for answer in (ENDED, {**PRICED, "lines": [SERVED], "totals": totals}, {"items": [], "next_cursor": None}):
        played.will(200, answer)
    ended = in_terminal("estimate", file, "--api", played.url, columns=columns)
    assert ended.code == 0, ended.shown
    assert max(map(len, ended.lines)) <= columns
    assert "…" not in ended.shown
    whole = " ".join(" ".join(ended.lines).replace("│", " ").split())
    for text in ("5.10 ₽/кг", "12 550 ₽", "стройматериалов", "Портландцемент", "from 1 supplier, 1 of 1 line."):
        assert text in whole


def test_an_estimate_says_once_that_it_waits(played, file):
    uploads(played)
    for answer in (ENDED, PRICING, PRICING, PRICING, PRICED, {"items": [], "next_cursor": None}):
        played.will(200, answer)
    code, _, said = run("estimate", file, "--api", played.url)
    assert code == 0
    assert said.splitlines() == ["Waiting: 0 of 3 lines are priced"]


def test_ctrl_c_in_an_estimate_says_where_to_see_it(played, file):
    uploads(played)
    played.will(200, ENDED)
    for _ in range(40):
        played.will(200, PRICING)
    ended = in_terminal("estimate", file, "--api", played.url, interrupt_at="0 of 3", columns=200)
    assert ended.code == 130
    assert ended.lines[-2].endswith(f"is still being priced. See it: {played.url}/#/estimates/b1")
    assert "Traceback" not in ended.shown


def test_without_a_name_of_the_api_none_is_in_the_hint(played, file):
    uploads(played)
    ended = in_terminal("drop", file, "--supplier", 7, QUARRY_API=played.url)
    assert ended.code == 0
    assert ended.lines[-2] == "quarry status b1"


def run(*arguments):
    """The command, not into a terminal: code, standard output, standard error."""
    done = CliRunner().invoke(app, [*map(str, arguments)], prog_name="quarry")
    return done.exit_code, done.stdout, done.stderr


def test_the_module_is_the_command():
    command = [sys.executable, "-m", "local", "status", "--bogus"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--bogus" in done.stderr


def test_a_drop_that_is_refused_says_so_as_json(played, file):
    played.will(422, {"title": "Invalid request", "detail": "Correct it."}, "application/problem+json")
    code, out, _ = run("drop", file, file, "--supplier", 7, "--json", "--api", played.url)
    answer = json.loads(out)
    assert code == 1
    assert [(one["status"], one["request_id"]) for one in answer["files"]] == [("failed", None)] * 2
    assert "Invalid request" in answer["files"][0]["error"]["message"]


def test_a_file_that_is_refused_does_not_hide_that_another_was_uploaded(played, file):
    played.will(422, {"title": "Too long a name"}, "application/problem+json")
    uploads(played)
    code, out, err = run("drop", file, file, "--supplier", 7, "--api", played.url)
    assert code == 1
    assert "quarry status b1" in out
    assert "Too long a name" in " ".join(err.split())


def test_files_that_are_refused_for_one_reason_are_told_it_once(played, file):
    played.will(422, {"title": "Too long a name"}, "application/problem+json")
    _, _, err = run("drop", file, file, file, "--supplier", 7, "--api", played.url)
    assert " ".join(err.split()).count("Too long a name") == 1


def test_an_api_that_does_not_answer_is_said_as_json_and_as_a_sentence(file):
    code, out, err = run("drop", file, "--supplier", 7, "--json", "--api", "http://127.0.0.1:1")
    answer = json.loads(out)
    assert (code, answer["files"][0]["status"]) == (1, "not_uploaded")
    assert "Nothing answers" in answer["error"]["message"]
    assert "Nothing answers" in err


@pytest.mark.parametrize(
    "arguments",
    [("no-such-file.csv", "--supplier", "7"), ("README.md",), ("README.md", "--supplier", "-7"), ("--bogus",)],
)
def test_wrong_usage_of_a_drop_is_said_as_json(arguments):
    code, out, _ = run("drop", *arguments, "--json", "--api", "http://127.0.0.1:1")
    answer = json.loads(out)
    assert (code, answer["files"]) == (2, [])
    assert answer["error"]["message"]


def test_a_failed_list_says_why_once(played, file):
    why = {"code": "no_header", "message": "No header was found."}
    remark = {"sheet": None, "row": None, "column": None, "value": None, "severity": "error", **why}
    uploads(played)
    played.will(200, {**ENDED, "status": "failed", "error": why})
    played.will(200, {"items": [remark], "next_cursor": None})
    code, out, err = run("drop", file, "--supplier", 7, "--wait", "--api", played.url)
    assert code == 1
    assert " ".join((out + err).split()).count("No header was found.") == 1


@pytest.mark.parametrize(
    ("arguments", "helps"),
    [
        (("status", "b9"), "quarry status"),
        (("errors", "b9"), "quarry status"),
        (("review", "r", "same"), "quarry review --json"),
        (("synonyms", "x", "--delete"), "quarry synonyms"),
        (("watch", "x", "--delete"), "quarry watch"),
        (("webhooks", "x", "--test"), "quarry webhooks"),
        (("history", UUID), "quarry search TEXT --json"),
    ],
)
def test_a_404_names_the_command_that_helps(played, arguments, helps):
    played.will(404, PROBLEM, "application/problem+json")
    code, _, err = run(*arguments, "--api", played.url)
    assert code == 1
    assert err.splitlines()[-1] == f"See what there is: {helps} --api {played.url}"
    assert "GET /api/v1" not in err


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_tables_fit_the_terminal_and_hide_nothing(played, columns):
    played.will(200, {"items": [BATCH], "next_cursor": None})
    ended = in_terminal("status", "--api", played.url, columns=columns)
    assert ended.code == 0
    assert max(map(len, ended.lines)) <= columns
    assert "…" not in ended.shown
    assert UUID in ended.shown
    assert "прайс.csv" in ended.shown
    words = " ".join(ended.lines).replace("│", " ").split()
    assert {"Северная", "стройматериалов", "completed", "errors"} <= set(words)


OFFER = {"supplier_id": 7, "supplier_name": "База", "watched_price": "395.00"}
CHANGE = {
    "at": "2026-11-20T10:00:00Z",
    "kind": "dearer",
    "name": "Цемент М500",
    "old_price": "400.00",
    "old_currency": "RUB",
    "old_unit": "мешок",
    "new_price": "440.00",
    "currency": "RUB",
    "unit": "мешок",
    "change_percent": 10.0,
    **OFFER,
}
DIGEST = {"total": {"value": 1234, "relation": "gte"}, "by_kind": {"dearer": 1234}}
PERIOD = {"since": "2026-11-13T00:00:00Z", "until": "2026-11-20T00:00:00Z", "digest": DIGEST}
WATCH = {
    "id": "цемент",
    "query": "цемент м500",
    "below": "400.00",
    "unit": "мешок",
    "currency": "RUB",
    "is_below": True,
    "cheapest": OFFER,
    "fired_at": "2026-11-20T10:00:00Z",
}
WATCHED_MATERIAL = {**WATCH, "query": None, "material_id": UUID, "cheapest": {**OFFER, "name": "Цемент М500 Д0"}}
WEBHOOK = {
    "name": "учёт",
    "url": "https://hooks.example.com/quarry",
    "events": ["list.finished"],
    "waiting": 2,
    "given_up": 1,
    "delivered_at": None,
    "last_error": "answered with status 500",
    "secret": None,
}


@pytest.mark.parametrize("columns", [60, 120])
@pytest.mark.parametrize(
    ("arguments", "answer", "shown"),
    [
        (
            ("changes",),
            {**PERIOD, "items": [CHANGE], "next_cursor": "x"},
            ["more than 1,234 changes", "7 База", "dearer", "440 ₽/мешок", "+10.0", "There are more"],
        ),
        (("watch",), {"items": [WATCH], "next_cursor": None}, ["400 ₽/мешок", "395 ₽/мешок", "2026-11-20 10:00"]),
        (("watch",), {"items": [WATCHED_MATERIAL], "next_cursor": None}, ["Цемент М500 Д0"]),
        (("webhooks",), {"items": [WEBHOOK]}, ["never", "status 500", "list.finished"]),
        (("webhooks", "a", "https://x.example"), {**WEBHOOK, "secret": "whsec_x"}, ["whsec_x", "not shown again"]),
        (("webhooks", "a", "--delete"), {"deleted": "a"}, ["deleted: a"]),
        (("watch",), {"items": [], "next_cursor": None}, ["No price is watched"]),
    ],
)
def test_what_changed_is_shown_to_a_person(played, columns, arguments, answer, shown):
    played.will(200, answer)
    ended = in_terminal(*arguments, "--api", played.url, columns=columns)
    assert ended.code == 0, ended.shown
    whole = " ".join(" ".join(ended.lines).replace("│", " ").split())
    assert [text for text in shown if text not in whole] == []
    assert max(map(len, ended.lines)) <= columns


def test_the_history_of_a_material_is_found_by_words(played):
    material = {"id": UUID, "name": "Цемент М500", "base_unit": "кг"}
    played.will(200, {"hits": [{"material": material}]})
    price = {"price": "400.00", "currency": "RUB", "price_per_base_unit": "8.00", "superseded_at": None}
    played.will(200, {"items": [{**OFFER, **price, "valid_from": "2026-11-20T10:00:00Z"}], "next_cursor": None})
    code, out, _ = run("history", "цемент", "--api", played.url)
    assert code == 0
    assert "8 ₽/кг" in out
    assert played.asked[-1].startswith(f"/api/v1/materials/{UUID}/price-history")


def test_a_failed_test_of_a_webhook_is_its_exit_code(played):
    played.will(200, {"delivered": False, "error": "answered with status 500"})
    assert run("webhooks", "a", "--test", "--api", played.url)[:2] == (1, "answered with status 500\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("watch", "x"),
        ("watch", "x", "--below", "4"),
        ("watch", "--below", "4", "--unit", "кг", "--query", "x"),
        ("watch", "x", "--below", "4", "--unit", "кг", "--query", "x", "--material", UUID),
        ("webhooks", "x"),
        ("webhooks", "x", "https://x.example", "--delete"),
        ("webhooks", "--test"),
    ],
)
def test_what_is_half_said_is_wrong_usage(arguments):
    assert run(*arguments, "--api", "http://127.0.0.1:1")[0] == 2


def test_the_hint_to_restart_a_part_names_the_home(tmp_path):
    from local.home import Home
    from local.stack import Stack

    said = []
    home = Home(tmp_path / "мой склад")
    home.folder.mkdir()
    stack = Stack(home, 1, auth=False, notify=said.append)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    stopped = threading.Event()
    stack._parts["redis"] = type("Part", (), {"name": "redis", "process": ended})()
    stack._notify = lambda text: (said.append(text), stopped.set())
    stack.watch(stopped)
    stack._nursery.close()
    assert said == [
        f"redis ended (exit code 0); restart it: quarry up --only redis --home {shlex.quote(str(home.folder))}"
    ]


def test_completion_is_installed_for_the_shell_that_asks(tmp_path):
    named = "import sys; sys.argv[0] = 'quarry'; from local.cli import main; main()"
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(named)}"
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "SHELL": "/bin/bash"}

    def bash(script, **more):
        arguments = ["/bin/bash", "-c", f"{script}; exit $?"]
        env = environment | more
        return subprocess.run(arguments, capture_output=True, text=True, cwd=ROOT, env=env, check=True)

    bash(f"{command} --install-completion")
    (installed,) = (tmp_path / ".bash_completions").iterdir()
    assert str(installed) in (tmp_path / ".bashrc").read_text()
    offered = bash(command, _QUARRY_COMPLETE="complete_bash", COMP_WORDS="quarry ch", COMP_CWORD="1")
    assert offered.stdout.split() == ["changes"]
