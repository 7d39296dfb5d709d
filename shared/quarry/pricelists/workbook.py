"""Spreadsheet files (XLSX, XLSM, XLSB, XLS, ODS): their sheets as grids, with what makes a file unfit refused first."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, BinaryIO

import python_calamine as calamine

from quarry.domain.rows import RowIssue, Severity
from quarry.errors import BadPriceList
from quarry.pricelists import biff, biff12, biff_looks, looks, open_looks
from quarry.pricelists.bounds import LONGEST_SHEET, shortened
from quarry.pricelists.grid import Sheet, clean
from quarry.pricelists.looks import Seen
from quarry.pricelists.ole import Container
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.workbook_rows import SheetLines, damaged, encrypted, foreign

_PART = 1 << 20
_MOST_RATIO = 300  # honest sheets pack to a tenth, very repetitive ones to a hundredth
_RATIO_FROM = 64 * _PART
_MOST_CELLS = 16_000_000  # the engine takes 48 bytes for each, blank or not
_GROUPED = 0.3  # of the rows: then the outline is the list's tree, not a few folded details
_MOST_HIDDEN = 0.3  # of the rows: beyond, it is the list that is folded
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)
_FAR = re.compile(rb"""\sr\s*=\s*["'](?=[A-Za-z]{3}|[A-Za-z]{0,2}\d{6})([A-Za-z]*)(\d*)""")
_BINARY = "xl/workbook.bin"
_WIDEST_REPEAT, _USUAL_WIDTH = 1000, 64
_TEXT = b"<text:p"
_REPEATED = re.compile(
    rb"<table:table-row\b(?=[^<>]*number-rows-repeated\s*+=\s*+[\"'](?P<rows>\d{3,}))[^<>]*+>?"
    rb"|<table:(?:covered-)?table-cell\b(?=[^<>]*number-columns-repeated\s*+=\s*+[\"'](?P<columns>\d{3,}))[^<>]*+>?"
)
_FARTHEST = 9  # digits or letters of a number that are looked at; more are as far away


def check_archive(stream: BinaryIO, options: ReadOptions) -> None:
    """Unpack a zipped workbook once, keeping nothing. Raises BadPriceList when it is broken or would swell."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            unpacked = 0
            for info in archive.infolist():
                if info.flag_bits & 1:
                    raise encrypted()
                unpacked += info.file_size
                if unpacked > options.max_unpacked_bytes or _swells(info):
                    raise BadPriceList(
                        "zip_bomb",
                        f"The workbook would unpack to more than {unpacked:,} bytes. Send it without pictures "
                        "and without filled empty cells.",
                    )
            binary = _BINARY in archive.namelist()
            for info in archive.infolist():
                with archive.open(info) as part:
                    if info.filename == "content.xml":
                        _measure_open(part)
                    else:
                        _measure(part)
                if binary:
                    with archive.open(info) as part:
                        _check_area(*biff12.used_area(part))
    except BROKEN as error:
        raise damaged() from error


def _swells(info: zipfile.ZipInfo) -> bool:
    return info.file_size > _RATIO_FROM and info.file_size > _MOST_RATIO * max(info.compress_size, 1)


def _measure(part: IO[bytes]) -> None:
    """Read a part to its end (its checksum is verified); refuse a sheet whose used area would not fit into memory.

    Any part may be a sheet, whatever its name: the workbook's relations say so.
    """
    columns, rows, tail, sheet = 1, 1, b"", False
    while chunk := part.read(_PART):
        window = tail + chunk
        sheet = sheet or b"sheetData" in window
        if not sheet:
            tail = window[-256:]
            continue
        for far in _FAR.finditer(window):
            columns = max(columns, _column_number(far[1]))
            rows = max(rows, _count(far[2] or b"0"))
        tail = window[-256:]
    _check_area(rows, columns)


def _measure_open(part: IO[bytes]) -> None:
    """The same for an open document's sheets, where a few bytes repeat a row or a cell a million times."""
    rows = blank_rows = widest = 0
    for window in open_looks.windows(part):
        last = window.rfind(_TEXT)
        if last > 0:
            rows, blank_rows = rows + blank_rows, 0
        cells, end, text = 0, -1, -1  # blank cells before the place in its row, that row's end and its last text
        for tag in _REPEATED.finditer(window):
            if tag["rows"] is not None:  # blank rows count only when something is below them
                blank_rows += _count(tag["rows"])
                if last > tag.start():
                    rows, blank_rows = rows + blank_rows, 0
                continue
            if tag.start() > end:
                cells, end = 0, window.find(open_looks.ROW_END, tag.start())
                text = window.rfind(_TEXT, tag.start(), end)
            cells = max(cells, _count(tag["columns"]))
            if text > tag.start() or not tag[0].endswith(b"/>"):  # and blank cells when something is behind them
                widest = max(widest, cells)
    if rows * max(widest, _USUAL_WIDTH) > _MOST_CELLS or widest > _WIDEST_REPEAT:
        raise _too_many_cells(max(rows, 1), max(widest, 1))


def _check_area(rows: int, columns: int) -> None:
    if rows * columns > _MOST_CELLS:
        raise _too_many_cells(rows, columns)


def _too_many_cells(rows: int, columns: int) -> BadPriceList:
    return BadPriceList(
        "too_many_cells",
        f"A sheet uses the area of {rows:,} rows by {columns:,} columns. Delete the stray cells far below or far "
        "to the right of the price list.",
    )


def _count(digits: bytes) -> int:
    return int(digits[:_FARTHEST])


def _column_number(letters: bytes) -> int:
    number = 0
    for code in letters[:_FARTHEST].upper():
        number = number * 26 + code - 64
    return number


def check_ole(stream: BinaryIO) -> None:
    """Raises BadPriceList for a broken container, and for a new-style workbook that a password put into one."""
    stream.seek(0)
    if _OLE_ENCRYPTED in stream.read(8 * _PART):
        raise encrypted()
    try:
        book = Container(stream).workbook()
        if biff.is_encrypted(book):
            raise encrypted()
        rows, columns = biff.used_area(book)
    except (ValueError, struct.error) as error:
        raise damaged() from error
    _check_area(rows, columns)


def sheets(stream: BinaryIO, options: ReadOptions) -> Iterator[Sheet | RowIssue]:
    """The visible sheets in their order; an issue for each hidden one. Formulas give the values saved with them."""
    stream.seek(0)
    seen = _seen_in(stream)
    stream.seek(0)
    workbook = foreign(calamine.CalamineWorkbook.from_filelike, stream)
    for index, found in enumerate(workbook.sheets_metadata):
        if found.typ is not calamine.SheetTypeEnum.WorkSheet:
            continue
        if found.visible is not calamine.SheetVisibleEnum.Visible:
            yield sheet_hidden(shortened(clean(found.name), LONGEST_SHEET))
            continue
        of_sheet = seen.get(found.name) or Seen()
        sheet = _sheet(foreign(workbook.get_sheet_by_index, index), of_sheet, options)
        if hidden := len(of_sheet.hidden.rows):
            yield rows_hidden(sheet.name, hidden)
        if of_sheet.unsaved and isinstance(sheet.lines, SheetLines) and (known := sheet.lines.formulas().known):
            yield worked_out(sheet.name, known)
        yield sheet


def _seen_in(stream: BinaryIO) -> dict[str, Seen]:
    """How rows look, by sheet name."""
    if stream.read(2) != b"PK":
        return biff_looks.seen_in(Container(stream).workbook())
    return looks.seen_in(stream) or open_looks.seen_in(stream)


def sheet_hidden(name: str) -> RowIssue:
    return RowIssue(
        code="sheet_hidden",
        message="The sheet is hidden and was not read. Show it if its prices are meant.",
        severity=Severity.WARNING,
        sheet=name,
    )


def rows_hidden(sheet: str | None, count: int) -> RowIssue:
    return RowIssue(
        code="rows_hidden",
        message=f"{count:,} rows are hidden and were not read. Show them if their prices are meant.",
        severity=Severity.WARNING,
        sheet=sheet,
    )


def worked_out(sheet: str | None, count: int) -> RowIssue:
    return RowIssue(
        code="formulas_worked_out",
        message=f"{count:,} formulas have no saved value and were worked out here. Open the list in the spreadsheet "
        "program and save it, so that they are its own.",
        severity=Severity.WARNING,
        sheet=sheet,
    )


def _sheet(found: Any, seen: Seen, options: ReadOptions) -> Sheet:
    if found.total_height > options.max_rows:
        raise BadPriceList(
            "too_many_rows",
            f"The sheet «{shortened(clean(found.name), LONGEST_SHEET)}» has {found.total_height:,} rows; at most "
            f"{options.max_rows:,} are taken. Split it into several files.",
        )
    hidden = seen.hidden
    if hidden.filtered or len(hidden.rows) > _MOST_HIDDEN * found.height:
        hidden.rows.clear()  # of a list that is filtered or folded all is meant
    merges = found.merged_cell_ranges or []
    spans: dict[int, list[tuple[int, int]]] = {}
    filled: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, right) in merges:
        if right > left:
            for row in range(top, min(bottom, top + 3) + 1):
                spans.setdefault(row + 1, []).append((left, right))
        if bottom > top:
            filled.setdefault(top, []).append((left, bottom))
    grouped = len(seen.levels) >= _GROUPED * found.height
    return Sheet(clean(found.name), SheetLines(found, filled, seen), spans, seen.levels if grouped else {})
