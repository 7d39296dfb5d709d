"""A price list's bytes become rows. The format is recognised from the content; the name may lie."""

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from quarry.domain.attention import Attention
from quarry.domain.rows import PriceRow, RowIssue, Severity
from quarry.errors import BadPriceList
from quarry.pricelists import (
    array_rows,
    commerceml,
    delimited,
    jsonstream,
    like_feeds,
    objects,
    spreadsheetml,
    webpage,
    workbook,
    xmlobjects,
)
from quarry.pricelists.bounds import LONGEST_SHEET, shortened, too_long
from quarry.pricelists.cards import tabled
from quarry.pricelists.encodings import encoding_of
from quarry.pricelists.explained import SAMPLE_ROWS, reading_of_offers
from quarry.pricelists.formats import Format, format_of
from quarry.pricelists.grid import Sheet, at_hand
from quarry.pricelists.ids import told_twice
from quarry.pricelists.mending import mended_lines
from quarry.pricelists.notes import NOTHING_SAID, Notes
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.report import Report
from quarry.pricelists.scanned import FoundRow, ReadRow
from quarry.pricelists.sheet_reader import SheetReader
from quarry.pricelists.strips import strips_of
from quarry.pricelists.turned import upright

DEFAULTS = ReadOptions()
# Formats that hold whole offers; the others hold tables.
_WHOLE_ROWS = {
    Format.FEED: like_feeds.rows,
    Format.COMMERCEML: commerceml.rows,
    Format.COMMERCEML_ARCHIVE: commerceml.archived_rows,
}
_OF_THE_LIST = {"currency_assumed", "no_prices", "array_skipped"}  # remarks that a buyer may lose something by
_MOST_MISSED = 12  # labels named in a message


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
        encoding = encoding_of(stream)
        place = objects.surveyed(jsonstream.events(stream, encoding))
        if place.grid:
            yield from _tabular([array_rows.sheet(stream)], options, report)
        else:
            yield from _whole(objects.rows(jsonstream.checked_events(stream, encoding), place, options), report)
    elif found is Format.XML_OBJECTS:
        place = objects.surveyed(xmlobjects.events(stream))
        yield from _whole(objects.rows(xmlobjects.events(stream), place, options, elements=True), report)
    elif found in _WHOLE_ROWS:
        if found is Format.COMMERCEML_ARCHIVE:
            workbook.check_archive(stream, options)
        yield from _whole(_WHOLE_ROWS[found](stream, options), report)
    elif found is Format.DELIMITED:
        yield from _tabular([delimited.sheet(stream)], options, report)
    elif found is Format.WEB_PAGE:
        yield from _tabular([webpage.sheet(stream)], options, report)
    elif found is Format.SPREADSHEETML:
        yield from _tabular(spreadsheetml.sheets(stream), options, report)
    else:
        if found is Format.ARCHIVE:
            workbook.check_archive(stream, options)
        else:
            workbook.check_ole(stream)
        yield from _tabular(workbook.sheets(stream, options), options, report)


def _whole(read: Iterator[PriceRow | RowIssue], report: Report) -> Iterator[FoundRow | RowIssue]:
    goods = priced = 0
    first: list[PriceRow] = []
    for item in read:
        if isinstance(item, PriceRow):
            goods += 1
            priced += item.price is not None
            if len(first) < SAMPLE_ROWS:
                first.append(item)
            yield ReadRow(item)
            continue
        if item.code in _OF_THE_LIST:
            report.attention.append(Attention(code=item.code, message=item.message))
        yield item
    report.rows_seen += goods
    report.sheets.append(reading_of_offers(first, goods, priced))


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


def _tabular(
    found: "Iterator[Sheet | RowIssue] | list[Sheet]", options: ReadOptions, report: Report
) -> Iterator[FoundRow | RowIssue]:
    """All sheets, one after the other. Those without a table are reported; a file without any is refused."""
    sheets = [item for item in found if isinstance(item, Sheet)] if isinstance(found, list) else list(found)
    several = sum(isinstance(item, Sheet) for item in sheets) > 1
    skipped: list[RowIssue] = []
    labels: list[str] = []
    any_table = False
    currencies: set[str] = set()
    elsewhere = NOTHING_SAID
    for item in sheets:
        if isinstance(item, RowIssue):
            skipped.append(item)
            report.attention.append(Attention(code=item.code, message=item.message, sheet=item.sheet))
            continue
        if item.name and len(item.name) > LONGEST_SHEET:
            whole, item.name = item.name, shortened(item.name, LONGEST_SHEET)
            yield too_long(whole, LONGEST_SHEET, sheet=item.name)
        item.lines = at_hand(mended_lines(item.lines))
        found_table, said = False, elsewhere
        # A book names its money on one of its sheets; a sheet's own word is stronger than the default.
        own = replace(options, default_currency=next(iter(currencies))) if len(currencies) == 1 else options
        for strip in strips_of(tabled(upright(item))):
            reader = SheetReader(strip, own, report, name_is_category=several, said=said)
            yield from reader.read()
            labels += reader.labels_seen
            found_table, said = found_table or reader.found_header, reader.said
            currencies |= reader.currencies
        elsewhere = Notes(
            conventional=said.conventional or elsewhere.conventional, belarus=elsewhere.belarus or said.belarus
        )
        any_table = any_table or found_table
        if not found_table:
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
