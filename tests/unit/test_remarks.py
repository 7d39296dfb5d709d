"""Remarks of one kind are shown as one."""

import io

from rich.console import Console

from local.export import write_csv
from local.remarks import grouped
from local.rendering import show_progress, show_results


def remark(row, code="no_price", message="The row has no price.", sheet="Лист1", value=None):
    return {
        "sheet": sheet,
        "row": row,
        "column": "Цена",
        "value": value,
        "code": code,
        "message": message,
        "severity": "warning",
    }


def shown(show, *what):
    target = Console(file=io.StringIO(), width=200, highlight=False)
    show(target, *what)
    return target.file.getvalue()


def test_few_remarks_stay_as_they_are():
    few = [remark(5), remark(7), remark(9)]
    assert grouped(few) == few


def test_many_of_one_kind_are_one_with_the_first_rows_and_their_number():
    many = [remark(row, value=f"x{row}") for row in range(5, 1205)]
    (one,) = grouped(many)
    assert one["row"] == "5, 6, 7, 8, 9 … (1,200 rows)"
    assert one["value"] == "x5"


def test_kinds_are_told_apart_by_code_sheet_and_column_and_keep_their_order():
    several = [remark(5), *(remark(row, code="odd") for row in range(10, 20)), remark(6), remark(7, sheet="Лист2")]
    assert [(one["code"], one["sheet"], one["row"]) for one in grouped(several)] == [
        ("no_price", "Лист1", 5),
        ("no_price", "Лист1", 6),
        ("odd", "Лист1", "10, 11, 12, 13, 14 … (10 rows)"),
        ("no_price", "Лист2", 7),
    ]


def test_what_concerns_whole_sheets_is_said_for_each():
    sheets = [remark(None, code="sheet_skipped", sheet=f"Лист{number}") for number in range(9)]
    assert len(grouped(sheets)) == 9
    assert len(grouped([remark(None, sheet=None) for _ in range(9)])) == 9


def test_the_csv_for_the_supplier_has_a_line_a_kind():
    target = io.StringIO()
    write_csv(target, [remark(row) for row in range(5, 1205)])
    _, line = target.getvalue().split("\r\n")[:2]
    assert '"5, 6, 7, 8, 9 … (1,200 rows)"' in line


def test_attention_stands_above_the_table_of_results_and_of_progress():
    about = [{"code": "no_prices", "message": "No column of prices was found.", "sheet": "Опт", "count": 583}]
    file = {
        "file": "a/прайс.xls",
        "request_id": "b1",
        "status": "completed",
        "seconds": 1.0,
        "error": None,
        "errors": [],
        "attention": about,
        **dict.fromkeys(("total", "completed", "failed", "needs_review", "offers", "materials_created"), 1),
    }
    lines = shown(show_results, [file]).splitlines()
    assert lines[0] == "прайс.xls: attention sheet «Опт»: No column of prices was found. (583 rows)"
    progress = {
        **file,
        "supplier_id": 1,
        "supplier_name": None,
        "file_name": "прайс.xls",
        "percent": 100.0,
        "waiting": None,
    }
    lines = shown(show_progress, [progress]).splitlines()
    assert lines[0] == "b1: attention sheet «Опт»: No column of prices was found. (583 rows)"
