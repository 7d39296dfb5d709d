"""Price lists made in the tests: rows of cells become the bytes of a file, and the file is read."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import xlwt

from quarry import pricelists
from quarry.domain.rows import PriceRow, RowIssue

Grid = Sequence[Sequence[Any]]


def xlsx(
    grid: Grid | dict[str, Grid], merges: Sequence[str] = (), hidden: Sequence[str] = (), outline: Sequence[int] = ()
) -> bytes:
    """``outline``: the rows' outline levels, from the first."""
    sheets = grid if isinstance(grid, dict) else {"Лист1": grid}
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
        for merge in merges:
            sheet.merge_cells(merge)
        for number, level in enumerate(outline, 1):
            sheet.row_dimensions[number].outlineLevel = level
        if name in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def xls(grid: Grid, merges: Sequence[tuple[int, int, int, int]] = ()) -> bytes:
    """``merges``: top, bottom, left, right, from 0."""
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("Лист1")
    covered = {
        (row, column): True
        for top, bottom, left, right in merges
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    for top, bottom, left, right in merges:
        sheet.write_merge(top, bottom, left, right, grid[top][left])
    for number, row in enumerate(grid):
        for column, cell in enumerate(row):
            if cell not in ("", None) and (number, column) not in covered:
                sheet.write(number, column, cell)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def ods(grid: Grid) -> bytes:
    def cell(value: Any) -> str:
        if isinstance(value, int | float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        if value in ("", None):
            return "<table:table-cell/>"
        return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in grid)
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Лист1">{rows}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def read(content: bytes | str, name: str = "прайс.xlsx", **options: Any) -> list[PriceRow | RowIssue]:
    raw = content.encode() if isinstance(content, str) else content
    return list(pricelists.read(io.BytesIO(raw), name, pricelists.ReadOptions(**options)))


def offers(content: bytes | str, **options: Any) -> list[PriceRow]:
    return [item for item in read(content, **options) if isinstance(item, PriceRow)]


def issues(content: bytes | str, **options: Any) -> list[RowIssue]:
    """The issues that belong to no row."""
    return [item for item in read(content, **options) if isinstance(item, RowIssue)]


def brief(rows: Sequence[PriceRow]) -> list[tuple[str, str | None, str | None]]:
    """Name, unit and price of each row."""
    return [(row.name, row.unit, None if row.price is None else f"{row.price:f}") for row in rows]
