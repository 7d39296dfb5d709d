"""Price lists made in the tests: rows of cells become the bytes of a file, and the file is read."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import xlwt
from openpyxl.styles import Alignment, Font

from quarry import pricelists
from quarry.domain.rows import PriceRow, RowIssue

Grid = Sequence[Sequence[Any]]


def xlsx(
    grid: Grid | dict[str, Grid],
    merges: Sequence[str] = (),
    hidden: Sequence[str] = (),
    outline: Sequence[int] = (),
    *,
    formats: Mapping[str, str] | None = None,
    bold: Sequence[int] = (),
    indents: Mapping[int, int] | None = None,
) -> bytes:
    """``outline``: the rows' levels, from the first. ``formats`` of cells, ``bold`` and ``indents`` of rows."""
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
        for cell, code in (formats or {}).items():
            sheet[cell].number_format = code
        for number in bold:
            sheet.cell(number, 1).font = Font(bold=True)
        for number, indent in (indents or {}).items():
            sheet.cell(number, 1).alignment = Alignment(indent=indent)
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


def xlsb(grid: Grid) -> bytes:
    """Written by hand, as there is no library that writes it: texts within their cells, numbers as floats."""
    rows = b"".join(
        record(0, struct.pack("<I13x", number))
        + b"".join(xlsb_cell(column, cell) for column, cell in enumerate(row) if cell not in ("", None))
        for number, row in enumerate(grid)
    )
    return xlsb_book(rows)


def xlsb_book(rows: bytes, name: str = "Лист1") -> bytes:
    """A workbook whose one sheet has these records of rows and cells."""
    sheet = record(129) + record(148, bytes(16)) + record(145) + rows + record(146) + record(130)
    bundle = struct.pack("<II", 0, 1) + _wide("rId1") + _wide(name)
    book = record(131) + record(143) + record(156, bundle) + record(144) + record(132)
    relations = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Target="worksheets/sheet1.bin" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", relations)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return out.getvalue()


def xlsb_cell(column: int, value: Any) -> bytes:
    head = struct.pack("<II", column, 0)
    if isinstance(value, int | float):
        return record(5, head + struct.pack("<d", value))
    return record(6, head + _wide(str(value)))


def record(kind: int, content: bytes = b"") -> bytes:
    return _sevens(kind) + _sevens(len(content)) + content


def _sevens(number: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last byte have the eighth."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


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
