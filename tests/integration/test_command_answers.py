"""What the ``quarry`` command prints when the API's answer is not the expected one."""

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from local import client
from local.cli import app
from tests.integration.played import Played, playing_api

PROBLEM = {
    "type": "about:blank",
    "title": "The service is too slow at the moment",
    "status": 503,
    "detail": "The answer was not there in time. Try again in a moment.",
    "errors": [],
}
SUBCOMMANDS = [
    ("search", "цемент"),
    ("status",),
    ("status", "b1"),
    ("errors", "b1"),
    ("errors", "b1", "--csv"),
    ("health",),
    ("health", "--json"),
    ("drop", "FILE", "--supplier", "7"),
    ("drop", "FILE", "--supplier", "7", "--wait"),
]
ENDED = {
    "request_id": "b1", "status": "completed", "total": 1, "completed": 1, "failed": 0, "needs_review": 0,
}  # fmt: skip


@pytest.fixture
def played() -> Iterator[Played]:
    with playing_api() as server:
        yield server


@pytest.fixture
def quarry(played, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("Наименование;Цена\nКирпич;18\n")

    def run(*arguments: str) -> Result:
        given = [str(file) if one == "FILE" else one for one in arguments]
        return CliRunner().invoke(app, [*given, "--api", played.url])

    return run


@pytest.mark.parametrize("arguments", SUBCOMMANDS, ids=" ".join)
def test_a_problem_of_the_api_is_printed_in_its_words(played, quarry, arguments):
    played.will(503, PROBLEM, "application/problem+json")

    done = quarry(*arguments)

    assert isinstance(done.exception, SystemExit)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "503" in done.stderr
    assert PROBLEM["title"] in done.stderr
    assert PROBLEM["detail"] in done.stderr


@pytest.mark.parametrize(
    ("status", "content", "kind", "reported"),
    [
        (502, "<h1>Bad\n gateway</h1>", "text/html", "502, <h1>Bad gateway</h1>"),
        (200, {"message": "ok"}, "application/json", "ok"),
    ],
)
@pytest.mark.parametrize("arguments", SUBCOMMANDS, ids=" ".join)
def test_every_subcommand_reports_an_answer_that_is_not_from_the_api(
    played, quarry, arguments, status, content, kind, reported
):
    _check_report(played, quarry, arguments, (status, content, kind), reported)


@pytest.mark.parametrize(
    ("status", "content", "kind", "reported"),
    [
        (503, {"message": "Service Unavailable"}, "application/json", "503, Service Unavailable"),
        (500, "", "text/plain", "500, Internal Server Error"),
        (500, ["odd"], "application/json", "500"),
        (422, {"title": "Invalid", "errors": ["odd", {"pointer": "/limit"}]}, "application/problem+json", "Invalid"),
        (302, "", "text/plain", "302"),
        (200, "<h1>Log in</h1>", "text/html", "<h1>Log in</h1>"),
        (200, "", "text/plain", "is not Quarry's API"),
        (200, ["odd"], "application/json", "is not Quarry's API"),
    ],
)
@pytest.mark.parametrize("arguments", [("health",), ("status",)], ids=" ".join)
def test_any_answer_is_reported_in_words(played, quarry, arguments, status, content, kind, reported):
    _check_report(played, quarry, arguments, (status, content, kind), reported)


def _check_report(played, quarry, arguments, answer, reported):
    played.will(*answer)

    done = quarry(*arguments)

    assert isinstance(done.exception, SystemExit), done.exception
    assert (done.exit_code, done.stdout) == (1, "")
    assert reported in done.stderr


def test_the_states_that_come_with_503_are_shown(played, quarry):
    state = {"type": "PostgreSQL", "status": "unhealthy", "error": "refused"}
    played.will(503, {"relational_database": state, "vector_database": {**state, "type": "Qdrant"}})

    done = quarry("health")

    assert done.exit_code == 1
    assert "unhealthy" in done.stdout
    assert done.stderr == ""


def test_following_an_import_outlasts_any_outage_and_says_so_once(played, quarry, monkeypatch):
    monkeypatch.setattr(client, "RETRY_SECONDS", 0.0)
    played.will(201, {"request_id": "b1", "upload": {"url": played.url, "fields": {}}})
    played.will(204, "")
    for _ in range(20):
        played.will(503, PROBLEM, "application/problem+json")
    played.will(500, {"message": "Internal Server Error"})
    played.will(200, {**ENDED, "status": "processing", "waiting": {"reason": "PostgreSQL is unavailable"}})
    played.will(200, ENDED)
    played.will(503, PROBLEM, "application/problem+json")
    played.will(200, {"items": [], "next_cursor": None})

    done = quarry("drop", "FILE", "--supplier", "7", "--wait")

    assert done.exit_code == 0, done.output
    assert done.stdout.count("Waiting: The API answered 503") == 1
    assert "list.csv: PostgreSQL is unavailable" in done.stdout


def test_an_api_that_breaks_again_and_again_ends_the_waiting(played, quarry, monkeypatch):
    monkeypatch.setattr(client, "RETRY_SECONDS", 0.0)
    played.will(201, {"request_id": "b1", "upload": {"url": played.url, "fields": {}}})
    played.will(204, "")
    played.will(500, {"message": "Internal Server Error"})

    done = quarry("drop", "FILE", "--supplier", "7", "--wait")

    assert done.exit_code == 1
    assert "500, Internal Server Error" in done.stderr
    assert len(played.asked) == 3 + client.MAX_CONSECUTIVE_500


BEGUN = {"request_id": "b1", "status": "undoing", "read_again": ["b0"]}
UNDONE = {**ENDED, "status": "undone", "file_name": "прайс.csv"}


def test_an_undo_waits_for_its_end_and_says_what_to_read_again(played):
    for answer in (BEGUN, {**UNDONE, "status": "undoing"}, UNDONE):
        played.will(200, answer)
    done = CliRunner().invoke(app, ["undo", "b1", "--api", played.url])
    assert done.exit_code == 0
    assert "Undone: прайс.csv" in done.stdout
    assert "drop the file of b0 again" in done.stdout
    assert played.asked == ["/api/v1/batches/b1/undo", "/api/v1/batches/b1", "/api/v1/batches/b1"]


def test_an_undo_that_came_too_late_is_no_success(played):
    for answer in (BEGUN, {**UNDONE, "status": "completed"}):
        played.will(200, answer)
    done = CliRunner().invoke(app, ["undo", "b1", "--api", played.url, "--json"])
    assert (done.exit_code, json.loads(done.stdout)["status"]) == (1, "completed")


def test_why_nothing_can_be_undone_is_said_in_one_sentence(played):
    detail = "The supplier's list «b.csv» (b2) came after it, and is built upon it. Undo that one first."
    played.will(409, {**PROBLEM, "status": 409, "detail": detail, "code": "later_list"})
    done = CliRunner().invoke(app, ["undo", "b1", "--api", played.url])
    assert done.exit_code == 1
    assert detail in done.output
