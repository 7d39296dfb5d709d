"""A price list's bytes become rows. What the file is, is told from its content; its name may lie."""

import re
import zipfile
from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO

from quarry.domain.rows import PriceRow, RowIssue, Severity
from quarry.errors import BadPriceList
from quarry.pricelists import delimited, objects, ole, workbook, yml
from quarry.pricelists.bounds import LONGEST_SHEET, shortened, too_long
from quarry.pricelists.encodings import wide
from quarry.pricelists.grid import Sheet
from quarry.pricelists.ids import told_twice
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.report import Report
from quarry.pricelists.scanned import FoundRow, ReadRow
from quarry.pricelists.tables import SheetReader

_HEAD = 1 << 16
_KNOWN_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "an RTF document"),
)
_TAKEN = "Send the price list as XLSX, XLS, ODS, CSV, JSON or YML."
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
DEFAULTS = ReadOptions()
_MOST_MISSED = 12  # labels named in a message


class Format(StrEnum):
    DELIMITED = "delimited"
    ARCHIVE = "archive"
    OLE = "ole"
    JSON = "json"
    YML = "yml"


def read(stream: BinaryIO, file_name: str, options: ReadOptions = DEFAULTS) -> Iterator[PriceRow | RowIssue]:
    """The list's rows in its order, and issues of sheets as a whole.

    ``stream`` is seekable. Raises BadPriceList while it is read, for what is wrong with the file as a whole.
    """
    for found in scan(stream, file_name, options):
        yield found if isinstance(found, RowIssue) else found.read()


def scan(
    stream: BinaryIO, file_name: str, options: ReadOptions = DEFAULTS, report: Report | None = None
) -> Iterator[FoundRow | RowIssue]:
    """As ``read``, with rows that are not read yet: one that is known by its digest need not be."""
    _check_size(stream, options)
    yield from told_twice(_items(stream, format_of(stream, file_name), options, report or Report()))


def _items(stream: BinaryIO, found: Format, options: ReadOptions, report: Report) -> Iterator[FoundRow | RowIssue]:
    if found is Format.JSON:
        yield from _whole(objects.rows(stream, options))
    elif found is Format.YML:
        yield from _whole(yml.rows(stream, options))
    elif found is Format.DELIMITED:
        yield from _tabular([delimited.sheet(stream)], options, report)
    else:
        if found is Format.ARCHIVE:
            workbook.check_archive(stream, options)
        else:
            workbook.check_ole(stream)
        yield from _tabular(workbook.sheets(stream, options), options, report)


def _whole(read: Iterator[PriceRow | RowIssue]) -> Iterator[FoundRow | RowIssue]:
    for item in read:
        yield ReadRow(item) if isinstance(item, PriceRow) else item


def _check_size(stream: BinaryIO, options: ReadOptions) -> None:
    size = stream.seek(0, 2)
    stream.seek(0)
    if size == 0:
        raise BadPriceList("empty_file", "The file is empty. Check that the price list was saved and send it again.")
    if size > options.max_file_bytes:
        raise BadPriceList(
            "file_too_large",
            f"The file has {size:,} bytes; at most {options.max_file_bytes:,} are taken. Split it into several files.",
        )


def format_of(stream: BinaryIO, file_name: str) -> Format:
    """Raises BadPriceList when the content is none of the formats that are read."""
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(0)
    if head.startswith(b"PK"):
        return _archive(stream, file_name)
    if head.startswith(ole.MAGIC):
        return Format.OLE
    for magic, what in _KNOWN_OTHERS:
        if head.startswith(magic):
            raise BadPriceList("unknown_format", f"«{file_name}» is {what}. {_TAKEN}")
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    if start.startswith(b"<"):
        return _markup(head, file_name)
    if start[:1] in {b"{", b"["}:
        return Format.JSON
    if not start.strip(b"\x00"):
        raise BadPriceList("empty_file", "The file holds only blanks. Check that the price list was saved.")
    if not wide(head) and (b"\x00" in head or len(_CONTROL.findall(head)) * 50 > len(head)):
        raise BadPriceList("unknown_format", f"«{file_name}» is no price list in a format that is read. {_TAKEN}")
    return Format.DELIMITED


def _archive(stream: BinaryIO, file_name: str) -> Format:
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as fault:
        raise workbook.damaged() from fault
    finally:
        stream.seek(0)
    if names & {"xl/workbook.xml", "xl/workbook.bin"} or {"content.xml", "mimetype"} <= names:
        return Format.ARCHIVE
    what = "a text document" if "word/document.xml" in names else "an archive"
    raise BadPriceList("unknown_format", f"«{file_name}» is {what}, not a price list. {_TAKEN}")


def _markup(head: bytes, file_name: str) -> Format:
    plain = head.replace(b"\x00", b"").lower()
    if b"<yml_catalog" in plain or b"<offer" in plain:
        return Format.YML
    what = "a web page" if b"<html" in plain or b"<table" in plain else "an XML document of another kind"
    raise BadPriceList(
        "unknown_format",
        f"«{file_name}» is {what}, whatever its name says. Open it in the spreadsheet program and save it as XLSX.",
    )


def _tabular(
    found: "Iterator[Sheet | RowIssue] | list[Sheet]", options: ReadOptions, report: Report
) -> Iterator[FoundRow | RowIssue]:
    """All sheets, one after the other. Those without a table are told; a file without any is refused."""
    sheets = [item for item in found if isinstance(item, Sheet)] if isinstance(found, list) else list(found)
    several = sum(isinstance(item, Sheet) for item in sheets) > 1
    skipped: list[RowIssue] = []
    labels: list[str] = []
    any_table = False
    for item in sheets:
        if isinstance(item, RowIssue):
            skipped.append(item)
            continue
        if item.name and len(item.name) > LONGEST_SHEET:
            whole, item.name = item.name, shortened(item.name, LONGEST_SHEET)
            yield too_long(whole, LONGEST_SHEET, sheet=item.name)
        reader = SheetReader(item, options, report, name_is_category=several)
        yield from reader.read()
        any_table = any_table or reader.found_header
        labels += reader.labels_seen
        if not reader.found_header:
            skipped.append(_no_table(item.name))
    if not any_table:
        raise _no_header(labels)
    yield from skipped


def _no_table(sheet: str | None) -> RowIssue:
    return RowIssue(
        code="sheet_skipped",
        message="The sheet has no table of goods (no header with a name and a price in its first 50 rows).",
        severity=Severity.WARNING,
        sheet=sheet,
    )


def _no_header(labels: list[str]) -> BadPriceList:
    known = list(dict.fromkeys(labels))[:_MOST_MISSED]
    found = f"Known columns found: {', '.join(known)}." if known else "No known column was found."
    return BadPriceList(
        "no_header",
        "No header was found in the first 50 rows: a price list needs a column with the goods "
        f"(«Наименование», «Товар», «name») and should have one with the price («Цена», «price»). {found}",
    )
