"""Text that goes to a supplier or to a terminal cannot run anything."""

import csv
import io
import json

import pytest

from local.export import COLUMNS, cell, escaped, write_csv


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('=HYPERLINK("x")', '\'=HYPERLINK("x")'),
        ("+7 495", "'+7 495"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        ("－1", "'－1"),
        ("\x1b[2J\ud800ж", " [2J ж"),
        ("М500; мешок", "М500; мешок"),
        (12, "12"),
        (None, ""),
    ],
)
def test_a_cell_is_text_for_every_spreadsheet_program(written, shown):
    assert cell(written) == shown


def test_remarks_become_a_table_that_opens_in_columns():
    out = io.StringIO()
    item = dict.fromkeys(COLUMNS) | {"row": 7, "value": '=1+1;"x"\n', "code": "invalid_price", "severity": "error"}

    write_csv(out, [item])

    text = out.getvalue()
    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:]), delimiter=";")) == [
        list(COLUMNS),
        ["", "7", "", '\'=1+1;"x" ', "invalid_price", "", "error"],
    ]


def test_json_for_a_terminal_says_the_same_in_plain_characters():
    answer = {"name": "\x9b2J\ud800\u202e Клей"}
    shown = escaped(json.dumps(answer, ensure_ascii=False, indent=2))

    assert json.loads(shown) == answer
    assert shown.isprintable() or set(shown) - set(map(chr, range(32, 127))) <= set("\nКлей")
