"""What a person says of a layout on the command line."""

import io

import pytest
from rich.console import Console

from local import readings
from local.client import ApiFailure

SHEET = {
    "sheet": "Лист1",
    "fingerprint": "0123abcd",
    "header_rows": [3],
    "columns": [
        {"letter": "A", "title": "Товар", "role": "name", "why": "its title"},
        {"letter": "B", "title": "Опт", "role": None, "why": "nothing known"},
    ],
    "rows": {"goods": 40, "headings": 3, "notes": 0},
    "confidence": 0.93,
    "read_by": "reader",
    "sample": [{"row": 4, "cells": ["Цемент [М500]", "450"], "offer": None}],
}


class Api:
    """Answers what it was given, and notes what it was sent."""

    def __init__(self, sheets, supplier_id=7):
        self.sheets, self.supplier_id, self.sent = sheets, supplier_id, []

    def get(self, path, **_):
        return {"sheets": self.sheets} if path.endswith("/reading") else {"supplier_id": self.supplier_id}

    def put(self, path, body):
        self.sent.append((path, body))

    def post(self, path, body):
        self.sent.append((path, body))
        return {"request_id": "b2"}


@pytest.fixture
def target():
    return Console(file=io.StringIO(), width=200, highlight=False)


def test_a_reading_is_shown_with_its_columns_over_the_first_rows(target):
    readings.show_reading(target, [SHEET])
    text = target.file.getvalue()
    for part in ("Sheet Лист1, header in row 3", "Цемент [М500]", "its title", "40 goods, 3 headings", "93%"):
        assert part in text
    assert "notes" not in text


def test_a_correction_is_remembered_and_the_list_read_again(target):
    api = Api([SHEET])
    assert readings.correct(api, target, "b1", None, ["b=price", "A=none"], "3, 4") == "b2"
    layout = {
        "fingerprint": "0123abcd",
        "columns": [{"letter": "B", "role": "price"}, {"letter": "A", "role": None}],
        "header_rows": [3, 4],
    }
    assert api.sent == [("/suppliers/7/layouts", layout), ("/batches/b1/reread", {})]


def test_what_is_asked_on_the_terminal_is_asked_until_it_is_understood(target, monkeypatch):
    answers = iter(["C", "B=price", ""])
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    api = Api([SHEET])
    assert readings.correct(api, target, "b1", None, [], None) is None
    ((_, layout),) = api.sent
    assert layout["columns"] == [{"letter": "B", "role": "price"}]
    assert "«C» is not a column and what it is" in target.file.getvalue()


def test_a_person_who_says_nothing_changes_nothing(target, monkeypatch):
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "")
    api = Api([SHEET])
    assert readings.correct(api, target, "b1", None, [], None) is None
    assert api.sent == []


@pytest.mark.parametrize(
    ("columns", "rows", "says"),
    [
        (["B=preis"], None, "A column can be: name"),
        (["price"], None, "such as C=price"),
        (["B=price"], "three", "write the header's rows as numbers"),
    ],
)
def test_what_is_not_understood_is_said_and_nothing_is_stored(target, columns, rows, says):
    api = Api([SHEET])
    with pytest.raises(ApiFailure, match=says):
        readings.correct(api, target, "b1", None, columns, rows)
    assert api.sent == []


def test_of_several_sheets_one_must_be_named(target):
    api = Api([SHEET, {**SHEET, "sheet": "Опт"}])
    with pytest.raises(ApiFailure, match="«Лист1», «Опт»"):
        readings.correct(api, target, "b1", None, ["B=price"], None)
    assert readings.correct(api, target, "b1", "Опт", ["B=price"], None) == "b2"
    with pytest.raises(ApiFailure, match="--sheet"):
        readings.correct(api, target, "b1", "Лист3", ["B=price"], None)


def test_without_a_supplier_nothing_can_be_remembered(target):
    with pytest.raises(ApiFailure, match="no supplier"):
        readings.correct(Api([SHEET], supplier_id=None), target, "b1", None, ["B=price"], None)


def test_every_role_that_a_column_can_have_is_explained():
    from quarry.domain.reading import Role

    assert set(readings.ROLES) == {str(role) for role in Role}
